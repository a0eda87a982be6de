"""Faults: refused when loaded if they are wrong, and on the wire exactly what their names say."""

import json
import threading
import time

import httpx
import pytest

from conformance.mock_openai import FaultRule
from conformance.mock_openai.fault_catalogue import FAULTS
from conformance.mock_openai.schedule import rule, rules

STATUSES = {
    "400": 400, "401": 401, "403": 403, "404-model": 404, "408": 408, "409": 409, "413": 413, "422": 422,
    "429": 429, "429-retry-after": 429, "429-retry-after-ms": 429, "429-sustained": 429, "quota": 429,
    "500": 500, "502": 502, "503": 503, "529": 529, "content-filter-400": 400, "context-length-exceeded": 400,
}  # fmt: skip


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_a_refusal_has_its_status_and_the_shape_of_openai(server, post, name, status):
    scenario = f"fault-{name}"
    server.open(scenario, faults=[name])
    answer = post(scenario)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert [entry.fault for entry in server.ledger(scenario).entries] == [name]


def test_retry_after_is_sent_in_seconds_and_in_milliseconds(server, post, name):
    server.open(name, faults=["429-retry-after*1", FaultRule("429-retry-after-ms", seconds=0.05)])
    assert post(name).headers["retry-after"] == "1"
    assert post(name).headers["retry-after-ms"] == "50"


def test_every_fault_says_what_a_well_behaved_client_does():
    assert len(FAULTS) > 40
    for fault in FAULTS.values():
        assert "A well-behaved client" in fault.doc, fault.name
        assert not fault.summary.startswith("A well-behaved"), fault.name


def test_rules_one_after_the_other_are_a_queue(server, post, name):
    server.open(name, faults=["500*1", "429*2", "503*1"])
    assert [post(name).status_code for _ in range(5)] == [500, 429, 429, 503, 200]


def test_a_rule_can_name_calls_path_and_model(server, post, name):
    faults = [
        {"fault": "500", "calls": [1], "path": "/chat/completions"},
        {"fault": "503", "model": "other"},
    ]
    server.open(name, faults=faults)
    other = {"model": "other", "input": "x"}
    statuses = [post(name).status_code, post(name, "/embeddings", other).status_code, post(name).status_code]
    assert statuses == [200, 503, 500]


def test_a_rule_can_begin_and_end_with_time(server, post, name):
    server.open(name, faults=[FaultRule("500", until=0.2)])
    assert post(name).status_code == 500
    time.sleep(0.25)
    assert post(name).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("429-retry-afte", "unknown fault '429-retry-afte'. Did you mean '429-retry-after'"),
        ({"fault": "500", "callz": [1]}, "unknown key 'callz' in a fault rule. Did you mean 'calls'"),
        ({"calls": [1]}, "needs 'fault'"),
        ({"fault": "500", "share": 2}, "share must be a number from 0.0 to 1.0"),
        ({"fault": "500", "share": float("nan")}, "share must be"),
        ({"fault": "500", "times": 0}, "times must be a whole number"),
        ({"fault": "500", "calls": [-1]}, "calls must be whole numbers"),
        ({"fault": "500", "path": 3}, "path of fault '500' must be text"),
        (7, "a fault is a name or a mapping"),
    ],
)
def test_a_wrong_rule_is_refused_when_it_is_loaded(server, name, wrong, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        server.open(name, faults=[wrong])


def test_one_name_and_one_mapping_are_lists_of_one():
    assert rules("500") == rules({"fault": "500"}) == (rule("500"),)


def message(post, scenario):
    return post(scenario).json()["choices"][0]


@pytest.mark.parametrize(
    ("fault", "content"),
    [("null-content", None), ("empty-content", ""), ("refusal", None)],
)
def test_what_the_model_does_not_say(server, post, name, fault, content):
    server.open(name, faults=[fault])
    choice = message(post, name)
    assert (choice["message"]["content"], choice["finish_reason"]) == (content, "stop")
    assert bool(choice["message"]["refusal"]) == (fault == "refusal")


@pytest.mark.parametrize(("fault", "finish"), [("length", "length"), ("content-filter", "content_filter")])
def test_what_the_model_says_only_in_part(server, post, name, fault, finish):
    server.open(name, faults=[fault])
    choice, whole = message(post, name), message(post, f"{name}-whole")["message"]["content"]
    part = choice["message"]["content"]
    assert choice["finish_reason"] == finish
    assert whole.startswith(part)
    assert 0 < len(part) < len(whole)


def test_a_huge_answer_is_huge(server, post, name):
    server.open(name, faults=["huge-answer"])
    assert len(message(post, name)["message"]["content"]) == 8_000_000


def test_a_huge_answer_and_a_huge_prompt_do_not_hold_up_the_server(server, post, name):
    server.open(name, faults=["huge-answer"])
    huge = {"model": "m", "messages": [{"role": "user", "content": "word " * 2_000_000}], "max_tokens": 3}
    began = time.monotonic()
    assert post(name, body=huge).json()["usage"]["completion_tokens"] == 3
    assert time.monotonic() - began < 2


def test_hostile_text_is_valid_json(server, post, name):
    server.open(name, faults=["prompt-injection*1", "control-characters"])
    assert "Ignore all previous instructions" in message(post, name)["message"]["content"]
    assert "\x00\x1b[31m" in message(post, name)["message"]["content"]


def test_choices_can_be_empty_and_the_model_another(server, post, name):
    server.open(name, faults=["empty-choices*1", "wrong-model"])
    assert post(name).json()["choices"] == []
    assert post(name).json()["model"] == "another-model-2020-01-01"


def test_an_answer_without_output_has_no_text_in_its_stream_either(server, post, name):
    server.open(name, faults=["empty-choices"])
    answer = post(name, "/responses", body={"model": "m", "input": "Hello", "stream": True})
    kinds = [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]
    assert kinds == ["response.created", "response.in_progress", "response.completed"]


@pytest.mark.parametrize("fault", ["malformed-json", "broken-sse", "stream-truncated"])
def test_a_malformed_body_has_status_200_and_the_right_length(server, post, name, fault):
    server.open(name, faults=[fault])
    answer = post(name)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_bytes_that_are_not_utf_8(server, post, name):
    server.open(name, faults=["invalid-utf8"])
    with pytest.raises(UnicodeDecodeError):
        post(name).content.decode()


def test_pages_and_content_types(server, post, name):
    server.open(name, faults=["html-error*1", "html-200*1", "wrong-content-type"])
    first, second, third = post(name), post(name), post(name)
    assert (first.status_code, first.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert (second.status_code, second.headers["content-type"]) == (200, "text/html")
    assert third.json()["choices"]
    assert third.headers["content-type"].startswith("text/plain")


def streamed():
    return {"model": "m", "messages": [{"role": "user", "content": "Good day."}], "stream": True}


def test_a_stream_can_end_early_and_cleanly(server, post, name):
    server.open(name, faults=["stream-truncated"])
    text = post(name, body=streamed()).text
    assert text.startswith("data: {")
    assert "[DONE]" not in text
    assert '"finish_reason":"stop"' not in text


def test_a_stream_can_have_a_broken_event(server, post, name):
    server.open(name, faults=["broken-sse"])
    events = [line[6:] for line in post(name, body=streamed()).text.splitlines() if line.startswith("data: ")]
    broken = [event for event in events if event != "[DONE]" and not event.endswith("}")]
    assert broken == ['{"id": "chatcmpl']


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("drop", httpx.RemoteProtocolError),
        ("reset", httpx.ReadError),
        ("garbage-status", httpx.RemoteProtocolError),
        ("short-body", httpx.RemoteProtocolError),
        ("stream-cut", httpx.RemoteProtocolError),
    ],
)
def test_the_connection_dies_as_the_fault_says(server, post, name, fault, error):
    for body, scenario in ((None, name), (streamed(), f"{name}-streamed")):
        server.open(scenario, faults=[f"{fault}*1"])
        with pytest.raises(error):
            post(scenario, body=body)
        assert post(scenario, body=body).status_code == 200
        assert [entry.fault for entry in server.ledger(scenario).entries] == [fault, ""]


