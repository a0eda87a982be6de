"""``/v1/chat/completions``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.mock_openai import citations, messages, tokens, tools, wire
from conformance.mock_openai.answers import Ask, ToolCall, Turn
from conformance.mock_openai.call import Call, created, flag, number, stops
from conformance.mock_openai.dice import Dice
from conformance.mock_openai.errors import bad
from conformance.mock_openai.logprobs import token_logprobs
from conformance.mock_openai.reply import Answer, Reply, Stream

FINGERPRINT = "fp_0000000000"


def answer(call: Call) -> Answer:
    """A chat completion, whole or streamed."""
    model = call.model()
    ask, count, shown, streamed, include_usage = call.once(_wanted)
    drawn = call.dice()
    head = {"id": f"chatcmpl-{drawn.hex(24)}", "created": created(drawn), "model": model}
    turns = [call.turn(ask, drawn if at == 0 else drawn.child(f"choice {at}")) for at in range(count)]
    usage = tokens.usage(ask.prompt_tokens, sum(turn.tokens for turn in turns))
    context = citations.context(model, ask.prompt, drawn)
    if streamed:
        return _stream(head, turns, shown, drawn, usage=usage if include_usage else None, context=context)
    choices = [_choice(at, turn, shown, drawn, context) for at, turn in enumerate(turns)]
    return Reply(
        wire.dumps(
            {
                "id": head["id"],
                "object": "chat.completion",
                "created": head["created"],
                "model": model,
                "choices": choices,
                "usage": usage,
                "service_tier": "default",
                "system_fingerprint": FINGERPRINT,
            }
        )
    )


def _wanted(body: Mapping[str, Any]) -> tuple[Ask, int, int | None, bool, bool]:
    """The request's reading: what is asked, how many choices, the log-probabilities, streamed, with usage."""
    streamed = flag(body, "stream")
    count = number(body, "n", 1, 128, whole=True) or 1
    return read(body), count, _shown_logprobs(body), streamed, _include_usage(body, streamed=streamed)


def read(body: Mapping[str, Any]) -> Ask:
    """What a chat completion asks for."""
    conversation = messages.read(body.get("messages"))
    number(body, "temperature", 0, 2)
    number(body, "top_p", 0, 1)
    number(body, "presence_penalty", -2, 2)
    number(body, "frequency_penalty", -2, 2)
    limit = number(body, "max_completion_tokens", 1, whole=True) or number(body, "max_tokens", 1, whole=True)
    offered = tools.read(body.get("tools"), nested=True)
    choice, forced, allowed = tools.choice(body.get("tool_choice"), offered, nested=True)
    schema, json_object = tools.text_format(body.get("response_format"), "response_format", nested=True)
    if json_object and "json" not in (conversation.prompt + conversation.setting).lower():
        said = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        raise bad(said, "messages")
    return Ask(
        prompt=conversation.prompt,
        setting=conversation.setting,
        prompt_tokens=conversation.tokens,
        limit=limit,
        stop=stops(body),
        tools=allowed,
        choice=choice,
        forced=forced,
        parallel=body.get("parallel_tool_calls"),
        answered=conversation.last_role in ("tool", "function"),
        schema=schema,
        json_object=json_object,
    )


def _shown_logprobs(body: Mapping[str, Any]) -> int | None:
    """How many alternatives to show per token; None when no log-probabilities are asked for."""
    top = number(body, "top_logprobs", 0, 20, whole=True)
    if not flag(body, "logprobs"):
        if top is not None:
            raise bad("Invalid value for 'top_logprobs': 'logprobs' must be true.", "top_logprobs")
        return None
    return top or 0


def _include_usage(body: Mapping[str, Any], *, streamed: bool) -> bool:
    options = body.get("stream_options")
    if options is None:
        return False
    if not streamed:
        raise bad("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    if not isinstance(options, Mapping):
        raise bad("Invalid type for 'stream_options': expected an object.", "stream_options", "invalid_type")
    return flag(options, "include_usage")


def _choice(at: int, turn: Turn, shown: int | None, drawn: Dice, context: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": turn.text, "refusal": turn.refusal, "annotations": []}
    if turn.tool_calls:
        message["tool_calls"] = [_tool_call(call) for call in turn.tool_calls]
    if context is not None:
        message["context"] = context
    return {
        "index": at,
        "message": message,
        "logprobs": None if shown is None else _logprobs(turn, shown, drawn),
        "finish_reason": turn.finish,
    }


def _logprobs(turn: Turn, shown: int, drawn: Dice) -> dict[str, Any]:
    refusal = token_logprobs(tokens.split(turn.refusal), shown, drawn) if turn.refusal else None
    return {"content": token_logprobs(tokens.split(turn.text or ""), shown, drawn), "refusal": refusal}


def _tool_call(call: ToolCall) -> dict[str, Any]:
    if call.custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _stream(
    head: dict[str, Any],
    turns: list[Turn],
    shown: int | None,
    drawn: Dice,
    *,
    usage: dict[str, object] | None,
    context: Any,
) -> Stream:
    base = {**head, "object": "chat.completion.chunk", "service_tier": "default", "system_fingerprint": FINGERPRINT}
    tail: dict[str, Any] = {} if usage is None else {"usage": None}

    def chunk(at: int, delta: dict[str, Any], finish: str | None = None, logprobs: Any = None) -> dict[str, Any]:
        choice = {"index": at, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return {**base, "choices": [choice], **tail}

    chunks = []
    for at, turn in enumerate(turns):
        first: dict[str, Any] = {"role": "assistant", "content": "" if turn.text is not None else None, "refusal": None}
        if context is not None:
            first["context"] = context
        chunks.append(chunk(at, first))
        for piece in tokens.pieces(turn.text or ""):
            known = None if shown is None else token_logprobs(tokens.split(piece), shown, drawn)
            chunks.append(chunk(at, {"content": piece}, logprobs=known and {"content": known, "refusal": None}))
        chunks.extend(chunk(at, {"refusal": piece}) for piece in tokens.pieces(turn.refusal or ""))
        chunks.extend(chunk(at, {"tool_calls": [delta]}) for delta in _tool_deltas(turn.tool_calls))
        chunks.append(chunk(at, {}, finish=turn.finish))
    if usage is not None:
        chunks.append({**base, "choices": [], "usage": usage})
    return Stream((*wire.events(chunks), wire.DONE))


def _tool_deltas(calls: tuple[ToolCall, ...]) -> list[dict[str, Any]]:
    """A stream's parts of tool calls: the head first, then the arguments in pieces, each with its call's index."""
    deltas: list[dict[str, Any]] = []
    for at, call in enumerate(calls):
        kind, said = ("custom", "input") if call.custom else ("function", "arguments")
        deltas.append({"index": at, "id": call.id, "type": kind, kind: {"name": call.name, said: ""}})
        deltas.extend({"index": at, kind: {said: piece}} for piece in tokens.pieces(call.arguments, 16))
    return deltas
