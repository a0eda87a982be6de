"""What a ledger says about a client: pure functions on the evidence's requests, used by checks and by tests.

Requests that repeat one another are told apart by their content: the same method, path and body is the same question,
asked again. Where the SDK says that it is retrying (``retry_count`` above 0) that is believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from conformance.evidence import Request

TOLERANCE = 0.05
"""Seconds by which a retry may come early without being called early: clocks and scheduling."""

FINAL_STATUSES = frozenset({400, 401, 403, 404, 413, 422})
"""Statuses that another try cannot change."""


@dataclass(frozen=True)
class Attempts:
    """One question and how often it was asked. ``gaps`` are the seconds from each answer to the next attempt."""

    requests: tuple[Request, ...]
    gaps: tuple[float, ...]

    @property
    def answered(self) -> bool:
        """Whether the last attempt got a proper answer."""
        return 200 <= self.requests[-1].status < 300 and not self.requests[-1].fault


def _question(request: Request) -> str:
    body = json.dumps(request.body, sort_keys=True, default=str, ensure_ascii=False)
    return f"{request.method} {request.path} {request.key} {body}"


def _is_failure(request: Request) -> bool:
    return not 200 <= request.status < 300 or bool(request.fault) or request.disconnected


def attempts_per_request(requests: Iterable[Request]) -> tuple[Attempts, ...]:
    """The requests grouped by question; a question that was answered and comes again is a new one.

    The groups are in the order of their first attempt.
    """
    groups: list[list[Request]] = []
    waiting: dict[str, list[list[Request]]] = {}
    for request in sorted(requests, key=lambda one: one.arrived):
        question = _question(request)
        open_groups = waiting.setdefault(question, [])
        ready = [group for group in open_groups if 0.0 < group[-1].finished <= request.arrived + TOLERANCE]
        if ready:
            group = ready[0]
            group.append(request)
        else:
            group = [request]
            groups.append(group)
            open_groups.append(group)
        if not _is_failure(request):
            open_groups.remove(group)
    return tuple(Attempts(tuple(group), _gaps(group)) for group in groups)


def _gaps(group: Sequence[Request]) -> tuple[float, ...]:
    return tuple(after.arrived - before.finished for before, after in pairwise(group))


def most_attempts(requests: Iterable[Request]) -> int:
    """The most attempts that any question took (0 without requests)."""
    return max((len(attempts.requests) for attempts in attempts_per_request(requests)), default=0)


def back_off_grows(attempts: Attempts) -> bool:
    """Whether the pauses between three or more attempts grow (jitter allowed): true for fewer attempts."""
    gaps = attempts.gaps
    return len(gaps) < 2 or gaps[-1] > gaps[0]


def requests_per_row(requests: Sequence[Request], rows: int) -> float:
    """How many requests each row cost (0.0 for no rows)."""
    return len(requests) / rows if rows else 0.0


WAITS = {"429-retry-after": 1.0, "429-retry-after-ms": 0.2, "429-sustained": 1.0}
"""Seconds that each fault asks a client to wait, where its rule does not say otherwise."""


def retried_before_retry_after(
    requests: Iterable[Request], waits: Mapping[str, float] | None = None
) -> tuple[tuple[Request, Request], ...]:
    """Pairs (refused request, the attempt that came too early after it).

    ``waits`` gives the seconds per fault where a rule changed them (``FaultRule.seconds``).
    """
    known = {**WAITS, **(waits or {})}
    return tuple(
        (before, after)
        for attempts in attempts_per_request(requests)
        for before, after in pairwise(attempts.requests)
        if before.fault in known and after.arrived - before.finished < known[before.fault] - TOLERANCE
    )


def retried_statuses(
    requests: Iterable[Request], statuses: Iterable[int] = (400, 401)
) -> tuple[tuple[Request, Request], ...]:
    """Pairs (request refused with one of the statuses, the same request sent again)."""
    wanted = frozenset(statuses)
    return tuple(
        (before, after)
        for attempts in attempts_per_request(requests)
        for before, after in pairwise(attempts.requests)
        if before.status in wanted
    )


def most_at_once(requests: Iterable[Request]) -> int:
    """The concurrency high-water mark: the most requests that were under way at one moment (0 without requests)."""
    changes = []
    highest = 0
    for request in requests:
        changes += [(request.arrived, 1), (max(request.finished, request.arrived), -1)]
        highest = max(highest, request.concurrent)
    now = 0
    for _, change in sorted(changes, key=lambda item: (item[0], item[1])):
        now += change
        highest = max(highest, now)
    return highest


def models(requests: Iterable[Request]) -> tuple[str, ...]:
    """The models that were asked for, in the order in which they were first seen."""
    named = (request.body.get("model") for request in requests if isinstance(request.body, Mapping))
    return tuple(dict.fromkeys(name for name in named if isinstance(name, str)))


def keys(requests: Iterable[Request]) -> tuple[str, ...]:
    """The fingerprints of the keys that were sent, in the order in which they were first seen; empty for no key."""
    return tuple(dict.fromkeys(request.key for request in requests))


def undeclared(requests: Iterable[Request]) -> tuple[Request, ...]:
    """The requests to paths that the server does not know."""
    return tuple(request for request in requests if not request.declared)
