"""Text cut into tokens. Not OpenAI's vocabulary: what matters is that counts, limits and streams agree everywhere."""

from __future__ import annotations

import re
from itertools import islice

_TOKEN = re.compile(r"\s*\w{1,8}|\s*[^\w\s]|\s+")

COUNTED = 200_000
"""Characters up to which tokens are counted one by one: longer texts must not hold up the server."""

MESSAGE_OVERHEAD = 3
"""Tokens that every message costs beside its text."""

IMAGE_TOKENS = 85
"""Tokens that an image or another attachment costs."""


def split(text: str) -> list[str]:
    """Cut a text into tokens; joined again they are the text."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """How many tokens a text has; beyond `COUNTED` characters a token is taken for four of them."""
    return len(_TOKEN.findall(text, 0, COUNTED)) + max(0, len(text) - COUNTED) // 4


def first(text: str, most: int) -> str:
    """The text's first ``most`` tokens (all of it, if it has no more)."""
    found = next(islice(_TOKEN.finditer(text), most, None), None)
    return text if found is None else text[: found.start()]


def usage(prompt: int, completion: int) -> dict[str, object]:
    """The usage of a chat or legacy completion."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def pieces(text: str, most: int = 64) -> list[str]:
    """The text in stream chunks: a token each, or several where there would be more than ``most`` chunks."""
    if len(text) > COUNTED:
        width = -(-len(text) // most)
        return [text[at : at + width] for at in range(0, len(text), width)]
    parts = split(text)
    size = -(-len(parts) // most) or 1
    return ["".join(parts[at : at + size]) for at in range(0, len(parts), size)] if size > 1 else parts
