"""The folders of a scenario: what is mounted at /input and /output, who owns it, and what was there before.

The output folder is world-writable except where a scenario is about permissions, because ``cap_drop ALL`` takes from
root the right to write where it does not own (contract.md section 12). Where this process is not root it cannot give
folders away: then a folder "of another user" is one that nobody may write, and one "of the image's user" stays open.

What an image wrote is hostile: no link in a folder that it has filled is ever followed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance.engines.protocol import Mount
from conformance.outputs.names import relative
from conformance.outputs.tree import walk
from conformance.runs.stage import Stage
from conformance.scenarios.model import Scenario

FOREIGN_FILES = {
    "kit-foreign/notes.txt": b"This file belongs to somebody else.\n",
    "kit-foreign/data.parquet": b"PAR1 not really PAR1",
    "kit-sentinel.json": b'{"success": false, "owner": "another job"}\n',
}
"""Files of another job, put into a used output folder; an image must leave them byte for byte (MOUNT-004)."""

GENERIC_FOLDERS = frozenset({"data", "dataset", "datasets", "output", "outputs", "result", "results"})
"""Names of folders that no job has for itself: where an image made one, another job's file is put there too."""

OUTPUT_LIMIT = 4 * 1024**3
"""Bytes of an output folder: a run that writes more is ended, and no more than that is copied."""
SHARED_FILE = "kit-foreign.jsonl"
OTHER_USER = 54321


@dataclass(frozen=True)
class Places:
    """The folders of one scenario; ``output`` is None where none is mounted, ``canary`` where there is none.

    ``foreign`` has the SHA-256 of each file of another job that was put into the output folder.
    """

    input: Path
    output: Path | None
    canary: Path | None = None
    foreign: Mapping[str, str] = field(default_factory=dict)


def places(stage: Stage, scenario: Scenario, output: Path | None = None) -> Places:
    """Where the folders of a scenario are."""
    folder = stage.folder(scenario.name)
    shared = scenario.options.get("shared_output")
    out = output or (stage.folder(str(shared)) / "output" if shared else folder / "output")
    return Places(
        input=folder / "input",
        output=None if scenario.output == "none" else out,
        canary=folder / "canary" if scenario.options.get("escape") else None,
    )


def make(stage: Stage, scenario: Scenario, output: Path | None = None) -> Places:
    """Make the folders as the scenario wants them."""
    made = places(stage, scenario, output)
    for folder in (made.input, made.output, made.canary):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755 if folder is not made.output else 0o777)
    if made.output is None:
        return made
    kind, _, other = scenario.output.partition(":")
    if kind == "used":
        _copy_tree(stage.folder(other) / "output", made.output)
    foreign = _put_foreign_files(stage, made.output) if scenario.options.get("foreign_files") else {}
    _own(stage, scenario, made.output)
    return replace(made, foreign=foreign)


def _put_foreign_files(stage: Stage, output: Path) -> dict[str, str]:
    """Put another job's files into a folder, and among the image's own where it uses a folder that others use too.

    A folder that is a dataset itself is the image's alone: it may be replaced as a whole.
    """
    datasets = {relative(facts.path) for facts in stage.baseline.produced} if stage.baseline is not None else set()
    shared = [
        folder
        for folder in sorted(output.iterdir())
        if folder.name.lower() in GENERIC_FOLDERS and folder.name not in datasets and folder.is_dir()
    ]
    among = {
        f"{folder.name}/{SHARED_FILE}": b'{"owner": "another job"}\n' for folder in shared if not folder.is_symlink()
    }
    everything = {**FOREIGN_FILES, **among}
    for name, content in everything.items():
        _put(output, name, content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in everything.items()}


def _put(output: Path, name: str, content: bytes) -> None:
    """Write a file below a folder that an image has filled: whatever is in its way goes, and no link is followed."""
    path = output / name
    if path.parent.is_symlink() or not path.parent.is_dir():
        path.parent.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb") as file:
        file.write(content)


def _copy_tree(source: Path, target: Path) -> None:
    """Copy files, folders and links, each with its owner.

    Pipes stay behind, what is too deep to be reached, and files for which the limit leaves no room: a file of holes
    is small for the image and may be larger than this machine.
    """
    room = OUTPUT_LIMIT
    for folder, folders, names in walk(source):
        copy = target / folder.relative_to(source)
        with contextlib.suppress(OSError):
            if not _is_root():
                copy.chmod(0o777)
        for name in (*folders, *names):
            with contextlib.suppress(OSError):
                room -= _copy_entry(folder / name, copy / name, room)


def _copy_entry(origin: Path, copy: Path, room: int) -> int:
    """The bytes of the file that was copied; 0 of others, and of one that is larger than ``room``."""
    size = 0
    if origin.is_dir() and not origin.is_symlink():
        copy.mkdir()
        shutil.copystat(origin, copy)
    elif origin.is_symlink():
        shutil.copy2(origin, copy, follow_symlinks=False)
    elif origin.is_file() and (size := origin.stat().st_size) <= room:
        shutil.copy2(origin, copy)
    else:
        return 0
    if _is_root():
        _same_owner(origin, copy)
    elif not copy.is_symlink():
        copy.chmod(copy.stat().st_mode | 0o666)  # its owner in the container cannot be restored
    return size


def _is_root() -> bool:
    return os.geteuid() == 0


def _same_owner(origin: Path, copy: Path) -> None:
    status = origin.lstat()
    os.chown(copy, status.st_uid, status.st_gid, follow_symlinks=False)


def _own(stage: Stage, scenario: Scenario, output: Path) -> None:
    kind, _, whose = scenario.output.partition(":")
    if kind != "owned":
        return
    user = OTHER_USER if whose == "other" else stage.image.user_id
    if _is_root() and user is not None:
        os.chown(output, user, user)
        output.chmod(0o755)
    elif whose == "other":
        output.chmod(0o555)


def mounts(places_: Places, *, writable_input: bool) -> tuple[Mount, ...]:
    """The mounts of a run, as the host makes them."""
    made = [Mount(places_.input, "/input", read_only=not writable_input)]
    if places_.output is not None:
        made.append(Mount(places_.output, "/output"))
    if places_.canary is not None:
        made.append(Mount(places_.canary, "/canary", read_only=True))
    return tuple(made)


def output_guard(places_: Places, limit: int) -> Callable[[], bool]:
    """Says True when the output folder has outgrown its limit."""

    def outgrown() -> bool:
        return places_.output is not None and size_of(places_.output, limit) > limit

    return outgrown


def size_of(folder: Path, enough: int) -> int:
    """The bytes of all files below a folder; it stops counting once there are more than enough."""
    total = 0
    for directory, _, names in walk(folder):
        for name in names:
            try:
                total += (directory / name).lstat().st_size
            except OSError:
                continue
            if total > enough:
                return total
    return total
