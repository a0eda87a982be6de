"""The checks of the group MANIFEST: every defect is found once, under one requirement, at its line."""

# ruff: noqa: E501 - messages are compared whole

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from conformance.checks import REGISTRY
from conformance.checks import manifest as _  # noqa: F401 - registers the checks
from conformance.contract.catalogue import load_catalogue
from conformance.contract.manifest import parse_manifest
from conformance.contract.manifest_rules import manifest_violations
from conformance.evidence import Evidence, ImageFacts
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

GOOD = """\
name: generator
version: "1.0"
input_schema:
  - {name: count, type: integer, default: 2}
input_datasets:
  - {name: source, type: huggingface, features: [{name: text, dtype: string}]}
output_metrics:
  - {name: success, type: boolean}
output_datasets:
  - {name: out, type: huggingface, features: [{name: text, dtype: string}]}
"""


def judge(requirement: str, text: str | bytes, kind: str = "file") -> Judgement:
    data = text.encode() if isinstance(text, str) else text
    evidence = Evidence(ImageFacts("image", manifest=data, manifest_kind=kind))
    return REGISTRY[requirement].function(evidence, parse_manifest(data).manifest)


def failing(text: str) -> list[str]:
    return sorted({violation.requirement for violation in manifest_violations(text.encode())})


def parameter(entry: str) -> str:
    return GOOD.replace("{name: count, type: integer, default: 2}", entry)


def feature(entry: str) -> str:
    return GOOD.replace(
        "out, type: huggingface, features: [{name: text, dtype: string}", f"out, type: huggingface, features: [{entry}"
    )


def top(line: str) -> str:
    return f"{GOOD}{line}\n"


