"""When two file names of one image mean the same product although it numbers or dates its files."""

from __future__ import annotations

import posixpath
import re

_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{8,}|\d+", re.IGNORECASE)
_MOUNT = re.compile(r"^/output(?=/|$)")


def relative(path: str) -> str:
    """A path below the output folder: without the mount, without slashes at its ends, normalised."""
    return posixpath.normpath("/" + _MOUNT.sub("", path).strip("/")).strip("/")


def same_name(one: str, other: str) -> bool:
    """Whether two paths below the output folder are the same but for numbers, dates and random identifiers."""
    return _VARYING.sub("#", relative(one)) == _VARYING.sub("#", relative(other))
