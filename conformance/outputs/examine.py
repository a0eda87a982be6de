"""One produced dataset or report, read to the end: what runs in the child process, without its protocol."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from conformance.contract.model import Feature
from conformance.outputs.contents import Contents, Part, Question, UnreadableError
from conformance.outputs.documents import read_document
from conformance.outputs.facts import DatasetFacts
from conformance.outputs.folders import read_folder
from conformance.outputs.forms import SELF_DESCRIBING, detect, format_of_name
from conformance.outputs.places import MOUNT, locate
from conformance.outputs.values import Opener

TABLES = frozenset({"parquet", "arrow-file", "arrow-stream", "jsonl", "json", "csv", "text"})
DOCUMENTS = frozenset({"pdf", "html", "text"})
_MEDIA_LIMIT = 64 * 1024**2
_MESSAGE_LIMIT = 300


@dataclass(frozen=True)
class Entry:
    """One entry of the result document, with what the manifest says of it.

    ``type`` is huggingface, pdf, txt or html; ``stated`` the entry's ``format``. ``host`` is the located file or
    folder, ``output`` the folder that was mounted. ``reload`` asks whether the `datasets` library loads it.
    """

    role: str
    index: int
    name: str
    path: str
    host: Path
    output: Path
    type: str = "huggingface"
    stated: str = ""
    features: Mapping[str, Feature] = field(default_factory=dict)
    reload: bool = False
    mount: str = MOUNT


def blank(entry: Entry) -> DatasetFacts:
    """Facts that say nothing yet but which entry they are of."""
    return DatasetFacts(name=entry.name, path=entry.path, role=entry.role, index=entry.index)


def examine(entry: Entry) -> DatasetFacts:
    """Everything that can be seen of one entry. Never raises for what is in the file.

    Raises `ImportError` where the kit is not installed as it must be: that is no fact about the file.
    """
    facts = replace(blank(entry), form="unknown")
    try:
        return _examine(entry, facts)
    except ImportError:
        raise
    except PermissionError:
        return replace(facts, form="denied", problem="this user may not read it")
    except UnreadableError as error:
        return _broken(facts, entry, str(error))
    except MemoryError:
        return _broken(facts, entry, "reading it takes more memory than the kit allows")
    except Exception as error:  # noqa: BLE001 - libraries raise anything for hostile bytes, and all of it is a fact
        return _broken(facts, entry, f"{type(error).__name__}: {error}")


def _examine(entry: Entry, facts: DatasetFacts) -> DatasetFacts:
    mode = entry.host.stat().st_mode
    if stat.S_ISDIR(mode):
        return _examine_folder(entry, replace(facts, form="directory"))
    if stat.S_ISREG(mode):
        return _examine_file(entry, facts)
    raise UnreadableError("it is neither a file nor a folder, but a pipe, a socket or a device")


def _broken(facts: DatasetFacts, entry: Entry, problem: str) -> DatasetFacts:
    """Facts of something that cannot be read whole; the form is told again, because it was not handed on."""
    flat = " ".join(problem.replace(str(entry.output), entry.mount).split())
    if facts.form == "unknown":
        facts = replace(facts, **_form_again(entry))
    return replace(facts, problem=flat[:_MESSAGE_LIMIT] or "it cannot be read")


def _form_again(entry: Entry) -> dict[str, Any]:
    try:
        mode = entry.host.stat().st_mode
        if stat.S_ISDIR(mode):
            return {"form": "directory"}
        if not stat.S_ISREG(mode):
            return {}
        form = detect(entry.host, _hint(entry))
        return {"form": form.name, "compression": form.compression, "size": entry.host.stat().st_size}
    except Exception:  # noqa: BLE001 - whatever was wrong with it has been said
        return {}


def _hint(entry: Entry) -> str:
    if entry.type in {"txt", "pdf"}:
        return entry.type
    return entry.stated or format_of_name(entry.path)


def _examine_file(entry: Entry, facts: DatasetFacts) -> DatasetFacts:
    form = detect(entry.host, _hint(entry))
    facts = replace(facts, form=form.name, compression=form.compression, size=entry.host.stat().st_size)
    if entry.role == "report" or entry.type != "huggingface":
        documented = form.name in DOCUMENTS and not form.compression
        return replace(facts, text_head=read_document(entry.host, form.name)) if documented else facts
    if form.name not in TABLES:
        return facts if form.name != "unknown" else replace(facts, problem="its bytes are no known format")
    part = Part(_plain_arrow(entry.host, form.name, form.compression), form.compression)
    return _with_contents(facts, read_table([part], _question(entry, form.name), None), entry)


def _plain_arrow(host: Path, form: str, compression: str) -> Path:
    if compression and form in SELF_DESCRIBING:
        raise UnreadableError(f"it is a {form} file inside {compression}, which no loader reads")
    return host


def _examine_folder(entry: Entry, facts: DatasetFacts) -> DatasetFacts:
    folder = read_folder(entry.host, entry.path, entry.output, _hint(entry))
    facts = replace(facts, form=folder.form, inner=folder.inner, size=folder.size)
    if folder.form == "empty" or entry.type != "huggingface" or entry.role == "report":
        return facts
    if folder.inner not in TABLES:
        return replace(facts, problem="it is a folder without data files of one form that the kit reads")
    form = "arrow-stream" if folder.form == "save_to_disk" else folder.inner
    return _with_contents(facts, read_table(list(folder.parts), _question(entry, form), folder.hints), entry)


def read_table(parts: list[Part], question: Question, hints: Mapping[str, Any] | None) -> Contents:
    """The rows of files of one form. Raises `UnreadableError`, or what the library raises."""
    if question.form == "parquet":
        from conformance.outputs.arrow_tables import read_parquet

        return read_parquet(parts, question)
    if question.form in {"arrow-file", "arrow-stream"}:
        from conformance.outputs.arrow_tables import read_arrow

        return read_arrow(parts, question, hints)
    from conformance.outputs.text_tables import read_text_table

    return read_text_table(parts, question)


def _question(entry: Entry, form: str) -> Question:
    return Question(entry.features, form, _opener(entry))


def _opener(entry: Entry) -> Opener:
    """Files that values name: relative to the dataset's folder or to the output folder, never outside it."""
    base = PurePosixPath(entry.path) if entry.host.is_dir() else PurePosixPath(entry.path).parent

    def open_named(path: str) -> bytes | None:
        for candidate in (base / path, PurePosixPath(entry.mount) / path):
            place = locate(str(candidate), entry.output, entry.mount)
            if place.host is not None and place.host.is_file() and place.host.stat().st_size <= _MEDIA_LIMIT:
                return place.host.read_bytes()
        return None

    return open_named


def _with_contents(facts: DatasetFacts, contents: Contents, entry: Entry) -> DatasetFacts:
    forms = {facts.form, facts.inner}
    facts = replace(
        facts,
        rows=contents.rows,
        columns=contents.columns,
        fingerprint=contents.fingerprint,
        row_hashes=contents.row_hashes,
        sample=contents.sample,
        self_describing=bool(forms & SELF_DESCRIBING),
    )
    if not entry.reload:
        return facts
    from conformance.outputs.reload import why_not_loadable

    return replace(facts, reloads=why_not_loadable(entry.host, facts.form))
