"""One change to a check, tried in a fork of this process: does a recorded verdict change or a unit test fail.

The parent has imported what is slow and has the evidence in memory, but none of the modules that are changed: the fork
imports those from the changed source. Nothing that a fork does reaches the parent but its exit code.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Literal

from code_mutation.operators import Change, changed
from code_mutation.recorded import ROOT, Recorded

Fate = Literal["verdict", "test", "timeout", "survived"]
FATES: dict[int, Fate] = {0: "survived", 10: "verdict", 11: "test"}
SECONDS = 90.0
"""A change that makes the kit run longer than this is noticed by anybody."""


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from other source than its file's."""

    def __init__(self, path: Path, source: str) -> None:
        self.path, self.source = path, source
        self.name = ".".join(path.relative_to(ROOT).with_suffix("").parts)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """This module's own specification; others find their own way."""
        del path, target
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed source."""
        exec(compile(self.source, str(self.path), "exec"), module.__dict__)  # noqa: S102


def fate(change: Change | None, path: Path, recorded: Sequence[Recorded], tests: Sequence[str]) -> Fate:
    """What becomes of a change to that module; without a change, whether the oracles agree with the code as it is."""
    child = os.fork()
    if child == 0:
        _silently(lambda: _notice(change, path, recorded, tests))
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return FATES.get(os.waitstatus_to_exitcode(status), "test")
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _silently(notice: Callable[[], int]) -> None:
    """The whole life of a fork: whatever it raises or prints, it ends here with an exit code."""
    code = 11
    try:
        silence = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)
        code = notice()
    finally:
        os._exit(code)


def _notice(change: Change | None, path: Path, recorded: Sequence[Recorded], tests: Sequence[str]) -> int:
    source = path.read_text("utf-8")
    if change is not None:
        sys.meta_path.insert(0, Changed(path, changed(source, change.number)))
    names = requirements_in(source)
    if any(verdicts_differ(one, names) for one in recorded):
        return 10
    import pytest

    return 11 if pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]) else 0


def requirements_in(source: str) -> frozenset[str]:
    """The requirements that a module judges or speaks of; empty for what serves them all."""
    return frozenset(re.findall(r"\"([A-Z]+-\d{3})\"", source))


def verdicts_differ(one: Recorded, names: frozenset[str]) -> bool:
    """Whether one of these checks (all of them, if there are none) says something else than was recorded.

    A check that raises is noticed: the verdict calls it inconclusive.
    """
    from conformance.checks.all import REGISTRY
    from conformance.contract.manifest import parse_manifest
    from conformance.verdict import decide

    manifest = parse_manifest(one.evidence.image.manifest).manifest
    return any(
        decide(REGISTRY.get(name), one.evidence, manifest).status != status
        for name, status in one.statuses.items()
        if not names or name in names
    )
