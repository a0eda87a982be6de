"""Scripted answers: what the mock says instead of a variation, by message, by call index or by a function.

A script is a list of rules, or a function ``(Asked) -> text | JSON value | Turn | None`` (None: the default answer).
Rules are checked when they are loaded; a wrong key or pattern is a `ValueError` with the nearest name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from conformance.mock_openai import wire
from conformance.mock_openai.answers import ToolCall, Turn
from conformance.mock_openai.dice import Dice
from conformance.mock_openai.errors import nearest


@dataclass(frozen=True, slots=True)
class Asked:
    """What a script function is given: the request's place, body and prompt; ``call`` is k for this body."""

    path: str
    body: Mapping[str, Any]
    prompt: str
    call: int


@dataclass(frozen=True, slots=True)
class ScriptRule:
    """One scripted answer.

    Asked for: ``equals`` (the whole last user message), ``match`` (a regular expression searched in it), ``model``,
    ``path``, ``call`` (k of this body), ``index`` (how many-th answer of the space, in order of arrival). What is not
    given does not restrict; the first rule that matches counts. Exactly one of the answers: ``answer`` (text),
    ``answers`` (texts by k, the last one repeated), ``json`` (a value, sent as JSON text), ``tool_calls`` (a list of
    ``{"name", "arguments"}``), ``refusal`` (text). ``finish_reason`` replaces the usual one.
    """

    equals: str | None = None
    match: str | None = None
    model: str | None = None
    path: str | None = None
    call: int | None = None
    index: int | None = None
    answer: str | None = None
    answers: tuple[str, ...] | None = None
    json: Any = None
    tool_calls: tuple[Mapping[str, Any], ...] | None = None
    refusal: str | None = None
    finish_reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse a rule that could never answer."""
        given = [key for key in _ANSWERS if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"a script rule needs exactly one of {', '.join(_ANSWERS)}; it has {given or 'none'}")
        if self.match is not None:
            try:
                re.compile(self.match)
            except (re.error, TypeError) as error:
                raise ValueError(f"match {self.match!r} is not a regular expression: {error}") from error
        for key in ("equals", "model", "path", "answer", "refusal", "finish_reason"):
            if getattr(self, key) is not None and not isinstance(getattr(self, key), str):
                raise ValueError(f"{key} of a script rule must be text, not {getattr(self, key)!r}")
        for key in ("call", "index"):
            value = getattr(self, key)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
                raise ValueError(f"{key} of a script rule must be a whole number from 0 on, not {value!r}")
        if self.answers is not None:
            object.__setattr__(self, "answers", _texts(self.answers))
        if self.tool_calls is not None:
            object.__setattr__(self, "tool_calls", _checked_calls(self.tool_calls))

    def meets(self, asked: Asked, index: int) -> bool:
        """Whether this rule answers what was asked."""
        return (
            (self.equals is None or self.equals == asked.prompt)
            and (self.match is None or re.search(self.match, asked.prompt) is not None)
            and (self.model is None or self.model == asked.body.get("model"))
            and (self.path is None or self.path == asked.path)
            and (self.call is None or self.call == asked.call)
            and (self.index is None or self.index == index)
        )

    def turn(self, asked: Asked, dice: Dice) -> Turn:
        """The scripted turn."""
        finish = self.finish_reason
        if self.refusal is not None:
            return Turn(None, refusal=self.refusal, finish=finish or "stop")
        if self.tool_calls is not None:
            return Turn(None, tool_calls=_calls(self.tool_calls, dice), finish=finish or "tool_calls")
        if self.answers is not None:
            text = self.answers[min(asked.call, len(self.answers) - 1)]
        else:
            text = self.answer if self.answer is not None else wire.dumps(self.json).decode()
        return Turn(text, finish=finish or "stop")


_ANSWERS = ("answer", "answers", "json", "tool_calls", "refusal")
_KEYS = tuple(item.name for item in fields(ScriptRule))

Function = Callable[[Asked], Any]


def _texts(value: Any) -> tuple[str, ...]:
    texts = tuple(value) if isinstance(value, (list, tuple)) else ()
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"answers of a script rule must be a list of texts, not {value!r}")
    return texts


def _checked_calls(value: Any) -> tuple[Mapping[str, Any], ...]:
    calls = tuple(value) if isinstance(value, (list, tuple)) else ()
    for call in calls:
        if not isinstance(call, Mapping) or not isinstance(call.get("name"), str) or set(call) - {"name", "arguments"}:
            raise ValueError(f"a scripted tool call is {{'name': ..., 'arguments': ...}}, not {call!r}")
    if not calls:
        raise ValueError(f"tool_calls of a script rule must be a list of calls, not {value!r}")
    return calls


def _calls(calls: tuple[Mapping[str, Any], ...], dice: Dice) -> tuple[ToolCall, ...]:
    def arguments(call: Mapping[str, Any]) -> str:
        given = call.get("arguments", {})
        return given if isinstance(given, str) else wire.dumps(given).decode()

    return tuple(ToolCall(f"call_{dice.hex(24)}", call["name"], arguments(call)) for call in calls)


class Script:
    """A space's script at work."""

    def __init__(self, rules: tuple[ScriptRule, ...] = (), function: Function | None = None):
        self._rules = rules
        self._function = function
        self._index = 0

    def __bool__(self) -> bool:
        """Whether anything is scripted."""
        return bool(self._rules) or self._function is not None

    def turn(self, asked: Asked, dice: Dice) -> Turn | None:
        """The scripted turn for a request, or None for the default answer."""
        index = self._index
        self._index += 1
        if self._function is not None:
            return _as_turn(self._function(asked))
        return next((rule.turn(asked, dice) for rule in self._rules if rule.meets(asked, index)), None)


def _as_turn(value: Any) -> Turn | None:
    if value is None or isinstance(value, Turn):
        return value
    return Turn(value if isinstance(value, str) else wire.dumps(value).decode())


def load(script: Iterable[Mapping[str, Any] | ScriptRule] | Function | None) -> Script:
    """A script from its rules or its function; raises `ValueError` for the first rule that is wrong."""
    if script is None:
        return Script()
    if callable(script):
        return Script(function=script)
    if isinstance(script, (str, Mapping)):
        raise ValueError("a script is a list of rules or a function")
    return Script(tuple(_rule(item) for item in script))


def _rule(item: Mapping[str, Any] | ScriptRule) -> ScriptRule:
    if isinstance(item, ScriptRule):
        return item
    if not isinstance(item, Mapping):
        raise ValueError(f"a script rule is a mapping, not {item!r}")
    for key in item:
        if key not in _KEYS:
            raise ValueError(
                f"unknown key {key!r} in a script rule.{nearest(str(key), _KEYS)} Known: {', '.join(_KEYS)}"
            )
    return ScriptRule(**item)
