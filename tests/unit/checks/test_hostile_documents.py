"""Whatever an image prints, the checks of what it produced answer and do not raise."""

import json

import pytest
from builders import evidence, manifest, produced, run
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.checks.all import REGISTRY
from conformance.contract.model import Feature, Metric, OutputDataset, OutputReport
from conformance.findings import Finding

GROUPS = ("DATASET", "METRIC", "REPORT", "CHAIN")
MANIFEST = manifest(
    output_datasets=(OutputDataset("d", features=(Feature("text", dtype="string", required=True),)),),
    reports=(OutputReport("r"),),
    metrics=(Metric("total_count", "integer"),),
)
KEYS = [
    "dataset_name",
    "dataset_type",
    "dataset_path",
    "format",
    "metadata",
    "row_count",
    "columns",
    "num_rows",
    "size_bytes",
    "name",
    "dtype",
    "report_name",
    "report_type",
    "report_path",
    "total_count",
    "error",
]
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["d", "r", "html", "/output/a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


@pytest.mark.parametrize("group", GROUPS)
@settings(max_examples=60, deadline=None)
@given(
    datasets=json_values, reports=json_values, results=st.dictionaries(st.sampled_from(KEYS), json_values, max_size=3)
)
def test_no_document_makes_a_check_raise(group, datasets, reports, results):
    document = {"results": {**results, "success": True}, "generated_datasets": datasets, "generated_reports": reports}
    facts = tuple(
        produced("d", "/output/a", index=index, role=role) for index in range(3) for role in ("dataset", "report")
    )
    seen = evidence(run(stdout=json.dumps(document), produced=facts))
    for requirement, check in REGISTRY.items():
        if requirement.startswith(group):
            judgement = check.function(seen, MANIFEST)
            assert not isinstance(judgement, list) or all(isinstance(each, Finding) for each in judgement)
