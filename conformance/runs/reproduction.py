"""The command that makes a run again by hand: `docker run ...`, with paths below ``$EVIDENCE``.

``EVIDENCE`` is the folder given with ``--evidence``; the mock server's port is written as 8000, where
``sdg-conformance mock-openai --port 8000`` serves. So the line is the same in every report of the same image. Values
that a person configured may be secrets: the line names their variables, and docker takes the values from the shell.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Container
from pathlib import Path

from conformance.engines.protocol import RunRequest

LONGEST_ARGUMENT = 4000
MIB = 1024**2


def command(request: RunRequest, image: str, root: Path, port: int, private: Container[str] = ()) -> str:
    """One line for a shell; ``image`` is what the engine knows it by, ``private`` the names of configured variables."""
    words = ["docker", "run", "--rm", "--network", request.network]
    words += ["--memory", f"{request.memory_bytes // MIB}m", "--cpus", f"{request.cpus:g}"]
    if request.drop_capabilities:
        words += ["--cap-drop", "ALL"]
    if request.read_only:
        words += ["--read-only", *(f"--tmpfs={path}" for path in request.tmpfs)]
    if request.user:
        words += ["--user", request.user]
    for name, value in sorted(request.environment.items()):
        words += ["--env", name if name in private else f"{name}={value}"]
    for mount in request.mounts:
        mode = ":ro" if mount.read_only else ""
        words += ["--volume", f"$EVIDENCE/{_below(mount.source, root)}:{mount.target}{mode}"]
    if request.entrypoint is not None:
        words += ["--entrypoint", request.entrypoint[0]]
    words.append(image)
    words += [*(request.entrypoint[1:] if request.entrypoint else ()), *request.arguments]
    return _constant(" ".join(_quoted(word) for word in words), port)


def _below(path: Path, root: Path) -> str:
    try:
        return str(path.relative_to(root))
    except ValueError:
        return path.name


def _quoted(word: str) -> str:
    shortened = word if len(word) <= LONGEST_ARGUMENT else f"{word[:LONGEST_ARGUMENT]}...({len(word)} characters)"
    if shortened.startswith("$EVIDENCE/"):
        return '"' + shortened.replace("`", "\\`") + '"'
    return shlex.quote(shortened)


def _constant(line: str, port: int) -> str:
    return re.sub(rf":{port}(?=/)", ":8000", line)
