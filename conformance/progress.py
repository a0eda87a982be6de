"""What a person sees on stderr while containers run."""

from __future__ import annotations

import sys
import threading
from typing import TextIO

from conformance.reports.escaping import one_line
from conformance.runs.runner import Progress, Silence


def progress_for(kind: str, stream: TextIO | None = None) -> Progress:
    """The progress of that kind: ``auto`` is one changing line on a terminal and plain lines elsewhere."""
    stream = stream or sys.stderr
    if kind == "none":
        return Silence()
    if kind == "auto" and stream.isatty():
        return Live(stream)
    return Plain(stream)


class Plain:
    """One line per finished scenario: good for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def scenario_started(self, name: str) -> None:
        """Say nothing: a line that ends is enough."""

    def scenario_finished(self, name: str, status: str, seconds: float) -> None:
        """How it ended, and how long it took."""
        self._say(f"{name}: {status} in {seconds:.1f} s")

    def note(self, text: str) -> None:
        """A decision of the kit."""
        self._say(text)

    def _say(self, text: str) -> None:
        with self._lock:
            print(one_line(text), file=self._stream, flush=True)


class Live:
    """One line that says what is running, for terminals."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._running: dict[str, None] = {}
        self._finished = 0

    def scenario_started(self, name: str) -> None:
        """Add it to the line."""
        with self._lock:
            self._running[name] = None
            self._draw()

    def scenario_finished(self, name: str, status: str, seconds: float) -> None:
        """Take it off the line; a run that did not end by itself is told for good."""
        with self._lock:
            self._running.pop(name, None)
            self._finished += 1
            if status != "done":
                self._tell(f"{name}: {status} after {seconds:.1f} s")
            self._draw()

    def note(self, text: str) -> None:
        """A line of its own above the changing one."""
        with self._lock:
            self._tell(text)
            self._draw()

    def _tell(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{one_line(text)}\n")

    def _draw(self) -> None:
        running = ", ".join(self._running)
        line = f"{self._finished} done; running {running}" if running else ""
        self._stream.write(f"\r\x1b[K{one_line(line)[:100]}")
        self._stream.flush()
