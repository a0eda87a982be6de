"""The fault rules of a space: loaded from names and mappings, and at work.

A name or a key that nobody knows is a `ValueError` when the rules are loaded, with the nearest name; never a surprise
at request time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from conformance.mock_openai import fault_catalogue  # noqa: F401  fills the registry
from conformance.mock_openai.errors import nearest
from conformance.mock_openai.faults import FaultRule

_SHORT = re.compile(r"(.+)\*(\d+)")
_KEYS = tuple(item.name for item in fields(FaultRule))


def rule(spec: str | Mapping[str, Any] | FaultRule) -> FaultRule:
    """A rule from its short form (``name`` meets every request, ``name*3`` the first three) or from a mapping."""
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
