"""Strings that match a regular expression, made by walking through the parsed pattern."""

from __future__ import annotations

import re
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from conformance.mock_openai.dice import Dice
from conformance.mock_openai.errors import bad

_CLASSES = {
    sre.CATEGORY_DIGIT: "0123456789",
    sre.CATEGORY_WORD: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_NOT_DIGIT: "abcdefghijklmnopqrstuvwxyz",
    sre.CATEGORY_NOT_WORD: " -.,",
    sre.CATEGORY_NOT_SPACE: "abcdefghijklmnopqrstuvwxyz0123456789",
}
_ANY = "abcdefghijklmnopqrstuvwxyz0123456789"
MOST_ITEMS = 50_000
"""So many parts of a pattern are walked through."""

_PRINTABLE = [chr(code) for code in range(32, 127)]


def make(pattern: str, dice: Dice, want: int = 0) -> str:
    """A string that the pattern matches, if possible at least ``want`` long; raises the 400 for what is no pattern.

    The string is made along the pattern and not tried against it afterwards: a hostile pattern could take for ever.
    Look-arounds are therefore not obeyed.
    """
    try:
        return _Walk(dice, want).sequence(parser.parse(pattern))
    except (re.error, RecursionError, OverflowError) as error:
        raise bad(f"Invalid schema: {pattern!r} is not a regular expression.", "response_format") from error


class _Walk:
    def __init__(self, dice: Dice, want: int):
        self.dice = dice
        self.want = want
        self.groups: dict[int, str] = {}
        self.left = MOST_ITEMS

    def sequence(self, items: Any) -> str:
        return "".join(self.item(kind, value) for kind, value in items)

    def item(self, kind: Any, value: Any) -> str:
        self.left -= 1
        if self.left < 0:
            raise OverflowError
        if kind in _REPEATS:
            return self.repeated(*value)
        if kind is sre.SUBPATTERN:
            text = self.sequence(value[-1])
            self.groups[value[0] or 0] = text
            return text
        if kind is sre.BRANCH:
            return self.sequence(self.dice.pick(value[1]))
        if kind is sre.ATOMIC_GROUP:
            return self.sequence(value)
        if kind is sre.GROUPREF:
            return self.groups.get(value, "")
        return self.character(kind, value)

    def repeated(self, low: Any, high: Any, inner: Any) -> str:
        most = min(int(high), max(int(low), self.want, 1) + 3)
        times = self.dice.between(max(int(low), min(self.want, most)), most)
        return "".join(self.sequence(inner) for _ in range(times))

    def character(self, kind: Any, value: Any) -> str:
        if kind is sre.LITERAL:
            return chr(value)
        if kind is sre.NOT_LITERAL:
            return self.dice.pick([char for char in _ANY if char != chr(value)])
        if kind is sre.ANY:
            return self.dice.pick(_ANY)
        if kind is sre.IN:
            return self.dice.pick(_members(value))
        return ""  # anchors and look-arounds add nothing


_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def _members(items: Any) -> list[str]:
    negated = bool(items) and items[0][0] is sre.NEGATE
    found: list[str] = []
    for kind, value in items:
        if kind is sre.LITERAL:
            found.append(chr(value))
        elif kind is sre.RANGE:
            found.extend(chr(code) for code in range(value[0], min(value[1], value[0] + 200) + 1))
        elif kind is sre.CATEGORY:
            found.extend(_CLASSES.get(value, _ANY))
    if negated:
        return [char for char in (*_ANY, *_PRINTABLE) if char not in found] or ["\u00e9"]
    return found
