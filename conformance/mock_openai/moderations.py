"""``/v1/moderations``: nothing is ever objected to, unless the text asks for it (``flag:violence`` in it)."""

from __future__ import annotations

import re
from typing import Any

from conformance.mock_openai import wire
from conformance.mock_openai.call import Call, required
from conformance.mock_openai.errors import bad
from conformance.mock_openai.reply import Answer, Reply

CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip
_ASKED = re.compile(r"flag:([a-z/-]+)")


def answer(call: Call) -> Answer:
    """One judgement for every input."""
    texts = _inputs(required(call.body, "input"))
    model = call.body.get("model") or "omni-moderation-latest"
    call.check_model(str(model))
    drawn = call.dice()
    results = [_judged(text) for text in texts]
    return Reply(wire.dumps({"id": f"modr-{drawn.hex(24)}", "model": model, "results": results}))


def _inputs(value: Any) -> list[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items:
        raise bad("Invalid type for 'input': expected a string or an array.", "input", "invalid_type")
    if all(isinstance(item, dict) for item in items):
        return [" ".join(str(item.get("text", "")) for item in items)]
    if not all(isinstance(item, str) for item in items):
        raise bad("Invalid type for 'input': expected texts.", "input", "invalid_type")
    return items


def _judged(text: str) -> dict[str, Any]:
    flagged = set(_ASKED.findall(text)) & set(CATEGORIES)
    return {
        "flagged": bool(flagged),
        "categories": {name: name in flagged for name in CATEGORIES},
        "category_scores": {name: 0.99 if name in flagged else 0.001 for name in CATEGORIES},
        "category_applied_input_types": {name: ["text"] for name in CATEGORIES},
    }
