"""The small files of an image's layers: also those that a later layer hides or removes.

Where the engine keeps its layers as folders that this process may read, they are read in place, which costs a few
milliseconds; elsewhere the image is saved as a stream. Both are bounded in time and bytes and stop in silence: what
they give is searched for secrets, and a secret that is missed is better than a check that hangs.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

SECONDS = 3.0
LARGEST_FILE = 256 * 1024
MOST_BYTES = 64 * 1024**2
LARGEST_STREAM = 512 * 1024**2
DEEPEST = 12

Wanted = Callable[[str, bool], bool]
"""Whether a path (relative, with slashes) is of interest; the second argument says that it is a folder."""


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A regular file of one layer. ``path`` is relative to the image's root."""

    path: str
    data: bytes


def layer_folders(attributes: Mapping[str, Any]) -> list[Path]:
    """The folders in which the engine keeps an image's layers, where it says so and they can be read; else none."""
    driver = attributes.get("GraphDriver") or {}
    data = driver.get("Data") or {}
    if not str(driver.get("Name", "")).startswith("overlay"):
        return []
    named = [data.get("UpperDir"), *str(data.get("LowerDir") or "").split(":")]
    folders = [Path(name) for name in named if name]
    try:
        readable = all(folder.is_dir() and os.access(folder, os.R_OK | os.X_OK) for folder in folders)
    except OSError:  # only root may look below the engine's folder
        return []
    return folders if readable else []


def files_in_folders(folders: Iterable[Path], wanted: Wanted) -> Iterator[LayerFile]:
    """The wanted small files below the folders; no link is followed."""
    budget = _Budget()
    for folder in folders:
        for parent, below, names in os.walk(folder):
            place = os.path.relpath(parent, folder)
            prefix = "" if place == "." else f"{place}/"
            below[:] = sorted(name for name in below if wanted(prefix + name, True))
            if prefix.count("/") > DEEPEST:
                below.clear()
            for name in sorted(names):
                if budget.spent():
                    return
                path = prefix + name
                if wanted(path, False) and (data := _read(Path(parent, name))):
                    budget.take(len(data))
                    yield LayerFile(path, data)


def _read(path: Path) -> bytes:
    """A small regular file's bytes; nothing for any other."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= LARGEST_FILE:
            return b""
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return file.read(LARGEST_FILE)
    except OSError:
        return b""


def files_in_stream(chunks: Iterable[bytes], wanted: Wanted) -> Iterator[LayerFile]:
    """The wanted small files of an image that comes as the stream of ``docker save``: an archive of archives."""
    budget = _Budget()
    with contextlib.suppress(tarfile.TarError, OSError, EOFError):
        reader = cast("io.BytesIO", io.BufferedReader(_Chunks(chunks, budget), 1024**2))
        with tarfile.open(fileobj=reader, mode="r|") as image:
            for member in image:
                if member.isfile() and (layer := image.extractfile(member)) is not None:
                    yield from _files_of_layer(layer, wanted, budget)


def _files_of_layer(layer: Any, wanted: Wanted, budget: _Budget) -> Iterator[LayerFile]:
    with contextlib.suppress(tarfile.TarError, OSError, EOFError), tarfile.open(fileobj=layer, mode="r|*") as files:
        for member in files:
            if budget.spent():
                return
            path = os.path.normpath(member.name.lstrip("/"))
            small = member.isfile() and 0 < member.size <= LARGEST_FILE
            if small and _all_wanted(path, wanted) and (file := files.extractfile(member)) is not None:
                data = file.read(LARGEST_FILE)
                budget.take(len(data))
                yield LayerFile(path, data)


def _all_wanted(path: str, wanted: Wanted) -> bool:
    parts = path.split("/")
    return all(wanted("/".join(parts[:end]), True) for end in range(1, len(parts))) and wanted(path, False)


class _Budget:
    """The time and the bytes that a search may take."""

    def __init__(self) -> None:
        self._deadline = time.monotonic() + SECONDS
        self._bytes = 0

    def take(self, count: int) -> None:
        self._bytes += count

    def spent(self) -> bool:
        return self._bytes > MOST_BYTES or time.monotonic() > self._deadline


class _Chunks(io.RawIOBase):
    """Chunks as a file that is read from front to back; it ends when the budget is spent."""

    def __init__(self, chunks: Iterable[bytes], budget: _Budget) -> None:
        self._chunks = iter(chunks)
        self._budget = budget
        self._rest = b""
        self._total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            over = self._budget.spent() or self._total > LARGEST_STREAM
            self._rest = b"" if over else next(self._chunks, b"")
            self._total += len(self._rest)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
