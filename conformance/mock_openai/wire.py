"""JSON and server-sent events as bytes: the same bytes with and without the quick JSON library.

``orjson`` is used where it is installed. Numbers that the two libraries would write differently (very small floats)
never come into an answer except in embeddings, which are always written with the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

try:
    import orjson
except ImportError:  # the sidecar image has nothing but uvicorn
    orjson = None  # type: ignore[assignment]

DONE = b"data: [DONE]\n\n"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def loads(data: bytes) -> Any:
    """Parse JSON; raises `ValueError` for anything else, NaN and nesting bombs included."""
    try:
        if orjson is not None:
            try:
                return orjson.loads(data)
            except ValueError:
                pass  # lone surrogates are legal for the standard library, and OpenAI takes them
        return json.loads(data, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def dumps_plain(value: Any) -> bytes:
    """JSON written by the standard library: compact, UTF-8, unpaired surrogates replaced."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")


def dumps(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    if orjson is not None:
        try:
            return orjson.dumps(value)
        except TypeError:
            pass  # lone surrogates and integers over 64 bits
    return dumps_plain(value)


def event(value: Any, name: str = "") -> bytes:
    """One server-sent event with a JSON payload."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + dumps(value) + b"\n\n"


def events(values: Iterable[Any]) -> tuple[bytes, ...]:
    """One nameless server-sent event per value."""
    return tuple(event(value) for value in values)
