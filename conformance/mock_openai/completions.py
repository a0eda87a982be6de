"""``/v1/completions``, the legacy text completions."""

from __future__ import annotations

from typing import Any

from conformance.mock_openai import tokens, wire
from conformance.mock_openai.answers import Ask, Turn
from conformance.mock_openai.call import Call, created, flag, number, required, stops
from conformance.mock_openai.dice import Dice
from conformance.mock_openai.errors import bad
from conformance.mock_openai.logprobs import token_logprobs
from conformance.mock_openai.reply import Answer, Reply, Stream

USUAL_LIMIT = 16
"""``max_tokens`` where a request does not give one (OpenAI's default for this endpoint)."""


def answer(call: Call) -> Answer:
    """A text completion for every prompt, whole or streamed."""
    body = call.body
    model = call.model()
    prompts = _prompts(required(body, "prompt"))
    number(body, "temperature", 0, 2)
    count = number(body, "n", 1, 128, whole=True) or 1
    limit = number(body, "max_tokens", 0, whole=True)
    shown = number(body, "logprobs", 0, 5, whole=True)
    ends = stops(body)
    echo, streamed = flag(body, "echo"), flag(body, "stream")
    options = body.get("stream_options")
    drawn = call.dice()
    head = {"id": f"cmpl-{drawn.hex(24)}", "object": "text_completion", "created": created(drawn), "model": model}
    turns: list[Turn] = []
    for at, prompt in enumerate(prompt for prompt in prompts for _ in range(count)):
        ask = Ask(prompt=prompt, limit=USUAL_LIMIT if limit is None else limit, stop=ends)
        turn = call.turn(ask, drawn if at == 0 else drawn.child(f"choice {at}"))
        turns.append(Turn(prompt + (turn.text or ""), finish=turn.finish) if echo else turn)
    usage = tokens.usage(sum(tokens.count(prompt) for prompt in prompts), sum(turn.tokens for turn in turns))
    if streamed:
        wanted = isinstance(options, dict) and flag(options, "include_usage")
        return _stream(head, turns, usage if wanted else None)
    choices = [_choice(at, turn.text or "", turn.finish, shown, drawn) for at, turn in enumerate(turns)]
    return Reply(wire.dumps({**head, "choices": choices, "usage": usage}))


def _prompts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not value:
        raise bad("Invalid type for 'prompt': expected a string or an array.", "prompt", "invalid_type")
    if all(isinstance(item, str) for item in value):
        return value
    if all(isinstance(item, int) for item in value):
        return [_from_tokens(value)]
    if all(isinstance(item, list) and all(isinstance(token, int) for token in item) for item in value):
        return [_from_tokens(item) for item in value]
    raise bad("Invalid type for 'prompt': expected texts or token numbers.", "prompt", "invalid_type")


def _from_tokens(numbers: list[int]) -> str:
    return " ".join(f"token{token}" for token in numbers)


def _choice(at: int, text: str, finish: str | None, shown: int | None, drawn: Dice) -> dict[str, Any]:
    found = None if shown is None else _logprobs(text, shown, drawn)
    return {"index": at, "text": text, "logprobs": found, "finish_reason": finish}


def _logprobs(text: str, shown: int, drawn: Dice) -> dict[str, Any]:
    entries = token_logprobs(tokens.split(text), shown, drawn)
    offsets, at = [], 0
    for entry in entries:
        offsets.append(at)
        at += len(entry["token"])
    return {
        "tokens": [entry["token"] for entry in entries],
        "token_logprobs": [entry["logprob"] for entry in entries],
        "top_logprobs": [{top["token"]: top["logprob"] for top in entry["top_logprobs"]} for entry in entries],
        "text_offset": offsets,
    }


def _stream(head: dict[str, Any], turns: list[Turn], usage: dict[str, object] | None) -> Stream:
    chunks: list[dict[str, Any]] = []
    tail: dict[str, Any] = {} if usage is None else {"usage": None}
    for at, turn in enumerate(turns):
        parts = tokens.pieces(turn.text or "") or [""]
        for place, piece in enumerate(parts):
            finish = turn.finish if place == len(parts) - 1 else None
            choice = {"index": at, "text": piece, "logprobs": None, "finish_reason": finish}
            chunks.append({**head, "choices": [choice], **tail})
    if usage is not None:
        chunks.append({**head, "choices": [], "usage": usage})
    return Stream((*wire.events(chunks), wire.DONE))
