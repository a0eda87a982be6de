"""JSON objects inside text that nobody promised to be JSON, found in time that grows with the text, not its square.

The host's parsers try to decode from every ``{`` of a log. Done literally that takes hours on a hostile log of 16 MiB,
for two reasons: Python's decoder counts the lines before every error, and an object that never closes is read to the
end of the log once per level. Here a decoder looks through a window that moves along (so errors are cheap), a pattern
sorts out braces that cannot begin an object, and a budget bounds the rest. Within the budget the outcome is exactly
that of decoding from every ``{``; `TooTangled` says that it was spent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WINDOW = 16 * 1024
"""Characters that are decoded at once before the whole rest is."""

ERROR = 1024
"""What an attempt that fails costs beside the characters that it reads; one that succeeds costs `SUCCESS`."""

SUCCESS = 128

NEAR_THE_END = 16
"""An error this close to the window's end may come from the window alone (a cut number, literal or escape)."""

_BEGINS_AN_OBJECT = re.compile(r'\{[ \t\n\r]*(?:\}|"(?:[^"\\]++|\\.)*+"[ \t\n\r]*:)', re.DOTALL)
_DECODER = json.JSONDecoder()


class TooTangled(ValueError):  # noqa: N818 - it says what the log is
    """The log holds so many braces that lead nowhere that looking further was given up."""


@dataclass(frozen=True, slots=True)
class Span:
    """A JSON object found in a text, and where: ``text[start:end]``."""

    value: dict[str, Any]
    start: int
    end: int


class Scanner:
    """Decodes JSON objects at given places of one text, within one budget.

    The budget is in characters read and grows with the text; no log that people write comes near it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._budget = 64 * 1024 * 1024 + 16 * len(text)
        self._base = 0
        self._window = text[:WINDOW]

    def object_at(self, start: int) -> Span | None:
        """The object that begins at ``start``, if one does.

        Raises `TooTangled` when the budget is spent, `RecursionError` or `ValueError` where Python's decoder does so
        for reasons other than syntax (nested too deep, an integer of more than 4,300 digits).
        """
        if not _BEGINS_AN_OBJECT.match(self.text, start):
            self._spend(1)
            return None
        self._move_to(start)
        try:
            value, end = _DECODER.raw_decode(self._window, start - self._base)
        except json.JSONDecodeError as error:
            self._spend(ERROR + error.pos - (start - self._base))
            if self._is_final(error):
                return None
            return self._object_in_the_whole_text(start)
        except (RecursionError, ValueError):
            self._spend(WINDOW)
            raise
        end += self._base
        self._spend(SUCCESS + end - start)
        return Span(value, start, end)

    def _object_in_the_whole_text(self, start: int) -> Span | None:
        self._spend(len(self.text) - start)
        try:
            value, end = _DECODER.raw_decode(self.text, start)
        except json.JSONDecodeError:
            return None
        return Span(value, start, end)

    def _is_final(self, error: json.JSONDecodeError) -> bool:
        """Whether the error would be the same with all of the text in sight."""
        if self._base + len(self._window) >= len(self.text):
            return True
        return error.pos < len(self._window) - NEAR_THE_END and not error.msg.startswith("Unterminated")

    def _move_to(self, start: int) -> None:
        if not self._base <= start < self._base + WINDOW // 2:
            self._base = max(0, start - WINDOW // 4)
            self._window = self.text[self._base : self._base + WINDOW]

    def _spend(self, cost: int) -> None:
        self._budget -= cost
        if self._budget < 0:
            raise TooTangled("the log holds too many braces that lead nowhere; looking for a result was given up")


def objects(text: str, *, forgiving: bool = False) -> Iterator[Span]:
    """Every top-level JSON object of a text in order, as decoding from each ``{`` in turn finds them.

    An object inside a found one is not reported; an object inside something that never closes is. Raises as
    `Scanner.object_at` does; ``forgiving`` passes over what Python's decoder cannot hold (too deep, a giant integer)
    and simply ends where the budget does.
    """
    scanner = Scanner(text)
    candidate = _BEGINS_AN_OBJECT.search(text)
    while candidate is not None:
        try:
            span = scanner.object_at(candidate.start())
        except TooTangled:
            if forgiving:
                return
            raise
        except (RecursionError, ValueError):
            if not forgiving:
                raise
            span = None
        if span is not None:
            yield span
        candidate = _BEGINS_AN_OBJECT.search(text, span.end if span else candidate.start() + 1)
