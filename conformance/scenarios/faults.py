"""S11: the runs in which a system fails, each in a way that a client must tell from the others.

Several passing faults share one run where the ledger tells them apart; a fault that lasts needs a run of its own,
because a client gives up on the first. Together they stay within twelve runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.contract.model import Manifest
from conformance.scenarios.model import Expectation, Scenario
from conformance.scenarios.ordinary import BASELINE, baseline
from conformance.scenarios.recipe import Recipe

DEADLINE = 90.0
CLOSED_PORT = "http://127.0.0.1:9/v1"
LASTING = (
    ("unauthorized", "401", "refuses its key"),
    ("bad-request", "400", "refuses its request"),
    ("rate-limit", "429-sustained", "is overloaded for good"),
    ("server-error", "500", "is broken for good"),
    ("dropped", "drop", "drops every connection"),
    ("malformed", "malformed-json", "answers with no JSON"),
    ("no-choices", "empty-choices", "answers with nothing"),
    ("truncated", "short-body", "breaks off every answer"),
)
"""Faults that last: name of the scenario, name of the fault, what the system does."""


def scenarios(manifest: Manifest, recipe: Recipe) -> Iterator[Scenario]:
    """Every fault that concerns a client; none where the manifest declares no system."""
    if not manifest.systems:
        return
    base = replace(baseline(manifest, recipe), builds_on=(BASELINE,), code="S11", options={"timeout": DEADLINE})

    def faulty(name: str, question: str, expects: Expectation, *rules: Mapping[str, Any]) -> Scenario:
        options = {**base.options, "faults": rules}
        return replace(base, name=f"fault-{name}", question=question, expects=expects, options=options)

    yield faulty(
        "passing", "Does it recover from faults that pass, and lose or invent no row?", "either",
        {"fault": "429-retry-after", "calls": (0,)}, {"fault": "500", "calls": (2,)}, {"fault": "reset", "calls": (4,)},
    )  # fmt: skip
    yield faulty("slow", "Does it wait for a slow answer?", "success", {"fault": "latency", "calls": (0,)})
    for name, fault, words in LASTING:
        question = f"Does it end with a clean error when its system {words}?"
        yield faulty(name, question, "failure", {"fault": fault})
    yield faulty(
        "partial", "Does it say so when its system breaks down after the first answers?", "failure",
        {"fault": "500", "calls": tuple(range(2, 5000))},
    )  # fmt: skip
    yield replace(
        base, name="fault-refused", expects="failure", options={**base.options, "base_url": CLOSED_PORT},
        question="Does it end with a clean error when nobody answers at its system's address?",
    )  # fmt: skip
