"""The report for a terminal: the verdict, what fails first, how to see it again; then the counts and the rest.

Nothing from an image is read as markup, and reproductions are never wrapped, so that they can be copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.report import FOLDER, HOW_TO_REPRODUCE, LEVELS, STATUSES, Report, ReportedFinding, ReportedRequirement
from conformance.reports.escaping import one_line, visible

WIDTH = 100
SHOWN_FINDINGS = 5
"""Findings shown of one requirement; the JSON report has them all."""

_VERDICT_STYLE = {"conformant": "bold green", "non-conformant": "bold red", "inconclusive": "bold yellow"}
_STATUS_STYLE = {"pass": "green", "fail": "red", "waived": "magenta", "inconclusive": "yellow"}


def render(reports: Sequence[Report], *, width: int = WIDTH, colour: bool = False) -> str:
    """The reports as text, at most ``width`` columns wide but for what must not be wrapped."""
    buffer = StringIO()
    console = Console(
        file=buffer,
        width=max(width, 40),
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for number, report in enumerate(reports):
        if number:
            console.rule(characters="=")
        _report(console, report)
    lines = (line.rstrip() for line in buffer.getvalue().splitlines())
    return "\n".join(lines).strip("\n") + "\n"


def _report(console: Console, report: Report) -> None:
    _header(console, report)
    for level in LEVELS:
        for row in report.with_status("fail"):
            if row.level == level:
                _failure(console, row)
    if any(finding.reproduce for row in report.with_status("fail") for finding in row.findings):
        console.print(Text(f"{HOW_TO_REPRODUCE}\n", style="dim"))
    _listed(console, "Waived", report.with_status("waived"))
    _listed(console, "Inconclusive", report.with_status("inconclusive"))
    _counts(console, report)
    _scenarios(console, report)
    _grouped(console, "Not tested", report.with_status("not-tested"))
    _grouped(console, "Not applicable", report.with_status("not-applicable"))
    for error in report.errors:
        console.print(Text(f"Error: {visible(error)}", style="red"), soft_wrap=True)
    console.print(_verdict(report))


def _verdict(report: Report) -> Text:
    style = _VERDICT_STYLE[report.verdict]
    return Text.assemble(
        (visible(report.target.reference), "bold"), ": ", (report.verdict.upper(), style), f": {report.verdict_reason}."
    )


def _header(console: Console, report: Report) -> None:
    target = report.target
    identity = " ".join(one_line(part) for part in (target.name, target.version) if part)
    console.print(Text(visible(target.reference), style="bold"), Text(f"({identity})" if identity else ""))
    if target.digest:
        console.print(Text(visible(target.digest), style="dim"), soft_wrap=True)
    facts = [
        f"kit {report.kit.version}",
        f"edition {report.kit.edition}",
        f"profile {report.profile}",
        f"scope {report.scope}",
        *(["strict"] if report.strict else []),
        *([f"only {', '.join(report.selected)}"] if report.selected else []),
    ]
    console.print(Text(" · ".join(facts), style="dim"))
    for name, note in report.notes.items():
        if name == FOLDER:
            continue  # the reference has said it
        console.print(Text(f"{one_line(name)}: {one_line(note)}", style="dim"))
    console.print()


def _failure(console: Console, row: ReportedRequirement) -> None:
    console.print(Text.assemble(("FAIL ", "red"), (f"{row.id} ", "bold"), (f"{row.level} ", "dim"), visible(row.title)))
    for finding in row.findings[:SHOWN_FINDINGS]:
        _finding(console, finding)
    hints = dict.fromkeys(finding.hint for finding in row.findings[:SHOWN_FINDINGS] if finding.hint)
    for hint in hints:
        console.print(Padding(Text.assemble(("fix: ", "cyan"), visible(hint)), (0, 0, 0, 2)))
    if (hidden := len(row.findings) - SHOWN_FINDINGS) > 0:
        console.print(Padding(Text(f"and {hidden} more in the JSON report", style="dim"), (0, 0, 0, 2)))
    _reproductions(console, row.findings[:SHOWN_FINDINGS])
    console.print()


def _finding(console: Console, finding: ReportedFinding) -> None:
    where = " ".join(part for part in (finding.scenario, finding.location) if part)
    text = Text.assemble((f"{visible(where)}: " if where else "", "bold dim"), visible(finding.message))
    console.print(Padding(text, (0, 0, 0, 2)))


def _reproductions(console: Console, findings: Iterable[ReportedFinding]) -> None:
    first = next((finding.reproduce for finding in findings if finding.reproduce), "")
    if first:
        console.print(Text.assemble("  ", ("reproduce: ", "cyan"), visible(first)), soft_wrap=True)


def _listed(console: Console, title: str, rows: Sequence[ReportedRequirement]) -> None:
    if not rows:
        return
    console.print(Text(title, style="bold"))
    for row in rows:
        text = Text.assemble((row.id, _STATUS_STYLE[row.status]), f" {row.level}: {visible(row.reason or '')}")
        console.print(Padding(text, (0, 0, 0, 2)))
    console.print()


def _counts(console: Console, report: Report) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("")
    for status in STATUSES:
        table.add_column(status, justify="right", header_style=_STATUS_STYLE.get(status, ""))
    for level in LEVELS:
        table.add_row(level, *(str(report.counts[level][status] or "·") for status in STATUSES))
    console.print(table)
    asides = {"not built yet": report.not_built, "outside the scope": report.out_of_scope}
    asides |= {"not to be seen from outside": report.unobservable}
    told = [f"{number} {what}" for what, number in asides.items() if number]
    if told:
        console.print(Text(f"Of these, {' and '.join(told)}: they do not count.", style="dim"))
    console.print()


def _scenarios(console: Console, report: Report) -> None:
    made = [row for row in report.scenarios if row.status != "skipped"]
    if not made:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("scenario", "ended"):
        table.add_column(name, overflow="fold")
    for name in ("seconds", "memory", "requests"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in made:
        ended = f"exit {row.exit_code}" if row.status == "done" else row.status
        memory = f"{row.peak_memory_bytes / 2**20:.0f} MiB" if row.peak_memory_bytes else ""
        table.add_row(
            Text(visible(row.name)), Text(visible(ended)), f"{row.seconds:.1f}", memory, str(row.requests or "")
        )
    console.print(table)
    runs = f"{len(made)} container run{'' if len(made) == 1 else 's'}"
    total = sum(row.seconds for row in made)
    wall = f"; the whole check took {report.seconds:.1f} s" if report.seconds else ""  # kept evidence takes none
    console.print(Text(f"{runs} of {total:.1f} s together{wall}", style="dim"))
    console.print()


def _grouped(console: Console, title: str, rows: Sequence[ReportedRequirement]) -> None:
    if not rows:
        return
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(_common_cause(row.reason or ""), []).append(row.id)
    console.print(Text(f"{title} ({len(rows)})", style="bold"))
    for reason, ids in groups.items():
        text = Text.assemble(visible(reason), f" ({len(ids)}): ", (compact(ids), "dim"))
        console.print(Padding(text, (0, 0, 0, 2)))
    console.print()


def _common_cause(reason: str) -> str:
    """The reason without the scenario that it kept from running: sixty scenarios that one cause stops are one line."""
    return reason.rpartition(" was not run: ")[2]


def compact(ids: Iterable[str]) -> str:
    """Requirement ids, those of one group together.

    >>> compact(["OUTPUT-001", "OUTPUT-002", "ERROR-003"])
    'OUTPUT-001 002, ERROR-003'
    """
    by_group: dict[str, list[str]] = {}
    for identifier in ids:
        group, _, number = identifier.rpartition("-")
        by_group.setdefault(group, []).append(number)
    return ", ".join(
        f"{group}-{' '.join(numbers)}" if group else " ".join(numbers) for group, numbers in by_group.items()
    )
