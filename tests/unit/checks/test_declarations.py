"""MANIFEST-025 and -026: what the manifest says of inputs and variables is held against runs."""

from __future__ import annotations

import pytest
from builders import document, evidence, manifest, run

from conformance.checks.declarations import needed_variables_are_declared, required_tells_the_truth
from conformance.contract.model import EnvironmentVariable, InputDataset, System
from conformance.evidence import FedDataset, Run
from conformance.findings import NotApplicable, NotTested

SOURCE = (FedDataset("source", "huggingface", {}),)


def failed(scenario: str, error: str = "no", **fields: object) -> Run:
    return run(scenario, stdout=document(results={"success": False, "error": error}), **{"exit_code": 1, **fields})


def test_an_optional_dataset_that_is_needed_after_all_fails_MANIFEST_025():
    seen = evidence(run(datasets=SOURCE), failed("minimal", "source is missing"))
    (finding,) = required_tells_the_truth(seen, manifest())
    assert finding.message == (
        "Without dataset “source”, which the manifest calls optional, the run should succeed; observed: exit code 1 "
        "and the error “source is missing”."
    )
    assert finding.scenario == "minimal"


def test_a_required_system_that_is_not_needed_fails_MANIFEST_025():
    seen = evidence(run(systems=("llm",)), run("missing-system-llm"))
    (finding,) = required_tells_the_truth(seen, manifest())
    assert finding.message.startswith("Without system “llm”, which the manifest calls required, the run succeeded")


def test_what_was_left_out_is_named_by_kind_and_cut_after_five():
    base = run(datasets=SOURCE, systems=("llm",), variables=(*"ABCDE", "PATH"))
    (finding,) = required_tells_the_truth(evidence(base, failed("minimal", variables=("PATH",))), manifest())
    told = "dataset “source”, system “llm”, variable A, variable B, variable C and 2 more"
    assert finding.message.startswith(f"Without {told}, which the manifest calls optional")


def test_five_things_that_were_left_out_are_all_named():
    base = run(variables=tuple("ABCDE"))
    (finding,) = required_tells_the_truth(evidence(base, failed("minimal")), manifest())
    assert "variable D, variable E, which" in finding.message


def test_inputs_that_are_what_they_are_called_pass_MANIFEST_025():
    seen = evidence(run(datasets=SOURCE), run("minimal"), failed("missing-dataset-source"))
    assert required_tells_the_truth(seen, manifest()) == []


def test_a_run_without_an_optional_input_that_did_not_end_is_left_to_others():
    seen = evidence(run(datasets=SOURCE), run("minimal", stdout=b"", status="timeout", exit_code=None))
    assert required_tells_the_truth(seen, manifest()) == []


def test_MANIFEST_025_is_not_tested_when_the_baseline_fails():
    seen = evidence(failed("baseline"), failed("minimal"))
    assert isinstance(required_tells_the_truth(seen, manifest()), NotTested)


def test_MANIFEST_025_does_not_concern_a_manifest_without_inputs():
    assert isinstance(required_tells_the_truth(evidence(), manifest()), NotApplicable)


def test_MANIFEST_025_says_why_nothing_was_left_out():
    declared = manifest(input_datasets=(InputDataset("source"),), systems=(System("llm"),))
    seen = evidence(run(), skipped={"missing-dataset-source": "the quick scope leaves it out"})
    assert required_tells_the_truth(seen, declared) == NotTested("the quick scope leaves it out")


@pytest.mark.parametrize(
    "error",
    [
        "environment variable REGION_CODE is not set",
        "REGION_CODE is not set",
        "missing environment variables: REGION_CODE, ZONE",
        "KeyError: 'REGION_CODE'",
        "The `REGION_CODE` environment variable must be given",
        "the api_key option must be set, or the environment variable REGION_CODE",
    ],
)
def test_an_error_that_names_an_undeclared_variable_fails_MANIFEST_026(error):
    (finding,) = needed_variables_are_declared(evidence(failed("baseline", error)), manifest())
    assert finding.message.startswith("The run failed for want of the variable REGION_CODE, which")


def test_a_traceback_that_names_an_undeclared_variable_fails_MANIFEST_026():
    crashed = run(stdout=b"", stderr=b"Traceback ...\nKeyError: 'REGION_CODE'\n", exit_code=1)
    (finding,) = needed_variables_are_declared(evidence(crashed), manifest())
    assert finding.scenario == "baseline"


def test_an_image_that_usual_variables_heal_fails_MANIFEST_026():
    seen = evidence(failed("baseline"), run("diagnose-variables"), failed("diagnose-one-token"))
    (finding,) = needed_variables_are_declared(seen, manifest())
    assert finding.scenario == "diagnose-variables"


@pytest.mark.parametrize(
    "error",
    [
        "the dataset is empty",
        "KeyError: 'text'",
        "REGION_CODE is not set",
        "environment variable OUTPUT_MOUNT_PATH is not set",
        "HTTP 500 from the system",
        "parameter MODE is required",
    ],
)
def test_a_failure_for_another_reason_is_not_blamed_on_variables(error):
    declared = manifest(environment=(EnvironmentVariable("REGION_CODE"),))
    assert isinstance(needed_variables_are_declared(evidence(failed("baseline", error)), declared), NotTested)


def test_an_image_that_every_departure_heals_had_a_mishap():
    seen = evidence(failed("baseline"), run("diagnose-variables"), run("diagnose-one-token"))
    assert isinstance(needed_variables_are_declared(seen, manifest()), NotTested)


def test_a_baseline_that_succeeds_passes_MANIFEST_026_whatever_it_logs():
    seen = evidence(run(stderr="environment variable REGION_CODE is not set, using EUR\n"))
    assert needed_variables_are_declared(seen, manifest()) == []
