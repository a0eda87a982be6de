"""The report as one HTML file: no script, no network, light and dark, good on paper. Escaped by the template engine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from conformance.report import HOW_TO_REPRODUCE, LEVELS, STATUSES, Report, ReportedRequirement
from conformance.reports.escaping import visible


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("conformance.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    return environment


def render(reports: Sequence[Report]) -> str:
    """All reports on one page."""
    page: str = (
        _environment()
        .get_template("report.html.j2")
        .render(
            reports=reports,
            how_to_reproduce=HOW_TO_REPRODUCE,
            levels=LEVELS,
            statuses=STATUSES,
            groups=_groups,
            failures=_failures,
        )
    )
    return page.rstrip("\n") + "\n"


def _groups(report: Report) -> dict[str, list[ReportedRequirement]]:
    """The rows by the group that their ids name, in the catalogue's order."""
    groups: dict[str, list[ReportedRequirement]] = {}
    for row in report.requirements:
        groups.setdefault(row.id.rpartition("-")[0], []).append(row)
    return groups


def _failures(report: Report) -> list[ReportedRequirement]:
    """What fails, MUST first."""
    return sorted(report.with_status("fail"), key=lambda row: LEVELS.index(row.level))
