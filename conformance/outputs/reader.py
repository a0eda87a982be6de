"""Reading what a run produced, from this side of the process border.

One child process reads all entries of a run. If it dies (a crash in a library, its limits, its deadline), that is a
fact about the entry that it was reading, and a new child reads the rest.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.outputs.examine import Entry, blank
from conformance.outputs.facts import ColumnFacts, DatasetFacts
from conformance.outputs.places import MOUNT, locate

ENTRY_LIMIT = 200
"""Entries of one document that are read; a document with more has other problems."""


@dataclass(frozen=True)
class Limits:
    """What one child process may use: address space and written files in bytes, processor and wall time in seconds."""

    memory: int = 4 * 1024**3
    file: int = 2 * 1024**3
    cpu: int = 120
    wall: float = 180.0


def read_produced(
    datasets: Iterable[Mapping[str, Any]],
    reports: Iterable[Mapping[str, Any]],
    folder: Path,
    manifest: Manifest,
    *,
    reload: bool = False,
    mount: str = MOUNT,
    limits: Limits | None = None,
) -> tuple[DatasetFacts, ...]:
    """Facts of every entry of ``generated_datasets`` and ``generated_reports``, in the document's order.

    ``datasets`` and ``reports`` are the document's well-formed entries (`Run.entries`), ``folder`` the folder that was
    mounted at ``mount``. ``reload`` also asks the `datasets` library, which costs a second. Raises `RuntimeError` if
    the child process cannot work at all, which is the kit's own failure.
    """
    found: list[Entry | DatasetFacts] = []
    for role, entries in (("dataset", datasets), ("report", reports)):
        for index, entry in enumerate(list(entries)[:ENTRY_LIMIT]):
            found.append(_entry((role, index), entry, manifest, folder, mount, reload=reload))
    waiting = [entry for entry in found if isinstance(entry, Entry)]
    read = iter(_read(waiting, limits or Limits()))
    return tuple(next(read) if isinstance(entry, Entry) else entry for entry in found)


def search_secrets(folder: Path, secrets: Sequence[str], *, limits: Limits | None = None) -> list[dict[str, Any]]:
    """Where any of the secrets occurs in a folder: ``{"canary": index, "where": "a.parquet, column text"}``.

    Plain, percent-encoded and base64, in names of files, their bytes, inside gzip and zip, and in the columns of
    Parquet and Arrow files. A search that dies says so in an entry with canary -1.
    """
    if not secrets:
        return []
    used = limits or Limits()
    request = {"task": "secrets", "folder": str(folder), "secrets": list(secrets), "limits": _plain(used)}
    answers, end = _ask(request, used.wall)
    if answers and "found" in answers[-1]:
        found: list[dict[str, Any]] = answers[-1]["found"]
        return found
    return [{"canary": -1, "where": f"the search did not end: {end}"}]


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


def _read(entries: list[Entry], limits: Limits) -> list[DatasetFacts]:
    """Facts of every entry, by as many children as it takes."""
    read: list[DatasetFacts] = []
    while len(read) < len(entries):
        rest = entries[len(read) :]
        request = {"task": "read", "entries": [_entry_json(entry) for entry in rest], "limits": _plain(limits)}
        answers, end = _ask(request, limits.wall)
        read.extend(_facts_from_json(answer["facts"]) for answer in answers if "done" in answer)
        if len(read) == len(entries):
            break
        if not answers:
            raise RuntimeError(f"the process that reads produced files did not work: {end}")
        read.append(_died(entries[len(read)], end))
    return read


def _died(entry: Entry, end: str) -> DatasetFacts:
    return replace(blank(entry), form="unknown", problem=f"reading it was given up: {end}")


def _ask(request: Mapping[str, Any], wall: float) -> tuple[list[dict[str, Any]], str]:
    """A child's answers, and how it ended. A child that is too slow is killed, with everything that it started."""
    with tempfile.TemporaryDirectory(prefix="sdg-read-") as home:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "conformance.outputs.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(home),
            cwd=home,
            start_new_session=True,
        )
        slow = False
        try:
            out, errors = child.communicate(json.dumps(request).encode(), timeout=wall)
        except subprocess.TimeoutExpired:
            slow = True
            _kill(child)
            out, errors = child.communicate()
        except BaseException:
            _kill(child)
            child.wait()
            raise
    return _lines(out), _how_it_ended(child.returncode, slow, errors, wall)


def _kill(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        child.kill()


def _environment(home: str) -> dict[str, str]:
    """A bare environment: no secrets of the person who runs the kit, no network for the `datasets` library."""
    package = str(Path(__file__).resolve().parents[2])
    return {
        "PATH": os.defpath,
        "HOME": home,
        "TMPDIR": home,
        "HF_HOME": home,
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "PYTHONPATH": package,
        "PYTHONDONTWRITEBYTECODE": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
    }


def _how_it_ended(code: int, slow: bool, errors: bytes, wall: float) -> str:
    if slow:
        return f"it took more than {wall:g} seconds"
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return "it took more processor time or memory than the kit allows"
    if code < 0:
        return f"the reading library crashed ({signal.Signals(-code).name})"
    last = errors.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {code}"]
    return last[0][:200]


def _lines(out: bytes) -> list[dict[str, Any]]:
    """The whole lines of the answer; a last one that was cut off does not count."""
    return [json.loads(line) for line in out.split(b"\n")[:-1]]


def _plain(limits: Limits) -> dict[str, int]:
    return {"memory": limits.memory, "file": limits.file, "cpu": limits.cpu}


def _entry_json(entry: Entry) -> dict[str, Any]:
    plain = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    features = [dataclasses.asdict(feature) for feature in entry.features.values()]
    return {**plain, "host": str(entry.host), "output": str(entry.output), "features": features}


def _facts_from_json(plain: Mapping[str, Any]) -> DatasetFacts:
    columns = tuple(ColumnFacts(**{**column, "misfits": tuple(column["misfits"])}) for column in plain["columns"])
    sequences = {"row_hashes": tuple(plain["row_hashes"]), "sample": tuple(plain["sample"])}
    return DatasetFacts(**{**plain, **sequences, "columns": columns})
