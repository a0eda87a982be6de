"""The mutants as data: images with exactly one defect each, read from ``fixtures/mutants/*.yaml``.

An entry says which requirement must turn red, what the defect is and how it is made from a base folder (the reference
container, a third-party fixture, a control). Nothing here starts a container or builds an image: an entry becomes a
build context, a mapping of file names to bytes. Kinds of ``make`` (fixtures/mutants/README.md has examples):

* ``patch``: a list of ``{file, find, replace}``; each ``find`` must occur exactly once in the base folder's file.
* ``file``: new or replaced files, name to text (``null`` takes a file away).
* ``dockerfile``: lines put at the end of the base's Dockerfile.
* ``wrap``: Python statements around the real entrypoint (fixtures/mutants/wrapper.py).
* ``platform``: the platform to build for.

They can be combined. A mistake in an entry is a `MutantError` that names file and entry.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
MUTANTS = FIXTURES / "mutants"
WRAPPER = MUTANTS / "wrapper.py"
KINDS = frozenset({"patch", "file", "dockerfile", "wrap", "platform"})
IGNORED = frozenset({"__pycache__", ".venv"})


class MutantError(Exception):
    """An entry of ``fixtures/mutants`` that makes no image."""


@dataclass(frozen=True)
class Mutant:
    """One defect. ``also_fails`` names other requirements that must fail with it, each with the reason.

    ``scenarios`` are the runs that show the defect; empty: those that the requirement's own check reads. ``options``
    are what the kit must be told for the defect to show (``profile``, say).
    """

    id: str
    requirement: str
    defect: str
    base: str
    make: Mapping[str, Any]
    scenarios: tuple[str, ...] = ()
    also_fails: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


def load_mutants(folder: Path = MUTANTS) -> tuple[Mutant, ...]:
    """Every mutant of the folder, in the order of file names and entries. Raises `MutantError`."""
    mutants = [
        _mutant(entry, path.name)
        for path in sorted(folder.glob("*.yaml"))
        if path.name != "exclusions.yaml"
        for entry in yaml.safe_load(path.read_text("utf-8")) or ()
    ]
    names = [mutant.id for mutant in mutants]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise MutantError(f"these ids are used twice: {', '.join(twice)}")
    return tuple(mutants)


def load_exclusions(folder: Path = MUTANTS) -> Mapping[str, str]:
    """Requirements without a mutant, each with the reason why its violation cannot be shown from outside."""
    exclusions: Mapping[str, str] = yaml.safe_load((folder / "exclusions.yaml").read_text("utf-8"))
    return exclusions


def _mutant(entry: Mapping[str, Any], source: str) -> Mutant:
    label = f"{source}: {entry.get('id', entry)}"
    allowed = set(Mutant.__dataclass_fields__) - {"source"}
    missing = {"id", "requirement", "defect", "make"} - set(entry)
    if missing or set(entry) - allowed:
        raise MutantError(f"{label}: missing {sorted(missing)}, unknown {sorted(set(entry) - allowed)}")
    if not entry["make"] or set(entry["make"]) - KINDS:
        raise MutantError(f"{label}: make knows {', '.join(sorted(KINDS))}, not {sorted(entry['make'] or ())}")
    values = {"base": "image:pyarrow-only", **entry, "scenarios": tuple(entry.get("scenarios", ())), "source": source}
    return Mutant(**values)


def base_folder(base: str) -> Path:
    """The build folder that a base names: ``reference``, ``image:NAME`` or ``control:NAME``."""
    kind, _, name = base.partition(":")
    folders = {"reference": ROOT / "example_generator", "image": FIXTURES / "images" / name}
    folder = folders.get(kind, FIXTURES / "controls" / name)
    if not (folder / "Dockerfile").is_file():
        raise MutantError(f"base {base}: {folder} has no Dockerfile")
    return folder


@cache
def read_folder(folder: Path) -> Mapping[str, bytes]:
    """The files of a build folder by their name with forward slashes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not IGNORED & set(path.parts))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def build_context(mutant: Mutant) -> dict[str, bytes]:
    """The build context of a mutant: its base folder with the defect put in. Raises `MutantError`."""
    files = dict(read_folder(base_folder(mutant.base).resolve()))
    for patch in mutant.make.get("patch", ()):
        _apply(patch, files, mutant)
    for name, text in mutant.make.get("file", {}).items():
        files.pop(name, None)
        if text is not None:
            files[name] = text.encode()
    lines = list(mutant.make.get("dockerfile", ()))
    if "wrap" in mutant.make:
        lines = _wrap(mutant, files) + lines
    if lines:
        files["Dockerfile"] = files["Dockerfile"].rstrip() + b"\n" + "\n".join(lines).encode() + b"\n"
    return files


def _apply(patch: Mapping[str, str], files: dict[str, bytes], mutant: Mutant) -> None:
    name, find = patch["file"], patch["find"]
    if name not in files:
        raise MutantError(f"{mutant.source}: {mutant.id}: {mutant.base} has no file {name}")
    text = files[name].decode()
    if text.count(find) != 1:
        raise MutantError(f"{mutant.source}: {mutant.id}: {name} has {find!r} {text.count(find)} times, not once")
    files[name] = text.replace(find, patch["replace"]).encode()


def _wrap(mutant: Mutant, files: dict[str, bytes]) -> list[str]:
    """Put the wrapper before the real entrypoint; returns the Dockerfile's further lines."""
    entrypoints = re.findall(r"^ENTRYPOINT\s+(\[.*\])\s*$", files["Dockerfile"].decode(), re.MULTILINE)
    if not entrypoints:
        raise MutantError(f"{mutant.source}: {mutant.id}: {mutant.base} has no exec-form ENTRYPOINT to wrap")
    files["mutant-wrapper/wrapper.py"] = WRAPPER.read_bytes()
    defect = {"entrypoint": json.loads(entrypoints[-1]), **mutant.make["wrap"]}
    files["mutant-wrapper/defect.json"] = json.dumps(defect, indent=1, sort_keys=True).encode()
    return ["COPY mutant-wrapper/ /mutant/", 'ENTRYPOINT ["python3", "/mutant/wrapper.py"]']


def fingerprint(files: Mapping[str, bytes], *salt: str) -> str:
    """A short hash of a build context: the same content has the same image."""
    digest = hashlib.sha256(repr(salt).encode())
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]
