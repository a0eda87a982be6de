"""The answer of a RAG system: ``choices[0].message.context.citations`` (contract.md 9.4), for a model so named."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from conformance.mock_openai.dice import Dice
from conformance.mock_openai.variation import payload, vary

_RAG = re.compile(r"(?:^|[^a-z])rag(?:[^a-z]|$)", re.IGNORECASE)


def context(model: str, prompt: str, drawn: Dice) -> dict[str, Any] | None:
    """The context of an answer when the model's name has the word ``rag`` in it, else None."""
    if not _cites(model):
        return None
    about = payload(prompt)
    return {"citations": [_citation(about, drawn.child(f"citation {at}"), at) for at in range(2)]}


@lru_cache(maxsize=256)
def _cites(model: str) -> bool:
    return _RAG.search(model) is not None


def _citation(about: str, drawn: Dice, at: int) -> dict[str, Any]:
    return {
        "retrieved_context": vary(about, drawn),
        "document_id": f"document-{drawn.below(1000)}.pdf",
        "score": round(0.95 - at / 10 - drawn.below(50) / 1000, 3),
        "source_id": "mock_collection",
    }
