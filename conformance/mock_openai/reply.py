"""An answer before it is sent: whole, or a stream of server-sent events."""

from __future__ import annotations

from dataclasses import dataclass

JSON = "application/json"
EVENTS = "text/event-stream; charset=utf-8"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer in events, each a complete frame of bytes."""

    events: tuple[bytes, ...]
    status: int = 200
    content_type: str = EVENTS
    headers: Headers = ()

    @property
    def body(self) -> bytes:
        """All events at once."""
        return b"".join(self.events)


Answer = Reply | Stream
