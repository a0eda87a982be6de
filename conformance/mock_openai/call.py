"""One request on its way to an answer: what every endpoint needs of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from conformance.mock_openai import answers
from conformance.mock_openai import dice as choices
from conformance.mock_openai.answers import Ask, Turn
from conformance.mock_openai.errors import ApiError, bad, missing
from conformance.mock_openai.faults import Fault, FaultRule
from conformance.mock_openai.forms import Part
from conformance.mock_openai.script import Asked
from conformance.mock_openai.spaces import Space

R = TypeVar("R")

EPOCH = 1_700_000_000
"""``created`` lies in the four months after this second (November 2023): a hash says where, never the clock."""


@dataclass(slots=True)
class Call:
    """A request whose place and key are right. ``path`` is what follows the base URL, ``origin`` is the base URL."""

    method: str
    path: str
    space: Space
    body: Mapping[str, Any] = field(default_factory=dict)
    notes: dict[Any, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    digest: bytes = b""
    origin: str = ""
    fault: Fault | None = None
    rule: FaultRule | None = None
    answered: int = -1

    def dice(self) -> choices.Dice:
        """The choices of this answer; drawing them makes this the body's next answer."""
        self.answered = self.space.next_answer(self.digest)
        start = choices.seed(self.digest, self.answered)
        return choices.Dice(start, self.digest, self.answered)

    def once(self, reader: Callable[[Mapping[str, Any]], R]) -> R:
        """What ``reader`` makes of the body: bodies that come again are not read again."""
        if reader not in self.notes:
            self.notes[reader] = reader(self.body)
        found: R = self.notes[reader]
        return found

    def model(self) -> str:
        """The model that is asked for; raises the refusals for none and for one that does not exist."""
        name = self.body.get("model")
        if name is None:
            raise bad("you must provide a model parameter", "model")
        if not isinstance(name, str) or not name:
            raise bad("Invalid type for 'model': expected a string.", "model", "invalid_type")
        self.check_model(name)
        return name

    def check_model(self, name: str) -> None:
        """Raise the 404 for a model that does not exist here."""
        if not known(name, self.space.settings.models):
            message = f"The model `{name}` does not exist or you do not have access to it."
            raise ApiError(404, message, "model_not_found", "model")

    def turn(self, ask: Ask, drawn: choices.Dice) -> Turn:
        """What the model says: scripted or composed, gone wrong if a fault says so, within the client's limits."""
        turn = None
        if self.space.script:
            turn = self.space.script.turn(Asked(self.path, self.body, ask.prompt, self.answered), drawn)
        if turn is None:
            turn = answers.compose(ask, drawn)
        if self.fault is not None and self.fault.stage == "turn":
            turn = self.fault.act(turn, self.rule, drawn)
        return answers.limit(turn, ask)


_ABSENT_MODELS = ("no-such", "nonexist", "non-exist", "not-exist", "does-not", "unknown", "missing")


def known(name: str, models: tuple[str, ...] | None) -> bool:
    """Whether a model exists: those a space was opened with, else every name that does not itself say it is none."""
    if models is not None:
        return name in models
    return not _sounds_absent(name)


@lru_cache(maxsize=256)
def _sounds_absent(name: str) -> bool:
    plain = name.lower().replace("_", "-")
    return any(mark in plain for mark in _ABSENT_MODELS)


def created(drawn: choices.Dice) -> int:
    """A time of creation, in seconds since 1970."""
    return EPOCH + drawn.below(10_000_000)


def number(body: Mapping[str, Any], key: str, low: float, high: float | None = None, *, whole: bool = False) -> Any:
    """A number of the body, or None; raises the 400 for anything that is no number or out of bounds."""
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        expected = "an integer" if whole else "a number"
        raise bad(
            f"Invalid type for '{key}': expected {expected}, but got {_kind(value)} instead.", key, "invalid_type"
        )
    if value < low:
        message = f"Invalid '{key}': expected a value >= {low}, but got {value} instead."
        raise bad(message, key, "integer_below_min_value" if whole else "decimal_below_min_value")
    if high is not None and value > high:
        message = f"Invalid '{key}': expected a value <= {high}, but got {value} instead."
        raise bad(message, key, "integer_above_max_value" if whole else "decimal_above_max_value")
    return value


def flag(body: Mapping[str, Any], key: str) -> bool:
    """A boolean of the body (absent or null: false)."""
    value = body.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise bad(f"Invalid type for '{key}': expected a boolean, but got {_kind(value)} instead.", key, "invalid_type")


def stops(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The stop sequences."""
    value = body.get("stop")
    if value is None:
        return ()
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise bad("Invalid type for 'stop': expected a string or an array of strings.", "stop", "invalid_type")
    if len(texts) > 4:
        raise bad("Invalid 'stop': array too long. Expected at most 4 elements.", "stop", "array_above_max_length")
    return tuple(texts)


def required(body: Mapping[str, Any], key: str) -> Any:
    """A value of the body; raises the 400 when it is not there."""
    value = body.get(key)
    if value is None:
        raise missing(key)
    return value


def _kind(value: Any) -> str:
    names = {bool: "a boolean", int: "an integer", float: "a decimal number", str: "a string", list: "an array"}
    return names.get(type(value), "an object")
