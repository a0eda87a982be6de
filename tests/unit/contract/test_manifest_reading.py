"""Manifests: what is read out of one, and what cannot be read."""

from __future__ import annotations

import pytest
import yaml
from jsonschema import Draft202012Validator

from conformance.contract.manifest import DTYPES, parse_manifest
from conformance.contract.manifest_rules import manifest_schema
from conformance.contract.manifest_text import read_yaml
from conformance.contract.model import (
    EnvironmentVariable,
    Feature,
    InputDataset,
    Manifest,
    Metric,
    OutputDataset,
    OutputReport,
    Parameter,
    System,
)

WHOLE = b"""\
name: generator
version: "1.0"
input_systems:
  - {name: writer, type: [llm_api, vlm_api], required: "no"}
input_schema:
  - {name: count, type: integer, default: 2}
  - {name: mode, type: enum, choices: [a, b], required: true}
  - {name: tags, type: list, items: string}
  - name: options
    type: object
    properties: [{name: deep, type: boolean}]
input_datasets:
  - name: source
    type: huggingface
    features:
      - {name: text, dtype: string, required: true}
      - {name: scores, feature_type: List, feature: float32, length: 3}
      - {name: box, feature_type: Dict, fields: [{feature_type: Value, name: x, dtype: int8}]}
      - {name: label, feature_type: ClassLabel, names: ["no", "yes"]}
      - {name: photo, feature_type: Image}
  - {name: notes, type: [pdf, txt], required: false}
output_metrics: [success, count]
output_reports: [{name: summary, type: html}]
environment_variables: [{name: KEY, required: false}, {name: MUST}]
output_datasets:
  - {name: out, type: txt}
"""


def manifest(text: str | bytes) -> Manifest:
    return parse_manifest(text.encode() if isinstance(text, str) else text).manifest


def with_version(body: str) -> str:
    return f'name: g\nversion: "1"\n{body}'


def problem(data: bytes) -> str:
    reading = parse_manifest(data)
    (found,) = reading.problems
    assert reading.manifest == Manifest()
    return found.message


def test_a_whole_manifest_becomes_typed_values() -> None:
    read = manifest(WHOLE)
    assert (read.name, read.version, read.host_access) == ("generator", "1.0", False)
    assert read.systems == (System("writer", ("llm_api", "vlm_api"), required=False),)
    assert read.parameters == (
        Parameter("count", "integer", has_default=True, default=2),
        Parameter("mode", "enum", required=True, choices=("a", "b")),
        Parameter("tags", "list", items=Parameter("item", "string")),
        Parameter("options", "object", properties=(Parameter("deep", "boolean"),)),
    )
    assert read.metrics == (Metric("success"), Metric("count"))
    assert read.reports == (OutputReport("summary", "html"),)
    assert read.environment == (EnvironmentVariable("KEY", required=False), EnvironmentVariable("MUST"))
    assert read.output_datasets == (OutputDataset("out", "txt"),)


def test_features_of_every_kind_become_typed_values() -> None:
    source, notes = manifest(WHOLE).input_datasets
    assert source.features == (
        Feature("text", dtype="string", required=True),
        Feature("scores", kind="List", element=Feature("", dtype="float32"), length=3),
        Feature("box", kind="Dict", fields=(Feature("x", dtype="int8"),)),
        Feature("label", kind="ClassLabel", names=("no", "yes")),
        Feature("photo", kind="Image"),
    )
    assert notes == InputDataset("notes", ("pdf", "txt"), required=False)


def test_lines_are_known_for_every_part() -> None:
    read = manifest(WHOLE)
    assert read.line_of("output_datasets", 0, "name") == "manifest.yaml:26"
    assert read.line_of("input_datasets", 0, "features", 2, "fields", 0, "dtype") == "manifest.yaml:18"
    assert read.line_of("output_datasets", 0, "features") == "manifest.yaml:26"
    assert read.line_of("nowhere") == "manifest.yaml"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is empty"),
        (b"null", "it is empty or holds nothing but null"),
        (b"- name: g", "its root is a list, not a mapping of keys"),
        (b"just text", "its root is one value (str), not a mapping of keys"),
        (b"a: 1\n---\nb: 2", "expected a single document in the stream, but found another document"),
        (b"a:\n\tb: 1", "while scanning for the next token, found character '\\t' that cannot start any token"),
        (b"name: \xff", "byte 6 is not UTF-8 (0xff)"),
        (b"name: \x01", "the character U+0001 is not allowed in YAML"),
        (b"x: 2024-13-45", "a value cannot be read (ValueError: month must be in 1..12)"),
        (b"a: &a [*a]", "its aliases blow it up or lead back to themselves"),
        (b"x: " + b"y" * 2**20, "it is larger than 1024 KiB"),
        (b"[" * 100_000, "it is nested deeper than 60 levels"),
        (b"a: [" + b"1, " * 100_000 + b"]", "it is longer than 50000 parts"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else "",
)
def test_what_cannot_be_read_is_one_problem(data: bytes, message: str) -> None:
    assert problem(data) == message


