"""Strings for JSON Schemas: formats, patterns and lengths; plain texts are variations of what the prompt is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from conformance.mock_openai.dice import Dice
from conformance.mock_openai.variation import vary

LONGEST = 1_000_000
"""Characters: no longer text is made, whatever a schema demands."""

_FORMATS: dict[str, Callable[[Dice], str]] = {
    "date": lambda dice: _date(dice),  # noqa: PLW0108  defined below
    "time": lambda dice: _time(dice) + "Z",
    "date-time": lambda dice: f"{_date(dice)}T{_time(dice)}Z",
    "duration": lambda dice: f"P{dice.between(1, 30)}D",
    "email": lambda dice: f"user{dice.below(10_000)}@example.com",
    "idn-email": lambda dice: f"user{dice.below(10_000)}@example.com",
    "hostname": lambda dice: f"host{dice.below(10_000)}.example.com",
    "idn-hostname": lambda dice: f"host{dice.below(10_000)}.example.com",
    "ipv4": lambda dice: f"192.0.2.{dice.between(1, 254)}",
    "ipv6": lambda dice: f"2001:db8::{dice.between(1, 65535):x}",
    "uri": lambda dice: f"https://example.com/{dice.hex(8)}",
    "uri-reference": lambda dice: f"/{dice.hex(8)}",
    "iri": lambda dice: f"https://example.com/{dice.hex(8)}",
    "uuid": lambda dice: f"{dice.hex(8)}-{dice.hex(4)}-4{dice.hex(3)}-a{dice.hex(3)}-{dice.hex(12)}",
    "json-pointer": lambda dice: f"/{dice.hex(4)}",
    "regex": lambda dice: f"[a-z]{{{dice.between(1, 9)}}}",
}
_SHORT = re.compile(r"(?:^|_)(?:name|title|label|category|topic|city|country|id|type|tag|word)s?$", re.IGNORECASE)
_NAMES = ("Avery", "Blake", "Casey", "Devon", "Ellis", "Finley", "Harper", "Jordan", "Kendall", "Logan", "Morgan",
          "Parker", "Quinn", "Reese", "Sawyer", "Taylor")  # fmt: skip


def make(schema: Mapping[str, Any], dice: Dice, about: str, name: str) -> str:
    """A string that the schema allows."""
    low = int(schema.get("minLength", 0))
    if low > LONGEST:
        raise ValueError(f"a text of {low} characters is too long")
    high = schema.get("maxLength")
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        return _for_pattern(pattern, dice, low, high)
    known = _FORMATS.get(str(schema.get("format")))
    if known is not None:
        return known(dice)
    text = f"{dice.pick(_NAMES)} {dice.below(1000)}" if _SHORT.search(name) else vary(about, dice)
    while len(text) < low:
        text += f" {vary(about, dice.child(str(len(text))))}"
    if high is not None and len(text) > high:
        text = text[: int(high)].rstrip()
        text += "x" * (low - len(text))
    return text


def _for_pattern(pattern: str, dice: Dice, low: int, high: int | None) -> str:
    from conformance.mock_openai import patterns

    for attempt in range(40):
        text = patterns.make(pattern, dice.child(f"pattern {attempt}"), want=low)
        if len(text) >= low and (high is None or len(text) <= high):
            return text
    return text


def _date(dice: Dice) -> str:
    return f"{dice.between(2000, 2029):04d}-{dice.between(1, 12):02d}-{dice.between(1, 28):02d}"


def _time(dice: Dice) -> str:
    return f"{dice.below(24):02d}:{dice.below(60):02d}:{dice.below(60):02d}"
