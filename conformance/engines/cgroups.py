"""Peak memory and CPU time of a container, from a control group of the kit's own above the container's.

The kernel forgets a container's group when the container ends, but keeps the high-water mark of the group above it.
So nothing has to be polled and no peak is missed. It works where the kit may write to the control group file system of
the engine's machine with the ``cgroupfs`` driver; elsewhere the figures are unknown, never guessed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PARENT = "sdg-conformance"
_NUMBERS = itertools.count(1)


def available(driver: str, shares_kernel: bool) -> bool:
    """Whether the figures can be had from this engine."""
    return driver == "cgroupfs" and shares_kernel and any(os.access(root, os.W_OK) for root in _roots())


def _roots() -> list[Path]:
    version_1 = [ROOT / "memory", ROOT / "cpuacct"]
    return version_1 if (ROOT / "memory").is_dir() else [ROOT]


class Meter:
    """The control group of one run; its name is unique to this process and run."""

    def __init__(self, name: str) -> None:
        safe = re.sub(r"[^A-Za-z0-9-]", "_", name)[:60]  # names of scenarios come from manifests, too
        self.parent = f"/{PARENT}/{os.getpid()}-{next(_NUMBERS)}-{safe}"

    def peak_memory(self) -> int | None:
        """The most memory that was used at once, page cache included, in bytes."""
        return self._number("memory", "memory.max_usage_in_bytes") or self._number("", "memory.peak")

    def cpu_seconds(self) -> float | None:
        """User and system time of every process of the container, in seconds."""
        nanoseconds = self._number("cpuacct", "cpuacct.usage")
        if nanoseconds is not None:
            return nanoseconds / 1e9
        with contextlib.suppress(OSError, ValueError, StopIteration):
            lines = (ROOT / self.parent.lstrip("/") / "cpu.stat").read_text("ascii").splitlines()
            return int(next(line for line in lines if line.startswith("usage_usec")).split()[1]) / 1e6
        return None

    def _number(self, controller: str, name: str) -> int | None:
        try:
            return int((ROOT / controller / self.parent.lstrip("/") / name).read_text("ascii"))
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Remove the group, in every hierarchy in which the engine made it."""
        hierarchies = [ROOT, *(path for path in ROOT.iterdir() if path.is_dir())] if ROOT.is_dir() else []
        for hierarchy in hierarchies:
            with contextlib.suppress(OSError):
                (hierarchy / self.parent.lstrip("/")).rmdir()
