"""What the faults look like to the official Python client, which is what containers use."""

import json
import time

import openai
import pytest

from conformance.mock_openai import FaultRule, MockOpenAI, analysis

pytestmark = pytest.mark.interop
MESSAGES = [{"role": "user", "content": "Good day."}]


@pytest.fixture(scope="module")
def server():
    with MockOpenAI() as running:
        yield running


@pytest.fixture
def ask(server, request):
    """Ask in a scenario of its own with these faults."""

    def send(*faults, retries=0, timeout=5.0, **settings):
        server.open(request.node.name.partition("[")[0], faults=faults)
        url = server.base_url(request.node.name.partition("[")[0])
        client = openai.OpenAI(base_url=url, api_key="sk-x", max_retries=retries, timeout=timeout)
        return client.chat.completions.create(model="m", messages=MESSAGES, **settings)

    return send


ERRORS = {
    "401": openai.AuthenticationError,
    "403": openai.PermissionDeniedError,
    "404-model": openai.NotFoundError,
    "409": openai.ConflictError,
    "422": openai.UnprocessableEntityError,
    "429": openai.RateLimitError,
    "500": openai.InternalServerError,
    "529": openai.InternalServerError,
    "context-length-exceeded": openai.BadRequestError,
    "html-error": openai.InternalServerError,
    "drop": openai.APIConnectionError,
    "garbage-status": openai.APIConnectionError,
    "refused": openai.APIConnectionError,
    "short-body": openai.APIConnectionError,
    "reset": openai.APIConnectionError,
}


@pytest.mark.parametrize("fault", ERRORS)
def test_the_client_raises_the_error_of_the_fault(ask, fault):
    with pytest.raises(ERRORS[fault]):
        ask(fault)


def test_a_stall_is_a_timeout(ask):
    with pytest.raises(openai.APITimeoutError):
        ask("stall", timeout=0.3)


def test_retry_after_is_honoured_and_seen(server, ask):
    began = time.monotonic()
    assert ask("429-retry-after*1", retries=2).choices
    assert time.monotonic() - began >= 0.9
    requests = server.ledger("test_retry_after_is_honoured_and_seen").as_requests()
    assert [request.retry_count for request in requests] == [0, 1]
    assert analysis.retried_before_retry_after(requests) == ()


def test_a_malformed_body_escapes_as_an_error_that_is_not_the_clients(ask):
    with pytest.raises(json.JSONDecodeError):
        ask("malformed-json")


def test_a_stream_that_ends_early_and_cleanly_raises_nothing(ask):
    chunks = list(ask("stream-truncated", stream=True))
    assert chunks
    assert {chunk.choices[0].finish_reason for chunk in chunks} == {None}


def test_a_stream_that_breaks_off_raises(ask):
    with pytest.raises(openai.APIConnectionError):
        list(ask("stream-cut", stream=True))


def test_a_slow_stream_is_whole(ask):
    text = "".join(
        chunk.choices[0].delta.content or "" for chunk in ask(FaultRule("slow-stream", seconds=0.01), stream=True)
    )
    assert "day" in text


def test_the_read_timeout_of_the_client_is_in_the_ledger(server, ask):
    ask(timeout=7)
    (entry,) = server.ledger("test_the_read_timeout_of_the_client_is_in_the_ledger").entries
    assert entry.read_timeout == 7
