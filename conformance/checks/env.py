"""ENV: which variables an image needs, and that its log keeps its order."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import STATIC, check
from conformance.checks.common import each, how_it_ended, matching, must_succeed, quote
from conformance.checks.reading import heals, succeeded
from conformance.contract.model import Manifest
from conformance.contract.result import intended_document
from conformance.evidence import Evidence, ImageFacts, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

NO_BASELINE = "the baseline did not succeed, and further variables do not help"


@check("ENV-001", "baseline", "diagnose-variables")
def needs_no_variable_that_it_does_not_declare(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The image's own variables, the two mount variables and the declared ones are all there is."""
    del manifest
    baseline = evidence.run("baseline")
    if baseline is not None and heals(evidence, "diagnose-variables"):
        message = "It works only with variables that it does not declare"
        return [Finding(f"{message}; observed without them: {how_it_ended(baseline)}.", "baseline", "environment")]
    return [] if succeeded(evidence) else NotTested(NO_BASELINE)


@check("ENV-002", "no-optional-variables")
def works_without_optional_variables(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The host leaves an optional variable out when it is not set."""
    if all(variable.required for variable in manifest.environment):
        line = manifest.line_of("environment_variables")
        return NotApplicable(f"no optional variable is declared ({line})")
    return must_succeed(
        evidence, manifest, "no-optional-variables", "It does not work without the variables that it declares optional"
    )


@check("ENV-003", "missing-variable-*")
def says_that_a_required_variable_is_missing(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A run that cannot do without the variable says so in a document; one that can do without is no harm."""
    if not any(variable.required for variable in manifest.environment):
        return NotApplicable(f"no required variable is declared ({manifest.line_of('environment_variables')})")
    return each(matching(evidence, "missing-variable-*"), _unclean, "no run lacked a required variable")


def _unclean(run: Run) -> Iterator[Finding]:
    if not run.claims_success and not run.refused_cleanly:
        name = quote(run.scenario.removeprefix("missing-variable-"), 80)
        message = f"Without its required variable {name}, expected a document with success false and an error"
        yield Finding(f"{message}; observed: {how_it_ended(run)}.", run.scenario, "stdout")


@check("ENV-004", STATIC)
def honours_the_token_of_the_hub(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Nothing shows it: no network is assumed, so no gated data can be given."""
    del evidence, manifest
    return NotTested("gated data of a hub would be needed, and no network is assumed", observable=False)


@check("ENV-005", "baseline", "kubernetes")
def is_not_held_up_by_telemetry(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A collector that cannot be reached does not keep the run from its end."""
    del manifest
    run = evidence.run("kubernetes")
    if run is None or not succeeded(evidence):
        return NotTested(evidence.skipped.get("kubernetes", "no run with OTEL variables was made"))
    if run.status == "timeout":
        message = "With OTEL variables that name a collector which cannot be reached"
        return [Finding(f"{message}, {how_it_ended(run)}; expected it to end.", run.scenario, "environment")]
    return []


@check("ENV-006", STATIC, "baseline", "unbuffered", "wrong-type-*", "missing-*", "invalid-json")
def keeps_the_order_of_its_log(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Python that is not told otherwise buffers stdout, so what it writes to stderr overtakes it."""
    del manifest
    if heals(evidence, "unbuffered"):
        message = "It says its result only with PYTHONUNBUFFERED=1; expected the variable in the image, or a flush."
        return [Finding(message, "baseline", "stdout")]
    if not _runs_python(evidence.image):
        return [] if evidence.runs else NotTested("it was not run, and it does not start Python by name")
    if evidence.image.environment.get("PYTHONUNBUFFERED"):
        return []
    mixed = [run for run in evidence.runs if run.stderr and intended_document(run.stderr)]
    return [
        Finding(
            "PYTHONUNBUFFERED is not set and the result document is on stderr, so it can stand before older lines of "
            "stdout; expected the variable, or one stream.", run.scenario, "stderr",
        )
        for run in mixed[:1]
    ]  # fmt: skip


def _runs_python(image: ImageFacts) -> bool:
    started = " ".join((*image.entrypoint, *image.command)).lower()
    return "python" in started or "PYTHON_VERSION" in image.environment
