"""The report as Markdown, for step summaries and pull requests: short, what fails first, the rest folded away.

Text from an image is escaped character by character, mentions and HTML included; code stands in fences longer than
any run of backticks inside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.report import HOW_TO_REPRODUCE, LEVELS, STATUSES, Report, ReportedRequirement
from conformance.reports.escaping import one_line, visible
from conformance.reports.text import SHOWN_FINDINGS, compact

_SIGN = {"conformant": "✅", "non-conformant": "❌", "inconclusive": "⚠️"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}


def render(reports: Sequence[Report]) -> str:
    """One section per report."""
    return "\n".join(_section(report) for report in reports)


def escape(text: str) -> str:
    """The text as one line that Markdown shows exactly as it is."""
    flat = _SPECIAL.sub(r"\\\1", one_line(text))
    return "".join(_ENTITIES.get(character, character) for character in flat)


def fenced(text: str) -> str:
    """The text as a code block that nothing inside can end."""
    runs = re.findall(r"`+", text)
    fence = "`" * max(3, max((len(run) for run in runs), default=0) + 1)
    return f"{fence}sh\n{visible(text)}\n{fence}"


def _section(report: Report) -> str:
    target = report.target
    lines = [
        f"## {_SIGN[report.verdict]} {escape(target.reference)}: {report.verdict}",
        "",
        f"{escape(report.verdict_reason)}\\.",
        "",
        f"kit {escape(report.kit.version)} · edition {escape(report.kit.edition)} · profile {escape(report.profile)} · "
        f"scope {escape(report.scope)}"
        + (f" · `{target.digest}`" if re.fullmatch(r"[a-z0-9:]+", target.digest) else ""),
        "",
        f"| | {' | '.join(STATUSES)} |",
        f"|---|{'---:|' * len(STATUSES)}",
        *(f"| {level} | {' | '.join(str(report.counts[level][status]) for status in STATUSES)} |" for level in LEVELS),
        "",
    ]
    if report.not_built or report.out_of_scope or report.unobservable:
        scope = f"{report.not_built} not built yet, {report.out_of_scope} outside the scope"
        lines += [f"Not counted: {scope}, {report.unobservable} not to be seen from outside.", ""]
    lines += [f"> ⚠️ {escape(error)}\n" for error in report.errors]
    failed = sorted(report.with_status("fail"), key=lambda row: LEVELS.index(row.level))
    for row in failed:
        lines += _failure(row)
    lines += _folded("Waived", report.with_status("waived"))
    lines += _folded("Inconclusive", report.with_status("inconclusive"))
    lines += _folded("Not tested", report.with_status("not-tested"))
    lines += _folded("Not applicable", report.with_status("not-applicable"))
    return "\n".join(lines).rstrip("\n") + "\n"


def _failure(row: ReportedRequirement) -> list[str]:
    lines = [f"### ❌ {row.id} ({row.level}): {escape(row.title)}", ""]
    for finding in row.findings[:SHOWN_FINDINGS]:
        where = " ".join(part for part in (finding.scenario, finding.location) if part)
        lines.append(f"- {f'**{escape(where)}** ' if where else ''}{escape(finding.message)}")
    if len(row.findings) > SHOWN_FINDINGS:
        lines.append(f"- and {len(row.findings) - SHOWN_FINDINGS} more")
    lines += [f"- Fix: {escape(hint)}" for hint in dict.fromkeys(f.hint for f in row.findings[:SHOWN_FINDINGS]) if hint]
    lines.append("")
    if command := next((finding.reproduce for finding in row.findings if finding.reproduce), ""):
        lines += [
            "<details><summary>Reproduce</summary>",
            "",
            fenced(command),
            "",
            HOW_TO_REPRODUCE,
            "",
            "</details>",
            "",
        ]
    return lines


def _folded(title: str, rows: Sequence[ReportedRequirement]) -> list[str]:
    if not rows:
        return []
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row.reason or "", []).append(row.id)
    entries = [f"- {escape(reason)}: {compact(ids)}" for reason, ids in groups.items()]
    return [f"<details><summary>{title} ({len(rows)})</summary>", "", *entries, "", "</details>", ""]