@pytest.mark.parametrize("merge", ["[*{0}, *{0}]", "{{<<: [*{0}, *{0}]}}"], ids=["lists", "merges"])
def test_a_bomb_of_aliases_is_refused_at_once(merge: str) -> None:
    lines = ["a0: &a0 {k: 1}"] + [f"a{i}: &a{i} {merge.format(f'a{i - 1}')}" for i in range(1, 40)]
    assert problem("\n".join(lines).encode()) == "its aliases blow it up or lead back to themselves"


def test_a_tag_of_python_constructs_nothing() -> None:
    assert problem(b"x: !!python/object/apply:os.system [echo]").startswith("could not determine a constructor")


def test_a_key_that_is_no_string_at_the_top_is_a_problem_with_its_line() -> None:
    (found,) = parse_manifest(b"name: g\non: 1").problems
    assert (found.line, found.message[:19]) == (2, "the key True at the")


def test_of_repeated_keys_the_last_counts() -> None:
    reading = parse_manifest(b"name: a\nname: b")
    assert reading.manifest.name == "b"
    assert reading.repeated == ((("name",), 2),)


def test_anchors_and_merges_are_read_as_the_host_reads_them() -> None:
    read = manifest(with_version("output_datasets: [&a {name: x, type: txt}, {<<: *a, name: y}]"))
    assert read.output_datasets == (OutputDataset("x", "txt"), OutputDataset("y", "txt"))


def test_one_bad_entry_does_not_hide_the_others() -> None:
    read = manifest(with_version("output_datasets: [7, {type: txt}, {name: a, type: csv}, {name: ok, type: pdf}]"))
    assert read.output_datasets == (OutputDataset("ok", "pdf"),)


@pytest.mark.parametrize(("written", "meant"), [("array", "list"), ("int", "integer"), ("number", "float")])
def test_a_parameter_type_with_a_plain_meaning_is_read_as_meant(written: str, meant: str) -> None:
    (parameter,) = manifest(with_version(f"input_schema: [{{name: p, type: {written}}}]")).parameters
    assert parameter.type == meant


def test_of_entries_with_one_name_the_last_counts() -> None:
    (parameter,) = manifest(with_version("input_schema: [{name: p, type: string}, {name: p, type: object}]")).parameters
    assert parameter.type == "object"


def test_a_medium_with_a_dtype_is_read_as_a_scalar_as_the_host_does() -> None:
    text = "output_datasets: [{name: a, type: huggingface, features: [{name: x, feature_type: Image, dtype: string}]}]"
    ((feature,),) = (dataset.features for dataset in manifest(with_version(text)).output_datasets)
    assert feature == Feature("x", dtype="string")


def test_a_default_of_null_counts_as_none() -> None:
    (parameter,) = manifest(with_version("input_schema: [{name: p, type: string, default: null}]")).parameters
    assert not parameter.has_default


def test_a_version_that_is_a_number_is_still_a_name_for_the_report() -> None:
    assert manifest("name: g\nversion: 1.0").version == "1.0"


def test_half_a_character_becomes_one_that_reports_can_write() -> None:
    assert manifest('name: "a\\ud800b"').name == "a\ufffdb"


def test_binary_text_and_sets_are_read_as_the_host_reads_them() -> None:
    read = manifest("name: !!binary aGVsbG8=\noutput_metrics: !!set {success}")
    assert (read.name, read.metrics) == ("hello", (Metric("success"),))


@pytest.mark.parametrize("cut", range(0, len(WHOLE), 23))
def test_no_prefix_of_a_manifest_raises(cut: int) -> None:
    reading = parse_manifest(WHOLE[:cut])
    assert bool(reading.problems) == (reading.manifest.document is None)


def test_the_schema_is_valid_and_names_the_dtypes_that_the_reader_knows() -> None:
    Draft202012Validator.check_schema(manifest_schema())
    assert set(manifest_schema()["$defs"]["dtypes"]["enum"]) == set(DTYPES)


def test_the_schema_accepts_a_whole_manifest() -> None:
    assert list(Draft202012Validator(manifest_schema()).iter_errors(yaml.safe_load(WHOLE))) == []


@pytest.mark.parametrize("number", ["9" * 6000, "0x" + "f" * 6000])
def test_a_number_too_long_to_be_written_is_a_problem_of_the_text(number: str) -> None:
    (problem,) = read_yaml(f"default: {number}\n".encode()).problems
    assert "4300 digits" in problem.message
