"""ENV: variables that are needed, optional or missing, telemetry, and the order of the log."""

from __future__ import annotations

import json

from builders import document, evidence, image, manifest, run

from conformance.checks.env import (
    honours_the_token_of_the_hub,
    is_not_held_up_by_telemetry,
    keeps_the_order_of_its_log,
    needs_no_variable_that_it_does_not_declare,
    says_that_a_required_variable_is_missing,
    works_without_optional_variables,
)
from conformance.contract.model import EnvironmentVariable
from conformance.findings import NotApplicable, NotTested

OPTIONAL = manifest(environment=(EnvironmentVariable("CURRENCY", required=False),))
REQUIRED = manifest(environment=(EnvironmentVariable("REGION"),))
FAILED = document(results={"success": False, "error": "no"})


def refused(scenario: str, **fields: object):
    return run(scenario, **{"stdout": FAILED, "exit_code": 1, **fields})


def test_an_image_that_works_only_with_undeclared_variables_fails_ENV_001():
    seen = evidence(refused("baseline"), run("diagnose-variables"))
    (finding,) = needs_no_variable_that_it_does_not_declare(seen, manifest())
    assert finding.location == "environment"


def test_a_baseline_that_variables_do_not_heal_leaves_ENV_001_open():
    seen = evidence(refused("baseline"), refused("diagnose-variables"))
    assert isinstance(needs_no_variable_that_it_does_not_declare(seen, manifest()), NotTested)
    assert needs_no_variable_that_it_does_not_declare(evidence(), manifest()) == []


def test_an_optional_variable_that_is_needed_fails_ENV_002():
    (finding,) = works_without_optional_variables(evidence(run(), refused("no-optional-variables")), OPTIONAL)
    assert finding.scenario == "no-optional-variables"
    assert works_without_optional_variables(evidence(run(), run("no-optional-variables")), OPTIONAL) == []


def test_ENV_002_concerns_optional_variables_only():
    assert isinstance(works_without_optional_variables(evidence(), REQUIRED), NotApplicable)
    assert isinstance(works_without_optional_variables(evidence(), OPTIONAL), NotTested)


def test_a_required_variable_whose_lack_ends_in_a_traceback_fails_ENV_003():
    broken = run("missing-variable-REGION", stdout="", stderr="KeyError: 'REGION'", exit_code=1)
    (finding,) = says_that_a_required_variable_is_missing(evidence(run(), broken), REQUIRED)
    assert "required variable REGION" in finding.message


def test_a_clean_error_and_a_variable_that_is_not_needed_pass_ENV_003():
    for one in (refused("missing-variable-REGION"), run("missing-variable-REGION")):
        assert says_that_a_required_variable_is_missing(evidence(run(), one), REQUIRED) == []
    assert isinstance(says_that_a_required_variable_is_missing(evidence(), REQUIRED), NotTested)
    assert isinstance(says_that_a_required_variable_is_missing(evidence(), OPTIONAL), NotApplicable)


def test_ENV_004_says_why_it_is_not_tested():
    judgement = honours_the_token_of_the_hub(evidence(), manifest())
    assert judgement == NotTested("gated data of a hub would be needed, and no network is assumed", observable=False)


def test_a_run_that_telemetry_holds_up_fails_ENV_005():
    stuck = run("kubernetes", status="timeout", observed={"timeout": 300})
    (finding,) = is_not_held_up_by_telemetry(evidence(run(), stuck), manifest())
    assert "it did not end within 300 seconds" in finding.message
    assert is_not_held_up_by_telemetry(evidence(run(), refused("kubernetes")), manifest()) == []
    assert isinstance(is_not_held_up_by_telemetry(evidence(run()), manifest()), NotTested)


def test_an_image_that_speaks_only_unbuffered_fails_ENV_006():
    seen = evidence(run(stdout=""), run("unbuffered"))
    (finding,) = keeps_the_order_of_its_log(seen, manifest())
    assert "PYTHONUNBUFFERED=1" in finding.message


def test_a_buffering_python_whose_document_is_on_stderr_fails_ENV_006_once():
    told = [run(name, stdout="", stderr=json.dumps(FAILED), exit_code=1) for name in ("wrong-type-n", "invalid-json")]
    (finding,) = keeps_the_order_of_its_log(evidence(run(), *told), manifest())
    assert finding.scenario == "wrong-type-n"


def test_an_image_with_the_variable_or_one_stream_or_without_python_passes_ENV_006():
    told = run("invalid-json", stdout="", stderr=json.dumps(FAILED), exit_code=1)
    unbuffered, other = image(environment={"PYTHONUNBUFFERED": "1"}), image(entrypoint=("/generate",))
    assert keeps_the_order_of_its_log(evidence(run(), told, image=unbuffered), manifest()) == []
    assert keeps_the_order_of_its_log(evidence(run(), told, image=other), manifest()) == []
    assert keeps_the_order_of_its_log(evidence(run(), refused("invalid-json", stderr="a log line")), manifest()) == []
