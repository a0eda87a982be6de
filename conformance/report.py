"""The report: frozen data, written as JSON; every other format is made from it, never from the evidence.

The shape is a promise to others (``reports/report.schema.json``). Text that came from an image is already harmless
when it gets here: secrets masked, control characters made visible (`conformance.reports.escaping`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from conformance.errors import CONFORMANT, KIT_FAILURE, NON_CONFORMANT, NOTHING_TESTED, USAGE, UsageError

REPORT_SCHEMA = "sdg-conformance/report/1"
CAMPAIGN_SCHEMA = "sdg-conformance/campaign/1"

Status = Literal["pass", "fail", "waived", "not-applicable", "not-tested", "inconclusive"]
Verdict = Literal["conformant", "non-conformant", "inconclusive"]
Level = Literal["MUST", "SHOULD", "MAY"]

STATUSES: tuple[Status, ...] = ("pass", "fail", "waived", "not-applicable", "not-tested", "inconclusive")
FOLDER = "folder"
"""The note that says in which folder of the working directory the target was built."""

HOW_TO_REPRODUCE = (
    "To make a run again, keep its inputs with `check TARGET --evidence DIR`, set EVIDENCE=DIR in the shell, and start "
    "`sdg-conformance mock-openai --port 8000`, which answers as the system did."
)
"""What the commands of `ReportedFinding.reproduce` need."""

LEVELS: tuple[Level, ...] = ("MUST", "SHOULD", "MAY")


@dataclass(frozen=True)
class ReportedFinding:
    """One violation: where it was seen, what was seen, how to mend it and how to see it again."""

    scenario: str
    message: str
    location: str = ""
    hint: str = ""
    reproduce: str = ""


@dataclass(frozen=True)
class ReportedWaiver:
    """The waiver that accepts a violation."""

    reason: str
    owner: str = ""
    issue: str = ""
    expires: str = ""
    scenario: str = ""


@dataclass(frozen=True)
class ReportedRequirement:
    """The verdict on one requirement. ``reason`` is None only for ``pass`` and ``fail``.

    ``counts`` is False where the status says nothing of the image, because the kit has no check for the requirement
    yet, the chosen scope leaves it out, or it cannot be seen from outside; such a row never makes an image conformant
    or not.
    """

    id: str
    level: Level
    title: str
    status: Status
    reason: str | None = None
    findings: tuple[ReportedFinding, ...] = ()
    statement: str = ""
    source: str = ""
    counts: bool = True
    waivers: tuple[ReportedWaiver, ...] = ()


@dataclass(frozen=True)
class ReportedScenario:
    """One scenario: how its run ended. ``status`` adds ``skipped`` to those of a run; ``seconds`` is wall time."""

    name: str
    status: str
    exit_code: int | None = None
    seconds: float = 0.0
    peak_memory_bytes: int | None = None
    requests: int = 0
    code: str = ""
    reason: str = ""
    reproduce: str = ""


@dataclass(frozen=True)
class Kit:
    """Which kit judged, against which edition of the catalogue."""

    version: str
    edition: str


@dataclass(frozen=True)
class Target:
    """What was judged. ``digest`` is the image's; name and version are the manifest's."""

    reference: str
    digest: str = ""
    name: str = ""
    version: str = ""


@dataclass(frozen=True)
class Report:
    """The verdict on one target. ``verdict_reason`` is one sentence.

    ``not_built``, ``out_of_scope`` and ``unobservable`` count requirements that do not count (see
    `ReportedRequirement.counts`).
    ``errors`` are mistakes in what the user gave (a stale waiver, say): they make the command exit with 2.
    """

    kit: Kit
    target: Target
    verdict: Verdict
    verdict_reason: str = ""
    profile: str = "current"
    scope: str = "full"
    strict: bool = False
    selected: tuple[str, ...] = ()
    started: str = ""
    seconds: float = 0.0
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    not_built: int = 0
    out_of_scope: int = 0
    unobservable: int = 0
    requirements: tuple[ReportedRequirement, ...] = ()
    scenarios: tuple[ReportedScenario, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    schema: str = REPORT_SCHEMA

    def requirement(self, identifier: str) -> ReportedRequirement | None:
        """The row of that requirement, if it was selected."""
        return next((row for row in self.requirements if row.id == identifier), None)

    def with_status(self, *statuses: Status) -> tuple[ReportedRequirement, ...]:
        """The rows with one of these statuses, in the catalogue's order."""
        return tuple(row for row in self.requirements if row.status in statuses)

    @property
    def exit_code(self) -> int:
        """What the command line returns for this report (see `conformance.errors`)."""
        if self.errors:
            return USAGE
        if not self.with_status("pass", "fail", "waived", "inconclusive"):
            return NOTHING_TESTED
        return {"conformant": CONFORMANT, "non-conformant": NON_CONFORMANT}.get(self.verdict, KIT_FAILURE)


@dataclass(frozen=True)
class Campaign:
    """The reports of several targets."""

    reports: tuple[Report, ...]
    schema: str = CAMPAIGN_SCHEMA


def worst_exit_code(codes: Iterable[int]) -> int:
    """One exit code for several targets: a non-conformant image first, then what kept others from being judged."""
    codes = list(codes)
    return next((code for code in (NON_CONFORMANT, USAGE, KIT_FAILURE, NOTHING_TESTED) if code in codes), CONFORMANT)


def count(requirements: Iterable[ReportedRequirement]) -> dict[str, dict[str, int]]:
    """How many requirements have which status, by level; every level and status is there, zeros included."""
    counts = {level: dict.fromkeys(STATUSES, 0) for level in LEVELS}
    for row in requirements:
        counts[row.level][row.status] += 1
    return {level: {str(status): number for status, number in row.items()} for level, row in counts.items()}


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Report)


def document(reports: Iterable[Report]) -> dict[str, Any]:
    """The JSON document: the report itself for one target, a campaign for several.

    The keys that readers look for first come first.
    """
    documents = [_ordered(_adapter().dump_python(report, mode="json")) for report in reports]
    return documents[0] if len(documents) == 1 else {"schema": CAMPAIGN_SCHEMA, "reports": documents}


def _ordered(report: dict[str, Any]) -> dict[str, Any]:
    first = ("schema", "kit", "profile", "scope", "strict", "target", "verdict", "verdict_reason", "started", "seconds")
    return {key: report[key] for key in (*first, *(key for key in report if key not in first))}


def load_reports(path: Path) -> tuple[Report, ...]:
    """The reports in a JSON file that the kit wrote.

    Raises `UsageError` when the file cannot be read or is not such a report.
    """
    from pydantic import ValidationError

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} cannot be read as a report: {error}", "Give a file written with --format json."
        ) from None
    documents = content.get("reports") if isinstance(content, dict) and "reports" in content else [content]
    try:
        return tuple(_adapter().validate_python(item) for item in documents or [])
    except (ValidationError, TypeError) as error:
        raise UsageError(
            f"{path} is not a report of this kit: {_first_problem(error)}", "Give a file written with --format json."
        ) from None


def _first_problem(error: Exception) -> str:
    problems = error.errors() if hasattr(error, "errors") else []
    if not problems:
        return str(error)
    return f"{'.'.join(str(part) for part in problems[0]['loc']) or 'document'}: {problems[0]['msg']}"


def normalised(report: Report) -> Report:
    """The report without what differs from run to run: times, digests and measured memory."""
    return replace(
        report,
        started="",
        seconds=0.0,
        target=replace(report.target, digest=""),
        scenarios=tuple(replace(row, seconds=0.0, peak_memory_bytes=None) for row in report.scenarios),
    )
