"""``/v1/responses``: the same turns in the words of OpenAI's newer endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.mock_openai import messages, tokens, tools, wire
from conformance.mock_openai.answers import Ask, ToolCall, Turn
from conformance.mock_openai.call import Call, created, flag, number
from conformance.mock_openai.dice import Dice
from conformance.mock_openai.errors import bad, missing
from conformance.mock_openai.logprobs import entry, token_logprobs
from conformance.mock_openai.reply import Answer, Reply, Stream

_ECHOED: dict[str, Any] = {
    "background": False, "instructions": None, "max_output_tokens": None, "max_tool_calls": None, "metadata": {},
    "parallel_tool_calls": True, "previous_response_id": None, "prompt_cache_key": None,
    "safety_identifier": None, "service_tier": "default", "store": True, "temperature": 1.0,
    "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": 1.0,
    "truncation": "disabled", "user": None,
}  # fmt: skip
_ROLES = ("user", "assistant", "system", "developer")


def answer(call: Call) -> Answer:
    """A response, whole or streamed."""
    body = call.body
    model = call.model()
    ask = call.once(read)
    streamed = flag(body, "stream")
    shown = _shown_logprobs(body)
    drawn = call.dice()
    identifier, born = f"resp_{drawn.hex(32)}", created(drawn)
    turn = call.turn(ask, drawn)
    items = _items(turn, shown, drawn)
    complete = turn.finish not in ("length", "content_filter")
    status = "completed" if complete else "incomplete"
    reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(turn.finish)
    echoed = {key: usual if body.get(key) is None else body[key] for key, usual in _ECHOED.items()}
    echoed["reasoning"] = body.get("reasoning") or {"effort": None, "summary": None}
    response = {
        "id": identifier,
        "object": "response",
        "created_at": born,
        "status": status,
        "completed_at": born + 1 if complete else None,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": model,
        "output": items,
        **echoed,
        "usage": _usage(ask.prompt_tokens, turn.tokens),
    }
    return _stream(response, items) if streamed else Reply(wire.dumps(response))


def read(body: Mapping[str, Any]) -> Ask:
    """What a response is asked for."""
    conversation = messages.Conversation()
    instructions = body.get("instructions")
    if isinstance(instructions, str):
        conversation.say("system", instructions)
    answered = _read_input(body.get("input"), conversation)
    number(body, "temperature", 0, 2)
    number(body, "top_p", 0, 1)
    offered = tools.read(body.get("tools"), nested=False)
    given = body.get("tools")
    choice, forced, allowed = (
        tools.choice(body.get("tool_choice"), offered, nested=False) if offered or not given else ("none", "", ())
    )
    text = body.get("text")
    if text is not None and not isinstance(text, Mapping):
        raise bad("Invalid type for 'text': expected an object.", "text", "invalid_type")
    schema, json_object = tools.text_format((text or {}).get("format"), "text.format", nested=False)
    return Ask(
        prompt=conversation.prompt or conversation.setting.strip(),
        setting=conversation.setting,
        prompt_tokens=conversation.tokens,
        limit=number(body, "max_output_tokens", 1, whole=True),
        tools=allowed,
        choice=choice,
        forced=forced,
        parallel=body.get("parallel_tool_calls"),
        answered=answered,
        schema=schema,
        json_object=json_object,
    )


def _read_input(value: Any, conversation: messages.Conversation) -> bool:
    """Add the input to the conversation; whether it ends with a tool's result."""
    if value is None:
        raise missing("input")
    if isinstance(value, str):
        conversation.say("user", value)
        return False
    if not isinstance(value, list) or not value:
        raise bad("Invalid type for 'input': expected a string or an array of items.", "input", "invalid_type")
    answered = False
    for at, item in enumerate(value):
        place = f"input[{at}]"
        if not isinstance(item, Mapping):
            raise bad(f"Invalid type for '{place}': expected an object.", place, "invalid_type")
        kind = item.get("type", "message")
        answered = kind in ("function_call_output", "custom_tool_call_output")
        if kind != "message":
            conversation.say(str(kind), str(item.get("output") or item.get("arguments") or ""))
            continue
        role = item.get("role")
        if role not in _ROLES:
            raise bad(f"Invalid value: '{role}' for '{place}.role'.", f"{place}.role", "invalid_value")
        conversation.say(role, *messages.content(_with_flat_images(item), place, role))
    return answered


