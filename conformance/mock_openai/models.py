"""``/v1/models``: the models of a space, or a list of usual names where any is taken."""

from __future__ import annotations

from urllib.parse import unquote

from conformance.mock_openai import wire
from conformance.mock_openai.call import EPOCH, Call
from conformance.mock_openai.reply import Answer, Reply

USUAL = (
    "mock-model", "mock-rag", "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-5", "gpt-5-mini", "o3",
    "gpt-3.5-turbo", "gpt-3.5-turbo-instruct", "text-embedding-3-small", "text-embedding-3-large",
    "text-embedding-ada-002", "gpt-image-1", "dall-e-2", "dall-e-3", "omni-moderation-latest", "whisper-1",
    "gpt-4o-transcribe", "tts-1", "gpt-4o-mini-tts", "o4-mini",
)  # fmt: skip


def listed(call: Call) -> Answer:
    """All models."""
    names = call.space.settings.models
    return Reply(wire.dumps({"object": "list", "data": [_model(name) for name in (USUAL if names is None else names)]}))


def retrieved(call: Call) -> Answer:
    """One model; raises the 404 for one that does not exist."""
    name = unquote(call.path.removeprefix("/models/"))
    call.check_model(name)
    return Reply(wire.dumps(_model(name)))


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": EPOCH, "owned_by": "mock"}
