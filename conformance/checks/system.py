"""SYSTEM: how an image finds its systems, what it needs to know of them, and how it asks them (contract.md 2.4, 6).

SYSTEM-007, -008, -010 and -011, which judge the requests themselves, stand in `system_requests`, SYSTEM-012 in
`system_faults`, SYSTEM-014 in `network`. What an image asks is read from the mock server's ledger; where it asked
nobody in any run, that is said once (SYSTEM-016) and the rest is not tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks import check
from conformance.checks.asked import (
    asking_runs,
    field_of,
    foreign_protocols,
    given,
    has_foreign,
    keys_of_another_protocol,
    known,
    no_systems,
    nobody_asked,
    openai_roles,
    own_key,
)
from conformance.checks.common import how_it_ended, matching, quote
from conformance.contract.model import OPENAI_TYPES, Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

CRASH = re.compile(
    r"Traceback|KeyError|TypeError|AttributeError|NoneType|UnboundLocalError|Cannot read propert|^['\"]\w+['\"]$"
)
"""Errors that nobody meant: an exception of the language itself, or the bare text of a KeyError."""

OTHER_ARGV = ("diagnose-one-token", "diagnose-test-params")
"""Departures in the form of the arguments, which a conformant image refuses."""

ENV_FILE_WORDS = re.compile(r"env_file|env file|kit-secrets|\.env\b", re.IGNORECASE)


def _must_have_run(evidence: Evidence, scenario: str) -> Run | NotTested:
    run = evidence.run(scenario)
    if run is not None:
        return run
    return NotTested(evidence.skipped.get(scenario, f"the scenario “{scenario}” was not run"))


def _succeeded(run: Run | None) -> bool:
    return run is not None and run.status == "done" and run.claims_success


def crashed(run: Run) -> bool:
    """Whether a run failed by an exception that nobody meant, told cleanly or not."""
    return not run.claims_success and (not run.refused_cleanly or bool(CRASH.search(run.error_text.strip())))


@check("SYSTEM-001", "baseline", "bare-systems", "default-role", "diagnose-*")
def finds_systems_by_role(evidence: Evidence, manifest: Manifest) -> Judgement:
    """An image that works only when the system is also called ``system_under_test`` does not read its own role."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    run = _must_have_run(evidence, "baseline")
    if isinstance(run, NotTested):
        return run
    if not run.claims_success:
        # Who asked a system found its role; with the other role the host also sets API_KEY, which may be what heals.
        if run.requests or not _wants_another_role(evidence, run):
            return NotTested("the baseline did not succeed, for a reason that is not the role")
        return [_other_role(run, run.scenario, f"gets further ({how_it_ended(run)})")]
    renamed = evidence.run("default-role")
    if not run.requests and renamed is not None and renamed.requests:
        return [_other_role(run, renamed.scenario, "asks its system")]
    return [] if asking_runs(evidence) or _refuses_without(evidence) else nobody_asked(evidence, manifest)


def _other_role(run: Run, scenario: str, what: str) -> Finding:
    roles = ", ".join(quote(role, 60) for role in given(run))
    return Finding(
        f"It {what} only when the system is also given as “system_under_test”; expected it to read the roles of its "
        f"manifest ({roles}).", scenario, "argv",
    )  # fmt: skip


def _wants_another_role(evidence: Evidence, baseline: Run) -> bool:
    """Whether a system under the role of test containers, and no other departure, heals the baseline.

    Or gets it further: an image that looks for its system first never comes to refuse a file format, so no format
    could be agreed on, and it may fail at that next.
    """
    departure = evidence.run("diagnose-default-role")
    others = [run for run in matching(evidence, "diagnose-*") if run.scenario != "diagnose-default-role"]
    if departure is None or departure.status != "done" or any(_succeeded(run) for run in others):
        return False
    if _succeeded(departure):
        return True
    same_argv = [run for run in others if run.scenario not in OTHER_ARGV]
    unmoved = bool(same_argv) and all(run.error_text == baseline.error_text for run in same_argv)
    moved = departure.refused_cleanly and departure.error_text != baseline.error_text
    return unmoved and moved and "system_under_test" not in departure.error_text  # it may dislike the strange role


def _refuses_without(evidence: Evidence) -> bool:
    """Whether it notices that a required role is not there: then it reads the role."""
    return any(run.refused_cleanly for run in matching(evidence, "missing-system-*"))


