"""Log-probabilities: invented, but in order (the chosen token first) and the same for the same body."""

from __future__ import annotations

from typing import Any

from conformance.mock_openai.dice import Dice

_OTHERS = (" the", " a", " and", " it", " is", " of", " to", " in", " that", ".", ",", " this", " was", " for", " on",
           " with", " as", " at", " be", " or")  # fmt: skip


def entry(token: str, logprob: float) -> dict[str, Any]:
    """One token with its log-probability and its bytes."""
    return {"token": token, "logprob": logprob, "bytes": list(token.encode("utf-8", "replace"))}


def token_logprobs(parts: list[str], shown: int, drawn: Dice) -> list[dict[str, Any]]:
    """One entry per token, each with ``shown`` alternatives of which the first is the token itself."""
    found = []
    for token in parts:
        best = -(1 + drawn.below(4000)) / 10_000
        others = [other for other in _OTHERS if other != token][: max(shown - 1, 0)]
        top = [entry(token, best)] if shown else []
        top += [entry(other, round(best - 1.25 - at / 4, 4)) for at, other in enumerate(others)]
        found.append({**entry(token, best), "top_logprobs": top})
    return found
