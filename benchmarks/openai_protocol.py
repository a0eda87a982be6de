"""Thirty-five questions to a server that says it speaks OpenAI's protocol, asked with the official Python client.

Every check is a function of a `Server`; it returns when the answer is right and raises when it is not. The name of a
check is its function's name in plain words. Our own tests demand all of them; the benchmark shows how others fare.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import openai
from pydantic import BaseModel

MODEL = "gpt-4o-mini"
QUESTION: Any = [{"role": "user", "content": "Say something about the weather in Paris."}]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
TIME = {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}


def tool(name: str, parameters: dict[str, Any]) -> Any:
    """A function tool of chat completions."""
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


TOOLS = [tool("get_weather", WEATHER), tool("get_time", TIME)]


@dataclass
class Server:
    """A server under test. ``fresh`` gives the base URL of a scenario that has seen nothing yet."""

    fresh: Callable[[], str]
    key: str = "sk-test"
    clients: list[openai.OpenAI] = field(default_factory=list)

    def client(self, **settings: Any) -> openai.OpenAI:
        """A client for a fresh scenario, without retries so that nothing is hidden."""
        settings = {"api_key": self.key, "max_retries": 0, "timeout": 10, **settings}
        made = openai.OpenAI(base_url=self.fresh(), **settings)
        self.clients.append(made)
        return made

    def post(self, path: str, body: Any, key: str | None = None) -> httpx.Response:
        """A request without the client's help."""
        headers = {"authorization": f"Bearer {self.key if key is None else key}"} if key != "" else {}
        return httpx.post(self.fresh() + path, json=body, headers=headers, timeout=10)


