"""Scripted answers: by message, by call, by a function; checked when they are loaded."""

import json

import pytest

from conformance.mock_openai import ScriptRule


def text(post, scenario, prompt="Hello.", **settings):
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}], **settings}
    return post(scenario, body=body).json()["choices"][0]["message"]


def test_an_answer_by_message(server, post, name):
    script = [{"equals": "Hello.", "answer": "Hi."}, {"match": "^What.*time", "answer": "Noon."}]
    server.open(name, script=script)
    assert text(post, name)["content"] == "Hi."
    assert text(post, name, "What is the time?")["content"] == "Noon."
    assert "bye" in text(post, name, "Bye.")["content"].lower()


def test_answers_by_how_often_the_body_came(server, post, name):
    server.open(name, script=[ScriptRule(answers=("one", "two"))])
    assert [text(post, name)["content"] for _ in range(3)] == ["one", "two", "two"]


def test_an_answer_by_index(server, post, name):
    server.open(name, script=[{"index": 1, "json": {"a": 1}}])
    text(post, name, "first")
    assert json.loads(text(post, name, "second")["content"]) == {"a": 1}


def test_tool_calls_and_refusals(server, post, name):
    server.open(name, script=[{"call": 0, "tool_calls": [{"name": "f", "arguments": {"x": 1}}]}, {"refusal": "No."}])
    (call,) = text(post, name)["tool_calls"]
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("f", {"x": 1})
    assert text(post, name)["refusal"] == "No."


def test_a_function_answers_or_leaves_it(server, post, name):
    server.open(name, script=lambda asked: f"{asked.prompt} {asked.call}" if asked.prompt == "Hello." else None)
    assert [text(post, name)["content"] for _ in range(2)] == ["Hello. 0", "Hello. 1"]
    assert text(post, name, "Other.")["content"] != "Other."


def test_a_scripted_answer_is_the_same_on_every_endpoint(server, post, name):
    server.open(name, script=[{"answer": "Fixed."}])
    response = post(name, "/responses", {"model": "m", "input": "x"}).json()
    completion = post(name, "/completions", {"model": "m", "prompt": "x"}).json()
    assert response["output"][0]["content"][0]["text"] == completion["choices"][0]["text"] == "Fixed."


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([{"anwser": "x"}], "unknown key 'anwser' in a script rule. Did you mean 'answer'"),
        ([{"match": "x"}], "exactly one of"),
        ([{"answer": "x", "json": {}}], "exactly one of"),
        ([{"match": "(", "answer": "x"}], "not a regular expression"),
        ([{"answer": 7}], "answer of a script rule must be text"),
        ([{"call": -1, "answer": "x"}], "call of a script rule must be a whole number"),
        ([{"tool_calls": [{"nam": "x"}]}], "a scripted tool call is"),
        ([{"answers": []}], "answers of a script rule must be a list"),
        (["x"], "a script rule is a mapping"),
        ({"answer": "x"}, "a script is a list of rules or a function"),
    ],
)
def test_a_wrong_script_is_refused_when_it_is_loaded(server, name, wrong, said):
    with pytest.raises(ValueError, match=said):
        server.open(name, script=wrong)
