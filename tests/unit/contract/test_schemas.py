"""The published schemas of result documents say what the host's models and the kit's own functions say."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from conformance.contract.result import dataset_entry_problems

ENTRY = {"dataset_name": "a", "dataset_type": "huggingface", "dataset_path": "/output/a.parquet"}


def schema(name: str) -> dict[str, Any]:
    return json.loads(resources.files("conformance.contract").joinpath(f"schemas/{name}.schema.json").read_text())


def accepts(name: str, value: object) -> bool:
    registry = Registry().with_resource(
        "urn:sdg-conformance:generated-dataset:1", Resource.from_contents(schema("generated_dataset"))
    )
    return Draft202012Validator(schema(name), registry=registry).is_valid(value)


@pytest.mark.parametrize("name", ["manifest", "result", "generated_dataset"])
def test_a_schema_is_valid_itself(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"format": None},
        {"format": 1},
        {"metadata": {"row_count": -2}},
        {"metadata": []},
        {"dataset_type": "csv"},
        {"dataset_name": " "},
        {"dataset_path": None},
    ],
)
def test_the_schema_of_an_entry_agrees_with_the_kit(changes: dict) -> None:
    entry = {**ENTRY, **changes}
    assert accepts("generated_dataset", entry) == (dataset_entry_problems(entry) == [])


@pytest.mark.parametrize(
    ("document", "accepted"),
    [
        ({"results": {"success": True}, "generated_datasets": [ENTRY], "generated_reports": []}, True),
        ({"test_results": {"success": True}, "more": 1}, True),
        ({"results": {"success": False, "error": "why"}}, True),
        ({"results": {"success": False}}, False),
        ({"results": {"success": "true"}}, False),
        ({"results": {}}, False),
        ({"generated_datasets": [ENTRY]}, False),
        ({"results": {"success": True}, "generated_datasets": ["/output/a"]}, False),
    ],
)
def test_the_schema_of_a_result_accepts_what_every_host_reads_whole(document: dict, accepted: bool) -> None:
    assert accepts("result", document) == accepted
