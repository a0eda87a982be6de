"""Faults by name, and the rules that say which requests they meet.

A name or a key that nobody knows is a `ValueError` when the rules are loaded, with the nearest name; never a surprise
at request time. What every fault does, and what a well-behaved client does then, is in its docstring
(`conformance.mock_openai.fault_catalogue`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from inspect import cleandoc
from typing import Any, Literal, TypeVar

from conformance.mock_openai.errors import nearest

Stage = Literal["refuse", "replace", "turn", "reply", "delay", "deliver", "hold"]


@dataclass(frozen=True)
class Fault:
    """A named way of going wrong.

    ``stage`` says where it takes hold: ``refuse`` (an error in OpenAI's shape instead of an answer), ``replace``
    (something else instead of an answer), ``turn`` (what the model says), ``reply`` (the bytes of the answer),
    ``delay`` (when it comes), ``deliver`` (how the connection carries it), ``hold`` (until released).
    ``act`` is a function of the catalogue; what it takes depends on the stage.
    """

    name: str
    stage: Stage
    act: Callable[..., Any]

    @property
    def doc(self) -> str:
        """What it does and what a well-behaved client does then."""
        return cleandoc(self.act.__doc__ or "")

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return self.doc.partition("\n")[0]


FAULTS: dict[str, Fault] = {}
"""Every fault by its name; filled by `conformance.mock_openai.fault_catalogue`."""

A = TypeVar("A", bound=Callable[..., Any])


def named(name: str, stage: Stage) -> Callable[[A], A]:
    """Enter a function into the catalogue."""

    def enter(act: A) -> A:
        FAULTS[name] = Fault(name, stage, act)
        return act

    return enter


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Which requests a fault meets; what is not given does not restrict.

    ``calls`` are indexes (from 0, in order of arrival) among the requests that ``path`` and ``model`` let through;
    requests that the server refuses by itself (a wrong key, an unknown path, a body that is no JSON) are not counted.
    ``share`` (0 to 1) is the part of the requests that is met, decided by each body and how often it came, so that
    concurrency changes nothing. ``path`` is what follows the base URL, ``times`` the most requests that are met,
    ``after`` and ``until`` seconds since the space's first request. ``seconds`` replaces the fault's own time
    (``Retry-After``, latency). Rules are asked in order and the first that matches counts: rules with ``times`` one
    after the other are a queue.
    """

    fault: str
    calls: tuple[int, ...] | None = None
    share: float | None = None
    path: str | None = None
    model: str | None = None
    times: int | None = None
    after: float = 0.0
    until: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if self.fault not in FAULTS:
            raise ValueError(
                f"unknown fault {self.fault!r}.{nearest(str(self.fault), tuple(FAULTS))} Known: {', '.join(FAULTS)}"
            )
        if self.calls is not None:
            object.__setattr__(self, "calls", _call_numbers(self.calls))
        _number(self.share, "share", 0.0, 1.0)
        _number(self.times, "times", 1, None, whole=True)
        for key in ("after", "until", "seconds"):
            _number(getattr(self, key), key, 0.0, None)
        for key in ("path", "model"):
            value = getattr(self, key)
            if value is not None and (not isinstance(value, str) or not value):
                raise ValueError(f"{key} of fault {self.fault!r} must be text, not {value!r}")

    def amount(self, default: float) -> float:
        """The rule's ``seconds``, or the fault's own."""
        return default if self.seconds is None else self.seconds


def _call_numbers(calls: Any) -> tuple[int, ...]:
    numbers = tuple(calls) if isinstance(calls, (list, tuple, range, set, frozenset)) else (calls,)
    if not all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers):
        raise ValueError(f"calls must be whole numbers from 0 on, not {calls!r}")
    return numbers


def _number(value: Any, key: str, low: float, high: float | None, *, whole: bool = False) -> None:
    if value is None:
        return
    right = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not right or not value >= low or (high is not None and value > high):
        span = f"from {low} to {high}" if high is not None else f"of {low} or more"
        raise ValueError(f"{key} must be a {'whole ' if whole else ''}number {span}, not {value!r}")


_SHORT = re.compile(r"(.+)\*(\d+)")
_KEYS = tuple(item.name for item in fields(FaultRule))


def rule(spec: str | Mapping[str, Any] | FaultRule) -> FaultRule:
    """A rule from its short form (``name`` meets every request, ``name*3`` the first three) or from a mapping."""
    from conformance.mock_openai import fault_catalogue  # noqa: F401  fills the registry

    if isinstance(spec, FaultRule):
        return spec
    if isinstance(spec, str):
        short = _SHORT.fullmatch(spec)
        return FaultRule(short[1], times=int(short[2])) if short else FaultRule(spec)
    if not isinstance(spec, Mapping):
        raise ValueError(f"a fault is a name or a mapping with 'fault', not {spec!r}")
    for key in spec:
        if key not in _KEYS:
            raise ValueError(
                f"unknown key {key!r} in a fault rule.{nearest(str(key), _KEYS)} Known: {', '.join(_KEYS)}"
            )
    if "fault" not in spec:
        raise ValueError(f"a fault rule needs 'fault', the fault's name: {dict(spec)!r}")
    return FaultRule(**spec)


def rules(specs: Iterable[str | Mapping[str, Any] | FaultRule] | str) -> tuple[FaultRule, ...]:
    """All rules of a list (or of one name); raises `ValueError` for the first that is wrong."""
    return tuple(rule(spec) for spec in ([specs] if isinstance(specs, (str, Mapping)) else specs))


class Schedule:
    """The rules of one space at work: counts what they have met."""

    def __init__(self, specs: Sequence[FaultRule]):
        self._specs = specs
        self._seen = [0] * len(specs)
        self._met = [0] * len(specs)

    def __bool__(self) -> bool:
        """Whether there is any rule."""
        return bool(self._specs)

    @property
    def specs(self) -> tuple[FaultRule, ...]:
        """The rules."""
        return tuple(self._specs)

    def choose(self, path: str, model: str, age: float, lot: float) -> FaultRule | None:
        """The rule that meets this request.

        ``age`` is in seconds since the space's first request; ``lot`` is a number from 0 to 1 drawn from the body.
        """
        chosen = None
        for at, spec in enumerate(self._specs):
            if (spec.path is not None and spec.path != path) or (spec.model is not None and spec.model != model):
                continue
            call = self._seen[at]
            self._seen[at] += 1
            if chosen is None and self._meets(at, spec, call, age, lot):
                chosen = spec
                self._met[at] += 1
        return chosen

    def _meets(self, at: int, spec: FaultRule, call: int, age: float, lot: float) -> bool:
        return (
            (spec.calls is None or call in spec.calls)
            and (spec.times is None or self._met[at] < spec.times)
            and (spec.share is None or lot < spec.share)
            and age >= spec.after
            and (spec.until is None or age < spec.until)
        )
