"""The log of a run as the checks may believe it.

stdout and stderr are two pipes, and the engine keeps the order in which it read them, not the order in which the image
wrote: lines written within microseconds of each other come in either order (measured: 45 of 100). A finding that
hangs on such an order would come and go. So in a run with two pipes, what stderr said around the time of the result
is taken to have come before it; a run with both streams on one pipe (``joined``) shows the true order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conformance.contract.json_scan import Span
from conformance.contract.result import as_text, result_spans
from conformance.evidence import LogChunk, Run

RACE_SECONDS = 0.05


@dataclass(frozen=True)
class ReadLog:
    """A log with the result document that the image meant: its text, and where in the text the document stands."""

    text: str
    span: Span | None
    results: tuple[Span, ...]

    @property
    def before(self) -> str:
        """What stands on the document's line before it."""
        return "" if self.span is None else self.text[self.text.rfind("\n", 0, self.span.start) + 1 : self.span.start]

    @property
    def after(self) -> str:
        """Everything that follows the document."""
        return "" if self.span is None else self.text[self.span.end :]

    @property
    def line(self) -> int:
        """The document's line, counted from 1."""
        return 0 if self.span is None else self.text.count("\n", 0, self.span.start) + 1


def read_log(run: Run) -> ReadLog:
    """The merged log of a run, in an order that the image is answerable for."""
    return _read(settled(run))


def read_stdout(run: Run) -> ReadLog:
    """Standard output alone."""
    return _read(run.stdout)


@lru_cache(maxsize=1024)
def _read(log: bytes) -> ReadLog:
    text = as_text(log)
    spans = tuple(result_spans(text))
    return ReadLog(text, spans[-1] if spans else None, spans)


def settled(run: Run) -> bytes:
    """The merged log with what raced moved before the result."""
    if run.joined:
        return run.merged
    times = _result_times(run)
    if times is None:
        return run.merged
    first, last = times
    racing = [
        chunk
        for chunk in run.log
        if chunk.stream == "stderr" and first - RACE_SECONDS <= chunk.at <= last + RACE_SECONDS
    ]
    if not racing:
        return run.merged
    others = [chunk for chunk in run.log if chunk not in racing]
    place = next(index for index, chunk in enumerate(others) if chunk.stream == "stdout" and chunk.at >= first)
    while place > 0 and not others[place - 1].data.endswith(b"\n"):
        place -= 1
    return b"".join(_data([*others[:place], *racing, *others[place:]]))


def _data(chunks: list[LogChunk]) -> list[bytes]:
    return [chunk.data for chunk in chunks]


def _result_times(run: Run) -> tuple[float, float] | None:
    """When the first and the last bytes of the result document came through standard output."""
    read = read_stdout(run)
    if read.span is None:
        return None
    start = len(read.text[: read.span.start].encode("utf-8", "replace"))
    end = len(read.text[: read.span.end].encode("utf-8", "replace"))
    position, times = 0, []
    for chunk in run.log:
        if chunk.stream == "stdout":
            if position < end and position + len(chunk.data) > start:
                times.append(chunk.at)
            position += len(chunk.data)
    return (times[0], times[-1]) if times else None


def unlike(parsed: Mapping[str, Any] | None, meant: Mapping[str, Any] | None) -> bool:
    """Whether what a host reads is not what the image meant (NaN is like NaN)."""
    return repr(parsed) != repr(meant)