def _with_flat_images(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The item as chat completions would have it: attachments are only counted, so their form does not matter."""
    parts = item.get("content")
    if not isinstance(parts, list):
        return item
    plain = [
        {"type": "input_image"} if isinstance(part, Mapping) and part.get("type") == "input_file" else part
        for part in parts
    ]
    return {**item, "content": plain}


def _shown_logprobs(body: Mapping[str, Any]) -> int | None:
    top = number(body, "top_logprobs", 0, 20, whole=True)
    include = body.get("include") or []
    return (top or 0) if top or "message.output_text.logprobs" in include else None


def _usage(prompt: int, completion: int) -> dict[str, Any]:
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": completion,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt + completion,
    }


def _items(turn: Turn, shown: int | None, drawn: Dice) -> list[dict[str, Any]]:
    if turn.tool_calls:
        return [_tool_item(call, drawn) for call in turn.tool_calls]
    parts: list[dict[str, Any]] = []
    if turn.text is not None:
        known = [] if shown is None else token_logprobs(tokens.split(turn.text), shown, drawn)
        parts.append({"type": "output_text", "text": turn.text, "annotations": [], "logprobs": known})
    if turn.refusal is not None:
        parts.append({"type": "refusal", "refusal": turn.refusal})
    status = "completed" if turn.finish in ("stop", "tool_calls") else "incomplete"
    return [{"id": f"msg_{drawn.hex(32)}", "type": "message", "status": status, "role": "assistant", "content": parts}]


def _tool_item(call: ToolCall, drawn: Dice) -> dict[str, Any]:
    if call.custom:
        head = {"id": f"ctc_{drawn.hex(32)}", "type": "custom_tool_call", "status": "completed"}
        return {**head, "call_id": call.id, "name": call.name, "input": call.arguments}
    head = {"id": f"fc_{drawn.hex(32)}", "type": "function_call", "status": "completed"}
    return {**head, "call_id": call.id, "name": call.name, "arguments": call.arguments}


class _Events:
    """The events of a stream, numbered as they are added."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def add(self, kind: str, **values: Any) -> None:
        """Add one event."""
        event = {"type": kind, "sequence_number": len(self.frames), **values}
        self.frames.append(wire.event(event, kind))


def _stream(response: dict[str, Any], items: list[dict[str, Any]]) -> Stream:
    events = _Events()
    begun = {**response, "status": "in_progress", "completed_at": None, "output": [], "usage": None}
    begun["incomplete_details"] = None
    events.add("response.created", response=begun)
    events.add("response.in_progress", response=begun)
    for at, item in enumerate(items):
        if item["type"] == "message":
            _stream_message(events, at, item)
        else:
            _stream_tool(events, at, item)
    events.add(f"response.{response['status']}", response=response)
    return Stream(tuple(events.frames))


def _stream_message(events: _Events, at: int, item: dict[str, Any]) -> None:
    events.add("response.output_item.added", output_index=at, item={**item, "status": "in_progress", "content": []})
    for place, part in enumerate(item["content"]):
        where = {"item_id": item["id"], "output_index": at, "content_index": place}
        kind, said = ("output_text", "text") if part["type"] == "output_text" else ("refusal", "refusal")
        events.add("response.content_part.added", **where, part={**part, said: "", **_no_logprobs(kind)})
        for piece in tokens.pieces(part[said]):
            events.add(f"response.{kind}.delta", **where, delta=piece, **_delta_logprobs(kind, part, piece))
        events.add(f"response.{kind}.done", **where, **{said: part[said]}, **_delta_logprobs(kind, part, ""))
        events.add("response.content_part.done", **where, part=part)
    events.add("response.output_item.done", output_index=at, item=item)


def _no_logprobs(kind: str) -> dict[str, Any]:
    return {"logprobs": []} if kind == "output_text" else {}


def _delta_logprobs(kind: str, part: dict[str, Any], piece: str) -> dict[str, Any]:
    if kind != "output_text":
        return {}
    if not piece or not part["logprobs"]:
        return {"logprobs": []}
    known = [
        {key: value for key, value in entry(token, -0.1).items() if key != "bytes"} for token in tokens.split(piece)
    ]
    return {"logprobs": [{**one, "top_logprobs": []} for one in known]}


def _stream_tool(events: _Events, at: int, item: dict[str, Any]) -> None:
    said = "input" if item["type"] == "custom_tool_call" else "arguments"
    name = "custom_tool_call_input" if said == "input" else "function_call_arguments"
    where = {"item_id": item["id"], "output_index": at}
    events.add("response.output_item.added", output_index=at, item={**item, "status": "in_progress", said: ""})
    for piece in tokens.pieces(item[said], 16):
        events.add(f"response.{name}.delta", **where, delta=piece)
    extra = {"name": item["name"]} if said == "arguments" else {}
    events.add(f"response.{name}.done", **where, **{said: item[said]}, **extra)
    events.add("response.output_item.done", output_index=at, item=item)
