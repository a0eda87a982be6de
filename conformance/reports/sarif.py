"""The report as SARIF 2.1.0: findings at the author's own files, so that they appear beside the line to mend.

A finding located in the manifest or the Dockerfile points there; any other points at the manifest's first line (code
hosts drop results without a file) and names its scenario as a logical location.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from conformance.report import FOLDER, Report, ReportedFinding, ReportedRequirement
from conformance.reports.escaping import visible

_LEVELS = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}
_FILE = re.compile(r"(?:.*/)?(manifest\.ya?ml|Dockerfile)(?::(\d+))?$")


def render(reports: Sequence[Report]) -> str:
    """One run per report."""
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [_run(report) for report in reports],
    }
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _run(report: Report) -> dict[str, Any]:
    shown = report.with_status("fail", "waived")
    index = {row.id: position for position, row in enumerate(report.requirements)}
    return {
        "tool": {
            "driver": {
                "name": "sdg-conformance",
                "version": report.kit.version,
                "rules": [_rule(row) for row in report.requirements],
            }
        },
        "automationDetails": {"id": f"sdg-conformance/{visible(report.target.reference)}/{report.profile}/"},
        "invocations": [
            {
                "executionSuccessful": report.verdict != "inconclusive",
                "exitCode": report.exit_code,
                "toolExecutionNotifications": _notifications(report),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, row, finding, index[row.id]) for row in shown for finding in row.findings],
        "properties": {"verdict": report.verdict, "digest": report.target.digest, "edition": report.kit.edition},
    }


def _rule(row: ReportedRequirement) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": row.id,
        "name": re.sub(r"[^A-Za-z0-9]", "", row.title.title()) or row.id,
        "shortDescription": {"text": row.title or row.id},
        "fullDescription": {"text": row.statement or row.title or row.id},
        "defaultConfiguration": {"level": _LEVELS[row.level]},
        "properties": {"level": row.level, "source": row.source, "tags": ["sdg-conformance", row.level]},
    }
    if hint := next((finding.hint for finding in row.findings if finding.hint), ""):
        rule["help"] = {"text": visible(hint)}
    return rule


def _result(report: Report, row: ReportedRequirement, finding: ReportedFinding, index: int) -> dict[str, Any]:
    key = "\n".join([row.id, finding.scenario, finding.location, finding.message])
    text = " ".join(part for part in (finding.message, f"Fix: {finding.hint}" if finding.hint else "") if part)
    result: dict[str, Any] = {
        "ruleId": row.id,
        "ruleIndex": index,
        "level": _LEVELS[row.level],
        "kind": "fail",
        "message": {"text": visible(text)},
        "locations": [_location(report, finding)],
        "partialFingerprints": {"finding/v1": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()},
        "properties": {"scenario": finding.scenario, "location": finding.location, "reproduce": finding.reproduce},
    }
    if row.status == "waived":
        reasons = "; ".join(waiver.reason for waiver in row.waivers)
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": visible(reasons)}]
    return result


def _location(report: Report, finding: ReportedFinding) -> dict[str, Any]:
    match = _FILE.match(finding.location)
    name, line = (match[1], int(match[2] or 1)) if match else ("manifest.yaml", 1)
    folder = report.notes.get(FOLDER, "").strip("/")
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": f"{folder}/{name}" if folder and ".." not in folder else name},
            "region": {"startLine": max(line, 1)},
        }
    }
    if finding.scenario:
        location["logicalLocations"] = [
            {
                "name": finding.scenario,
                "kind": "scenario",
                "fullyQualifiedName": f"{finding.scenario}/{finding.location}",
            }
        ]
    return location


def _notifications(report: Report) -> list[dict[str, Any]]:
    """What kept requirements from being judged: it must not look like silence."""
    rows = [row for row in report.with_status("inconclusive", "not-tested") if row.counts]
    said = [
        {
            "level": "warning",
            "message": {"text": f"{row.id} is {row.status}: {visible(row.reason or '')}"},
            "associatedRule": {"id": row.id},
        }
        for row in rows
    ]
    return said + [{"level": "error", "message": {"text": visible(error)}} for error in report.errors]
