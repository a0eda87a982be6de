"""What the evidence says of systems: what a run was given, and what it asked them.

A request belongs to a role by its model, because every role of a run is given a model of its own. Systems that do not
speak the OpenAI protocol (``rest_api``, ``custom``, ``agent_cli``, any other text) are never judged by its rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.contract.model import LANGUAGE_MODELS, OPENAI_TYPES, Manifest
from conformance.evidence import Evidence, Request, Run
from conformance.findings import NotApplicable, NotTested
from conformance.mock_openai.ledger import fingerprint
from conformance.mock_openai.routing import endpoint

CHAT_PATHS = frozenset({"/chat/completions", "/responses", "/completions"})
NOBODY_ASKED = (
    "the image sent no request to its systems in any run, with no values of its parameters that the kit tried, so "
    "nothing shows how it uses them"
)


def nobody_asked(evidence: Evidence, manifest: Manifest) -> NotApplicable | NotTested:
    """What is said of requests where there were none.

    An image that may do without its systems and asks them in no run has one finding (SYSTEM-016, SHOULD): it cannot ask
    them wrongly. Where a system is required, or runs that could have asked were left out, nothing is known.
    """
    baseline = evidence.run("baseline")
    required = any(system.required for system in manifest.systems)
    left_out = any(name.startswith("parameters-") for name in evidence.skipped)
    if required or left_out or baseline is None or not baseline.claims_success or not baseline.systems:
        return NotTested(NOBODY_ASKED)
    line = manifest.line_of("input_systems")
    return NotApplicable(f"the image asks its optional systems in no run, see SYSTEM-016 ({line})")


def no_systems(manifest: Manifest) -> NotApplicable | None:
    """Why nothing is to be said of systems: none is declared."""
    if manifest.systems:
        return None
    return NotApplicable(f"no system is declared ({manifest.line_of('input_systems')})")


def foreign_protocols(manifest: Manifest) -> NotTested | None:
    """Why the requests cannot be judged: no declared system speaks the OpenAI protocol."""
    if any(system.offered_types[0] in OPENAI_TYPES for system in manifest.systems):
        return None
    kinds = sorted({kind for system in manifest.systems for kind in system.types})
    return NotTested(f"its systems ({' or '.join(kinds)}) speak protocols of their own, which the kit cannot answer")


def keys_of_another_protocol(manifest: Manifest) -> NotApplicable | None:
    """Why rows about api_key, base_url and model do not concern an image: its systems are dictionaries of any keys."""
    if (foreign := foreign_protocols(manifest)) is None:
        return None
    return NotApplicable(f"{foreign.reason.partition(',')[0]} ({manifest.line_of('input_systems')})")


def given(run: Run) -> Mapping[str, Mapping[str, Any]]:
    """The JSON of every system that a run was given, by role."""
    return {role: one for role, one in argument(run, "--systems-params").items() if isinstance(one, dict)}


def argument(run: Run, flag: str) -> Mapping[str, Any]:
    """The object behind a flag, as the next token or after an equals sign; empty where there is none."""
    for position, word in enumerate(run.arguments):
        name, equals, text = word.partition("=")
        if name != flag:
            continue
        following = run.arguments[position + 1 : position + 2]
        try:
            value = json.loads(text if equals else following[0]) if equals or following else None
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}
    return {}


def openai_roles(run: Run) -> dict[str, Mapping[str, Any]]:
    """Those of them that speak the OpenAI protocol."""
    return {role: one for role, one in given(run).items() if one.get("type") in OPENAI_TYPES}


def has_foreign(run: Run) -> bool:
    """Whether a run was given a system that speaks another protocol: its requests could be anything."""
    return len(openai_roles(run)) != len(given(run))


def has_language_model(manifest: Manifest) -> bool:
    """Whether any role is played by a system that is asked for text."""
    return any(LANGUAGE_MODELS & set(system.types) for system in manifest.systems)


def field_of(request: Request, name: str) -> Any:
    """A key of a request's JSON body, or None."""
    return request.body.get(name) if isinstance(request.body, Mapping) else None


def chats(run: Run) -> list[Request]:
    """The requests of a run that ask for text."""
    return [one for one in run.requests if one.method == "POST" and one.path.rstrip("/") in CHAT_PATHS]


def known(requests: Iterable[Request]) -> list[Request]:
    """The requests to endpoints that the OpenAI API has, without those that only list or look up models."""
    return [one for one in requests if endpoint(one.path) is not None and not one.path.startswith("/models")]


def own_key(run: Run) -> str:
    """The fingerprint of the key that a run's systems were given, empty where they were given none."""
    keys = [one["api_key"] for one in given(run).values() if isinstance(one.get("api_key"), str)]
    return fingerprint(keys[0]) if keys else ""


def asking_runs(evidence: Evidence) -> list[Run]:
    """The successful runs, without faults, in which the image asked its systems."""
    return [
        run
        for run in evidence.runs
        if run.claims_success and run.requests and not any(request.fault for request in run.requests)
    ]


def twin(evidence: Evidence, run: Run) -> Run | None:
    """The successful run with the same parameters and systems in which no system failed: what to compare with."""
    same = [
        other
        for other in asking_runs(evidence)
        if other.scenario != run.scenario
        and other.parameters == run.parameters
        and set(other.systems) == set(run.systems)
        and [fed.rows for fed in other.datasets] == [fed.rows for fed in run.datasets]
    ]
    return next((other for other in same if other.scenario == "baseline"), same[0] if same else None)
