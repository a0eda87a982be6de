"""Progress on stderr: at most one line every five seconds, ``key=value`` pairs.

The host parses stdout and stderr as one text and takes the last JSON object that it finds. So no line here ever
holds a brace, and stderr is quiet for a moment before the result is printed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

EVERY_SECONDS = 5.0
_QUIET_SECONDS = 0.05


class Progress:
    """Counts rows and says so now and then; ``total`` None: not known."""

    def __init__(
        self, total: int | None = None, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.total = total
        self.done = 0
        self._stream = stream or sys.stderr
        self._clock = clock
        self._started = self._last = clock()
        self._written = False

    def add(self, rows: int) -> None:
        """``rows`` more source rows are done."""
        self.done += rows
        now = self._clock()
        if now - self._last >= EVERY_SECONDS:
            self._last, self._written = now, True
            self._stream.write(self._line(now - self._started))
            self._stream.flush()

    def settle(self) -> None:
        """Wait until the last line is surely out of the way of the result."""
        if self._written:
            time.sleep(max(0.0, self._last + _QUIET_SECONDS - self._clock()))

    def _line(self, seconds: float) -> str:
        rate = self.done / seconds if seconds else 0.0
        total, left = "unknown", "unknown"
        if self.total is not None:
            total = str(self.total)
            left = f"{(self.total - self.done) / rate:.0f}" if rate else "unknown"
        return f"progress done={self.done} total={total} rows_per_second={rate:.1f} eta_seconds={left}\n"
