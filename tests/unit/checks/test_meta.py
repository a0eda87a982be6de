"""META: metadata of any shape, no metadata, and no metadata in the rows."""

from __future__ import annotations

import pytest
from builders import document, evidence, manifest, produced, run

from conformance.checks.meta import (
    accepts_metadata_of_any_shape,
    keeps_metadata_out_of_the_rows,
    works_without_metadata,
)
from conformance.contract.model import InputDataset
from conformance.findings import NotTested

WITH_ROWS = manifest(input_datasets=(InputDataset("source"),))


def refused(scenario: str, error: str):
    return run(scenario, stdout=document(results={"success": False, "error": error}), exit_code=1)


def with_rows(*rows: dict[str, object]):
    return run("extra-metadata", produced=(produced(sample=rows),))


def test_an_image_that_works_only_without_metadata_fails_META_001():
    seen = evidence(refused("baseline", "user_id must be a string"), run("diagnose-no-metadata"))
    (finding,) = accepts_metadata_of_any_shape(seen, manifest())
    assert finding.scenario == "baseline"


def test_metadata_with_unknown_keys_that_is_refused_fails_META_001():
    seen = evidence(run(), refused("extra-metadata", "metadata has unknown keys"))
    (finding,) = accepts_metadata_of_any_shape(seen, manifest())
    assert finding.scenario == "extra-metadata"


def test_a_dataset_whose_token_is_refused_leaves_META_001_open():
    seen = evidence(run(), refused("extra-metadata", "loader_params: unexpected token"))
    assert isinstance(accepts_metadata_of_any_shape(seen, manifest()), NotTested)


def test_accepted_metadata_passes_META_001_and_a_baseline_that_fails_anyway_leaves_it_open():
    assert accepts_metadata_of_any_shape(evidence(run(), run("extra-metadata")), manifest()) == []
    seen = evidence(refused("baseline", "disk"), refused("diagnose-no-metadata", "disk"))
    assert isinstance(accepts_metadata_of_any_shape(seen, manifest()), NotTested)


@pytest.mark.parametrize("declared", [manifest(), WITH_ROWS])
def test_an_image_that_needs_metadata_fails_META_002(declared):
    (finding,) = works_without_metadata(evidence(run(), refused("legacy-host", "KeyError: 'metadata'")), declared)
    assert finding.scenario == "legacy-host"


def test_loader_keys_that_an_image_misses_are_left_to_DSIN_008():
    seen = evidence(run(), refused("legacy-host", "KeyError: 'revision'"))
    assert isinstance(works_without_metadata(seen, WITH_ROWS), NotTested)


def test_an_image_that_works_without_metadata_passes_META_002():
    assert works_without_metadata(evidence(run(), run("legacy-host")), WITH_ROWS) == []
    assert isinstance(works_without_metadata(evidence(), WITH_ROWS), NotTested)


def test_metadata_in_a_column_fails_META_003_once():
    seen = evidence(run(), with_rows({"text": "a", "job": "kit-job"}, {"text": "b", "job": "kit-job"}))
    (finding,) = keeps_metadata_out_of_the_rows(seen, manifest())
    assert finding.message.startswith("The column “job” of “augmented_data” holds the metadata “kit-job”")


def test_rows_without_metadata_pass_META_003_whatever_their_columns_are_called():
    assert keeps_metadata_out_of_the_rows(evidence(run(), with_rows({"job_id": "7"})), manifest()) == []


def test_a_run_that_shows_no_rows_leaves_META_003_open():
    unreadable = run("extra-metadata", produced=(produced(problem="truncated"),))
    for seen in (evidence(run()), evidence(run(), refused("extra-metadata", "no")), evidence(run(), unreadable)):
        assert isinstance(keeps_metadata_out_of_the_rows(seen, manifest()), NotTested)
