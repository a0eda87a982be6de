"""Which runs ended in a failure of the image's own, and what was wrong on purpose.

A run that the kit ended (its deadline, a signal), that the engine could not start or that ran out of memory says
nothing of how an image tells its failures. Nor do runs with broken arguments, with a folder that cannot be written or
with an odd user: what an image does there has rows of its own, most of them SHOULD (CLI-008, MOUNT-008).
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from conformance.evidence import Evidence, Run
from conformance.scenarios.model import safe_name

ARGUMENT_FAULTS = ("no-arguments", "invalid-json")
INPUT_FAULTS = (
    "missing-dataset-*",
    "no-datasets",
    "missing-file",
    "missing-file-joined",
    "missing-other-file",
    "corrupt-file",
    "empty-directory",
    "missing-column",
    "missing-other-column",
    "wrong-dtype",
)
PARAMETER_FAULTS = ("wrong-type-*", "unknown-choice-*", "missing-parameter-*")
SYSTEM_FAULTS = ("missing-system-*", "no-base-url", "no-model", "no-api-key", "bare-systems", "fault-*")
VARIABLE_FAULTS = ("missing-variable-*",)
FAULTS = (*INPUT_FAULTS, *PARAMETER_FAULTS, *SYSTEM_FAULTS, *VARIABLE_FAULTS)
"""The scenarios of S05, S06, S07, S09, S10 and S11, and of variables that are required (ENV-003)."""

TOLERABLE = ("wrong-dtype", "no-api-key", "bare-systems", "fault-passing", "fault-partial")
"""Those of them in which a conformant image may well succeed."""

OTHERS = ("foreign-output", *ARGUMENT_FAULTS)
"""Further scenarios that end in failure, whatever an image declares."""

NO_FAILURE = "no run ended in failure, so nothing could be seen of how it tells one"


def ended_in_failure(run: Run) -> bool:
    """Whether the image itself ended without a claim of success."""
    return run.status == "done" and not run.reason and not run.out_of_memory and not run.claims_success


def faulty(evidence: Evidence, *patterns: str) -> Iterator[Run]:
    """The runs of scenarios in which something was wrong on purpose (all of `FAULTS`, or those that are named)."""
    for run in evidence.runs:
        if any(fnmatchcase(run.scenario, pattern) for pattern in patterns or FAULTS):
            yield run


def failed(evidence: Evidence, *patterns: str) -> list[Run]:
    """The runs of such scenarios that ended in failure."""
    return [run for run in faulty(evidence, *patterns) if ended_in_failure(run)]


def must_fail(evidence: Evidence) -> list[Run]:
    """The runs of scenarios in which nothing but failure is right, and which the image ended itself."""
    runs = faulty(evidence, *FAULTS, "foreign-output")
    return [run for run in runs if run.status == "done" and not run.reason and run.scenario not in TOLERABLE]


def is_about(scenario: str, name: str) -> bool:
    """Whether a scenario is the one in which the parameter (dataset, system, variable) of that name was faulty."""
    prefixes = (pattern.removesuffix("*") for pattern in FAULTS if pattern.endswith("-*"))
    return any(scenario == safe_name(f"{prefix}{name}") for prefix in prefixes)
