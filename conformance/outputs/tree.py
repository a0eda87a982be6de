"""What is in a folder: every entry with kind, size and hash, links never followed, work bounded.

The folder was written by an image: it may hold a million files, a file without end, links in circles, pipes and names
that are no text. A scan ends in bounded time and says where it stopped.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance.outputs.facts import MORE, FileFacts
from conformance.outputs.places import MOUNT, LeavesFolderError, follow

ENTRY_LIMIT = 20_000
BYTE_LIMIT = 4 * 1024**3

_BLOCK = 1024**2


def scan(
    folder: Path, *, mount: str = MOUNT, entry_limit: int = ENTRY_LIMIT, byte_limit: int = BYTE_LIMIT
) -> tuple[FileFacts, ...]:
    """Every entry below ``folder``, sorted by path; the folder itself is not an entry.

    At most ``entry_limit`` entries: a last one of kind `MORE` says that there are others. Files are hashed until
    ``byte_limit`` bytes were read; the rest, and files that may not be read, have no hash. Names that are not UTF-8
    are written with backslash escapes. ``mount`` is the folder's place in the container, for absolute links.
    """
    facts: list[FileFacts] = []
    budget = byte_limit
    for path, name in _walk(folder):
        if len(facts) >= entry_limit:
            facts.append(FileFacts("", MORE))
            break
        entry = _entry(folder, path, name, mount, budget)
        if entry is not None:
            budget -= entry.size if entry.sha256 else 0
            facts.append(entry)
    return tuple(sorted(facts, key=lambda entry: (entry.kind == MORE, entry.path)))


def changes(before: Iterable[FileFacts], after: Iterable[FileFacts]) -> tuple[str, ...]:
    """What differs between two scans: ``A path`` added, ``C path`` changed, ``D path`` deleted, sorted by path.

    A file that has no hash in one of them is compared by its size; modes and owners do not count.
    """
    old = {entry.path: entry for entry in before if entry.kind != MORE}
    new = {entry.path: entry for entry in after if entry.kind != MORE}
    found = [(path, "A") for path in new.keys() - old.keys()]
    found += [(path, "D") for path in old.keys() - new.keys()]
    found += [(path, "C") for path in old.keys() & new.keys() if _differ(old[path], new[path])]
    return tuple(f"{letter} {path}" for path, letter in sorted(found))


def _differ(old: FileFacts, new: FileFacts) -> bool:
    if old.kind != new.kind or old.target != new.target:
        return True
    if old.kind != "file":
        return False
    return old.size != new.size or bool(old.sha256 and new.sha256 and old.sha256 != new.sha256)


def walk(folder: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """As `os.walk` without links: each folder, its folders and its other entries, both in order.

    An image may nest folders deeper than Python's own stack and than a path may be long: nothing is raised.
    """
    waiting = [folder]
    while waiting:
        parent = waiting.pop()
        try:
            with os.scandir(parent) as entries:
                children = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        folders = [child.name for child in children if child.is_dir(follow_symlinks=False)]
        inside = set(folders)
        yield parent, folders, [child.name for child in children if child.name not in inside]
        waiting.extend(parent / name for name in reversed(folders))


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every entry, parents first and siblings in order, as (path, path relative to the folder)."""
    for parent, folders, names in walk(folder):
        prefix = "" if parent == folder else f"{parent.relative_to(folder)}/"
        for name in sorted([*folders, *names]):
            yield parent / name, prefix + name


def _entry(folder: Path, path: Path, name: str, mount: str, budget: int) -> FileFacts | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    kind = _kind(status.st_mode)
    target = _readlink(path) if kind == "symlink" else ""
    return FileFacts(
        path=readable(name),
        kind=kind,
        size=status.st_size if kind == "file" else 0,
        sha256=_hash(path) if kind == "file" and status.st_size <= budget else "",
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        target=readable(target),
        escapes=kind == "symlink" and _escapes(folder, name, mount),
    )


def readable(name: str) -> str:
    """A file's name as text that can be written anywhere: what is not UTF-8 becomes a backslash escape."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "symlink" if stat.S_ISLNK(mode) else "other"


def _readlink(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _escapes(folder: Path, name: str, mount: str) -> bool:
    try:
        follow(folder, posixpath.join(mount, name), mount)
    except LeavesFolderError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _hash(path: Path) -> str:
    """The SHA-256 of a regular file; empty where it may not be read. Never waits on a pipe, never follows a link."""
    digest = hashlib.sha256()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()
