"""Where a request goes: to which space, and to which endpoint of the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from urllib.parse import unquote

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
    """One endpoint: its method, the module and function that answer, and whether its body is a form."""

    method: str
    module: str
    function: str = "answer"
    form: bool = False

    def answer(self, call: Call) -> Answer:
        """The answer to a request; the module is imported when it is first asked, so that the server starts soon."""
        return _answerer(self.module, self.function)(call)


@lru_cache(maxsize=64)
def _answerer(module: str, function: str) -> Answerer:
    found: Answerer = getattr(import_module(f"conformance.mock_openai.{module}"), function)
    return found


ENDPOINTS: dict[str, Endpoint] = {
    "/chat/completions": Endpoint("POST", "chat"),
    "/responses": Endpoint("POST", "responses"),
    "/completions": Endpoint("POST", "completions"),
    "/embeddings": Endpoint("POST", "embeddings"),
    "/models": Endpoint("GET", "models", "listed"),
    "/images/generations": Endpoint("POST", "images", "generated"),
    "/images/edits": Endpoint("POST", "images", "edited", form=True),
    "/images/variations": Endpoint("POST", "images", "edited", form=True),
    "/moderations": Endpoint("POST", "moderations"),
    "/audio/transcriptions": Endpoint("POST", "audio", "transcribed", form=True),
    "/audio/translations": Endpoint("POST", "audio", "transcribed", form=True),
    "/audio/speech": Endpoint("POST", "audio", "spoken"),
}

_MODEL = Endpoint("GET", "models", "retrieved")
_FILE = Endpoint("GET", "images", "file")

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
