"""The document as the host describes it (``type``, ``file_path``) becomes pages of text."""

import pypdf
from errors import GeneratorError


def read_pages(params, name, mount):
    """The text of each page; a plain text is one page. ``GeneratorError`` names what is wrong."""
    datasets = params.get("input_datasets")
    definition = datasets.get(name) if isinstance(datasets, dict) else None
    if not isinstance(definition, dict):
        raise GeneratorError(f"the required dataset '{name}' is missing from input_datasets")
    kind = definition.get("type")
    if kind not in READERS:
        raise GeneratorError(f"dataset '{name}' has the type {kind!r}; accepted: {', '.join(READERS)}")
    path = inside(mount, definition.get("file_path"), name)
    if not path.is_file():
        raise GeneratorError(f"dataset '{name}': there is no file {path}")
    try:
        pages = READERS[kind](path)
    except Exception as problem:  # parsers of damaged documents raise many kinds
        raise GeneratorError(f"dataset '{name}': {path} cannot be read as {kind}: {problem}") from None
    return pages


def inside(mount, place, name):
    """A path below the input mount: what a configuration says never leads out of it."""
    if not isinstance(place, str) or not place or "\0" in place or "://" in place:
        raise GeneratorError(f"dataset '{name}': file_path {place!r} is not a file below {mount}")
    path = (mount / place).resolve()
    if not path.is_relative_to(mount.resolve()):
        raise GeneratorError(f"dataset '{name}': {place} leads out of {mount}")
    return path


def read_pdf(path):
    """The text of every page of a pdf."""
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def read_txt(path):
    """A text in UTF-8, with or without byte order mark."""
    return [path.read_text(encoding="utf-8-sig")]


READERS = {"pdf": read_pdf, "txt": read_txt}
