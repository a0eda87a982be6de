"""Reading what a run produced, from this side of the process border.

One child process reads all entries of a run. If it dies (a crash in a library, its limits, its deadline), that is a
fact about the entry that it was reading, and a new child reads the rest.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.outputs.examine import Entry, blank
from conformance.outputs.facts import ColumnFacts, DatasetFacts
from conformance.outputs.places import MOUNT, locate
from conformance.outputs.process import Limits, ask
from conformance.outputs.secrets import search_secrets

ENTRY_LIMIT = 200
"""Entries of one document that are read; a document with more has other problems."""


def read_and_search(
    document: Mapping[str, Any] | None,
    folder: Path,
    manifest: Manifest,
    secrets: Sequence[str],
    *,
    reload: bool = False,
) -> tuple[tuple[DatasetFacts, ...], list[dict[str, Any]]]:
    """What `read_produced` and `conformance.outputs.secrets.search_secrets` say of a run, asked of one child process.

    Starting a child and importing what reads columns costs more than most outputs do.
    """
    waiting, facts = _places_in_document(document, folder, manifest, MOUNT, reload=reload)
    search = {"folder": str(folder), "secrets": list(secrets)} if secrets and not _is_empty(folder) else {}
    read, found = _read(waiting, Limits(), search)
    if search and found is None:
        found = search_secrets(folder, secrets)
    return facts(read), found or []


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError:
        return False


def read_produced(
    document: Mapping[str, Any] | None,
    folder: Path,
    manifest: Manifest,
    *,
    reload: bool = False,
    mount: str = MOUNT,
    limits: Limits | None = None,
) -> tuple[DatasetFacts, ...]:
    """Facts of every entry of ``generated_datasets`` and ``generated_reports``, in the document's order.

    Only its well-formed entries count, as in `conformance.evidence.Run.entries`. ``folder`` is the one that was mounted
    at ``mount``. ``reload`` also asks the `datasets` library, which costs a second. Raises `RuntimeError` if
    the child process cannot work at all, which is the kit's own failure.
    """
    waiting, facts = _places_in_document(document, folder, manifest, mount, reload=reload)
    return facts(_read(waiting, limits or Limits(), {})[0])


def _places_in_document(
    document: Mapping[str, Any] | None, folder: Path, manifest: Manifest, mount: str, *, reload: bool
) -> tuple[list[Entry], Callable[[list[DatasetFacts]], tuple[DatasetFacts, ...]]]:
    """The entries that must be read, and what puts their facts among those that are known without reading."""
    found: list[Entry | DatasetFacts] = []
    for role in ("dataset", "report"):
        for index, entry in enumerate(_entries(document, f"generated_{role}s")):
            found.append(_entry((role, index), entry, manifest, folder, mount, reload=reload))

    def facts(read: list[DatasetFacts]) -> tuple[DatasetFacts, ...]:
        following = iter(read)
        return tuple(next(following) if isinstance(entry, Entry) else entry for entry in found)

    return [entry for entry in found if isinstance(entry, Entry)], facts


def _entries(document: Mapping[str, Any] | None, key: str) -> Sequence[Mapping[str, Any]]:
    listed = (document or {}).get(key)
    entries = listed if isinstance(listed, list) else []
    return [entry for entry in entries if isinstance(entry, dict)][:ENTRY_LIMIT]


def _entry(
    where: tuple[str, int], entry: Mapping[str, Any], manifest: Manifest, folder: Path, mount: str, *, reload: bool
) -> Entry | DatasetFacts:
    """What to read for one entry of the document, or the facts if there is nothing to read."""
    role, index = where
    name, path = _text(entry.get(f"{role}_name")), entry.get(f"{role}_path")
    place = locate(path, folder, mount)
    if place.host is None:
        return DatasetFacts(name, _text(path), place.form, place.problem, role=role, index=index)
    declared = next((each for each in manifest.output_datasets if each.name == name), None)
    kind = declared.type if role == "dataset" and declared else _text(entry.get(f"{role}_type"))
    return Entry(
        role=role,
        index=index,
        name=name,
        path=_text(path),
        host=place.host,
        output=folder,
        type=kind if kind in {"pdf", "txt", "html"} else HUGGINGFACE,
        stated=_text(entry.get("format")).strip().lower().lstrip("."),
        features={feature.name: feature for feature in declared.features} if role == "dataset" and declared else {},
        reload=reload,
        mount=mount,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _read(
    entries: list[Entry], limits: Limits, search: Mapping[str, Any]
) -> tuple[list[DatasetFacts], list[dict[str, Any]] | None]:
    """Facts of every entry, by as many children as it takes; the last one searches, unless it died before its end."""
    read: list[DatasetFacts] = []
    found: list[dict[str, Any]] | None = None
    while len(read) < len(entries):
        rest = entries[len(read) :]
        answers, end = ask({"entries": [_entry_json(entry) for entry in rest], **search}, limits)
        found = next((answer["found"] for answer in answers if "found" in answer), None)
        read.extend(_facts_from_json(answer["facts"]) for answer in answers if "done" in answer)
        if len(read) == len(entries):
            break
        broken = next((str(answer["broken"]) for answer in answers if "broken" in answer), "")
        if broken or not answers:
            raise RuntimeError(f"the process that reads produced files did not work: {broken or end}")
        read.append(_died(entries[len(read)], end))
    return read, found


def _died(entry: Entry, end: str) -> DatasetFacts:
    return replace(blank(entry), form="unknown", problem=f"reading it was given up: {end}")


def _entry_json(entry: Entry) -> dict[str, Any]:
    plain = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    features = [dataclasses.asdict(feature) for feature in entry.features.values()]
    return {**plain, "host": str(entry.host), "output": str(entry.output), "features": features}


def _facts_from_json(plain: Mapping[str, Any]) -> DatasetFacts:
    columns = tuple(ColumnFacts(**{**column, "misfits": tuple(column["misfits"])}) for column in plain["columns"])
    sequences = {"row_hashes": tuple(plain["row_hashes"]), "sample": tuple(plain["sample"])}
    return DatasetFacts(**{**plain, **sequences, "columns": columns})