DEFECTS = [
    ("MANIFEST-002", GOOD.replace('"1.0"', "1.0"), "version is 1.0, expected a string (in quotes).", 2),
    (
        "MANIFEST-002",
        GOOD.replace('"1.0"', "2024-01-01"),
        "version is 2024-01-01 (date), expected a string (in quotes).",
        2,
    ),
    ("MANIFEST-002", GOOD.replace("name: generator\n", ""), "The manifest lacks the key name.", 0),
    ("MANIFEST-002", GOOD.replace("name: generator", "name: 12"), "name is 12, expected a string (in quotes).", 1),
    (
        "MANIFEST-003",
        top("output_dataset: []"),
        "The key output_dataset at the top is unknown; hosts drop it without a word; did you mean output_datasets?",
        11,
    ),
    ("MANIFEST-003", top("name: generator"), "The key name is given twice; all but the last are dropped.", 11),
    ("MANIFEST-004", top("input_systems:"), "input_systems is null, expected a list.", 11),
    ("MANIFEST-004", top("input_systems: [{type: llm_api}]"), "input_systems[0] lacks the key name.", 11),
    (
        "MANIFEST-004",
        top("environment_variables: [{name: A, required: maybe}]"),
        'environment_variables[0].required is "maybe", expected true or false.',
        11,
    ),
    (
        "MANIFEST-004",
        parameter("{name: p, type: object, ui_config: {1: a}}"),
        "input_schema[0].ui_config is 1, expected keys that are strings.",
        4,
    ),
    (
        "MANIFEST-005",
        parameter("{name: p, type: array}"),
        'input_schema[0].type is "array", expected one of string, integer, float, boolean, list, object, enum; did you mean list?',
        4,
    ),
    (
        "MANIFEST-005",
        parameter("{name: p, type: list, items: list}"),
        'input_schema[0].items is "list", expected one of string, integer, float, boolean, object, or a whole parameter.',
        4,
    ),
    ("MANIFEST-006", parameter("{name: p, type: enum}"), "input_schema[0] is an enum without choices.", 4),
    (
        "MANIFEST-006",
        parameter("{name: p, type: enum, choices: [a], default: b}"),
        'input_schema[0] has the default "b", which is none of its choices.',
        4,
    ),
    (
        "MANIFEST-006",
        parameter("{name: p, type: string, items: string}"),
        'input_schema[0] has items, which belongs to the type list, but is of type "string".',
        4,
    ),
    (
        "MANIFEST-007",
        parameter("{name: p, type: enum, choices: []}"),
        "input_schema[0] has no choices; expected at least one.",
        4,
    ),
    (
        "MANIFEST-007",
        parameter("{name: p, type: list, items: enum}"),
        "input_schema[0] has items: enum without choices; hosts fail as soon as a value is given.",
        4,
    ),
    (
        "MANIFEST-008",
        parameter("{name: p, type: integer, default: abc}"),
        'The default of input_schema[0] does not fit: "abc" is not of type integer.',
        4,
    ),
    (
        "MANIFEST-008",
        parameter("{name: p, type: list, items: integer, default: [1, true]}"),
        "The default of input_schema[0] does not fit: [1] true is not of type integer.",
        4,
    ),
    (
        "MANIFEST-008",
        parameter("{name: p, type: object, properties: [{name: a, type: string, required: true}], default: {}}"),
        "The default of input_schema[0] does not fit: it lacks the required property a.",
        4,
    ),
    (
        "MANIFEST-009",
        parameter("{name: p, type: integer, default: 1, required: true}"),
        "input_schema[0] is required and has a default; hosts demand the value all the same.",
        4,
    ),
    (
        "MANIFEST-010",
        parameter("{name: p, type: integer}\n  - {name: p, type: string}"),
        "The name p occurs 2 times in input_schema; hosts take the last without a word.",
        5,
    ),
    (
        "MANIFEST-011",
        parameter("{name: metadata, type: object}"),
        "The parameter metadata has a name that the host keeps for itself.",
        4,
    ),
    (
        "MANIFEST-011",
        parameter("{name: __volumes, type: object}"),
        "The parameter __volumes has a name that the host keeps for itself.",
        4,
    ),
    (
        "MANIFEST-012",
        GOOD.replace("out, type: huggingface", "out, type: [huggingface, txt]"),
        'output_datasets[0].type is ["huggingface", "txt"], expected one of huggingface, pdf, txt.',
        10,
    ),
    (
        "MANIFEST-012",
        GOOD.replace("source, type: huggingface", "source, type: []"),
        "input_datasets[0].type is [], expected at least one of huggingface, pdf, txt.",
        6,
    ),
    (
        "MANIFEST-013",
        GOOD.replace(
            "source, type: huggingface, features: [{name: text, dtype: string}]", "source, type: [pdf, huggingface]"
        ),
        "input_datasets[0] lacks the key features.",
        6,
    ),
    (
        "MANIFEST-014",
        GOOD.replace("out, type: huggingface, features: [{name: text, dtype: string}]", "out, type: huggingface"),
        "output_datasets[0] is of type huggingface and lists no features, so nobody can check it.",
        10,
    ),
    (
        "MANIFEST-015",
        feature("{name: n, dtype: int}"),
        'output_datasets[0].features[0].dtype is "int", expected a dtype that hosts know (string, int64, float64, bool, ...); did you mean int64?',
        10,
    ),
    (
        "MANIFEST-015",
        feature("{name: n, feature_type: Sequence}"),
        'output_datasets[0].features[0].feature_type is "Sequence", expected one of Value, List, Dict, ClassLabel, Image, Audio, Video.',
        10,
    ),
    (
        "MANIFEST-015",
        feature("{name: n, feature_type: ClassLabel}"),
        "output_datasets[0].features[0] lacks the key names.",
        10,
    ),
    (
        "MANIFEST-016",
        feature("{name: d, feature_type: Dict, fields: [{name: x, dtype: string}]}"),
        "output_datasets[0].features[0].fields[0] lacks the key feature_type.",
        10,
    ),
    (
        "MANIFEST-016",
        feature("{name: d, feature_type: Dict, fields: []}"),
        "output_datasets[0].features[0].fields is [], expected a list of at least one field.",
        10,
    ),
    (
        "MANIFEST-017",
        feature("{name: l, feature_type: List, feature: {dtype: string}}"),
        'output_datasets[0].features[0].feature is {"dtype": "string"}, expected a dtype or one of Image, Audio, Video, ClassLabel, Dict, List.',
        10,
    ),
    (
        "MANIFEST-017",
        feature("{name: l, feature_type: List, feature: string, length: -2}"),
        "output_datasets[0].features[0].length is -2, expected an integer of at least -1.",
        10,
    ),
    (
        "MANIFEST-018",
        feature("{name: i, feature_type: Image, dtype: string}"),
        'output_datasets[0].features[0] has feature_type "Image" and a dtype; hosts may read it as a plain scalar.',
        10,
    ),
    (
        "MANIFEST-019",
        GOOD.replace("  - {name: success, type: boolean}", "  - {name: success, type: boolean}\n  - count"),
        'output_metrics[1] is "count", expected an object, as the other metrics are.',
        9,
    ),
    (
        "MANIFEST-019",
        GOOD.replace("{name: success, type: boolean}", "{name: success, type: boolean}\n  - {name: x, type: enum}"),
        'output_metrics[1].type is "enum", expected one of string, integer, float, boolean, list, object.',
        9,
    ),
    ("MANIFEST-020", GOOD.replace("name: success", "name: done"), "output_metrics does not declare success.", 7),
    (
        "MANIFEST-020",
        GOOD.replace("type: boolean", "type: string"),
        'The metric success is declared as "string", expected boolean.',
        7,
    ),
    (
        "MANIFEST-021",
        top("output_reports: [{name: r, type: json}]"),
        'output_reports[0].type is "json", expected pdf or html.',
        11,
    ),
    (
        "MANIFEST-022",
        GOOD[: GOOD.index("output_datasets")],
        "The manifest declares no output dataset; a generator declares every dataset that it writes.",
        0,
    ),
    (
        "MANIFEST-023",
        top('host_access: "yes"'),
        "host_access is on: Kubernetes refuses it, and Docker gives the container control of the host.",
        11,
    ),
    ("MANIFEST-024", top("input_systems: [{name: s, type: []}]"), "input_systems[0] accepts no type at all.", 11),
    (
        "MANIFEST-024",
        top("input_systems: [{name: s, type: llm_apy}]"),
        "input_systems[0] has the type llm_apy, which hosts do not know; did you mean llm_api?",
        11,
    ),
]


