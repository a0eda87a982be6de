"""SYSTEM-007, -008, -010 and -011: where the requests of an image go, and what they carry.

A value that a person chose by a parameter is nobody's fault: a model that a parameter names, or that is its declared
default, may be asked for beside the system's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks import check
from conformance.checks.asked import (
    argument,
    asking_runs,
    chats,
    field_of,
    foreign_protocols,
    given,
    has_foreign,
    has_language_model,
    known,
    no_systems,
    nobody_asked,
    own_key,
)
from conformance.checks.common import first_of_each, how_it_ended, quote
from conformance.contract.model import Manifest, Parameter
from conformance.evidence import Evidence, Request, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested
from conformance.mock_openai.routing import endpoint

API_PATH = re.compile(r"/(chat/completions|responses|completions|embeddings|images/\w+|models)/?$")
CONNECTION = re.compile(
    r"connect|unreachable|refused|resolve|name or service|timed? ?out|api\.openai\.com|cannot be reached|network",
    re.IGNORECASE,
)
ABOUT_A_SYSTEM = re.compile(r"system|openai|llm|\bmodel\b|\bapi\b|completions|base_url", re.IGNORECASE)
FAULTY_ADDRESS = ("fault-refused", "no-base-url")
"""Runs in which requests cannot reach the system at all."""


@check("SYSTEM-007", "baseline", "bare-systems")
def asks_only_the_given_system(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Requests go to the given base_url, with its path and with or without a slash, for the given model."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    runs = [run for run in evidence.runs if run.systems and run.scenario not in FAULTY_ADDRESS]
    chosen = _chosen_words(manifest)
    findings = first_of_each(
        finding for run in runs for finding in (*_lost_path(run), *_doubled_slash(run), *_other_models(run, chosen))
    )
    if findings:
        return findings
    if any(run.requests for run in runs):
        return []
    return _never_reached(evidence, manifest)


def _never_reached(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A baseline that fails at a connection, while nothing came to the address that it was given."""
    baseline = evidence.run("baseline")
    if baseline is None or baseline.claims_success:
        return nobody_asked(evidence, manifest)
    said = baseline.error_text or baseline.merged[-4000:].decode("utf-8", "replace")
    if CONNECTION.search(said) and ABOUT_A_SYSTEM.search(said):
        return [
            Finding(
                "It fails at a connection to its system, and no request came to the base_url that it was given; "
                f"observed: {how_it_ended(baseline)}.", baseline.scenario, "base_url",
            )
        ]  # fmt: skip
    return NotTested("the baseline did not succeed, and the image asked its systems in no run")


def _lost_path(run: Run) -> Iterator[Finding]:
    """Requests to the host of base_url but not below its path, as far as they are meant for the system."""
    beside = [one for one in run.observed.get("beside", ()) if one["own_key"] or API_PATH.search(str(one["path"]))]
    paths = [str(one["path"]) for one in beside]
    if not has_foreign(run):
        paths += [request.path for request in run.requests if not request.declared and request.path.startswith("/s/")]
    for path in paths:
        yield Finding(
            f"A request went to {quote(path, 100)} on the system's host, which is not below the path of base_url.",
            run.scenario, "base_url",
        )  # fmt: skip


def _doubled_slash(run: Run) -> Iterator[Finding]:
    for request in run.requests:
        if not request.declared and "//" in request.path and endpoint(re.sub("/+", "/", request.path)) is not None:
            yield Finding(
                f"A request went to base_url + {quote(request.path, 100)}: a slash at the end of base_url was doubled.",
                run.scenario, "base_url",
            )  # fmt: skip


def _other_models(run: Run, chosen: frozenset[str]) -> Iterator[Finding]:
    models = {one.get("model") for one in given(run).values()}
    if not models or None in models or has_foreign(run):
        return
    allowed = models | chosen | {value for value in run.parameters.values() if isinstance(value, str)}
    for request in known(run.requests):
        model = field_of(request, "model")
        if isinstance(model, str) and model not in allowed:
            yield Finding(
                f"It asks for the model “{quote(model, 80)}”; it was given {quote(', '.join(map(str, models)), 120)}.",
                run.scenario, "model",
            )  # fmt: skip


