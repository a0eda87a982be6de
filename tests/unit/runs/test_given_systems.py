"""What the systems of a run are given, whom their keys open, and which requests leave the base URL."""

import httpx
import pytest
from stages import Functions, scenario, stage

from conformance.contract.model import Manifest, System
from conformance.inputs.plan import SystemPlan
from conformance.mock_openai import MockOpenAI
from conformance.runs import feeding
from conformance.runs.once import perform_once

TWO = Manifest(systems=(System("writer"), System("critic")))
BODY = {"model": "kit-chat", "messages": [{"role": "user", "content": "Good day."}]}


@pytest.fixture(scope="module")
def mock():
    with MockOpenAI() as running:
        yield running


def asked(name, **fields):
    return scenario(name, systems={"writer": SystemPlan(), "critic": SystemPlan()}, datasets={}, **fields)


def opened(mock, one):
    definitions, _ = feeding.open_systems(stage(None, None, mock, manifest=TWO), one, "127.0.0.1")
    return definitions


def post(url, key):
    return httpx.post(url, json=BODY, headers={"authorization": f"Bearer {key}"} if key else {})


def beside(mock, one):
    return feeding.beside(stage(None, None, mock, manifest=TWO), one)


def test_roles_of_one_type_are_told_apart_by_their_models(mock):
    definitions = opened(mock, asked("two-roles"))
    assert [one["model"] for one in definitions.values()] == ["kit-chat", "kit-chat-2"]


@pytest.mark.parametrize(("kind", "status"), [("llm_api", 404), ("rest_api", 200), ("my_own_thing", 200)])
def test_a_system_with_a_protocol_of_its_own_may_be_asked_anything(mock, kind, status):
    one = scenario(f"protocol-{kind}", systems={"writer": SystemPlan(type=kind)}, datasets={})
    definition = opened(mock, one)["writer"]
    assert post(f"{definition['base_url']}/generate", definition["api_key"]).status_code == status


def test_a_request_that_lost_the_path_is_told_by_its_key(mock):
    one, other = asked("lost-path"), asked("kept-path")
    key = opened(mock, one)["writer"]["api_key"]
    opened(mock, other)
    post(f"http://127.0.0.1:{mock.port}/v1/chat/completions", key)
    assert [(seen["path"], seen["own_key"]) for seen in beside(mock, one)] == [("/chat/completions", True)]
    assert beside(mock, other) == []


def test_what_comes_without_a_key_belongs_to_the_baseline_which_runs_alone(mock):
    opened(mock, asked("baseline"))
    post(f"http://127.0.0.1:{mock.port}/telemetry", "")
    assert ("/telemetry", False) in [(seen["path"], seen["own_key"]) for seen in beside(mock, asked("baseline"))]
    assert beside(mock, asked("telemetry")) == []


def test_a_request_below_the_base_url_is_beside_nothing(mock):
    one = asked("as-it-should-be")
    definition = opened(mock, one)["writer"]
    post(f"{definition['base_url']}/chat/completions", definition["api_key"])
    assert beside(mock, one) == []


@pytest.mark.parametrize(("option", "same"), [("environment_key", True), ("decoy_key", False)])
def test_the_variables_hold_the_systems_key_or_another_one(tmp_path, mock, option, same):
    engine = Functions(lambda _output, _rows: iter(()))
    one = asked(f"variable-{option}", options={option: True})
    (run,) = perform_once(stage(tmp_path, engine, mock, manifest=TWO), one)
    environment = engine.requests[0].environment
    assert (environment["API_KEY"] == environment["OPENAI_API_KEY"] == run.secrets[0]) is same
