"""The folder in which the runs of one check have their files: made, swept and removed.

It carries its owner as containers do, so that the next kit removes what a killed one left. Containers leave files of
other users; where this process may not remove them, a container does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from conformance.engines.labels import alive, owner
from conformance.engines.protocol import Engine, Mount, RunRequest
from conformance.errors import EngineFailure

PREFIX = "sdg-conformance-"
OWNER_FILE = ".kit-owner"
REMOVAL_SECONDS = 60.0
Remover = Callable[[Path], None]


@contextmanager
def working_folder(engine: Engine, image: str) -> Iterator[Path]:
    """A folder for the time of a ``with`` block. ``image`` is what removes the files that this user may not remove."""
    sweep()
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    (path / OWNER_FILE).write_text(owner(), encoding="utf-8")
    path.chmod(0o755)  # engines that map users look for the mounts with another user's rights
    try:
        yield path
    finally:
        remove(path, lambda left: _remove_in_container(engine, image, left))


def sweep() -> None:
    """Remove this user's folders of kits that no longer run."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            mine = not path.is_symlink() and path.is_dir() and path.stat().st_uid == os.geteuid()
            left = mine and not alive((path / OWNER_FILE).read_text("utf-8", "replace"))
        except OSError:
            continue  # another kit sweeps too, or it has no owner: somebody else's
        if left:
            _remove_tree(path)


def remove(path: Path, otherwise: Remover) -> None:
    """Remove a folder; never raises. ``otherwise`` is asked to empty it where this user may not."""
    _remove_tree(path)
    if path.exists():
        otherwise(path)
        _remove_tree(path)


def _remove_tree(path: Path) -> None:
    with suppress(RecursionError):  # an image may nest folders deeper than Python's own stack: its `rm` is asked
        shutil.rmtree(path, ignore_errors=True)


def _remove_in_container(engine: Engine, image: str, path: Path) -> None:
    """Let the image's own ``rm`` empty the folder, if it has one; it sees nothing else of this machine."""
    request = RunRequest(
        image, ("-rf", "/kit-folder"), entrypoint=("rm",), mounts=(Mount(path, "/kit-folder"),), network="none",
        drop_capabilities=False, user="0", timeout=REMOVAL_SECONDS, name="removal",
    )  # fmt: skip
    try:
        engine.run(request)
    except EngineFailure:
        return  # the engine is gone, and what is left stays in the folder for temporary files
