"""The kit's program as a person starts it, for the tests that watch it from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker

from conformance.engines.labels import LABEL, OWNER_LABEL
from conformance.target import default_build_arguments

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "conformance.cli"]
LIMIT = 600


def kit(*arguments: str | Path, cwd: Path = ROOT, timeout: float = LIMIT) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    words = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(
        words, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False, env=surroundings()
    )


def checked(target: str | Path, report: Path, *arguments: str | Path) -> dict[str, Any]:
    """Check a target and return the JSON report; the exit code is in it as ``exit_code``."""
    done = kit("check", target, "--progress", "none", "--format", "json", "--output", report, *arguments)
    assert report.exists(), done.stdout + done.stderr
    return {**json.loads(report.read_text("utf-8")), "exit_code": done.returncode}


def surroundings() -> dict[str, str]:
    """The environment of the program: this one's, with the base image that set-up prepared, wherever it is started."""
    base = default_build_arguments().get("BASE_IMAGE") or (ROOT / "build" / "base-image").read_text("utf-8").strip()
    return {**os.environ, "SDG_BASE_IMAGE": base, "COLUMNS": "120"}


@contextmanager
def started(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """The program while it runs; killed at the end if it still does."""
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)], cwd=ROOT, env=surroundings(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def containers_of(pid: int) -> list[Any]:
    """The containers, running or not, that belong to a kit of that process id."""
    every = docker.from_env().containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    return [one for one in every if one.labels.get(OWNER_LABEL, "").split("/")[1:2] == [str(pid)]]


def wait_until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """What the condition says once it is true; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{condition} was not true within {seconds} s")


def is_running(pid: int) -> bool:
    """Whether a container of that kit runs and has been for a moment."""
    return any(one.status == "running" for one in containers_of(pid))


def end(process: subprocess.Popen[str], name: str) -> tuple[int, str]:
    """Send a signal; the exit code and what it said on stderr."""
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors
