"""What changed between two reports, and because of what: the image, the kit, the edition, or how it was asked.

A change is put down to a cause only when no other cause is there. Where nothing differs but the verdict, the image
(or the kit) is not stable, and that is said too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.report import Report, load_reports
from conformance.reports.escaping import one_line, visible

_BAD = {"fail": 3, "inconclusive": 2, "not-tested": 2, "waived": 1}


@dataclass(frozen=True)
class Change:
    """One requirement whose status or level changed. ``absent`` stands for a report that does not list it."""

    requirement: str
    old: str
    new: str
    because: str
    first_finding: str = ""


@dataclass(frozen=True)
class Difference:
    """Two reports side by side. ``causes`` are what differs between the two runs, each in words."""

    target: str
    old_verdict: str
    new_verdict: str
    causes: tuple[str, ...]
    changes: tuple[Change, ...]
    worse: bool


def compare_files(old: Path, new: Path) -> list[Difference]:
    """Compare two JSON files, report by report; of campaigns, those with the same target.

    Raises `UsageError` when a file is no report or the campaigns have no target in common.
    """
    before, after = load_reports(old), load_reports(new)
    if len(before) == len(after) == 1:
        return [compare(before[0], after[0])]
    by_target = {report.target.reference: report for report in before}
    pairs = [(by_target[one.target.reference], one) for one in after if one.target.reference in by_target]
    if not pairs:
        raise UsageError(f"{old} and {new} have no target in common.", "Compare reports on the same image.")
    return [compare(*pair) for pair in pairs]


def compare(old: Report, new: Report) -> Difference:
    """What changed from one report to another."""
    causes = _causes(old, new)
    before, after = ({row.id: row for row in report.requirements} for report in (old, new))
    changes = []
    for identifier in dict.fromkeys([*after, *before]):
        left, right = before.get(identifier), after.get(identifier)
        words = [f"{row.status} ({row.level})" if row else "absent" for row in (left, right)]
        if words[0] != words[1]:
            finding = right.findings[0].message if right and right.findings else ""
            changes.append(Change(identifier, words[0], words[1], _because(causes, words), one_line(finding)))
    newly_failing = [
        row.id
        for row in new.with_status("fail")
        if (known := before.get(row.id)) is not None and known.status != "fail"
    ]
    return Difference(
        target=new.target.reference,
        old_verdict=old.verdict,
        new_verdict=new.verdict,
        causes=tuple(causes.values()),
        changes=tuple(changes),
        worse=bool(newly_failing) or (new.verdict != "conformant" and old.verdict == "conformant"),
    )


def _causes(old: Report, new: Report) -> dict[str, str]:
    """What differs between the two runs, by name."""
    asked = [
        f"{report.profile}, {report.scope} scope{', strict' if report.strict else ''}"
        + (f", only {', '.join(report.selected)}" if report.selected else "")
        for report in (old, new)
    ]
    compared = {
        "image": (old.target.digest or old.target.reference, new.target.digest or new.target.reference),
        "kit": (old.kit.version, new.kit.version),
        "edition": (old.kit.edition, new.kit.edition),
        "request": (asked[0], asked[1]),
    }
    return {
        name: f"the {name}: {one_line(left)} -> {one_line(right)}"
        for name, (left, right) in compared.items()
        if left != right
    }


def _because(causes: dict[str, str], words: Sequence[str]) -> str:
    if {word.partition(" ")[0] for word in words} == {"fail", "waived"}:
        return "the waivers"
    if not causes:
        return "nothing that the reports tell: the image or the kit is not stable"
    if "absent" in words:
        listed = [name for name in ("edition", "request", "kit") if name in causes]
        return f"the {' or the '.join(listed)}" if listed else "nothing that the reports tell"
    return f"the {' or the '.join(causes)}"


def as_document(difference: Difference) -> dict[str, Any]:
    """The difference as JSON data."""
    return asdict(difference)


def as_text(difference: Difference) -> str:
    """The difference for people."""
    lines = [
        visible(difference.target),
        f"  verdict: {difference.old_verdict}"
        + (f" -> {difference.new_verdict}" if difference.new_verdict != difference.old_verdict else " (as before)"),
        *(f"  changed: {cause}" for cause in difference.causes),
    ]
    if not difference.changes:
        lines.append("  every requirement has the status it had")
    for change in difference.changes:
        lines.append(f"  {change.requirement}: {change.old} -> {change.new}, because of {change.because}")
        if change.first_finding:
            lines.append(f"    {visible(change.first_finding)}")
    return "\n".join(lines) + "\n"
