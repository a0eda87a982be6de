"""The process border: a child with limits that opens what an image wrote (`conformance.outputs.child`)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What one child process may use: address space and written files in bytes, processor and wall time in seconds."""

    memory: int = 4 * 1024**3
    file: int = 2 * 1024**3
    cpu: int = 120
    wall: float = 180.0


def ask(request: Mapping[str, Any], limits: Limits) -> tuple[list[dict[str, Any]], str]:
    """A child's answers, and how it ended. A child that is too slow is killed, with everything that it started."""
    with tempfile.TemporaryDirectory(prefix="sdg-read-") as home:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "conformance.outputs.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(home),
            cwd=home,
            start_new_session=True,
        )
        slow = False
        try:
            out, errors = child.communicate(
                json.dumps({**request, "limits": _plain(limits)}).encode(), timeout=limits.wall
            )
        except subprocess.TimeoutExpired:
            slow = True
            _kill(child)
            out, errors = child.communicate()
        except BaseException:
            _kill(child)
            child.wait()
            raise
    return _lines(out), _how_it_ended(child.returncode, slow, errors, limits.wall)


def _kill(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        child.kill()


def _environment(home: str) -> dict[str, str]:
    """A bare environment: no secrets of the person who runs the kit, no network for the `datasets` library."""
    package = str(Path(__file__).resolve().parents[2])
    return {
        "PATH": os.defpath,
        "HOME": home,
        "TMPDIR": home,
        "HF_HOME": home,
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "PYTHONPATH": package,
        "PYTHONDONTWRITEBYTECODE": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
    }


def _how_it_ended(code: int, slow: bool, errors: bytes, wall: float) -> str:
    if slow:
        return f"it took more than {wall:g} seconds"
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return "it took more processor time or memory than the kit allows"
    if code < 0:
        return f"the reading library crashed ({signal.Signals(-code).name})"
    last = errors.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {code}"]
    return last[0][:200]


def _lines(out: bytes) -> list[dict[str, Any]]:
    """The whole lines of the answer; a last one that was cut off does not count."""
    return [json.loads(line) for line in out.split(b"\n")[:-1]]


def _plain(limits: Limits) -> dict[str, int]:
    return {"memory": limits.memory, "file": limits.file, "cpu": limits.cpu}
