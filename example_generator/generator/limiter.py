"""How many requests run at once: as many as allowed, half as many after each 429, slowly more again."""

from __future__ import annotations

import asyncio
import time


class Limiter:
    """``async with limiter:`` around every request."""

    def __init__(self, most: int) -> None:
        self.limit = float(most)
        self._most = most
        self._running = 0
        self._resume_at = 0.0
        self._slowed_at = 0.0
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> None:
        """Wait for a free place, and for the end of a pause that the server asked for."""
        async with self._changed:
            while True:
                pause = self._resume_at - time.monotonic()
                if pause > 0:
                    self._changed.release()
                    try:
                        await asyncio.sleep(pause)
                    finally:
                        await self._changed.acquire()
                elif self._running < int(self.limit):
                    break
                else:
                    await self._changed.wait()
            self._running += 1

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Free the place; a success raises the limit, by one for each round of requests."""
        async with self._changed:
            self._running -= 1
            if kind is None:
                self.limit = min(float(self._most), self.limit + 1 / self.limit)
            # Waking all who wait for one free place would cost more than the requests themselves.
            self._changed.notify(max(0, int(self.limit) - self._running))

    def slow_down(self, pause: float) -> None:
        """The server said 429: halve, once for all the requests that it refused together, and hold for ``pause``."""
        now = time.monotonic()
        self._resume_at = max(self._resume_at, now + pause)
        if now - self._slowed_at > 0.25:
            self._slowed_at = now
            self.limit = max(1.0, self.limit / 2)
