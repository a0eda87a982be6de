"""The report as JUnit XML: one test case per requirement, with real ``failure``, ``error`` and ``skipped`` children.

Status attributes alone would be read as success by every consumer. A MUST or SHOULD that fails is a failure, typed by
its level. What could not be judged is an error; what does not count or does not concern the image is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from conformance.report import Report, ReportedFinding, ReportedRequirement
from conformance.reports.escaping import one_line, visible

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(reports: Sequence[Report]) -> str:
    """One test suite per report."""
    root = ElementTree.Element("testsuites", name="sdg-conformance")
    for report in reports:
        root.append(_suite(report))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{sum(report.seconds for report in reports):.3f}")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(report: Report) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=_attribute(report.target.reference))
    properties = {
        "verdict": report.verdict,
        "verdict_reason": report.verdict_reason,
        "digest": report.target.digest,
        "kit": report.kit.version,
        "edition": report.kit.edition,
        "profile": report.profile,
        "scope": report.scope,
    }
    _properties(suite, properties)
    cases = [_case(report, row) for row in report.requirements]
    cases += [_mistake(error) for error in report.errors]
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    for attribute, child in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(child) is not None for case in cases)))
    suite.set("time", f"{report.seconds:.3f}")
    if report.started:
        suite.set("timestamp", _attribute(report.started))
    return suite


def _mistake(error: str) -> ElementTree.Element:
    """What is wrong with what the user gave, as a case of its own: the command does not succeed either."""
    case = ElementTree.Element("testcase", classname="sdg-conformance.waivers", name="waivers say no more than is true")
    ElementTree.SubElement(case, "error", type="waiver", message=_attribute(error))
    return case


def _case(report: Report, row: ReportedRequirement) -> ElementTree.Element:
    group = row.id.rpartition("-")[0]
    case = ElementTree.Element(
        "testcase", classname=_attribute(f"sdg-conformance.{group}"), name=_attribute(f"{row.id} {row.title}")
    )
    case.set("time", f"{_seconds(report, row):.3f}")
    _properties(case, {"id": row.id, "level": row.level, "source": row.source, "status": row.status})
    if row.status == "fail":
        first = row.findings[0].message if row.findings else row.title
        failure = ElementTree.SubElement(case, "failure", type=row.level, message=_attribute(first))
        failure.text = _text("\n\n".join(_finding(finding) for finding in row.findings))
    elif row.status != "pass":
        is_error = row.status == "inconclusive" or (row.status == "not-tested" and row.counts and row.level == "MUST")
        message = _attribute(f"{row.status}: {row.reason or ''}")
        child = ElementTree.SubElement(case, "error" if is_error else "skipped", type=row.status, message=message)
        if row.findings:
            child.text = _text("\n\n".join(_finding(finding) for finding in row.findings))
    return case


def _seconds(report: Report, row: ReportedRequirement) -> float:
    """The wall time of the runs that show the failure; a pass has none of its own, runs being shared."""
    shown = {finding.scenario for finding in row.findings}
    return sum(scenario.seconds for scenario in report.scenarios if scenario.name in shown)


def _finding(finding: ReportedFinding) -> str:
    parts = {
        "scenario": finding.scenario,
        "location": finding.location,
        "fix": finding.hint,
        "reproduce": finding.reproduce,
    }
    return "\n".join([finding.message, *(f"{name}: {value}" for name, value in parts.items() if value)])


def _properties(parent: ElementTree.Element, values: dict[str, str]) -> None:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=_attribute(value))


def _attribute(text: str) -> str:
    return _NOT_XML.sub("\ufffd", one_line(text))


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", visible(text))
