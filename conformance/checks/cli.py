"""CLI: how an image takes its arguments, and that it ends by itself."""

from __future__ import annotations

from conformance.checks import check
from conformance.checks.common import how_it_ended, matching, must_succeed, quote
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

NO_BASELINE = "the baseline was not run"
IDLE_CPU_SECONDS, IDLE_SHARE = 2.0, 0.02
REFUSES_ARGUMENTS = ("unrecognized", "unrecognised", "unknown option", "no such option", "invalid option", "usage:")


def _baseline(evidence: Evidence) -> Run | None:
    return evidence.run("baseline")


def accepted(run: Run) -> bool:
    """Whether an image took its arguments: it said something for the host, or it failed later than at its arguments."""
    if run.document is not None:
        return True
    said = run.merged[:4000].decode("utf-8", "replace").lower()
    return run.exit_code != 2 and not any(words in said for words in REFUSES_ARGUMENTS)


@check("CLI-001", "baseline", "offer-*")
def generation_params_come_as_two_tokens(evidence: Evidence, manifest: Manifest) -> Judgement:
    """``--generation-params <json>`` is what the host sends, always."""
    del manifest
    run = _baseline(evidence)
    if run is None:
        return NotTested(NO_BASELINE)
    if run.claims_success or run.status != "done" or accepted(run) or run.systems:
        return _if_it_reads_them(run)
    return [Finding(f"It refuses --generation-params <json>; observed: {how_it_ended(run)}.", run.scenario, "argv")]


def _if_it_reads_them(run: Run) -> Judgement:
    """A refusal that speaks of the argument itself is one of the argument."""
    text = run.error_text.lower()
    names_it = "generation-params" in text or "generation_params" in text
    if not run.claims_success and names_it and not _wants_system(run):
        return [Finding(f"It does not read --generation-params <json>: {quote(run.error_text)}", run.scenario, "argv")]
    return []


def _wants_system(run: Run) -> bool:
    text = run.error_text.lower()
    return "systems-params" in text or "systems_params" in text


@check("CLI-002", "minimal", "without-systems", "baseline")
def runs_without_systems_params(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The host leaves ``--systems-params`` out when no system is mapped."""
    if any(system.required for system in manifest.systems):
        return NotApplicable(f"a system is required ({manifest.line_of('input_systems')})")
    runs = [
        run
        for name in ("without-systems", "minimal", "baseline")
        if (run := evidence.run(name)) is not None and not run.systems
    ]
    if not runs:
        return NotTested("no run without systems was made")
    return [
        Finding(
            f"It does not run without --systems-params although no system is required; observed: {how_it_ended(run)}.",
            run.scenario, "argv",
        )
        for run in runs[:1]
        if not run.claims_success and (_wants_system(run) or not accepted(run) or bool(manifest.systems))
    ]  # fmt: skip


@check("CLI-003", "baseline", "offer-*")
def accepts_systems_params(evidence: Evidence, manifest: Manifest) -> Judgement:
    """An image that declares systems accepts ``--systems-params <json>``."""
    if not manifest.systems:
        return NotApplicable(f"no system is declared ({manifest.line_of('input_systems')})")
    run = _baseline(evidence)
    if run is None:
        return NotTested(NO_BASELINE)
    said = (run.error_text or run.merged[:4000].decode("utf-8", "replace")).lower()
    refused = not accepted(run) or (not run.claims_success and "systems-params" in said)
    if run.status == "done" and not run.claims_success and refused:
        return [Finding(f"It refuses --systems-params <json>; observed: {how_it_ended(run)}.", run.scenario, "argv")]
    return []


@check("CLI-004", "undeclared-systems")
def ignores_systems_params_that_it_does_not_need(evidence: Evidence, manifest: Manifest) -> Judgement:
    """``--systems-params`` is accepted even where no system is declared."""
    if manifest.systems:
        return NotApplicable(f"systems are declared ({manifest.line_of('input_systems')})")
    return must_succeed(evidence, manifest, "undeclared-systems", "It does not accept --systems-params {}")


@check("CLI-005", "odd-arguments")
def order_and_unknown_flags_do_not_matter(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Arguments in another order, and a flag that nobody knows."""
    expectation = "It does not accept its arguments in another order together with an unknown flag"
    return must_succeed(evidence, manifest, "odd-arguments", expectation)


@check("CLI-006", "baseline")
def needs_no_terminal(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No standard input, no terminal, no question."""
    del manifest
    run = _baseline(evidence)
    if run is None:
        return NotTested(NO_BASELINE)
    said = run.merged[-4000:].decode("utf-8", "replace")
    asks = ("EOFError", "EOF when reading a line", "not a tty", "not a terminal", "ENOTTY", "stdin is closed")
    if not run.claims_success and any(words in said for words in asks):
        return [Finding(f"It reads from standard input; observed: {how_it_ended(run)}.", run.scenario, "stderr")]
    return []


@check("CLI-007", "large-arguments", "extra-metadata")
def takes_json_objects_with_escaped_text(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Both values are JSON, ASCII-escaped, up to the length that the kernel allows."""
    return must_succeed(
        evidence, manifest, "large-arguments", "It does not cope with 100 KiB of JSON with escaped text"
    )


@check("CLI-008", "no-arguments", "invalid-json")
def says_what_is_wrong_with_its_arguments(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Missing or broken arguments give a result document and a non-zero exit code, not usage text alone."""
    del manifest
    findings = []
    if not any(run.status == "done" for run in matching(evidence, "no-arguments", "invalid-json")):
        return NotTested(evidence.skipped.get("no-arguments", "no run with bad arguments ended by itself"))
    for name, words in (("no-arguments", "no arguments"), ("invalid-json", "parameters that are no JSON")):
        run = evidence.run(name)
        if run is not None and run.status == "done" and not (run.refused_cleanly and run.exit_code):
            findings.append(
                Finding(
                    f"With {words}, expected a document with success false, an error and a non-zero exit code; "
                    f"observed: {how_it_ended(run)}.", name, "stdout",
                )
            )  # fmt: skip
    return findings


@check("CLI-009", "baseline", "minimal", "repeat")
def ends_by_itself(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A container that has said its result ends; it is no service. One that is only slow is RUNTIME-001's."""
    del manifest
    if _baseline(evidence) is None:
        return NotTested(NO_BASELINE)
    findings = []
    for name in ("baseline", "minimal", "repeat"):
        run = evidence.run(name)
        if run is None or run.status != "timeout":
            continue
        if run.document is not None:
            findings.append(Finding("It printed its result and did not end.", name, "process"))
        elif _idle(run):
            message = f"It waited without work and without a result; {how_it_ended(run)}. Expected it to end by itself."
            findings.append(Finding(message, name, "process"))
    return findings[:1]


def _idle(run: Run) -> bool:
    """Whether it used hardly any processor time, as a service does that waits for somebody to ask."""
    return run.cpu_seconds is not None and run.cpu_seconds < max(IDLE_CPU_SECONDS, IDLE_SHARE * run.seconds)
