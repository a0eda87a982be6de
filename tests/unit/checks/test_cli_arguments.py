"""CLI: arguments, systems, standard input, bad arguments, and that an image ends by itself."""

from __future__ import annotations

import pytest
from builders import document, evidence, manifest, run

from conformance.checks.cli import (
    accepts_systems_params,
    ends_by_itself,
    generation_params_come_as_two_tokens,
    ignores_systems_params_that_it_does_not_need,
    needs_no_terminal,
    order_and_unknown_flags_do_not_matter,
    runs_without_systems_params,
    says_what_is_wrong_with_its_arguments,
    takes_json_objects_with_escaped_text,
)
from conformance.contract.model import System
from conformance.findings import NotApplicable, NotTested

OPTIONAL = manifest(systems=(System("writer", required=False),))
USAGE = "usage: generate\nerror: unrecognized arguments: "


def refused(scenario: str, error: str = "no", **fields: object):
    return run(scenario, stdout=document(results={"success": False, "error": error}), exit_code=1, **fields)


def usage(scenario: str, flag: str, **fields: object):
    return run(scenario, stdout="", stderr=USAGE + flag, exit_code=2, **fields)


@pytest.mark.parametrize(
    "baseline", [usage("baseline", "--generation-params"), refused("baseline", "--generation-params is missing")]
)
def test_an_image_that_does_not_know_generation_params_fails_CLI_001(baseline):
    (finding,) = generation_params_come_as_two_tokens(evidence(baseline), manifest())
    assert finding.location == "argv"


def test_a_baseline_that_fails_later_than_at_its_arguments_passes_CLI_001():
    assert generation_params_come_as_two_tokens(evidence(refused("baseline", "no such file")), manifest()) == []
    assert generation_params_come_as_two_tokens(evidence(run()), manifest()) == []


def test_an_argument_that_is_required_although_no_system_is_fails_CLI_002():
    (finding,) = runs_without_systems_params(evidence(run(), usage("without-systems", "--systems-params")), OPTIONAL)
    assert finding.scenario == "without-systems"


def test_CLI_002_concerns_images_without_required_systems_only():
    required = manifest(systems=(System("writer", required=True),))
    assert isinstance(runs_without_systems_params(evidence(run()), required), NotApplicable)
    assert isinstance(runs_without_systems_params(evidence(run(systems=("writer",))), OPTIONAL), NotTested)
    assert runs_without_systems_params(evidence(run(systems=("writer",)), run("minimal")), OPTIONAL) == []


def test_an_image_that_does_not_know_systems_params_fails_CLI_003():
    (finding,) = accepts_systems_params(evidence(usage("baseline", "--systems-params", systems=("writer",))), OPTIONAL)
    assert finding.scenario == "baseline"
    assert accepts_systems_params(evidence(run()), OPTIONAL) == []
    assert isinstance(accepts_systems_params(evidence(run()), manifest()), NotApplicable)


def test_an_unneeded_systems_params_that_ends_the_run_fails_CLI_004():
    seen = evidence(run(), usage("undeclared-systems", "--systems-params"))
    (finding,) = ignores_systems_params_that_it_does_not_need(seen, manifest())
    assert finding.scenario == "undeclared-systems"
    assert isinstance(ignores_systems_params_that_it_does_not_need(seen, OPTIONAL), NotApplicable)


@pytest.mark.parametrize(
    ("check", "scenario"),
    [
        (order_and_unknown_flags_do_not_matter, "odd-arguments"),
        (takes_json_objects_with_escaped_text, "large-arguments"),
    ],
)
def test_odd_and_large_arguments_must_work(check, scenario):
    (finding,) = check(evidence(run(), refused(scenario)), manifest())
    assert finding.scenario == scenario
    assert check(evidence(run(), run(scenario)), manifest()) == []
    assert isinstance(check(evidence(run()), manifest()), NotTested)


def test_a_question_on_standard_input_fails_CLI_006():
    asks = run(stdout="", stderr="EOFError: EOF when reading a line", exit_code=1)
    (finding,) = needs_no_terminal(evidence(asks), manifest())
    assert finding.message.startswith("It reads from standard input")
    assert needs_no_terminal(evidence(run(stderr="EOFError was handled")), manifest()) == []


def test_usage_text_alone_fails_CLI_008():
    seen = evidence(run(), usage("no-arguments", ""), refused("invalid-json", "not JSON"))
    (finding,) = says_what_is_wrong_with_its_arguments(seen, manifest())
    assert finding.scenario == "no-arguments"


def test_bad_arguments_that_were_never_given_leave_CLI_008_open():
    assert isinstance(says_what_is_wrong_with_its_arguments(evidence(run()), manifest()), NotTested)
    hung = run("no-arguments", status="timeout")
    assert isinstance(says_what_is_wrong_with_its_arguments(evidence(run(), hung), manifest()), NotTested)


def test_a_result_after_which_the_run_does_not_end_fails_CLI_009():
    (finding,) = ends_by_itself(evidence(run(status="timeout")), manifest())
    assert finding.message == "It printed its result and did not end."


def test_a_service_that_waits_for_requests_fails_CLI_009():
    waiting = run(stdout="listening on 8080", status="timeout", seconds=300.0, cpu_seconds=0.8)
    (finding,) = ends_by_itself(evidence(waiting), manifest())
    assert finding.message.startswith("It waited without work and without a result")


@pytest.mark.parametrize("used", [290.0, None])
def test_a_slow_image_is_left_to_RUNTIME_001(used):
    slow = run(stdout="working", status="timeout", seconds=300.0, cpu_seconds=used)
    assert ends_by_itself(evidence(slow), manifest()) == []


def test_runs_that_end_pass_CLI_009():
    assert ends_by_itself(evidence(run(), run("repeat")), manifest()) == []
    assert isinstance(ends_by_itself(evidence(run("minimal")), manifest()), NotTested)
