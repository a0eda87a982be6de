"""The k-th time a body comes it gets the same bytes: in every scenario, in every run, whatever comes beside it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.mock_openai import MockOpenAI

BODIES = {
    "/chat/completions": {"model": "m", "messages": [{"role": "user", "content": "Good."}], "n": 2, "logprobs": True},
    "/responses": {"model": "m", "input": "Good.", "stream": True},
    "/completions": {"model": "m", "prompt": "Good."},
    "/embeddings": {"model": "m", "input": "Good."},
    "/images/generations": {"prompt": "Good.", "size": "64x64"},
    "/moderations": {"input": "Good."},
    "/audio/speech": {"model": "tts-1", "voice": "alloy", "input": "Good."},
}


def say(text):
    return {"model": "m", "messages": [{"role": "user", "content": text}]}


@pytest.mark.parametrize("path", BODIES)
def test_the_same_body_gets_the_same_bytes_in_another_scenario(server, post, name, path):
    server.open(f"{name}-a", key="sk-a")
    first = post(f"{name}-a", path, BODIES[path], key="sk-a")
    second = post(f"{name}-b", path, BODIES[path], key="sk-b")
    assert first.status_code == 200
    assert first.content == second.content
    assert dict(first.headers) == dict(second.headers)


def test_another_run_gives_the_same_bytes(post, server, name):
    import httpx

    with MockOpenAI() as other:
        headers = {"authorization": "Bearer sk"}
        answer = httpx.post(other.base_url("x") + "/chat/completions", json=say("Good day."), headers=headers)
    assert answer.content == post(name).content


def test_asked_three_times_for_the_same_it_gives_three_different_answers(post, name):
    answers = [post(name).json() for _ in range(3)]
    assert len({answer["id"] for answer in answers}) == 3
    assert len({answer["choices"][0]["message"]["content"] for answer in answers}) == 3


def test_two_hundred_answers_to_one_body_are_all_different(post, name):
    schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    body = {**say("Good day."), "response_format": form}
    texts = [post(name, body=body).json()["choices"][0]["message"]["content"] for _ in range(200)]
    assert len(set(texts)) == 200


def test_concurrency_changes_nothing(post, name):
    bodies = [say(f"row {row}") for row in range(20) for _ in range(3)]
    alone = sorted(post(f"{name}-alone", body=body).text for body in bodies)
    with ThreadPoolExecutor(8) as pool:
        together = sorted(pool.map(lambda body: post(f"{name}-together", body=body).text, reversed(bodies)))
    assert together == alone


def test_a_request_that_was_refused_does_not_use_up_an_answer(server, post, name):
    server.open(f"{name}-hostile", faults=["500*2"])
    statuses = [post(f"{name}-hostile").status_code for _ in range(2)]
    assert statuses == [500, 500]
    assert post(f"{name}-hostile").content == post(f"{name}-calm").content


def test_a_share_of_faults_meets_the_same_bodies_in_every_order(server, post, name):
    rule = [{"fault": "500", "share": 0.5}]
    server.open(f"{name}-a", faults=rule)
    server.open(f"{name}-b", faults=rule)
    rows = list(range(30))
    first = {row: post(f"{name}-a", body=say(f"row {row}")).status_code for row in rows}
    second = {row: post(f"{name}-b", body=say(f"row {row}")).status_code for row in reversed(rows)}
    assert first == second
    assert 5 < list(first.values()).count(500) < 25


def test_the_answer_is_a_variation_and_not_the_input(post, name):
    content = post(name).json()["choices"][0]["message"]["content"]
    assert "day" in content
    assert content != "Good day."


def test_the_answer_is_the_same_without_the_quick_json_library(post, name, monkeypatch):
    from conformance.mock_openai import wire

    quick = {path: post(f"{name}-quick", path, body).content for path, body in BODIES.items()}
    monkeypatch.setattr(wire, "orjson", None)
    assert {path: post(f"{name}-plain", path, body).content for path, body in BODIES.items()} == quick