@pytest.mark.parametrize(
    ("requirement", "text", "message", "line"), DEFECTS, ids=[f"{row[0]}-{n}" for n, row in enumerate(DEFECTS)]
)
def test_a_defect_is_one_finding_of_one_requirement(requirement: str, text: str, message: str, line: int) -> None:
    (finding,) = judge(requirement, text)
    assert finding == Finding(message, location=f"manifest.yaml:{line}" if line else "manifest.yaml")
    assert failing(text) == [requirement]


def test_a_good_manifest_fails_nothing() -> None:
    assert failing(GOOD) == []


ACCEPTED = [
    top('host_access: "false"'),
    top("input_systems: [{name: s, type: llm_api, required: off, description: null}]"),
    top("output_artifacts: null"),
    parameter("{name: p, type: enum, choices: [true, false], default: true}"),
    parameter("{name: p, type: list, items: {name: i, type: enum, choices: [1, 2]}, default: [2]}"),
    parameter("{name: p, type: float, default: 1}"),
    parameter("{name: p, type: object, ui_config: {widget: {any: thing}}, default: null, required: true}"),
    feature('{name: l, feature_type: List, feature: ClassLabel, length: "3"}'),
    feature("{name: v, feature_type: Value, dtype: double}"),
    feature(
        "{name: d, feature_type: Dict, fields: [{feature_type: Dict, name: e, fields: [{feature_type: Image, name: i}]}]}"
    ),
    GOOD.replace("  - {name: success, type: boolean}", "  - success\n  - count"),
    GOOD.replace("source, type: huggingface", "source, type: [huggingface, pdf]"),
]


@pytest.mark.parametrize("text", ACCEPTED, ids=range(len(ACCEPTED)))
def test_what_hosts_take_is_no_defect(text: str) -> None:
    assert failing(text) == []


@pytest.mark.parametrize("text", ["", "[]", "a: [", "on: 1", "a: 1\n---\nb: 2"])
def test_a_manifest_that_cannot_be_read_fails_that_requirement_alone(text: str) -> None:
    (finding,) = judge("MANIFEST-001", text)
    assert finding.location.startswith("manifest.yaml")
    assert judge("MANIFEST-002", text) == NotTested("the manifest cannot be read; see MANIFEST-001")


@pytest.mark.parametrize("requirement", ["MANIFEST-001", "MANIFEST-022"])
def test_a_missing_manifest_is_the_images_business(requirement: str) -> None:
    judgement = judge(requirement, b"", kind="symlink")
    assert judgement == NotTested("/app/manifest.yaml is no readable file (symlink); see IMAGE-002")


def test_every_static_requirement_of_the_group_has_a_check() -> None:
    static = {row.id for row in load_catalogue() if row.group == "MANIFEST"} - {"MANIFEST-025", "MANIFEST-026"}
    assert {name for name in REGISTRY if fnmatchcase(name, "MANIFEST-*")} >= static
    assert isinstance(judge("MANIFEST-027", GOOD), NotApplicable)
    assert all(REGISTRY[name].function.__doc__ for name in static)
