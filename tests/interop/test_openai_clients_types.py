"""Every answer of the mock server is valid for the types of the official package (which its client does not check)."""

import json

import httpx
import pytest
from openai.types import (
    Completion,
    CreateEmbeddingResponse,
    ImagesResponse,
    Model,
    ModerationCreateResponse,
)
from openai.types.audio import Transcription, TranscriptionVerbose
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from benchmarks.openai_protocol import PNG, QUESTION, TOOLS, WEATHER
from conformance.mock_openai import MockOpenAI

pytestmark = pytest.mark.interop
CUSTOM = {"type": "custom", "custom": {"name": "note", "description": "a note"}}


@pytest.fixture(scope="module")
def client():
    with MockOpenAI() as server:
        yield httpx.Client(base_url=server.base_url("types"), headers={"authorization": "Bearer sk-x"})


def chat(**settings):
    return {"model": "gpt-4o", "messages": QUESTION, **settings}


def asked(**settings):
    return {"model": "gpt-4o", "input": "Say something about the weather.", **settings}


SCHEMA = {"type": "json_schema", "name": "weather", "schema": WEATHER, "strict": True}
FLAT_TOOLS = [{"type": "function", "name": name, "parameters": WEATHER, "strict": True} for name in ("one", "two")]
WHOLE = [
    ("/chat/completions", chat(), ChatCompletion),
    ("/chat/completions", chat(n=3, logprobs=True, top_logprobs=3), ChatCompletion),
    ("/chat/completions", chat(tools=[*TOOLS, CUSTOM], parallel_tool_calls=True), ChatCompletion),
    ("/chat/completions", chat(tools=[CUSTOM], tool_choice="required"), ChatCompletion),
    ("/chat/completions", chat(max_completion_tokens=2), ChatCompletion),
    ("/completions", {"model": "m", "prompt": ["one", "two"], "n": 2, "logprobs": 2, "echo": True}, Completion),
    ("/responses", asked(), Response),
    ("/responses", asked(include=["message.output_text.logprobs"], top_logprobs=2), Response),
    ("/responses", asked(tools=FLAT_TOOLS, tool_choice="required"), Response),
    ("/responses", asked(text={"format": SCHEMA}, max_output_tokens=3), Response),
    ("/embeddings", {"model": "text-embedding-3-large", "input": [[1, 2], [3]]}, CreateEmbeddingResponse),
    ("/moderations", {"input": ["hello", "flag:violence"]}, ModerationCreateResponse),
    ("/images/generations", {"prompt": "a tree", "n": 2, "size": "256x256"}, ImagesResponse),
    ("/images/generations", {"prompt": "a tree", "model": "dall-e-3"}, ImagesResponse),
]


@pytest.mark.parametrize(("path", "body", "kind"), WHOLE)
def test_an_answer_is_of_the_official_type(client, path, body, kind):
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    kind.model_validate(answer.json(), strict=False)


STREAMS = [
    ("/chat/completions", chat(n=2, logprobs=True, top_logprobs=1), ChatCompletionChunk),
    ("/chat/completions", chat(tools=[*TOOLS, CUSTOM], stream_options={"include_usage": True}), ChatCompletionChunk),
    ("/responses", asked(top_logprobs=2), ResponseStreamEvent),
    ("/responses", asked(tools=FLAT_TOOLS), ResponseStreamEvent),
    ("/responses", asked(text={"format": SCHEMA}), ResponseStreamEvent),
    ("/responses", asked(max_output_tokens=2), ResponseStreamEvent),
]


@pytest.mark.parametrize(("path", "body", "kind"), STREAMS)
def test_every_event_of_a_stream_is_of_the_official_type(client, path, body, kind):
    answer = client.post(path, json={**body, "stream": True})
    events = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    values = [json.loads(event) for event in events if event != "[DONE]"]
    assert len(values) > 2
    for value in values:
        TypeAdapter(kind).validate_python(value)


def test_a_legacy_stream_is_of_the_official_type_once_it_has_a_finish_reason(client):
    """Before that it is null, as at the service; the package's type does not say so."""
    answer = client.post("/completions", json={"model": "m", "prompt": "one", "stream": True})
    *first, last = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    assert {chunk["choices"][0]["finish_reason"] for chunk in first} == {None}
    assert Completion.model_validate(last).choices[0].finish_reason in ("stop", "length")


def test_models_are_of_the_official_type(client):
    listed = client.get("/models").json()["data"]
    assert "mock-model" in [Model.model_validate(one).id for one in listed]
    assert Model.model_validate(client.get("/models/anything").json()).id == "anything"


@pytest.mark.parametrize(("kind", "form"), [(Transcription, "json"), (TranscriptionVerbose, "verbose_json")])
def test_transcriptions_are_of_the_official_type(client, kind, form):
    answer = client.post(
        "/audio/transcriptions",
        data={"model": "whisper-1", "response_format": form},
        files={"file": ("a.wav", b"RIFF" + bytes(64_000))},
    )
    kind.model_validate(answer.json())


def test_an_image_edit_is_of_the_official_type(client):
    answer = client.post("/images/edits", data={"prompt": "more", "n": "2"}, files={"image": ("a.png", PNG)})
    assert len(ImagesResponse.model_validate(answer.json()).data) == 2
