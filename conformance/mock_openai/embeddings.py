"""``/v1/embeddings``: unit vectors that depend on the text alone, as floats or in base64, whichever was asked for."""

from __future__ import annotations

import math
from array import array
from base64 import b64encode
from functools import lru_cache
from hashlib import shake_256
from sys import byteorder
from typing import Any

from conformance.mock_openai import tokens, wire
from conformance.mock_openai.call import Call, number, required
from conformance.mock_openai.errors import bad
from conformance.mock_openai.reply import Answer, Reply

USUAL_DIMENSIONS = 1536
_DIMENSIONS = {"text-embedding-3-large": 3072, "text-embedding-3-small": 1536, "text-embedding-ada-002": 1536}
MOST_INPUTS = 2048


def answer(call: Call) -> Answer:
    """One vector for every input."""
    body = call.body
    model = call.model()
    texts = _inputs(required(body, "input"))
    width = number(body, "dimensions", 1, 8192, whole=True) or _DIMENSIONS.get(model, USUAL_DIMENSIONS)
    encoding = body.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise bad("Invalid value for 'encoding_format': use 'float' or 'base64'.", "encoding_format", "invalid_value")
    call.dice()
    data = [
        {"object": "embedding", "index": at, "embedding": _encoded(vector(text, width), encoding)}
        for at, text in enumerate(texts)
    ]
    spent = sum(tokens.count(text) for text in texts)
    usage = {"prompt_tokens": spent, "total_tokens": spent}
    return Reply(wire.dumps_plain({"object": "list", "data": data, "model": model, "usage": usage}))


@lru_cache(maxsize=256)
def vector(text: str, width: int) -> array[float]:
    """A unit vector of 32-bit floats for a text."""
    raw = array("h", shake_256(text.encode("utf-8", "replace")).digest(2 * width))
    if byteorder == "big":
        raw.byteswap()
    length = math.sqrt(sum(value * value for value in raw)) or 1.0
    return array("f", [value / length for value in raw])


def _encoded(values: array[float], encoding: str) -> Any:
    if encoding == "float":
        return values.tolist()
    little = values if byteorder == "little" else array("f", values)
    if byteorder == "big":
        little.byteswap()
    return b64encode(little.tobytes()).decode()


def _inputs(value: Any) -> list[str]:
    if isinstance(value, str):
        texts = [value]
    elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        texts = value
    elif isinstance(value, list) and value and all(isinstance(item, int) for item in value):
        texts = [_from_tokens(value)]
    elif isinstance(value, list) and value and all(isinstance(item, list) and item for item in value):
        texts = [_from_tokens(item) for item in value]
    else:
        raise bad("'input' must be a text, a list of texts or a list of token numbers.", "input", "invalid_type")
    if len(texts) > MOST_INPUTS:
        raise bad(
            f"Invalid 'input': array too long. Expected at most {MOST_INPUTS}.", "input", "array_above_max_length"
        )
    if not all(texts):
        raise bad("Invalid 'input': input cannot be an empty string.", "input")
    return texts


def _from_tokens(numbers: list[int]) -> str:
    return " ".join(str(token) for token in numbers)
