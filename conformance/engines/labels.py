"""Whose a container or a network is: every one carries a label with the kit's process.

So a sweep removes what a killed kit left behind, and never what another one is using.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

LABEL = "sdg-conformance"
OWNER_LABEL = "sdg-conformance.owner"


def labels() -> dict[str, str]:
    """The labels of everything that this process makes."""
    return {LABEL: "1", OWNER_LABEL: owner()}


def owner() -> str:
    """This process, told from every other one that may use the same engine: host name, process id and its start."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rsplit(")", 1)[1].split()[19]
    except OSError:
        return ""


def alive(label: str) -> bool:
    """Whether the process that wrote an owner label still runs; another machine's is taken to be alive."""
    host, _, rest = label.partition("/")
    pid, _, started = rest.partition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return host != socket.gethostname()
    return Path(f"/proc/{pid}").exists() and _started(int(pid)) == started
