"""Where the files of an input dataset stand below the input mount: safe names for every layout.

Names come from a manifest and therefore from a stranger: what is no letter, digit, dot, dash or underscore is replaced
(square brackets and stars would be patterns to the loader, slashes would leave the folder).
"""

from __future__ import annotations

import re

from conformance.inputs.plan import Layout
from conformance.inputs.words import checksum

LONGEST_NAME = 60


def file_stem(name: str) -> str:
    """A file name without suffix for a dataset; different datasets get different ones."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:LONGEST_NAME]
    if safe != name:
        safe = f"{safe}-{checksum(name):08x}"
    return safe if safe[:1].isalnum() else f"data{safe}"


def file_places(name: str, suffix: str, layout: Layout, parts: int = 2) -> tuple[str, ...]:
    """The paths (relative, with forward slashes) of a dataset's files; ``parts`` many for a list or a directory."""
    stem = file_stem(name)
    several = tuple(f"{number}.{suffix}" for number in range(1, max(1, parts) + 1))
    if layout == "list":
        return tuple(f"{stem}-part-{part}" for part in several)
    if layout == "directory":
        return tuple(f"{stem}/part-{part}" for part in several)
    if layout == "subfolder":
        return (f"batch/nested/{stem}.{suffix}",)
    if layout == "odd-name":
        return (f"données brutes/{stem} é 1.{suffix}",)
    return (f"{stem}.{suffix}",)