def test_a_connection_can_be_refused(server, post, name):
    server.open(name, faults=["refused"])
    with pytest.raises(httpx.ConnectError):
        post(name)
    assert server.ledger(name).entries == ()


def test_latency_comes_before_the_first_byte(server, post, name):
    server.open(name, faults=[FaultRule("latency", seconds=0.3)])
    began = time.monotonic()
    assert post(name).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_slow_stream_comes_in_parts(server, client, name):
    server.open(name, faults=[FaultRule("slow-stream", seconds=0.02)])
    headers = {"authorization": "Bearer x"}
    url = server.base_url(name) + "/chat/completions"
    with client.stream("POST", url, json=streamed(), headers=headers) as answer:
        times = [time.monotonic() for _ in answer.iter_raw()]
    assert len(times) > 5
    assert times[-1] - times[0] >= 0.02 * 4


@pytest.mark.parametrize("fault", ["stall", "stall-mid-body"])
def test_a_stall_lasts_until_the_client_goes_and_the_ledger_says_so(server, post, name, fault):
    server.open(name, faults=[fault])
    with pytest.raises(httpx.ReadTimeout):
        post(name, timeout=0.3)
    time.sleep(0.1)
    (entry,) = server.ledger(name).entries
    assert entry.disconnected
    assert entry.status == (0 if fault == "stall" else 200)
    assert 0.2 < entry.finished - entry.arrived < 5


def test_held_requests_wait_until_they_are_released(server, post, name):
    server.open(name, faults=["hold"])
    answers = []
    thread = threading.Thread(target=lambda: answers.append(post(name)))
    thread.start()
    assert server.wait_for_request(name, timeout=5)
    time.sleep(0.1)
    assert answers == []
    server.release(name)
    thread.join(5)
    assert answers[0].content == post(f"{name}-free").content
    assert post(name).status_code == 200


def test_waiting_for_a_request_that_does_not_come_ends(server, name):
    server.open(name)
    assert server.wait_for_request(name, timeout=0.05) is False


def test_a_client_that_goes_while_it_is_held_is_recorded(server, post, name):
    server.open(name, faults=["hold"])
    with pytest.raises(httpx.ReadTimeout):
        post(name, timeout=0.2)
    time.sleep(0.1)
    assert server.ledger(name).entries[0].disconnected
