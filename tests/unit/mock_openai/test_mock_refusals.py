"""What OpenAI would refuse is refused with 400 in its shape; what it takes is taken."""

import pytest

HELLO = [{"role": "user", "content": "Hello."}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
WRONG_CHATS = {
    "messages": {"messages": None},
    "messages empty": {"messages": []},
    "messages text": {"messages": "hello"},
    "messages[0]": {"messages": ["hello"]},
    "messages[0].role": {"messages": [{"content": "x"}]},
    "messages[0].role unknown": {"messages": [{"role": "bot", "content": "x"}]},
    "messages[0].content": {"messages": [{"role": "user"}]},
    "messages[0].content[0].type": {"messages": [{"role": "user", "content": [{"type": "video"}]}]},
    "messages[0].tool_call_id": {"messages": [{"role": "tool", "content": "x"}]},
    "n": {"n": 0},
    "n text": {"n": "two"},
    "temperature": {"temperature": 3},
    "temperature true": {"temperature": True},
    "max_tokens": {"max_tokens": 0},
    "top_logprobs": {"top_logprobs": 2},
    "top_logprobs many": {"logprobs": True, "top_logprobs": 21},
    "stop": {"stop": ["a"] * 5},
    "stream": {"stream": "yes"},
    "stream_options": {"stream_options": {"include_usage": True}},
    "tools": {"tools": {}},
    "tools[0].type": {"tools": [{}]},
    "tools[0].function": {"tools": [{"type": "function"}]},
    "tool_choice": {"tool_choice": "required"},
    "tool_choice unknown": {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
    "response_format.type": {"response_format": {"type": "xml"}},
    "response_format.json_schema": {"response_format": {"type": "json_schema"}},
    "response_format.json_schema.schema": {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
    "messages without the word": {"response_format": {"type": "json_object"}},
}


@pytest.mark.parametrize("place", WRONG_CHATS)
def test_a_wrong_chat_is_a_400_that_names_the_parameter(post, name, place):
    answer = post(name, body={"model": "m", "messages": HELLO, **WRONG_CHATS[place]})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["param"] == place.split(" ")[0]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/chat/completions", {"messages": HELLO}),
        ("/chat/completions", {"model": 7, "messages": HELLO}),
        ("/responses", {"model": "m"}),
        ("/responses", {"model": "m", "input": []}),
        ("/responses", {"model": "m", "input": [{"role": "bot", "content": "x"}]}),
        ("/completions", {"model": "m"}),
        ("/completions", {"model": "m", "prompt": [{}]}),
        ("/embeddings", {"model": "m"}),
        ("/embeddings", {"model": "m", "input": ""}),
        ("/embeddings", {"model": "m", "input": "x", "encoding_format": "hex"}),
        ("/embeddings", {"model": "m", "input": "x", "dimensions": 0}),
        ("/images/generations", {}),
        ("/images/generations", {"prompt": "x", "size": "big"}),
        ("/images/generations", {"prompt": "x", "n": 11}),
        ("/images/edits", {"prompt": "x"}),
        ("/moderations", {}),
        ("/audio/transcriptions", {}),
        ("/audio/speech", {"model": "m", "input": "x"}),
        ("/audio/speech", {"model": "m", "input": "x", "voice": "alloy", "response_format": "midi"}),
    ],
)
def test_a_wrong_request_is_a_400(post, name, path, body):
    answer = post(name, path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"NaN", b'{"model": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_400(server, client, name, content):
    url = server.base_url(name) + "/chat/completions"
    answer = client.post(url, content=content, headers={"authorization": "Bearer x"})
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]["message"]


def test_an_unknown_path_is_a_404_and_a_wrong_method_a_405(server, client, post, name):
    assert post(name, "/engines").json()["error"]["code"] == "unknown_url"
    answer = client.get(server.base_url(name) + "/chat/completions", headers={"authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_supported")


@pytest.mark.parametrize("model", ["no-such-model", "nonexistent", "does_not_exist", "unknown-model"])
def test_a_model_that_says_it_does_not_exist_does_not_exist(post, name, model):
    answer = post(name, body={"model": model, "messages": HELLO})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(
    "extra",
    [
        {"temperature": 0, "top_p": 1, "seed": 1, "user": "u", "metadata": {"a": "b"}, "store": False},
        {"messages": [{"role": "developer", "content": "x"}, *HELLO], "reasoning_effort": "low"},
        {"messages": [{"role": "system", "content": [{"type": "text", "text": "x"}]}]},
        {"tags": ["k:v"], "thinking": {"type": "enabled"}, "anything": None},
        {"stop": None, "n": None, "stream": None, "tools": None, "tool_choice": None, "response_format": None},
    ],
)
def test_what_clients_usually_send_is_taken(post, name, extra):
    assert post(name, body={"model": "m", "messages": HELLO, **extra}).status_code == 200


def test_stop_ends_the_answer_before_the_word(post, name):
    whole = post(f"{name}-a", body={"model": "m", "messages": HELLO}).json()["choices"][0]["message"]["content"]
    choice = post(f"{name}-a", body={"model": "m", "messages": HELLO, "stop": ["hello"]}).json()["choices"][0]
    assert "hello" in whole
    assert "hello" not in choice["message"]["content"]
    assert choice["finish_reason"] == "stop"


def test_usage_is_the_same_in_a_stream_and_counts_what_was_said(post, name):
    body = {"model": "m", "messages": HELLO, "max_completion_tokens": 5}
    usage = post(name, body=body).json()["usage"]
    assert usage["completion_tokens"] == 5
    assert usage["total_tokens"] == usage["prompt_tokens"] + 5
    text = post(name, body={**body, "stream": True, "stream_options": {"include_usage": True}}).text
    assert '"completion_tokens":5' in text


def test_after_a_tools_result_the_model_speaks(post, name):
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [*HELLO, {"role": "assistant", "content": None, "tool_calls": [call]}]
    messages.append({"role": "tool", "tool_call_id": "c", "content": "42"})
    first = post(name, body={"model": "m", "messages": HELLO, "tools": [TOOL]}).json()["choices"][0]
    second = post(name, body={"model": "m", "messages": messages, "tools": [TOOL]}).json()["choices"][0]
    assert (first["finish_reason"], second["finish_reason"]) == ("tool_calls", "stop")


def test_a_rag_model_cites_its_sources(post, name):
    message = post(name, body={"model": "company-rag-1", "messages": HELLO}).json()["choices"][0]["message"]
    assert len(message["context"]["citations"]) == 2
    for citation in message["context"]["citations"]:
        assert citation["retrieved_context"]
        assert 0 <= citation["score"] <= 1
    plain = post(name, body={"model": "fragile-1", "messages": HELLO}).json()["choices"][0]["message"]
    assert "context" not in plain


def test_images_have_the_size_that_was_asked_for_and_can_be_fetched(post, client, name):
    import io

    from PIL import Image

    answer = post(name, "/images/generations", {"prompt": "x", "model": "dall-e-3", "size": "320x200"})
    found = client.get(answer.json()["data"][0]["url"])
    assert Image.open(io.BytesIO(found.content)).size == (320, 200)