def _chosen_words(manifest: Manifest) -> frozenset[str]:
    """Every text that a parameter may have by its declaration."""

    def words(parameter: Parameter) -> Iterator[str]:
        for value in (parameter.default, *parameter.choices):
            if isinstance(value, str):
                yield value
        for one in parameter.properties:
            yield from words(one)

    return frozenset(word for parameter in manifest.parameters for word in words(parameter))


@check("SYSTEM-008", "baseline", "bare-systems")
def sends_the_key_as_a_bearer_token(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The key stands in the Authorization header, as a bearer token."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    if (foreign := foreign_protocols(manifest)) is not None:
        return foreign
    runs = [run for run in evidence.runs if own_key(run) and not has_foreign(run) and known(run.requests)]
    if not runs:
        return nobody_asked(evidence, manifest)
    return first_of_each(finding for run in runs for finding in _without_bearer(run))


def _without_bearer(run: Run) -> Iterator[Finding]:
    for request in known(run.requests):
        scheme, _, key = _header(request, "authorization").partition(" ")
        if scheme.lower() == "bearer" and key.strip() == request.key:
            continue
        how = "without any key" if not request.key else "with its key in another place"
        yield Finding(f"A request came {how}; expected “Authorization: Bearer KEY”.", run.scenario, "Authorization")
        return


def _header(request: Request, name: str) -> str:
    return next((value for key, value in request.headers.items() if key.lower() == name), "")


@check("SYSTEM-010", "full-systems")
def passes_thinking_and_effort_on(evidence: Evidence, manifest: Manifest) -> Judgement:
    """``thinking`` and ``reasoning_effort`` of a system stand in the requests that ask it for text."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    if not has_language_model(manifest):
        return NotApplicable(f"no system is asked for text ({manifest.line_of('input_systems')})")
    run = evidence.run("full-systems")
    if run is None:
        return NotTested(evidence.skipped.get("full-systems", "no run with these keys was made"))
    asked = chats(run)
    if not asked:
        return NotTested(f"the image asked for no text when its system had these keys: {how_it_ended(run)}")
    present = {"thinking": _has_thinking(asked), "reasoning_effort": _has_effort(asked)}
    return [
        Finding(
            f"Of the system's keys, {name} does not stand in any of its {len(asked)} requests for text.",
            run.scenario, name,
        )
        for name, found in present.items()
        if not found
    ]  # fmt: skip


def _has_thinking(asked: list[Request]) -> bool:
    return any(field_of(one, "thinking") is not None or field_of(one, "reasoning") is not None for one in asked)


def _has_effort(asked: list[Request]) -> bool:
    def nested(request: Request) -> Any:
        reasoning = field_of(request, "reasoning")
        return reasoning.get("effort") if isinstance(reasoning, Mapping) else None

    return any(field_of(one, "reasoning_effort") is not None or nested(one) is not None for one in asked)


@check("SYSTEM-011", "baseline", "large-arguments")
def passes_tracking_metadata_on(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The job's tags and its user stand in the requests that ask for text."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    if not has_language_model(manifest):
        return NotApplicable(f"no system is asked for text ({manifest.line_of('input_systems')})")
    runs = [run for run in asking_runs(evidence) if chats(run) and _metadata(run)]
    if not runs:
        return nobody_asked(evidence, manifest)
    return first_of_each(finding for run in runs[:1] for finding in _lacking_tags(run)) + _lacking_user(runs)


def _metadata(run: Run) -> Mapping[str, Any]:
    """The tracking metadata that a run was given."""
    metadata = argument(run, "--generation-params").get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _lacking_tags(run: Run) -> Iterator[Finding]:
    tags = _metadata(run).get("tags")
    values = tags.values() if isinstance(tags, dict) else ()
    wanted = {json.dumps(str(value), ensure_ascii=False)[1:-1] for value in values}
    carried = [json.dumps(field_of(request, "metadata"), ensure_ascii=False) for request in chats(run)]
    if wanted and not any(all(value in text for value in wanted) for text in carried):
        yield Finding(
            f"None of its {len(carried)} requests for text carries the job's tags; expected them in the request's "
            "metadata.", run.scenario, "metadata",
        )  # fmt: skip


def _lacking_user(runs: list[Run]) -> list[Finding]:
    for run in runs:
        user = _metadata(run).get("user_id")
        if isinstance(user, str) and not any(field_of(request, "user") == user for request in chats(run)):
            return [Finding("No request carries the job's user_id; expected it as “user”.", run.scenario, "user")]
    return []
