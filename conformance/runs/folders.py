"""The folders of a scenario: what is mounted at /input and /output, who owns it, and what was there before.

The output folder is world-writable except where a scenario is about permissions, because ``cap_drop ALL`` takes from
root the right to write where it does not own (contract.md section 12).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.engines.protocol import Mount
from conformance.scenarios.model import Scenario

if TYPE_CHECKING:
    from conformance.runs.stage import Stage

FOREIGN_FILES = {
    "kit-foreign/notes.txt": b"This file belongs to somebody else.\n",
    "kit-foreign/data.parquet": b"PAR1 not really PAR1",
    "kit-sentinel.json": b'{"success": false, "owner": "another job"}\n',
}
"""Files of another job, put into a used output folder; an image must leave them byte for byte (MOUNT-004)."""

OTHER_USER = 54321


@dataclass(frozen=True)
class Places:
    """The folders of one scenario; ``output`` is None where none is mounted, ``canary`` where there is none."""

    input: Path
    output: Path | None
    canary: Path | None = None


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
    if made.output is not None:
        _fill(stage, scenario, made.output)
        _own(stage, scenario, made.output)
    return made


def _fill(stage: Stage, scenario: Scenario, output: Path) -> None:
    """Copy what an earlier run left, modes and owners included, and add files of somebody else."""
    kind, _, other = scenario.output.partition(":")
    if kind == "used":
        _copy_tree(stage.folder(other) / "output", output)
    if scenario.options.get("foreign_files"):
        for name, content in FOREIGN_FILES.items():
            path = output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _copy_tree(source: Path, target: Path) -> None:
    def copy(origin: str, destination: str) -> str:
        if os.path.islink(origin) or os.path.isfile(origin):  # noqa: PTH113, PTH114 (strings from copytree)
            shutil.copy2(origin, destination, follow_symlinks=False)
            _same_owner(Path(origin), Path(destination))
        return destination

    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=copy, ignore=_special_files)
    for folder, _, _ in os.walk(target):
        relative = Path(folder).relative_to(target)
        if relative != Path():
            _same_owner(source / relative, Path(folder))


def _special_files(folder: str, names: list[str]) -> set[str]:
    """Sockets, pipes and devices: copying them would hang or fail."""
    paths = {name: Path(folder, name) for name in names}
    return {name for name, path in paths.items() if not (path.is_symlink() or path.is_file() or path.is_dir())}


def _same_owner(origin: Path, copy: Path) -> None:
    if os.geteuid() == 0 and (origin.exists() or origin.is_symlink()):
        status = origin.lstat()
        os.chown(copy, status.st_uid, status.st_gid, follow_symlinks=False)


def _own(stage: Stage, scenario: Scenario, output: Path) -> None:
    kind, _, whose = scenario.output.partition(":")
    if kind == "owned":
        user = OTHER_USER if whose == "other" else stage.image.user_id or 0
        os.chown(output, user, user)
        output.chmod(0o755)


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
        return places_.output is not None and _size(places_.output, limit) > limit

    return outgrown


def _size(folder: Path, enough: int) -> int:
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(directory, name).lstat().st_size
            except OSError:
                continue
            if total > enough:
                return total
    return total
