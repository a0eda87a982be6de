"""SYSTEM-007, -008, -010, -011 and -014: where requests go and what they carry."""

import json

import pytest
from builders import evidence, manifest, request, run

from conformance.checks.all import REGISTRY
from conformance.contract.model import Parameter, System
from conformance.findings import NotApplicable, NotTested
from conformance.mock_openai.ledger import fingerprint

KEY = "sk-secret-key"
WRITER = {"type": "llm_api", "base_url": "http://h/s/x/v1", "model": "kit-chat", "api_key": KEY}
DECLARED = manifest(systems=(System("writer"),))
METADATA = {"tags": {"job_id": "job-7", "job_type": "generation"}, "user_id": None}


def chat(path="/chat/completions", *, key=KEY, headers=None, fields=None, **others):
    body = {"model": "kit-chat", "messages": [], **(fields or {})}
    shown = {"authorization": f"Bearer {fingerprint(key)}"} if headers is None else headers
    return request(path, body=body, key=fingerprint(key), headers=shown, **others)


def asked(*requests, scenario="baseline", system=WRITER, metadata=METADATA, **fields):
    arguments = (
        "--systems-params", json.dumps({"writer": system}), "--generation-params", json.dumps({"metadata": metadata}),
    )  # fmt: skip
    return run(scenario, **{"arguments": arguments, "systems": ("writer",), "requests": requests, **fields})


def judged(requirement, *runs, declared=DECLARED, **fields):
    return REGISTRY[requirement].function(evidence(*runs, **fields), declared)


def test_requests_for_the_given_model_at_the_given_address_are_right():
    assert judged("SYSTEM-007", asked(chat())) == []


def test_another_model_fails_SYSTEM_007():
    (finding,) = judged("SYSTEM-007", asked(chat(fields={"model": "gpt-4o-mini"})))
    assert "gpt-4o-mini" in finding.message
    assert "kit-chat" in finding.message


@pytest.mark.parametrize("declared", [{"default": "small"}, {"type": "enum", "choices": ("small", "large")}])
def test_a_model_that_a_parameter_offers_is_the_users_choice(declared):
    chosen = manifest(systems=DECLARED.systems, parameters=(Parameter("embedding_model", **declared),))
    assert judged("SYSTEM-007", asked(chat(fields={"model": "small"})), declared=chosen) == []


def test_arguments_of_one_token_each_are_read_as_well():
    one_token = (f"--systems-params={json.dumps({'writer': WRITER})}",)
    assert judged("SYSTEM-007", asked(chat(), arguments=one_token)) == []
    (finding,) = judged("SYSTEM-007", asked(chat(fields={"model": "other"}), arguments=one_token))
    assert "it was given kit-chat" in finding.message


def test_a_system_without_model_lets_no_request_be_wrong():
    bare = {name: value for name, value in WRITER.items() if name != "model"}
    assert judged("SYSTEM-007", asked(chat(fields={"model": "built-in"}), scenario="no-model", system=bare)) == []


def test_a_doubled_slash_fails_SYSTEM_007():
    lost = chat("//chat/completions", status=404, declared=False)
    (finding,) = judged("SYSTEM-007", asked(chat()), asked(lost, scenario="bare-systems"))
    assert "doubled" in finding.message


def test_a_path_that_the_server_does_not_have_is_no_doubled_slash():
    assert judged("SYSTEM-007", asked(chat(), request("/health", declared=False, status=404))) == []


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/other"])
def test_a_request_beside_the_base_url_with_the_systems_key_fails_SYSTEM_007(path):
    beside = [{"method": "POST", "path": path, "key": "k", "own_key": True}]
    (finding,) = judged("SYSTEM-007", asked(chat(), observed={"beside": beside}))
    assert path in finding.message


def test_a_message_without_key_to_the_systems_host_is_a_matter_of_SYSTEM_014_alone():
    seen = asked(chat(), observed={"beside": [{"method": "POST", "path": "/telemetry", "key": "", "own_key": False}]})
    assert judged("SYSTEM-007", seen) == []
    (finding,) = judged("SYSTEM-014", seen)
    assert "POST /telemetry" in finding.message


