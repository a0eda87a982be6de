"""Faults that refuse a request, or put something else in an answer's place.

Every docstring says what a well-behaved client does.
"""

from __future__ import annotations

from conformance.mock_openai.dice import Dice
from conformance.mock_openai.errors import ApiError
from conformance.mock_openai.faults import FaultRule, named
from conformance.mock_openai.reply import Reply


@named("401", "refuse")
def unauthorized(_rule: FaultRule) -> ApiError:
    """The key is refused (401).

    A well-behaved client does not try again: it ends with an error that says the key was refused, and does not show it.
    """
    return ApiError(401, "Incorrect API key provided.", "invalid_api_key")


@named("403", "refuse")
def forbidden(_rule: FaultRule) -> ApiError:
    """The key may not use this (403).

    A well-behaved client does not try again and says what was forbidden.
    """
    return ApiError(403, "You are not allowed to use this resource.", "permission_denied", type="permission_error")


@named("404-model", "refuse")
def unknown_model(_rule: FaultRule) -> ApiError:
    """The model does not exist (404).

    A well-behaved client does not try again and names the model that was asked for.
    """
    return ApiError(404, "The model does not exist or you do not have access to it.", "model_not_found", "model")


@named("400", "refuse")
def bad_request(_rule: FaultRule) -> ApiError:
    """The request is not understood (400).

    A well-behaved client does not send the same request again; it reports the row it belongs to.
    """
    return ApiError(400, "The request could not be understood.", "invalid_request")


@named("408", "refuse")
def request_timeout(_rule: FaultRule) -> ApiError:
    """The server waited too long for the request (408).

    A well-behaved client tries again, a bounded number of times and with growing pauses.
    """
    return ApiError(408, "The request took too long to arrive.", "request_timeout", type="timeout")


@named("409", "refuse")
def conflict(_rule: FaultRule) -> ApiError:
    """Something else holds the resource (409).

    A well-behaved client tries again, a bounded number of times and with growing pauses.
    """
    return ApiError(409, "The resource is locked by another request.", "conflict", type="conflict_error")


@named("413", "refuse")
def too_large(_rule: FaultRule) -> ApiError:
    """The request is too large (413).

    A well-behaved client does not send the same request again; it sends less or reports the row.
    """
    return ApiError(413, "The request is too large.", "request_too_large")


@named("422", "refuse")
def unprocessable(_rule: FaultRule) -> ApiError:
    """The request is well-formed and cannot be followed (422).

    A well-behaved client does not send the same request again; it reports the row.
    """
    return ApiError(422, "The request cannot be processed.", "unprocessable_entity")


def _too_many(*headers: tuple[str, str]) -> ApiError:
    message = "Rate limit reached for requests. Please try again later."
    return ApiError(429, message, "rate_limit_exceeded", type="requests", headers=headers)


@named("429", "refuse")
def too_many_requests(_rule: FaultRule) -> ApiError:
    """Too many requests (429), without a word on when to come again.

    A well-behaved client waits longer from try to try, sends fewer requests at once, gives up after a bounded number
    of tries, and loses no row.
    """
    return _too_many()


@named("429-retry-after", "refuse")
def too_many_requests_retry_after(rule: FaultRule) -> ApiError:
    """Too many requests (429); ``Retry-After`` says when to come again (1 second, or ``seconds``).

    A well-behaved client does not come again earlier, and loses no row.
    """
    return _too_many(("retry-after", f"{rule.amount(1):g}"))


@named("429-retry-after-ms", "refuse")
def too_many_requests_retry_after_ms(rule: FaultRule) -> ApiError:
    """Too many requests (429); ``retry-after-ms`` says when to come again (200 milliseconds, or ``seconds``).

    A well-behaved client does not come again earlier, and loses no row.
    """
    milliseconds = round(rule.amount(0.2) * 1000)
    return _too_many(("retry-after-ms", str(milliseconds)), ("retry-after", f"{rule.amount(0.2):g}"))


@named("429-sustained", "refuse")
def too_many_requests_sustained(rule: FaultRule) -> ApiError:
    """Too many requests (429) with ``Retry-After: 1``, again and again.

    A well-behaved client gives up within a bounded time with a clear error; it neither hangs nor reports success with
    rows that were lost.
    """
    return _too_many(("retry-after", f"{rule.amount(1):g}"))


@named("quota", "refuse")
def insufficient_quota(_rule: FaultRule) -> ApiError:
    """The account has no money left (429 with ``insufficient_quota``).

    A well-behaved client sees that waiting does not help and ends with an error that says so.
    """
    message = "You exceeded your current quota, please check your plan and billing details."
    return ApiError(429, message, "insufficient_quota", type="insufficient_quota")


def _broken(status: int, message: str) -> ApiError:
    return ApiError(status, message, type="server_error")


@named("500", "refuse")
def internal_error(_rule: FaultRule) -> ApiError:
    """The server failed (500).

    A well-behaved client tries again, a bounded number of times and with growing pauses, and loses no row.
    """
    return _broken(500, "The server had an error while processing your request.")


@named("502", "refuse")
def bad_gateway(_rule: FaultRule) -> ApiError:
    """A gateway got no proper answer (502).

    A well-behaved client tries again, a bounded number of times and with growing pauses.
    """
    return _broken(502, "Bad gateway.")


@named("503", "refuse")
def unavailable(_rule: FaultRule) -> ApiError:
    """The server is overloaded (503).

    A well-behaved client tries again, a bounded number of times and with growing pauses, and sends less at once.
    """
    return _broken(503, "The engine is currently overloaded, please try again later.")


@named("529", "refuse")
def overloaded(_rule: FaultRule) -> ApiError:
    """The service is overloaded (529, a status that standard libraries have no name for).

    A well-behaved client treats it as every other 5xx.
    """
    return ApiError(529, "The service is overloaded.", type="overloaded_error")


@named("content-filter-400", "refuse")
def filtered_prompt(_rule: FaultRule) -> ApiError:
    """The prompt is refused by a content filter (400).

    A well-behaved client does not send it again; it reports the row and goes on with the others.
    """
    message = "The response was filtered due to the prompt triggering the content management policy."
    return ApiError(400, message, "content_filter", "prompt")


@named("context-length-exceeded", "refuse")
def context_length_exceeded(_rule: FaultRule) -> ApiError:
    """The prompt is longer than the model can take (400).

    A well-behaved client does not send it again as it is; it shortens it or reports the row.
    """
    message = "This model's maximum context length is 8192 tokens. Please reduce the length of the messages."
    return ApiError(400, message, "context_length_exceeded", "messages")


@named("html-error", "replace")
def html_error(_rule: FaultRule, _dice: Dice) -> Reply:
    """A gateway's error page: HTML with status 502.

    A well-behaved client tries again a bounded number of times; its error shows the status, not the page.
    """
    page = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
    return Reply(page, 502, "text/html; charset=utf-8")


@named("html-200", "replace")
def html_success(_rule: FaultRule, _dice: Dice) -> Reply:
    """A login page: HTML with status 200, as a captive portal gives it.

    A well-behaved client does not take it for an answer: it ends with an error that says what came.
    """
    return Reply(b"<!doctype html><html><body><form>Please sign in</form></body></html>", 200, "text/html")