Check = Callable[[Server], None]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Enter a check into the table."""
    CHECKS[function.__name__.replace("_", " ")] = function
    return function


def ask(server: Server, **settings: Any) -> Any:
    """A chat completion of the usual question."""
    return server.client().chat.completions.create(**{"model": MODEL, "messages": QUESTION, **settings})


@check
def chat_plain_with_usage(server: Server) -> None:
    answer = ask(server)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


@check
def chat_with_vision_input(server: Server) -> None:
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    assert ask(server, messages=[{"role": "user", "content": parts}]).choices[0].message.content


@check
def same_text_for_the_same_request(server: Server) -> None:
    assert ask(server).choices[0].message.content == ask(server).choices[0].message.content


@check
def same_bytes_for_the_same_request(server: Server) -> None:
    body = {"model": MODEL, "messages": QUESTION}
    first, second = server.post("/chat/completions", body), server.post("/chat/completions", body)
    assert first.status_code == 200
    assert first.content == second.content


@check
def stream_with_finish_reason(server: Server) -> None:
    chunks = list(ask(server, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"


@check
def stream_ends_with_done(server: Server) -> None:
    answer = server.post("/chat/completions", {"model": MODEL, "messages": QUESTION, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.rstrip().endswith("data: [DONE]")


@check
def stream_usage_in_a_last_chunk_without_choices(server: Server) -> None:
    chunks = list(ask(server, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])


@check
def tool_call_with_valid_arguments(server: Server) -> None:
    (call, *_) = ask(server, tools=TOOLS[:1], tool_choice="required").choices[0].message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert call.function.name == "get_weather"
    assert arguments["unit"] in WEATHER["properties"]["unit"]["enum"]  # type: ignore[index]


@check
def tool_call_streamed_in_deltas(server: Server) -> None:
    deltas = _deltas(ask(server, tools=TOOLS[:1], tool_choice="required", stream=True))
    assert deltas[0].function.name == "get_weather"
    assert json.loads("".join(delta.function.arguments or "" for delta in deltas))["city"]


def _deltas(stream: Any) -> list[Any]:
    chunks = [chunk for chunk in stream if chunk.choices]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    return [delta for chunk in chunks for delta in chunk.choices[0].delta.tool_calls or []]


@check
def two_parallel_tool_calls(server: Server) -> None:
    calls = ask(server, tools=TOOLS, tool_choice="required", parallel_tool_calls=True).choices[0].message.tool_calls
    assert len(calls) == len({call.id for call in calls}) == 2


@check
def parallel_tool_calls_with_right_stream_indexes(server: Server) -> None:
    deltas = _deltas(ask(server, tools=TOOLS, tool_choice="required", parallel_tool_calls=True, stream=True))
    for index in (0, 1):
        assert json.loads("".join(d.function.arguments or "" for d in deltas if d.index == index))


@check
def tool_choice_none_is_respected(server: Server) -> None:
    message = ask(server, tools=TOOLS, tool_choice="none").choices[0].message
    assert message.content
    assert not message.tool_calls


@check
def tool_choice_named_is_respected(server: Server) -> None:
    chosen = {"type": "function", "function": {"name": "get_time"}}
    (call,) = ask(server, tools=TOOLS, tool_choice=chosen).choices[0].message.tool_calls
    assert call.function.name == "get_time"


class Person(BaseModel):
    """What the structured checks ask for."""

    name: str
    age: int
    tags: list[str]


@check
def json_schema_gives_a_valid_object(server: Server) -> None:
    person = server.client().chat.completions.parse(model=MODEL, messages=QUESTION, response_format=Person)
    assert isinstance(person.choices[0].message.parsed, Person)


@check
def json_object_gives_an_object(server: Server) -> None:
    asked: Any = [{"role": "user", "content": "Answer in JSON: what is the weather?"}]
    answer = ask(server, messages=asked, response_format={"type": "json_object"})
    assert isinstance(json.loads(answer.choices[0].message.content), dict)


@check
def three_choices_for_n_3(server: Server) -> None:
    assert [choice.index for choice in ask(server, n=3).choices] == [0, 1, 2]


@check
def logprobs_with_alternatives(server: Server) -> None:
    choice = ask(server, logprobs=True, top_logprobs=2).choices[0]
    assert "".join(entry.token for entry in choice.logprobs.content) == choice.message.content
    assert all(len(entry.top_logprobs) == 2 for entry in choice.logprobs.content)


@check
def max_tokens_1_finishes_with_length(server: Server) -> None:
    answer = ask(server, max_tokens=1)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 1


@check
def responses_plain_with_usage(server: Server) -> None:
    answer = server.client().responses.create(model=MODEL, input="Say something.")
    assert answer.output_text
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens > 0


@check
def responses_stream(server: Server) -> None:
    events = list(server.client().responses.create(model=MODEL, input="Say something.", stream=True))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == text != ""


@check
def responses_parse(server: Server) -> None:
    answer = server.client().responses.parse(model=MODEL, input="Somebody.", text_format=Person)
    assert isinstance(answer.output_parsed, Person)


@check
def responses_tools(server: Server) -> None:
    flat: Any = [{"type": "function", "name": "get_weather", "parameters": WEATHER, "strict": True}]
    answer = server.client().responses.create(model=MODEL, input="Paris?", tools=flat, tool_choice="required")
    (call,) = (item for item in answer.output if item.type == "function_call")
    assert json.loads(call.arguments)["city"]


@check
def completions_legacy(server: Server) -> None:
    answer = server.client().completions.create(model="gpt-3.5-turbo-instruct", prompt="Once upon a time")
    assert answer.choices[0].text
    assert answer.usage


@check
def embeddings_by_default(server: Server) -> None:
    data = server.client().embeddings.create(model="text-embedding-3-small", input=["one", "two"]).data
    assert len(data[0].embedding) == len(data[1].embedding) == 1536
    assert data[0].embedding != data[1].embedding


@check
def embeddings_in_base64(server: Server) -> None:
    body = {"model": "text-embedding-3-small", "input": "one", "encoding_format": "base64"}
    found = server.post("/embeddings", body).json()["data"][0]["embedding"]
    assert isinstance(found, str)
    assert len(struct.unpack("<1536f", base64.b64decode(found))) == 1536


@check
def embeddings_with_dimensions(server: Server) -> None:
    made = server.client().embeddings.create(model="text-embedding-3-small", input="one", dimensions=64)
    assert len(made.data[0].embedding) == 64


@check
def models_listed(server: Server) -> None:
    assert server.client().models.list().data[0].id


@check
def model_retrieved(server: Server) -> None:
    client = server.client()
    name = client.models.list().data[0].id
    assert client.models.retrieve(name).id == name


@check
def images_generated_in_base64(server: Server) -> None:
    settings: Any = {"model": "gpt-image-1", "prompt": "a tree", "n": 2, "size": "1024x1024"}
    data = server.client().images.generate(**settings).data
    assert data
    assert [base64.b64decode(one.b64_json or "")[:4] for one in data] == [b"\x89PNG"] * 2


@check
def image_edited(server: Server) -> None:
    data = server.client().images.edit(model="gpt-image-1", image=("a.png", PNG), prompt="more trees").data
    assert data
    assert base64.b64decode(data[0].b64_json or "")


@check
def moderations(server: Server) -> None:
    answer = server.client().moderations.create(model="omni-moderation-latest", input="hello")
    assert answer.results[0].categories.violence is False


@check
def audio_transcribed_and_spoken(server: Server) -> None:
    client = server.client()
    assert client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF" + bytes(200))).text
    assert client.audio.speech.create(model="tts-1", voice="alloy", input="hello").read()


@check
def missing_messages_is_a_400_in_openai_shape(server: Server) -> None:
    answer = server.post("/chat/completions", {"model": MODEL})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


@check
def no_key_is_a_401_in_openai_shape(server: Server) -> None:
    answer = server.post("/chat/completions", {"model": MODEL, "messages": QUESTION}, key="")
    assert answer.status_code == 401
    assert answer.json()["error"]["message"]


@check
def an_unknown_path_is_a_404_in_openai_shape(server: Server) -> None:
    answer = server.post("/no/such/path", {})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"]
