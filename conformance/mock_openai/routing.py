"""Where a request goes: to which space, and to which endpoint of the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from conformance.mock_openai import audio, chat, completions, embeddings, images, models, moderations, responses
from conformance.mock_openai.call import Call
from conformance.mock_openai.reply import Answer
from conformance.mock_openai.spaces import DEFAULT

Answerer = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: ``space`` None is no space at all; ``inside`` says that it is below the base URL."""

    space: str | None
    path: str
    inside: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: its method, what its body is, and who answers."""

    method: str
    answer: Answerer
    form: bool = False


ENDPOINTS: dict[str, Endpoint] = {
    "/chat/completions": Endpoint("POST", chat.answer),
    "/responses": Endpoint("POST", responses.answer),
    "/completions": Endpoint("POST", completions.answer),
    "/embeddings": Endpoint("POST", embeddings.answer),
    "/models": Endpoint("GET", models.listed),
    "/images/generations": Endpoint("POST", images.generated),
    "/images/edits": Endpoint("POST", images.edited, form=True),
    "/images/variations": Endpoint("POST", images.edited, form=True),
    "/moderations": Endpoint("POST", moderations.answer),
    "/audio/transcriptions": Endpoint("POST", audio.transcribed, form=True),
    "/audio/translations": Endpoint("POST", audio.transcribed, form=True),
    "/audio/speech": Endpoint("POST", audio.spoken),
}

_MODEL = Endpoint("GET", models.retrieved)
_FILE = Endpoint("GET", images.file)

IMAGE_FILES = "/images/files/"
"""Below this the images are that answers give by URL; they are fetched without a key."""


@lru_cache(maxsize=1024)
def locate(path: str) -> Place:
    """The place that a request's path (still quoted) leads to."""
    if path.startswith("/s/"):
        name, slash, rest = path[3:].partition("/")
        space, inside = unquote(name), slash + rest
    elif path.startswith("/v1/") or path == "/v1":
        space, inside = DEFAULT, path
    else:
        return Place(None, path, inside=False)
    if inside == "/v1" or inside.startswith("/v1/"):
        return Place(space, inside[3:], inside=True)
    return Place(space, path, inside=False)


def endpoint(path: str) -> Endpoint | None:
    """The endpoint at a path below the base URL."""
    found = ENDPOINTS.get(path)
    if found is None and path.startswith("/models/") and len(path) > len("/models/"):
        return _MODEL
    if found is None and path.startswith(IMAGE_FILES):
        return _FILE
    return found
