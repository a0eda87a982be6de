"""One module per group of the catalogue; each check is a pure function ``(evidence, manifest) -> Judgement``.

No check raises for a broken image, none stops at the first problem, none touches an engine, a file or the network.
A check is registered under its requirement's id with the scenarios whose runs it reads; the verdict asks only for
those, and calls the check only when at least one of them was run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract.model import Manifest
from conformance.evidence import Evidence
from conformance.findings import Judgement

CheckFunction = Callable[[Evidence, Manifest], Judgement]

STATIC = "static"
"""The name for what is known of an image without running it."""


@dataclass(frozen=True, slots=True)
class Check:
    """A registered check: which requirement it judges, from which scenarios (names or shell patterns)."""

    requirement: str
    scenarios: tuple[str, ...]
    function: CheckFunction


REGISTRY: dict[str, Check] = {}


def check(requirement: str, *scenarios: str) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as the check of a requirement; ``scenarios`` defaults to the baseline run.

    Raises `ValueError` when the requirement has a check already: one requirement, one check.
    """

    def register(function: CheckFunction) -> CheckFunction:
        if requirement in REGISTRY:
            raise ValueError(f"{requirement} has two checks: {REGISTRY[requirement].function} and {function}")
        REGISTRY[requirement] = Check(requirement, scenarios or ("baseline",), function)
        return function

    return register
