"""Refusals in OpenAI's shape: ``{"error": {"message", "type", "param", "code"}}``, never a 422 of the server's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class ApiError(Exception):
    """A request is refused. ``headers`` go on the answer (``Retry-After`` and such)."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    type: str = "invalid_request_error"
    headers: tuple[tuple[str, str], ...] = field(default=())

    def payload(self) -> dict[str, object]:
        """The body of the answer."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


def bad(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """The 400 for a request that is not well-formed."""
    return ApiError(400, message, code=code, param=param)


def missing(param: str) -> ApiError:
    """The 400 for a parameter that is not there."""
    return bad(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def nearest(name: str, known: Sequence[str]) -> str:
    """What somebody who wrote ``name`` probably meant, as the end of a sentence (empty when nothing is near)."""
    from difflib import get_close_matches  # only when something is wrong: the server starts sooner without it

    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else ""
