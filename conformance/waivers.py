"""Waivers: violations that somebody accepts, for a reason and a time, without hiding them.

A waived requirement is still run and still shown. A waiver can only accept a failure: what the engine or the kit could
not judge is never waived. A waiver that is expired, ambiguous, or matches nothing is an error with its line, so that a
waiver file never says more than is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.errors import ConfigurationError
from conformance.report import Report, ReportedRequirement, ReportedWaiver
from conformance.toml_lines import line_of, read_toml

FILE_NAME = "sdg-conformance-waivers.toml"
"""The usual name. It is never picked up by itself: a waiver is asked for with ``--waivers``."""

_KEYS = ("requirement", "reason", "owner", "issue", "expires", "scenario")
_TERM = timedelta(days=90)


@dataclass(frozen=True)
class Waiver:
    """One accepted violation. ``scenario`` narrows it to what that scenario shows; ``where`` is ``file:line``."""

    requirement: str
    reason: str
    expires: date
    owner: str = ""
    issue: str = ""
    scenario: str = ""
    where: str = ""

    def accepts(self, scenario: str) -> bool:
        """Whether it speaks of a finding in that scenario."""
        return self.scenario in {"", scenario}


def load_waivers(path: Path, known: Iterable[str], *, today: date | None = None) -> tuple[Waiver, ...]:
    """The waivers of a file.

    Raises `ConfigurationError`, all problems at once and each with its line, for unknown keys and requirements, a
    missing reason or expiry, and waivers that are expired or ambiguous.
    """
    document, text = read_toml(path)
    known = list(known)
    problems = [
        f"{path}:{line_of(text, (key,))}: unknown key “{key}”{_nearest(key, ['waiver'])}"
        for key in document
        if key != "waiver"
    ]
    entries = document.get("waiver", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigurationError(f"{path}: waivers are written as [[waiver]] tables.")
    waivers: list[Waiver] = []
    for index, entry in enumerate(entries):
        where = f"{path}:{line_of(text, ('waiver', index))}"
        wrong = list(_problems(entry, known, today or date.today()))
        problems += [f"{path}:{line_of(text, ('waiver', index, key))}: {problem}" for key, problem in wrong]
        if not wrong:
            waivers.append(_waiver(entry, where))
    problems += _ambiguous(waivers)
    if problems:
        raise ConfigurationError("\n".join(problems), "Mend the waiver file; no container was started.")
    return tuple(waivers)


def _problems(entry: dict[str, Any], known: list[str], today: date) -> Iterable[tuple[str, str]]:
    for key in entry:
        if key not in _KEYS:
            yield key, f"unknown key “{key}”{_nearest(key, _KEYS)}"
    for key in ("requirement", "reason", "owner", "issue", "scenario"):
        if key in entry and not isinstance(entry[key], str):
            yield key, f"{key} must be a string"
    requirement = entry.get("requirement")
    if requirement is None:
        yield "requirement", "the waiver names no requirement"
    elif isinstance(requirement, str) and requirement not in known:
        yield "requirement", f"there is no requirement “{requirement}”{_nearest(requirement, known)}"
    if not str(entry.get("reason", "")).strip():
        yield "reason", "the waiver gives no reason; fill it in"
    expires = _date(entry.get("expires"))
    if expires is None:
        yield "expires", "the waiver needs a date of expiry (expires = 2027-01-31)"
    elif expires < today:
        yield "expires", f"the waiver expired on {expires}"


def _date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _waiver(entry: dict[str, Any], where: str) -> Waiver:
    expires = _date(entry["expires"])
    assert expires is not None, "checked by _problems"
    texts = {key: entry.get(key, "").strip() for key in ("requirement", "reason", "owner", "issue", "scenario")}
    return Waiver(expires=expires, where=where, **texts)


def _nearest(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=2, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _ambiguous(waivers: Sequence[Waiver]) -> list[str]:
    problems = []
    for index, waiver in enumerate(waivers):
        for other in waivers[:index]:
            same = waiver.requirement == other.requirement
            if same and (waiver.scenario == other.scenario or "" in {waiver.scenario, other.scenario}):
                problems.append(
                    f"{waiver.where}: ambiguous: {waiver.requirement} is waived by {other.where} for the same scenario"
                )
    return problems


def apply_waivers(
    rows: Sequence[ReportedRequirement], waivers: Sequence[Waiver], *, selected: bool = False
) -> tuple[list[ReportedRequirement], list[str]]:
    """The rows with accepted failures as ``waived``, and what is wrong with the waivers.

    ``selected`` says that only some requirements were judged: a waiver for another one is then out of view, not wrong.
    A requirement stays ``fail`` while one of its findings is accepted by no waiver.
    """
    by_id = {row.id: row for row in rows}
    errors = [
        f"{waiver.where}: {problem}" for waiver in waivers if (problem := _stale(waiver, by_id, selected=selected))
    ]
    return [_waive(row, [waiver for waiver in waivers if waiver.requirement == row.id]) for row in rows], errors


def _stale(waiver: Waiver, rows: dict[str, ReportedRequirement], *, selected: bool) -> str:
    row = rows.get(waiver.requirement)
    if row is None:
        return "" if selected else f"the waiver matches nothing: {waiver.requirement} is not part of this profile"
    if row.status in {"pass", "not-applicable"}:
        return f"the waiver is stale: {waiver.requirement} is {row.status}; remove it"
    if row.status == "fail" and not any(waiver.accepts(finding.scenario) for finding in row.findings):
        shown_by = ", ".join(dict.fromkeys(finding.scenario or "the image" for finding in row.findings))
        return f"the waiver matches nothing: {waiver.requirement} does not fail in {waiver.scenario}, but in {shown_by}"
    return ""


def _waive(row: ReportedRequirement, waivers: Sequence[Waiver]) -> ReportedRequirement:
    used = [waiver for waiver in waivers if any(waiver.accepts(finding.scenario) for finding in row.findings)]
    if row.status != "fail" or not used:
        return row
    reported = tuple(
        ReportedWaiver(waiver.reason, waiver.owner, waiver.issue, waiver.expires.isoformat(), waiver.scenario)
        for waiver in used
    )
    if all(any(waiver.accepts(finding.scenario) for waiver in used) for finding in row.findings):
        reason = "; ".join(f"{waiver.reason} (until {waiver.expires})" for waiver in used)
        return replace(row, status="waived", reason=reason, waivers=reported)
    return replace(row, waivers=reported)


def draft_waivers(report: Report, *, today: date | None = None) -> str:
    """A waiver file for everything that fails now, reasons left to fill in (an empty reason does not load)."""
    expires = (today or date.today()) + _TERM
    lines = [f"# Waivers for {report.target.reference}. Every reason must be filled in before the file is accepted."]
    for row in report.with_status("fail"):
        first = " ".join(row.findings[0].message.split()) if row.findings else ""
        lines += [
            "",
            f"# {row.level}: {row.title}",
            *([f"# {first[:200]}"] if first else []),
            "[[waiver]]",
            f'requirement = "{row.id}"',
            'reason = ""',
            'owner = ""',
            'issue = ""',
            f"expires = {expires}",
        ]
    return "\n".join(lines) + "\n"
