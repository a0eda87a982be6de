"""Checks of the group MANIFEST that need no run: each reports the violations that are attributed to its requirement.

The rules themselves are in `conformance.contract.manifest_rules`. A manifest that cannot be read at all fails
MANIFEST-001 alone; the other requirements are then not tested. MANIFEST-025 and -026 show in runs
(`conformance.checks.declarations`).
"""

from __future__ import annotations

from conformance.checks import STATIC, CheckFunction, check
from conformance.contract.manifest_rules import manifest_violations
from conformance.contract.model import Manifest
from conformance.evidence import Evidence
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

READABLE = "MANIFEST-001"


def _register(requirement: str, doc: str) -> None:
    def judge(evidence: Evidence, manifest: Manifest) -> Judgement:
        del manifest
        return _judge(requirement, evidence)

    judge.__doc__ = doc
    judge.__name__ = requirement.lower().replace("-", "_")
    function: CheckFunction = judge
    check(requirement, STATIC)(function)


def _judge(requirement: str, evidence: Evidence) -> Judgement:
    if evidence.image.manifest_kind != "file":
        return NotTested(f"/app/manifest.yaml is no readable file ({evidence.image.manifest_kind}); see IMAGE-002")
    violations = manifest_violations(evidence.image.manifest)
    if requirement != READABLE and any(violation.requirement == READABLE for violation in violations):
        return NotTested(f"the manifest cannot be read; see {READABLE}")
    return [
        Finding(
            _sentence(violation.message),
            location=f"manifest.yaml:{violation.line}" if violation.line else "manifest.yaml",
        )
        for violation in violations
        if violation.requirement == requirement
    ]


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:] if message.startswith(("the ", "it ")) else message


for _requirement, _doc in {
    READABLE: "The file is read as YAML safely, within limits of size, depth and aliases, as the host reads it.",
    "MANIFEST-002": "name, version and every other text are strings.",
    "MANIFEST-003": "Every key is compared with those that the host reads; keys given twice are reported too.",
    "MANIFEST-004": "Sections are lists, entries are mappings with a name, flags are booleans.",
    "MANIFEST-005": "The type of every parameter, nested ones included, is one that the host knows.",
    "MANIFEST-006": "choices, items and properties stand only with their types; an enum's default is a choice.",
    "MANIFEST-007": "Every enum has choices; no list has items of the bare word enum.",
    "MANIFEST-008": "Every default is held against its parameter as the host holds a user's value against it.",
    "MANIFEST-009": "No parameter is required and has a default.",
    "MANIFEST-010": "Names are compared within each section, within properties, features, fields and label names.",
    "MANIFEST-011": "Parameter names are compared with those that the host overwrites or strips.",
    "MANIFEST-012": "Dataset types are those that the host knows; an output has exactly one.",
    "MANIFEST-013": "Input datasets that may be of type huggingface list at least one feature.",
    "MANIFEST-014": "Output datasets of type huggingface list their features.",
    "MANIFEST-015": "Every feature has a known dtype, or a known feature_type with what that type needs.",
    "MANIFEST-016": "Every Dict has fields, and every field says its feature_type.",
    "MANIFEST-017": "The element of every List is a word that the host knows, its length at least -1.",
    "MANIFEST-018": "No entry has both a dtype and a feature_type other than Value.",
    "MANIFEST-019": "Metrics are all names or all objects with a known type.",
    "MANIFEST-020": "success is among the metrics, as a boolean where they have types.",
    "MANIFEST-021": "Report types are pdf or html.",
    "MANIFEST-022": "At least one output dataset is declared.",
    "MANIFEST-023": "host_access is off.",
    "MANIFEST-024": "System types are words that hosts know; a misspelt one is met with the nearest.",
}.items():
    _register(_requirement, _doc)


@check("MANIFEST-027", STATIC)
def informational_keys(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Nothing: no host reads these keys, so nothing in them can break the contract."""
    del evidence, manifest
    unread = "output_artifacts, ui_config and descriptions"
    return NotApplicable(f"no host reads {unread}; only their form is judged (MANIFEST-004)")
