"""S11: the runs in which a system fails, each in a way that a client must tell from the others.

Several passing faults share one run where the ledger tells them apart; a fault that lasts needs a run of its own,
because a client gives up on the first. Together they are at most twelve runs.

Two faults of contract.md are left out on purpose. A server that never answers is waited for as long as the client's
time-out says, ten minutes in the most used one, and no row of the contract forbids that; a slow answer is among the
passing faults. An answer with an empty or a cut text is a matter of what the image makes of words, not of a system
that fails.

Every run has the host's own time: an image may try as often as it likes while it ends within it. After one run that
did not, the other lasting faults are not tried: the requirement has its finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.contract.model import Manifest
from conformance.scenarios.model import Expectation, Scenario
from conformance.scenarios.ordinary import BASELINE, baseline
from conformance.scenarios.parameters import asking
from conformance.scenarios.recipe import Recipe

CLOSED_PORT = "http://127.0.0.1:9/v1"
FIRST = "server-error"
"""The lasting fault that is tried first."""

LASTING = (
    (FIRST, "500", "is broken for good"),
    ("unauthorized", "401", "refuses its key"),
    ("bad-request", "400", "refuses its request"),
    ("rate-limit", "429-sustained", "is overloaded for good"),
    ("dropped", "drop", "drops every connection"),
    ("malformed", "malformed-json", "answers with no JSON"),
    ("no-choices", "empty-choices", "answers with nothing"),
    ("truncated", "short-body", "breaks off every answer"),
)
"""Faults that last: name of the scenario, name of the fault, what the system does."""

CUT_STREAM = ("cut-stream", "stream-truncated", "ends every streamed answer early and cleanly")
"""For images that stream alone: nothing but the missing ``finish_reason`` tells it from a whole answer."""

PASSING: tuple[Mapping[str, Any], ...] = (
    {"fault": "429-retry-after", "calls": (0,)},
    {"fault": "500", "calls": (2,)},
    {"fault": "reset", "calls": (4,)},
    {"fault": "latency", "calls": (6,)},
)
"""At most every other request fails, so that two tries are enough for each."""

MANY = 5_000


def scenarios(manifest: Manifest, recipe: Recipe) -> Iterator[Scenario]:
    """Every fault that concerns a client; none where the manifest declares no system."""
    if not manifest.systems:
        return
    base = replace(baseline(manifest, recipe), builds_on=(BASELINE,), code="S11", options={})
    for scenario in _scenarios(base, recipe):
        yield asking(scenario, manifest, recipe, needed=True)


def _scenarios(base: Scenario, recipe: Recipe) -> Iterator[Scenario]:
    def faulty(name: str, question: str, expects: Expectation, *rules: Mapping[str, Any]) -> Scenario:
        return replace(base, name=f"fault-{name}", question=question, expects=expects, options={"faults": rules})

    yield faulty("passing", "Does it recover from faults that pass, and lose or invent no row?", "either", *PASSING)
    for name, fault, words in LASTING if recipe.streams is False else (*LASTING, CUT_STREAM):
        question = f"Does it end with a clean error when its system {words}?"
        yield _after_the_first(faulty(name, question, "failure", {"fault": fault}))
    question = "Does it say so when its system breaks down after the first answers?"
    rule = {"fault": "500", "calls": tuple(range(_half(recipe), MANY))}
    yield _after_the_first(faulty("partial", question, "either", rule))
    refused = replace(
        base, name="fault-refused", expects="failure", options={"base_url": CLOSED_PORT},
        question="Does it end with a clean error when nobody answers at its system's address?",
    )  # fmt: skip
    yield _after_the_first(refused)


def _half(recipe: Recipe) -> int:
    """The number of requests that are answered before the system breaks down."""
    return max(1, recipe.requests // 2) if recipe.requests else 2


def _after_the_first(scenario: Scenario) -> Scenario:
    first = f"fault-{FIRST}"
    return scenario if scenario.name == first else replace(scenario, builds_on=(*scenario.builds_on, first))
