"""From a path that an image states to a file on this machine, without ever leaving the output folder.

Paths are read as the container means them: absolute, below the output mount; links are followed by hand, component by
component, so that an absolute link target means a place in the container and never a file of this machine.
"""

from __future__ import annotations

import os
import posixpath
import stat
from dataclasses import dataclass
from pathlib import Path

MOUNT = "/output"
"""Where the host mounts the output folder (contract.md 2.6)."""

_LINK_LIMIT = 40


class LeavesFolderError(Exception):
    """A path or link leads out of the output folder."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stated path leads: ``host`` is the real file or folder, or None with ``form`` and ``problem`` saying why.

    ``form`` is missing, link-out or denied, in the words of `conformance.outputs.facts.DatasetFacts`.
    """

    host: Path | None
    form: str = ""
    problem: str = ""


def path_problem(path: object, mount: str = MOUNT) -> str:
    """Why a stated path is not an absolute path below the mount after normalisation; empty if it is (DATASET-004)."""
    if not isinstance(path, str) or not path.strip() or "\0" in path:
        return "is not a path"
    if "://" in path:
        return f"is a URL, not a path below {mount}"
    if not path.startswith("/"):
        return f"is not absolute; the host looks for it below {mount} only if it says so"
    normal = posixpath.normpath("/" + path.lstrip("/"))
    if normal == mount:
        return f"is {mount} itself, not something in it"
    if not normal.startswith(mount + "/"):
        return f"is not below {mount}"
    return ""


def locate(path: object, folder: Path, mount: str = MOUNT) -> Place:
    """The file or folder on this machine that a path in the container means; never one outside ``folder``."""
    if problem := path_problem(path, mount):
        return Place(None, "missing", f"the path {problem}")
    normal = posixpath.normpath("/" + str(path).lstrip("/"))
    try:
        return Place(follow(folder, normal, mount))
    except LeavesFolderError as error:
        return Place(None, "link-out", str(error))
    except PermissionError:
        return Place(None, "denied", "this user may not look there")
    except (OSError, ValueError) as error:
        return Place(None, "missing", _reason(error))


def follow(folder: Path, path: str, mount: str = MOUNT) -> Path:
    """The real file behind an absolute container path, links resolved.

    Raises `LeavesFolderError` where the way leads out of the mount, `OSError` where nothing is or links are a circle.
    """
    mounted = tuple(mount.strip("/").split("/"))
    waiting = [part for part in reversed(path.split("/")) if part]
    here: list[str] = []
    links = 0
    while waiting:
        part = waiting.pop()
        if part == ".":
            continue
        if part == "..":
            here = here[:-1]
            continue
        here.append(part)
        if tuple(here) == mounted[: len(here)]:
            continue
        if tuple(here[: len(mounted)]) != mounted:
            raise LeavesFolderError(f"a link leads to /{'/'.join(here)}, out of {mount}")
        target = _link_target(folder.joinpath(*here[len(mounted) :]))
        if target is not None:
            links += 1
            if links > _LINK_LIMIT:
                raise OSError("its links lead in a circle")
            here = [] if target.startswith("/") else here[:-1]
            waiting.extend(part for part in reversed(target.split("/")) if part)
    if tuple(here[: len(mounted)]) != mounted:
        raise LeavesFolderError(f"a link leads to /{'/'.join(here)}, out of {mount}")
    return folder.joinpath(*here[len(mounted) :])


def _link_target(entry: Path) -> str | None:
    """The text of a link, None for anything else that exists."""
    return str(entry.readlink()) if stat.S_ISLNK(entry.lstat().st_mode) else None


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "nothing is there"
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
