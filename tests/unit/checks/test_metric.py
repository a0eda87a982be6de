"""METRIC: the values that the manifest promises."""

import pytest
from builders import document, evidence, manifest, produced, run

from conformance.checks.all import REGISTRY
from conformance.contract.model import Metric
from conformance.evidence import FedDataset
from conformance.findings import Finding, NotApplicable, NotTested

ALL = [f"METRIC-{number:03}" for number in range(1, 8)]


def declared(kind="integer", name="count", **fields):
    return manifest(metrics=(Metric("success", "boolean"), Metric(name, kind)), **fields)


def success(scenario="baseline", listed=(), **results):
    return run(scenario, stdout=document(results={"success": True, **results}, generated_datasets=list(listed)))


def judged(requirement, *runs, by=None):
    return REGISTRY[requirement].function(evidence(*runs), by or declared())


def failing(*runs, by=None):
    said = {requirement: judged(requirement, *runs, by=by) for requirement in ALL}
    return [requirement for requirement, judgement in said.items() if isinstance(judgement, list) and judgement]


def test_a_good_result_has_no_finding():
    assert failing(success(count=15, more="is allowed")) == []


def test_a_metric_that_is_missing_fails_METRIC_001():
    (finding,) = judged("METRIC-001", success())
    assert finding == Finding("results lacks the declared metric “count”.", "baseline", "manifest.yaml")
    assert failing(success()) == ["METRIC-001"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 5),
        ("integer", "15"),
        ("integer", 1.0),
        ("integer", True),
        ("float", "1"),
        ("float", False),
        ("boolean", 1),
        ("list", {}),
        ("object", []),
        ("integer", None),
    ],
)
def test_another_type_fails_METRIC_002(kind, value):
    assert failing(success(count=value), by=declared(kind)) == ["METRIC-002"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", ""),
        ("integer", 0),
        ("integer", 10**30),
        ("float", 1),
        ("float", 0.5),
        ("boolean", False),
        ("list", []),
        ("object", {}),
        ("", "anything"),
    ],
)
def test_the_declared_type_is_fine(kind, value):
    assert failing(success(count=value), by=declared(kind)) == []


def test_the_observed_value_is_shown():
    (finding,) = judged("METRIC-002", success(count=True))
    assert finding.message == "The metric “count” is declared integer; observed true (boolean)."


@pytest.mark.parametrize("value", ["NaN", "Infinity", "[0.5, -Infinity]", '{"a": {"b": NaN}}'])
def test_numbers_that_are_not_finite_fail_METRIC_003_alone(value):
    kind = {"[": "list", "{": "object"}.get(value[0], "float")
    printed = run(stdout=f'{{"results": {{"success": true, "count": {value}}}, "generated_datasets": []}}')
    assert failing(printed, by=declared(kind)) == ["METRIC-003"]


def test_a_failure_that_changes_types_fails_METRIC_005():
    failed = run(stdout={"results": {"success": False, "error": "e", "count": None}}, exit_code=1)
    (finding,) = judged("METRIC-005", failed)
    assert finding.message == "The metric “count” is declared integer; observed null (null)."


def test_a_failure_that_leaves_metrics_out_is_fine():
    failed = run(stdout={"results": {"success": False, "error": "e"}}, exit_code=1)
    assert judged("METRIC-005", failed) == []


LISTED = {"dataset_name": "augmented_data", "dataset_type": "huggingface", "dataset_path": "/output/a.parquet"}


def counted(value, rows=6):
    base = success(listed=[LISTED], total_count=value)
    fed = FedDataset("source", "huggingface", {}, rows=3)
    return run(stdout=base.stdout, produced=(produced(rows=rows),), datasets=(fed,))


def test_a_total_that_is_not_the_number_of_rows_fails_METRIC_006():
    by = declared(name="total_count")
    assert judged("METRIC-006", counted(6), by=by) == []
    (finding,) = judged("METRIC-006", counted(7), by=by)
    assert finding.message == "The metric “total_count” is 7; “augmented_data” has 6 rows."


def test_counts_of_something_else_are_not_compared():
    assert isinstance(judged("METRIC-006", success(count=7)), NotApplicable)


@pytest.mark.parametrize("error", [None, "", "none"])
def test_an_error_beside_success_fails_METRIC_007(error):
    assert failing(success(count=1, error=error)) == ["METRIC-007"]


def test_no_declared_metric_is_not_applicable_and_names_the_line():
    nothing = manifest(lines={("output_metrics",): 12})
    assert judged("METRIC-001", success(), by=nothing) == NotApplicable(
        "no output metric is declared (manifest.yaml:12)"
    )


def test_no_success_is_not_tested():
    assert isinstance(judged("METRIC-001", run(stdout="nothing")), NotTested)
