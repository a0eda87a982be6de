"""The ports on which a container listens, seen from this machine while it runs in a network namespace of its own.

Linux shows every socket of a namespace below ``/proc/PID/net``. A thread looks there many times a second: a port that
is open for less than that is not seen. Where the kit may not look, nothing is known, which is not the same as none.
"""

from __future__ import annotations

import ipaddress
import sys
import threading
from pathlib import Path

INTERVAL_SECONDS = 0.05
LISTEN = "0A"
PROCESSES = Path("/proc")
MOST_BYTES = 1024**2

Socket = tuple[str, int]


def parse_listening(text: str) -> set[Socket]:
    """The addresses and ports in state LISTEN of a ``/proc/PID/net/tcp`` or ``tcp6``."""
    found = set()
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) > 3 and words[3] == LISTEN:
            address, _, port = words[1].partition(":")
            found.add((_address(address), int(port, 16)))
    return found


def _address(written: str) -> str:
    """An address from the kernel's notation: 32-bit words in the machine's own order of bytes."""
    words = [int(written[start : start + 8], 16) for start in range(0, len(written), 8)]
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    address = ipaddress.ip_address(packed)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


class PortWatch:
    """Looks for listening sockets of a process's network namespace until it is told to stop."""

    def __init__(self, pid: int) -> None:
        self._process = PROCESSES / str(pid)
        self._found: set[Socket] = set()
        self._over = threading.Event()
        self._namespace = self._of(self._process)
        self._known = self._namespace not in ("", self._of(PROCESSES / "self"))
        self._thread = threading.Thread(target=self._look, name="ports", daemon=True)
        self._thread.start()

    @staticmethod
    def _of(process: Path) -> str:
        try:
            return str((process / "ns/net").readlink())
        except OSError:
            return ""

    def _look(self) -> None:
        while self._known and self._of(self._process) == self._namespace:
            for name in ("net/tcp", "net/tcp6"):
                try:
                    with (self._process / name).open("r", encoding="ascii") as file:
                        seen = parse_listening(file.read(MOST_BYTES))
                except (OSError, ValueError):
                    continue
                if self._of(self._process) == self._namespace:  # its number may have gone to another process
                    self._found |= seen
            if self._over.wait(INTERVAL_SECONDS):
                return

    def stop(self) -> tuple[Socket, ...] | None:
        """Every listening socket that was seen; None where the kit could not look."""
        self._over.set()
        self._thread.join()
        return tuple(sorted(self._found)) if self._known else None
