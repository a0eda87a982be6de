"""Faults by name, and the rule that says which requests one meets.

What every fault does, and what a well-behaved client does then, is in its docstring
(`conformance.mock_openai.fault_catalogue`); rules are loaded and counted in `conformance.mock_openai.schedule`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