def test_what_an_image_with_a_required_system_asks_is_watched_for_SYSTEM_014():
    assert judged("SYSTEM-014", asked(chat())) == []
    assert isinstance(judged("SYSTEM-014", asked(chat()), skipped={"egress": "not selected"}), NotTested)


def test_a_baseline_that_fails_at_a_connection_while_nobody_came_fails_SYSTEM_007():
    refused = {"results": {"success": False, "error": "system writer cannot be reached (Connection refused)"}}
    (finding,) = judged("SYSTEM-007", asked(stdout=refused))
    assert "base_url" in finding.message


@pytest.mark.parametrize("error", ["column text is missing", "huggingface.co: connection refused"])
def test_a_baseline_that_fails_at_something_else_shows_nothing_of_its_requests(error):
    assert isinstance(judged("SYSTEM-007", asked(stdout={"results": {"success": False, "error": error}})), NotTested)


def test_an_image_that_asks_nobody_is_not_tested():
    assert isinstance(judged("SYSTEM-007", asked()), NotTested)
    assert isinstance(judged("SYSTEM-008", asked()), NotTested)


def test_a_bearer_token_is_right_in_any_letters():
    assert judged("SYSTEM-008", asked(chat(headers={"Authorization": f"bearer {fingerprint(KEY)}"}))) == []


@pytest.mark.parametrize("headers", [{}, {"api-key": fingerprint(KEY)}, {"authorization": fingerprint(KEY)}])
def test_a_key_in_another_place_fails_SYSTEM_008(headers):
    (finding,) = judged("SYSTEM-008", asked(chat(headers=headers)))
    assert "in another place" in finding.message


def test_a_system_without_key_needs_no_bearer_token():
    bare = {name: value for name, value in WRITER.items() if name != "api_key"}
    assert isinstance(judged("SYSTEM-008", asked(chat(headers={}), system=bare)), NotTested)


def full(**fields):
    return asked(chat(fields=fields), scenario="full-systems")


def test_thinking_and_effort_in_the_requests_are_right():
    assert judged("SYSTEM-010", full(thinking={"type": "enabled"}, reasoning_effort="low")) == []
    assert judged("SYSTEM-010", full(reasoning={"effort": "low"})) == []


def test_a_key_that_is_dropped_fails_SYSTEM_010():
    (finding,) = judged("SYSTEM-010", full(thinking={"type": "enabled"}))
    assert "reasoning_effort" in finding.message


def test_an_image_that_asks_for_no_text_is_not_judged_for_thinking():
    assert isinstance(judged("SYSTEM-010", asked(request("/embeddings"), scenario="full-systems")), NotTested)
    painter = manifest(systems=(System("painter", ("image_generation_api",)),))
    assert isinstance(judged("SYSTEM-010", declared=painter), NotApplicable)


@pytest.mark.parametrize("tags", [["job_id:job-7", "job_type:generation"], {"job_id": "job-7", "type": "generation"}])
def test_tags_in_the_metadata_of_a_request_are_right(tags):
    assert judged("SYSTEM-011", asked(chat(fields={"metadata": {"tags": tags}}))) == []


def test_a_tag_that_json_writes_with_backslashes_is_recognised():
    given = {"tags": {"note": '"quoted", in C:\\data'}}
    tagged = {"metadata": {"tags": [f"note:{given['tags']['note']}"]}}
    assert judged("SYSTEM-011", asked(chat(fields=tagged), metadata=given)) == []


def test_dropped_tags_fail_SYSTEM_011():
    (finding,) = judged("SYSTEM-011", asked(chat(fields={"metadata": {"tags": ["job_id:job-7"]}})))
    assert "tags" in finding.message


def test_a_user_that_is_dropped_fails_SYSTEM_011():
    tagged = {"metadata": {"tags": ["t:a"]}}
    named = {"tags": {"t": "a"}, "user_id": "kit"}
    (finding,) = judged("SYSTEM-011", asked(chat(fields=tagged), metadata=named))
    assert "user" in finding.message
    assert judged("SYSTEM-011", asked(chat(fields={**tagged, "user": "kit"}), metadata=named)) == []
