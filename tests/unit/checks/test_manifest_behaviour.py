"""MANIFEST-025 and -026, on plain evidence."""

from builders import evidence, manifest, run

from conformance.checks.manifest_behaviour import needed_variables_are_declared, required_tells_the_truth
from conformance.contract.model import EnvironmentVariable, InputDataset, Parameter
from conformance.findings import NotApplicable, NotTested
from conformance.scenarios.diagnosis import named_variables

FAILURE = {"results": {"success": False, "error": "dataset extra was not given"}}
WITH_DATASETS = manifest(input_datasets=(InputDataset("source"), InputDataset("extra", required=False)))


def failed(scenario: str, **fields):
    return run(scenario, stdout=FAILURE, exit_code=1, **fields)


def test_an_optional_input_that_is_needed_fails_MANIFEST_025():
    (finding,) = required_tells_the_truth(evidence(run(), failed("minimal")), WITH_DATASETS)
    assert finding.scenario == "minimal"
    assert "dataset extra was not given" in finding.message


def test_a_required_input_that_is_not_needed_fails_MANIFEST_025():
    (finding,) = required_tells_the_truth(evidence(run(), run("missing-dataset-source")), WITH_DATASETS)
    assert "The dataset “source” is declared as required, and it works without it" in finding.message


def test_an_image_whose_manifest_tells_the_truth_is_not_blamed():
    seen = evidence(run(), run("minimal"), failed("missing-dataset-source"))
    assert required_tells_the_truth(seen, WITH_DATASETS) == []


def test_a_failing_baseline_decides_nothing_of_MANIFEST_025():
    judged = required_tells_the_truth(evidence(failed("baseline"), failed("minimal")), WITH_DATASETS)
    assert isinstance(judged, NotTested)


def test_where_everything_is_an_optional_parameter_the_baseline_is_the_minimal_run():
    assert required_tells_the_truth(evidence(run()), manifest(parameters=(Parameter("n"),))) == []


def test_without_any_input_MANIFEST_025_does_not_apply():
    assert isinstance(required_tells_the_truth(evidence(run()), manifest()), NotApplicable)


def test_an_undeclared_variable_that_heals_the_baseline_fails_MANIFEST_026():
    healed = run("diagnose-variables", variables=("LICENCE_FILE", "OUTPUT_MOUNT_PATH"))
    seen = evidence(failed("baseline", variables=("OUTPUT_MOUNT_PATH",)), healed)
    (finding,) = needed_variables_are_declared(seen, manifest())
    assert "With LICENCE_FILE it succeeds" in finding.message


def test_a_baseline_that_fails_for_another_reason_is_not_blamed_on_variables():
    seen = evidence(failed("baseline"), failed("diagnose-variables"))
    assert isinstance(needed_variables_are_declared(seen, manifest()), NotTested)


def test_a_baseline_that_succeeds_needs_no_other_variables():
    declared = manifest(environment=(EnvironmentVariable("REGION"),))
    assert needed_variables_are_declared(evidence(run()), declared) == []


def test_variables_that_a_failure_names_are_tried_and_those_that_are_set_are_not():
    broken = run("baseline", stdout="KeyError: 'MY_LICENCE' (OUTPUT_MOUNT_PATH is fine, HTTP is a word)",
                 variables=("OUTPUT_MOUNT_PATH",))  # fmt: skip
    assert list(named_variables(broken)) == ["MY_LICENCE"]
