"""MANIFEST-025 and -026: whether the manifest tells the truth about what the image needs, as its runs show it.

What is called optional is left out of one run, what is called required of others. A variable that the image needs and
does not declare shows in a baseline that fails: it works once usual variables are set, or says itself which one it
lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks import check
from conformance.checks.common import how_it_ended, matching, quote
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested
from conformance.inputs.environment import HOST_VARIABLES

LEFT_OUT_OPTIONAL = ("minimal", "without-systems")
LEFT_OUT_REQUIRED = ("missing-dataset-*", "missing-system-*")
WITH_USUAL_VARIABLES = "diagnose-variables"
LOG_TAIL = 4000
_NAME = r"['\"“`$%{]{0,3}(?P<name>[A-Z][A-Z0-9_]{2,80})\b"
_UNSET = r"(?i:environment variable|env var|(?i:is |was )?(?i:not set|unset|not defined))"
_LACKING = (
    re.compile(rf"(?i:environment variables?|env(?:ironment)? vars?)[\s:=]*(?i:named |called )?{_NAME}"),
    re.compile(rf"{_NAME}['\"”`}}]{{0,2}} {_UNSET}"),
    re.compile(rf"KeyError: {_NAME}"),
)
"""How programs say that a variable is not set. A name has capitals only, as variables have by custom."""


@check("MANIFEST-025", *LEFT_OUT_OPTIONAL, *LEFT_OUT_REQUIRED)
def required_tells_the_truth(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Runs without the optional inputs succeed; runs without a required one do not."""
    baseline = evidence.run("baseline")
    if baseline is None or not baseline.claims_success:
        return NotTested("the baseline did not succeed, so leaving something out shows nothing")
    without_optional = matching(evidence, *LEFT_OUT_OPTIONAL)
    without_required = matching(evidence, *LEFT_OUT_REQUIRED)
    if not without_optional and not without_required:
        return _nothing_left_out(evidence, manifest)
    findings = [finding for run in without_optional for finding in _needs_optional(run, baseline)]
    return findings + [finding for run in without_required for finding in _ignores_required(run, baseline)]


def _nothing_left_out(evidence: Evidence, manifest: Manifest) -> Judgement:
    declared = (*manifest.input_datasets, *manifest.systems, *manifest.environment)
    if not declared:
        return NotApplicable("the manifest declares no input dataset, system or variable that could be left out")
    reasons = [why for name, why in evidence.skipped.items() if name.startswith(("minimal", "missing-"))]
    return NotTested(reasons[0] if reasons else "no run left anything out")


def _needs_optional(run: Run, baseline: Run) -> Iterator[Finding]:
    if run.status != "done" or run.claims_success:
        return
    yield Finding(
        f"Without {_left_out(run, baseline)}, which the manifest calls optional, the run should succeed; "
        f"observed: {how_it_ended(run)}.",
        scenario=run.scenario,
        location="manifest.yaml",
    )


def _ignores_required(run: Run, baseline: Run) -> Iterator[Finding]:
    if run.status == "done" and run.claims_success and run.exit_code == 0:
        yield Finding(
            f"Without {_left_out(run, baseline)}, which the manifest calls required, the run succeeded; expected: an "
            "error, or required: false in the manifest.",
            scenario=run.scenario,
            location="manifest.yaml",
        )


def _left_out(run: Run, baseline: Run) -> str:
    """What a run was not given and the baseline was, by kind and name."""
    given = {dataset.name for dataset in run.datasets}
    names = [f"dataset “{quote(one.name, 60)}”" for one in baseline.datasets if one.name not in given]
    names += [f"system “{quote(one, 60)}”" for one in baseline.systems if one not in run.systems]
    names += [f"variable {quote(one, 60)}" for one in baseline.variables if one not in run.variables]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return shown or "an input"


@check("MANIFEST-026", "baseline", "diagnose-*")
def needed_variables_are_declared(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The baseline has only the declared variables: it does not fail for want of another."""
    baseline = evidence.run("baseline")
    if baseline is None:
        return NotTested("the baseline was not run")
    if baseline.claims_success:
        return []
    if name := undeclared_variable(baseline, manifest):
        return [
            Finding(
                f"The run failed for want of the variable {name}, which environment_variables does not declare: "
                f"{how_it_ended(baseline)}.",
                scenario="baseline",
                location="manifest.yaml",
            )
        ]
    if healed_by_variables(evidence):
        return [
            Finding(
                "The run fails with the declared variables alone and succeeds with usual ones that nobody declared "
                f"(HOME, USER, API keys and the like): {how_it_ended(baseline)}.",
                scenario=WITH_USUAL_VARIABLES,
                location="manifest.yaml",
            )
        ]
    return NotTested("the baseline did not succeed, for a reason that names no variable")


def undeclared_variable(run: Run, manifest: Manifest) -> str:
    """The variable that a failed run says it lacks, if neither the host sets it nor the manifest declares it."""
    known = {*HOST_VARIABLES, *run.variables, *(variable.name for variable in manifest.environment)}
    text = f"{run.error_text[:LOG_TAIL]}\n{run.merged[-LOG_TAIL:].decode('utf-8', 'replace')}"
    named = (found["name"] for pattern in _LACKING for found in pattern.finditer(text))
    return next((name for name in named if name not in known), "")


def healed_by_variables(evidence: Evidence) -> bool:
    """Whether usual variables make the image work, and a run that changes something else does not.

    Where every departure helps, the first failure was a mishap, and variables have nothing to do with it.
    """
    tried = matching(evidence, "diagnose-*")
    healed = {run.scenario for run in tried if run.claims_success}
    return WITH_USUAL_VARIABLES in healed and len(healed) < len(tried)
