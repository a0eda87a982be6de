"""The engine's log of a container, taken apart into chunks with stream and time.

The engine keeps one log in the order in which it read the two pipes; that is what the real host parses
(contract.md section 4). Two pipes race: lines that a container writes to both within microseconds come in either order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from conformance.evidence import LogChunk, Stream

HEADER_BYTES = 8
STREAMS: dict[int, Stream] = {0: "stdout", 1: "stdout", 2: "stderr"}


def frames(raw: bytes) -> Iterator[tuple[Stream, bytes]]:
    """The frames of the engine's multiplexed stream: 1 byte stream, 3 zero, 4 length (big endian), then the bytes."""
    position = 0
    while position + HEADER_BYTES <= len(raw):
        length = int.from_bytes(raw[position + 4 : position + HEADER_BYTES], "big")
        start = position + HEADER_BYTES
        yield STREAMS.get(raw[position], "stdout"), raw[start : start + length]
        position = start + length


def demultiplex(raw: bytes, started_at: str, limit: int) -> tuple[tuple[LogChunk, ...], bool]:
    """Chunks of a log that was asked for with timestamps, and whether the engine had to drop its beginning.

    ``started_at`` is the container's start in the engine's own notation, so that both times come from one clock.
    """
    origin = parse_time(started_at)
    chunks = []
    for stream, data in frames(raw):
        stamp, separator, text = data.partition(b" ")
        at = parse_time(stamp.decode("ascii", "replace"))
        if not separator or at is None:
            text, at = data, origin
        chunks.append(LogChunk(stream, round((at or 0.0) - (origin or 0.0), 6), text))
    return tuple(chunks), sum(len(chunk.data) for chunk in chunks) >= limit


def parse_time(text: str) -> float | None:
    """RFC 3339 with nanoseconds, as seconds since the epoch; None for anything else."""
    whole, _, rest = text.partition(".")
    digits = rest.rstrip("Z").split("+")[0].split("-")[0]
    try:
        moment = datetime.strptime(whole.rstrip("Z"), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        return moment.timestamp() + (float(f"0.{digits}") if digits else 0.0)
    except ValueError:
        return None
