"""MANIFEST-025 and -026: whether what the manifest says of itself holds when the image runs.

A baseline that fails is run again with one thing changed (`conformance.scenarios.diagnosis`); only a change that heals
it is a finding, so an image that fails for another reason is not blamed here.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import check
from conformance.checks.common import how_it_ended, matching
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

LEFT_OUT = ("missing-dataset-*", "missing-system-*", "missing-parameter-*", "missing-variable-*")
"""Each leaves out one thing that is declared as required; its name is the rest of the scenario's."""
REDUCED = ("minimal", "without-systems", "missing-optional-*")


def declares_inputs(manifest: Manifest) -> bool:
    """Whether there is anything that can be required or optional."""
    return any((manifest.input_datasets, manifest.systems, manifest.parameters, manifest.environment))


@check("MANIFEST-025", "baseline", *REDUCED, *LEFT_OUT)
def required_tells_the_truth(evidence: Evidence, manifest: Manifest) -> Judgement:
    """What is optional can be left out; what is required cannot."""
    if not declares_inputs(manifest):
        return NotApplicable("the manifest declares no dataset, system, parameter or variable (manifest.yaml)")
    baseline = evidence.run("baseline")
    if baseline is None or not baseline.claims_success:
        return NotTested("the baseline did not succeed, so nothing left out can be the reason of a failure")
    runs = [run for run in matching(evidence, *REDUCED, *LEFT_OUT) if run.status == "done"]
    if not runs:
        return [] if not _anything_to_leave_out(manifest) else NotTested("no run left out anything that is declared")
    return [finding for run in runs for finding in _contradiction(run)]


def _anything_to_leave_out(manifest: Manifest) -> bool:
    """Whether some scenario would differ from the baseline: the baseline gives required parameters only."""
    declared = (*manifest.input_datasets, *manifest.systems, *manifest.environment)
    return bool(declared) or any(parameter.required for parameter in manifest.parameters)


def _contradiction(run: Run) -> Iterator[Finding]:
    if run.scenario.startswith("missing-") and not run.scenario.startswith("missing-optional-"):
        if run.claims_success:
            kind, _, name = run.scenario.removeprefix("missing-").partition("-")
            message = f"The {kind} “{name}” is declared as required, and it works without it; expected optional."
            yield Finding(message, run.scenario, "manifest.yaml")
    elif not run.claims_success:
        message = f"With only what is declared as required it does not work; observed: {how_it_ended(run)}."
        yield Finding(message, run.scenario, "manifest.yaml")


@check("MANIFEST-026", "baseline", "diagnose-variables")
def needed_variables_are_declared(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The baseline runs with the declared variables alone, or variables that nobody declared do not heal it."""
    baseline, healed = evidence.run("baseline"), evidence.run("diagnose-variables")
    if baseline is None:
        return NotTested("the baseline was not run")
    if baseline.claims_success:
        return []
    if healed is None or not healed.claims_success:
        return NotTested("the baseline did not succeed, with or without variables that are not declared")
    added = sorted(set(healed.variables) - set(baseline.variables))
    message = (
        f"With the declared variables alone it fails: {how_it_ended(baseline)}. With {', '.join(added)} it succeeds; "
        "expected what it needs in environment_variables."
    )
    return [Finding(message, baseline.scenario, manifest.line_of("environment_variables"))]
