"""REPORT: the reports that the manifest promises (contract.md section 6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.checks import check
from conformance.checks.common import each, quote, successes
from conformance.checks.produced import NO_SUCCESS
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable
from conformance.outputs.facts import DatasetFacts
from conformance.outputs.places import path_problem

TYPES = ("html", "pdf")
_TAG = re.compile(r"<[a-zA-Z!/][^<>]*>")

Examine = Callable[[Run, Manifest], Iterator[Finding]]


def _judges(requirement: str) -> Callable[[Examine], Examine]:
    """Register a check of the reports of every success."""

    def register(examine: Examine) -> Examine:
        @check(requirement, "*")
        def judged(evidence: Evidence, manifest: Manifest) -> Judgement:
            runs = successes(evidence)
            if not manifest.reports and not any(run.entries("generated_reports") for run in runs):
                return NotApplicable(f"no output report is declared ({manifest.line_of('output_reports')})")
            return each(runs, lambda run: examine(run, manifest), NO_SUCCESS)

        return examine

    return register


def _stated(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry.get("report_name")), str(entry.get("report_type"))


@_judges("REPORT-001")
def reports_are_the_declared_ones(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """Names and types of the reports are the manifest's, none missing and none extra.

    A type that no manifest can declare is REPORT-003's: here only its name counts.
    """
    entries = [_stated(entry) for entry in run.entries("generated_reports")]
    unclear = {name for name, kind in entries if kind not in TYPES}
    listed = {(name, kind) for name, kind in entries if kind in TYPES}
    declared = {(report.name, report.type) for report in manifest.reports}
    line = manifest.line_of("output_reports")
    for name, kind in sorted(declared - listed):
        if name not in unclear:
            message = f"The declared {kind} report “{quote(name, 80)}” is not in generated_reports."
            yield Finding(message, run.scenario, line)
    for name, kind in sorted(listed - declared):
        message = f"generated_reports has the {kind} report “{quote(name, 80)}”, which the manifest does not declare."
        yield Finding(message, run.scenario, line)
    for name in sorted(unclear - {name for name, _ in declared}):
        message = f"generated_reports has the report “{quote(name, 80)}”, which the manifest does not declare."
        yield Finding(message, run.scenario, line)


def _reports(run: Run) -> Iterator[tuple[Mapping[str, Any], DatasetFacts]]:
    facts = {each.index: each for each in run.produced if each.role == "report"}
    for index, entry in enumerate(run.entries("generated_reports")):
        if index in facts:
            yield entry, facts[index]


@_judges("REPORT-002")
def reports_exist(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """Every listed report is a file below /output."""
    del manifest
    for entry in run.entries("generated_reports"):
        path, name = entry.get("report_path"), quote(_stated(entry)[0], 80)
        if problem := path_problem(path):
            yield Finding(f"The report_path “{quote(str(path))}” of “{name}” {problem}.", run.scenario)
    for entry, facts in _reports(run):
        if facts.form in {"missing", "link-out"} and not path_problem(facts.path):
            message = f"The report “{quote(_stated(entry)[0], 80)}” is listed, but it is not there: {facts.problem}."
            yield Finding(message, run.scenario, quote(facts.path))


@_judges("REPORT-003")
def report_types_are_known(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """A report is html or pdf."""
    del manifest
    for name, kind in map(_stated, run.entries("generated_reports")):
        if kind not in TYPES:
            message = f"The report “{quote(name, 80)}” has report_type “{quote(kind, 60)}”; it must be html or pdf."
            yield Finding(message, run.scenario, "generated_reports")


@_judges("REPORT-004")
def reports_are_what_they_say(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """An html report holds HTML, a pdf report is a whole PDF."""
    del manifest
    for entry, facts in _reports(run):
        name, kind = _stated(entry)
        if kind not in TYPES or facts.form in {"missing", "link-out", "denied"}:
            continue
        if problem := _content_problem(kind, facts):
            message = f"The {kind} report “{quote(name, 80)}” {problem}."
            yield Finding(message, run.scenario, quote(facts.path))


def _content_problem(kind: str, facts: DatasetFacts) -> str:
    if facts.problem:
        return f"cannot be read whole: {quote(facts.problem)}"
    if facts.form == "empty":
        return "is empty"
    is_html = facts.form == "html" or (facts.form in {"text", "csv"} and _TAG.search(facts.text_head) is not None)
    fits = is_html if kind == "html" else facts.form == "pdf"
    return "" if fits else f"has other content ({facts.form})"
