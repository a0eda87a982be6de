"""Ranges of numbers that a parameter's description or name states; the manifest has no field for them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from conformance.contract.model import Parameter
from conformance.inputs.words import has_word

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_BETWEEN = (
    re.compile(
        rf"(?:between|from|range:?|within|in)\s*[\[(]?{_NUMBER}\s*(?:-|\u2013|\.\.+|to|and|,)\s*{_NUMBER}",
        re.IGNORECASE,
    ),
    re.compile(rf"[\[(]\s*{_NUMBER}\s*,\s*{_NUMBER}\s*[\])]"),
    re.compile(rf"(?<![\w.-]){_NUMBER}\s*(?:-|\u2013|\.\.+|\bto\b)\s*{_NUMBER}(?![\w-]|\.\d)", re.IGNORECASE),
)
_LEAST = re.compile(
    rf"(?:>=|≥|at least|minimum(?: of| is)?:?|min\.?:?=?|not (?:less|fewer) than)\s*{_NUMBER}", re.IGNORECASE
)
_MOST = re.compile(
    rf"(?:<=|≤|at most|maximum(?: of| is)?:?|max\.?:?=?|up to|(?:no|not) more than)\s*{_NUMBER}", re.IGNORECASE
)
_ABOVE = re.compile(rf"(?:>(?!=)|greater than|more than|above)\s*{_NUMBER}", re.IGNORECASE)
_BELOW = re.compile(rf"(?:<(?!=)|less than|fewer than|below)\s*{_NUMBER}", re.IGNORECASE)

GROWING = (
    "count|num|number|size|rows?|samples?|variations?|epochs?|iterations?|rounds?|steps?|repeats?|repetitions?|copies|"
    "n|k|amount|quantity|total|batch|batches|workers?|concurrency|depth|multiplier|factor|times|generations?|records?|"
    "items?|examples?|questions?|pages?|per"
)
"""Words of names whose value decides how much work a run is."""
WAITING = "sleep|delay|wait|pause|duration|interval|cooldown"
MOST_WORK = 5
MOST_WAITING = 1


@dataclass(frozen=True)
class Range:
    """The numbers that a parameter may have as far as it is stated; ``open`` ends do not belong to it."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    @property
    def stated(self) -> bool:
        """Whether anything was stated."""
        return math.isfinite(self.low) or math.isfinite(self.high)

    def holds(self, value: float) -> bool:
        """Whether the number is in the range."""
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below


def range_of(parameter: Parameter) -> Range:
    """The range that a number's description states ("between 1 and 10", "1-5", ">= 1"), or that its name suggests.

    An empty or absurd statement counts as none.
    """
    text = parameter.description[:2000]
    stated = _stated(text)
    if stated.low > stated.high or (stated.low == stated.high and (stated.low_open or stated.high_open)):
        stated = Range()
    return stated if stated.stated else _suggested(parameter)


def _stated(text: str) -> Range:
    if match := next((found for pattern in _BETWEEN if (found := pattern.search(text))), None):
        return Range(float(match[1]), float(match[2]))
    low, low_open = _first(text, _LEAST, _ABOVE)
    high, high_open = _first(text, _MOST, _BELOW)
    if low is None and re.search(r"non-?negative|zero or more", text, re.IGNORECASE):
        low = 0.0
    elif low is None and re.search(r"\bpositive (?:integer|number|float|value)", text, re.IGNORECASE):
        low, low_open = 0.0, True
    return Range(-math.inf if low is None else low, math.inf if high is None else high, low_open, high_open)


def _first(text: str, closed: re.Pattern[str], opened: re.Pattern[str]) -> tuple[float | None, bool]:
    if match := closed.search(text):
        return float(match[1]), False
    match = opened.search(text)
    return (float(match[1]), True) if match else (None, False)


def _suggested(parameter: Parameter) -> Range:
    name = parameter.name
    if has_word(name, "probability|prob|ratio|fraction|threshold|rate|share|confidence|similarity|top_p|dropout|noise"):
        return Range(0, 1) if parameter.type == "float" else Range(0)
    if has_word(name, "percent|percentage|pct"):
        return Range(0, 100)
    return Range(0, 2) if has_word(name, "temperature") and parameter.type == "float" else Range()


def most_for(parameter: Parameter) -> float:
    """The largest number that keeps a run short, judged by the parameter's name."""
    if has_word(parameter.name, WAITING):
        return MOST_WAITING
    if has_word(parameter.name, "tokens|length|chars|characters|words|seed|timeout|port|year"):
        return 4096
    return MOST_WORK if has_word(parameter.name, GROWING) else 100