@check("SYSTEM-002", "without-systems", "minimal")
def works_without_optional_systems(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Without the systems that are optional it works."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    optional = [system.name for system in manifest.systems if not system.required]
    if not optional:
        return NotApplicable(f"every declared system is required ({manifest.line_of('input_systems')})")
    run = evidence.run("without-systems") or _must_have_run(evidence, "minimal")
    if isinstance(run, NotTested) or _succeeded(run):
        return run if isinstance(run, NotTested) else []
    return [
        Finding(
            f"It does not work without its optional system {quote(', '.join(optional), 120)}; "
            f"observed: {how_it_ended(run)}.", run.scenario, "--systems-params",
        )
    ]  # fmt: skip


@check("SYSTEM-003", "missing-system-*")
def says_that_a_required_system_is_missing(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A required system that is absent, which no host notices, ends in a document with an error."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    if not any(system.required for system in manifest.systems):
        return NotApplicable(f"no system is required ({manifest.line_of('input_systems')})")
    runs = matching(evidence, "missing-system-*")
    if not runs:
        return NotTested("no run without a required system was made")
    return [
        Finding(
            f"Without its required system “{quote(run.scenario.removeprefix('missing-system-'), 80)}” it did not end "
            f"with success false and an error; observed: {how_it_ended(run)}.", run.scenario, "--systems-params",
        )
        for run in runs
        if not run.refused_cleanly
    ]  # fmt: skip


@check("SYSTEM-004", "bare-systems", "no-api-key", "environment-key")
def needs_no_optional_key(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A system may lack description, provider, thinking, reasoning_effort and api_key.

    An image may say cleanly that it wants a key, but not stumble over its absence.
    """
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    if (foreign := keys_of_another_protocol(manifest)) is not None:
        return foreign
    bare = _must_have_run(evidence, "bare-systems")
    if isinstance(bare, NotTested):
        return bare
    findings = []
    if not _succeeded(bare) and not _left_the_path(bare):
        findings.append(
            Finding(
                "It does not work when a system has no description and no provider (thinking, reasoning_effort and "
                f"env_file absent as well); observed: {how_it_ended(bare)}.", bare.scenario, "--systems-params",
            )
        )  # fmt: skip
    for run in matching(evidence, "no-api-key", "environment-key"):
        if run.status != "timeout" and crashed(run) and not run.requests:
            findings.append(
                Finding(
                    f"It stumbles over a system without api_key; expected it to work or to say that it wants a key. "
                    f"Observed: {how_it_ended(run)}.", run.scenario, "--systems-params",
                )
            )  # fmt: skip
            break
    return findings


def _left_the_path(run: Run) -> bool:
    """Whether requests went to places that the server does not have: that is how the address was put together."""
    return any(not request.declared for request in run.requests)


@check("SYSTEM-005", "environment-key", "full-systems", "no-api-key")
def takes_the_key_where_it_is(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The system's own key first, else that of the environment (API_KEY, the provider's variable)."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    if (foreign := foreign_protocols(manifest)) is not None:
        return foreign
    run = _must_have_run(evidence, "environment-key")
    if isinstance(run, NotTested):
        return run
    findings = []
    if not run.claims_success:
        findings.append(
            Finding(
                f"Without api_key it takes the key from neither API_KEY nor OPENAI_API_KEY; observed: "
                f"{how_it_ended(run)}.",
                run.scenario, "API_KEY",
            )
        )  # fmt: skip
    full = evidence.run("full-systems")
    if full is not None and _used_the_decoy(full):
        findings.append(
            Finding(
                "It sends a key of the environment although the system has an api_key of its own.",
                full.scenario, "API_KEY",
            )
        )  # fmt: skip
    if not findings and not run.requests:
        return NotTested("the image asked its system in no run without api_key")
    return findings


def _used_the_decoy(run: Run) -> bool:
    return any(request.key and request.key != own_key(run) for request in run.requests)


@check("SYSTEM-006", "full-systems")
def never_opens_env_file(evidence: Evidence, manifest: Manifest) -> Judgement:
    """``env_file`` is a path of the host: nothing is there in the container."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    run = _must_have_run(evidence, "full-systems")
    if isinstance(run, NotTested):
        return run
    if _succeeded(run) or run.requests:
        return []  # once it asks its system, it has done with reading what it was given
    said = run.error_text or run.merged[-4000:].decode("utf-8", "replace")
    missing = "FileNotFoundError" in said or "No such file" in said or "ENOENT" in said
    if ENV_FILE_WORDS.search(said) or missing:
        return [
            Finding(
                f"It needs the file that env_file names, a path of the host; observed: {how_it_ended(run)}.",
                run.scenario, "env_file",
            )
        ]  # fmt: skip
    return NotTested("the run with an env_file failed, and nothing that it said speaks of a file")


@check("SYSTEM-009", "other-systems-*")
def handles_every_declared_type(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A role that accepts several types of systems works with each of them."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    if not any(len(system.types) > 1 for system in manifest.systems):
        return NotApplicable(f"every system has one type ({manifest.line_of('input_systems')})")
    runs = matching(evidence, "other-systems-*")
    judged = [run for run in runs if _succeeded(run) or not has_foreign(run)]
    if not judged:
        kinds = sorted({str(one.get("type")) for run in runs for one in given(run).values()} - OPENAI_TYPES)
        reason = f"speak protocols of their own ({', '.join(kinds)}), which the kit cannot answer" if kinds else ""
        return NotTested(f"the other types of its systems {reason or 'were given in no run'}")
    return [
        Finding(
            f"It does not work with {_types_of(run)}, which its manifest accepts; observed: {how_it_ended(run)}.",
            run.scenario, "--systems-params",
        )
        for run in judged
        if not _succeeded(run)
    ]  # fmt: skip


def _types_of(run: Run) -> str:
    return quote(", ".join(f"{role} of type {one.get('type')}" for role, one in given(run).items()), 160)


@check("SYSTEM-013", "kubernetes")
def assumes_no_network(evidence: Evidence, manifest: Manifest) -> Judgement:
    """In a network of its own, with its system at another address than localhost, it asks its system."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    run = _must_have_run(evidence, "kubernetes")
    if isinstance(run, NotTested):
        return run
    baseline = evidence.run("baseline")
    if run.requests:
        return []
    if baseline is None or not baseline.requests:
        return NotTested("the image asks its systems neither there nor in the baseline")
    if _succeeded(run) or _speaks_of_the_address(run):
        return [
            Finding(
                "In a network of its own no request reached its system, whose address is not localhost there; "
                f"observed: {how_it_ended(run)}.", run.scenario, "base_url",
            )
        ]  # fmt: skip
    return NotTested(f"the run failed before it asked its system: {how_it_ended(run)}")


def _speaks_of_the_address(run: Run) -> bool:
    said = (run.error_text or run.merged[-4000:].decode("utf-8", "replace")).lower()
    words = ("base_url", "url", "localhost", "127.0.0.1", "connect", "network", "address", "resolve", "host", "system")
    return any(word in said for word in (*words, *(role.lower() for role in run.systems)))


@check("SYSTEM-015", "no-base-url", "no-model")
def says_that_a_system_is_incomplete(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A system without base_url or model, which the host lets through, ends in a document with an error."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    if (foreign := keys_of_another_protocol(manifest)) is not None:
        return foreign
    runs = matching(evidence, "no-base-url", "no-model")
    if not runs:
        return _as_not_tested(evidence, "no-base-url")
    findings, asks = [], _asks_for_a_model(evidence)
    for run in runs:
        lacking = run.scenario.removeprefix("no-").replace("-", "_")
        if run.refused_cleanly or (run.claims_success and not asks):
            continue
        findings.append(
            Finding(
                f"With systems that have no {lacking} it did not end with success false and an error; observed: "
                f"{how_it_ended(run)}.", run.scenario, "--systems-params",
            )
        )  # fmt: skip
    if findings or not all(run.claims_success for run in runs):
        return findings
    if asking_runs(evidence):
        line = manifest.line_of("input_systems")
        return NotApplicable(f"of its systems the image asks only those of another protocol ({line})")
    return nobody_asked(evidence, manifest)


def _asks_for_a_model(evidence: Evidence) -> bool:
    """Whether any request could be meant for a system that lacked something: the others lacked nothing."""
    requests = [request for run in asking_runs(evidence) for request in run.requests]
    return bool(known(requests)) or any(field_of(request, "model") for request in requests)


def _as_not_tested(evidence: Evidence, scenario: str) -> NotTested:
    return NotTested(evidence.skipped.get(scenario, f"the scenario “{scenario}” was not run"))


@check("SYSTEM-016", "baseline", "parameters-*")
def uses_what_it_is_given(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Every role that is given is asked at least once, in some run."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    runs = [run for run in evidence.runs if run.claims_success and given(run)]
    if not runs:
        return NotTested("no run with systems succeeded")
    return list(_unused(runs))


def _unused(runs: list[Run]) -> Iterator[Finding]:
    asked, anonymous = set(), False
    for run in runs:
        models = {field_of(request, "model") for request in run.requests if isinstance(request.body, dict)}
        anonymous = anonymous or any(not field_of(request, "model") for request in run.requests)
        asked |= {role for role, one in given(run).items() if one.get("model") in models}
        if run.requests and has_foreign(run):
            asked |= set(given(run)) - set(openai_roles(run))
    for role in given(runs[0]):
        if role not in asked and not (anonymous and len(given(runs[0])) > 1 and asked):
            yield Finding(
                f"The system “{quote(role, 80)}” that it was given was never asked, in {len(runs)} runs.",
                runs[0].scenario, "base_url",
            )  # fmt: skip
