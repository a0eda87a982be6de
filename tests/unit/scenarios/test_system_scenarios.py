"""The runs about systems: which there are, what they give, and where their parameters come from."""

from dataclasses import replace
from itertools import pairwise

import pytest
from builders import request, run

from conformance.contract.model import InputDataset, Manifest, Parameter, System
from conformance.inputs.systems import system_definition
from conformance.mock_openai.schedule import rules
from conformance.scenarios import faults, ordinary, plan, surroundings, systems
from conformance.scenarios.recipe import Recipe, as_seen

WRITER = System("writer")
MODE = Parameter("mode", "enum", choices=("simple", "llm"))
ASKED = Recipe(requests=6, streams=False)
IDLE = Recipe(requests=0)


def by_name(module, declared, recipe=ASKED):
    return {one.name: one for one in module.scenarios(declared, recipe)}


def given(scenario, role=WRITER):
    plan_ = scenario.systems[role.name]
    return system_definition(role, plan_.type, "http://h/v1", "m", "sk-key", plan_)


def test_without_systems_nothing_of_systems_is_run():
    assert by_name(systems, Manifest()) == by_name(faults, Manifest()) == {}


@pytest.mark.parametrize("recipe", [ASKED, IDLE, Recipe(), replace(ASKED, streams=True)])
def test_the_faults_stay_within_twelve_runs(recipe):
    made = by_name(faults, Manifest(systems=(WRITER, System("critic", required=False)), parameters=(MODE,)), recipe)
    assert len(made) <= 12
    assert all(rules(one.options.get("faults", ())) or one.options.get("base_url") for one in made.values())


def test_a_cut_stream_is_tried_on_images_that_stream_alone():
    declared = Manifest(systems=(WRITER,))
    assert "fault-cut-stream" not in by_name(faults, declared)
    assert "fault-cut-stream" in by_name(faults, declared, replace(ASKED, streams=True))


def test_lasting_faults_wait_for_the_first_so_that_an_endless_image_pays_once():
    made = by_name(faults, Manifest(systems=(WRITER,)))
    waiting = {name for name, one in made.items() if "fault-server-error" in one.builds_on}
    assert waiting == set(made) - {"fault-passing", "fault-server-error"}


def test_every_run_has_the_time_that_the_host_gives():
    assert all("timeout" not in one.options for one in by_name(faults, Manifest(systems=(WRITER,))).values())


@pytest.mark.parametrize(("requests", "first"), [(1, 1), (2, 1), (22, 11), (0, 2), (None, 2)])
def test_a_partial_failure_begins_in_the_middle_of_the_requests(requests, first):
    (rule,) = by_name(faults, Manifest(systems=(WRITER,)), Recipe(requests=requests))["fault-partial"].options["faults"]
    assert min(rule["calls"]) == first


def test_passing_faults_leave_every_second_request_alone():
    calls = [number for rule in faults.PASSING for number in rule["calls"]]
    assert all(later - earlier >= 2 for earlier, later in pairwise(calls))


def test_what_a_baseline_asked_is_remembered():
    streaming = request(body={"stream": True})
    seen = as_seen(Recipe(), run(requests=(request(body={"stream": False}), streaming)))
    assert (seen.requests, seen.streams) == (2, True)
    assert (as_seen(Recipe(), run()).requests, as_seen(Recipe(), run()).streams) == (0, None)


def test_an_image_that_asks_in_the_baseline_needs_no_other_parameters():
    made = by_name(systems, Manifest(systems=(WRITER,), parameters=(MODE,)))
    assert all("borrow_from" not in one.options for one in made.values())


def test_an_image_that_asks_nobody_in_the_baseline_borrows_parameters():
    declared = Manifest(systems=(WRITER,), parameters=(MODE,))
    fault, bare = by_name(faults, declared, IDLE)["fault-dropped"], by_name(systems, declared, IDLE)["bare-systems"]
    assert fault.options["borrow_from"] == bare.options["borrow_from"] == ("parameters-1", "parameters-2")
    assert fault.options["needs_requests"]
    assert not bare.options["needs_requests"]


def test_a_selection_of_faults_brings_the_runs_to_borrow_from():
    declared = Manifest(systems=(WRITER,), parameters=(MODE,))
    names = {one.name for one in plan.plan(declared, IDLE, needed=("fault-*",)).scenarios}
    assert {"parameters-1", "parameters-2", "fault-dropped"} <= names
    assert "bare-systems" not in names


def test_a_bare_system_has_what_the_host_always_sends():
    bare = by_name(systems, Manifest(systems=(WRITER,)))["bare-systems"]
    assert set(given(bare)) == {"type", "base_url", "model", "api_key"}
    assert given(bare)["base_url"] == "http://h/v1/"


def test_a_full_system_has_every_key_of_the_host():
    full = by_name(systems, Manifest(systems=(WRITER,)))["full-systems"]
    optional = {"description", "provider", "env_file", "thinking", "reasoning_effort"}
    assert set(given(full)) == {"type", "base_url", "model", "api_key", *optional}


@pytest.mark.parametrize(
    ("name", "absent"),
    [("no-api-key", "api_key"), ("environment-key", "api_key"), ("no-base-url", "base_url"), ("no-model", "model")],
)
def test_one_key_is_absent_and_the_rest_is_there(name, absent):
    scenario = by_name(systems, Manifest(systems=(WRITER,)))[name]
    assert {"type", "base_url", "model", "api_key"} - set(given(scenario)) == {absent}


@pytest.mark.parametrize("kind", ["rest_api", "custom", "agent_cli", "my_own_thing"])
def test_a_system_with_a_protocol_of_its_own_loses_no_key(kind):
    role = System("writer", (kind,))
    made = by_name(systems, Manifest(systems=(role,)))
    assert "no-model" not in made
    assert "api_key" in given(made["no-api-key"], role)


def test_types_that_speak_the_openai_protocol_are_given_first_and_each_in_turn():
    declared = Manifest(systems=(System("writer", ("rest_api", "llm_api", "vlm_api")), System("critic")))
    assert ordinary.all_systems(declared)["writer"].type == "llm_api"
    made = by_name(systems, declared)
    assert made["other-systems-1"].systems["writer"].type == "vlm_api"
    assert made["other-systems-2"].systems["writer"].type == "rest_api"
    assert made["other-systems-2"].systems["critic"].type == "llm_api"


def test_optional_systems_are_left_out_alone_where_less_is_required_in_other_ways_too():
    optional = System("critic", required=False)
    declared = Manifest(systems=(WRITER, optional))
    assert "without-systems" not in by_name(ordinary, declared)
    more = replace(declared, input_datasets=(InputDataset("examples", required=False),))
    assert set(by_name(ordinary, more)["without-systems"].systems) == {"writer"}


def test_whom_an_image_reaches_is_watched_with_its_optional_systems_given():
    declared = Manifest(systems=(WRITER, System("helper", required=False)))
    assert set(by_name(surroundings, declared)["egress"].systems) == {"writer", "helper"}
