"""The containers that ``sdg-conformance init`` makes: complete, conformant, and small enough to be read at once.

A template is a folder beside this module. The template ``llm`` is the reference container itself, of which only what
speaks of this project is replaced, so that it cannot fall behind. In all files the template's name becomes the new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from conformance.controls import PLACES
from conformance.errors import UsageError

TEMPLATES = ("simple", "llm", "documents", "node", "shell")
_NAMES = re.compile(r"my_generator|example_data_generator")
_ACCEPTED_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_LONGEST_NAME = 100


def make(folder: Path, template: str, name: str | None = None) -> str:
    """Write a new container and return its name, which also serves as the name of its image.

    Raises `UsageError` if the folder has something in it, cannot be written, or no name can be made of its own.
    """
    chosen = name_of(folder) if name is None else name
    if not _ACCEPTED_NAME.fullmatch(chosen) or len(chosen) > _LONGEST_NAME:
        raise UsageError(
            f"“{chosen}” cannot be the name of a container",
            "Choose one of small letters and digits, with single . _ - between them, and give it with --name.",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already and not an empty folder", "Name one that is not there yet.")
    try:
        for place, content in files_of(template).items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_NAMES.sub(chosen, content), encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{problem.filename or folder} cannot be written: {problem.strerror}") from problem
    return chosen


def name_of(folder: Path) -> str:
    """``My Generator`` -> ``my_generator``; whatever an image cannot be called becomes an underscore."""
    return re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_")


def files_of(template: str) -> dict[str, str]:
    """A template's files, by their place in the new folder."""
    folders = [Path(__file__).parent / template]
    if template == "llm":
        folders.insert(0, _reference())
    return {str(path.relative_to(folder)): path.read_text("utf-8") for folder in folders for path in _files(folder)}


def _reference() -> Path:
    """The reference container: one of the controls, in the sources as in an installed kit."""
    folder = next((place / "golden" for place in PLACES if (place / "golden").is_dir()), None)
    if folder is None:
        raise UsageError("the reference container did not come with this kit", "Choose another --template.")
    return folder.resolve()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        left_by_tools = any(part.endswith(("_cache", "__pycache__")) for part in path.relative_to(folder).parts)
        if path.is_file() and not left_by_tools:
            yield path
