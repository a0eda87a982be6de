"""One server for all tests of this room, and plain HTTP to it (no SDK between the test and the bytes)."""

from itertools import count

import httpx
import pytest

from conformance.mock_openai import MockOpenAI

_NAMES = count()


@pytest.fixture(scope="session")
def server():
    with MockOpenAI() as running:
        yield running


@pytest.fixture
def name():
    """A scenario's name that nobody else has."""
    return f"scenario-{next(_NAMES)}"


@pytest.fixture(scope="session")
def client():
    with httpx.Client() as made:
        yield made


@pytest.fixture
def post(server, client):
    """``post(scenario, path, body, key=...)`` gives the response."""

    def send(scenario, path="/chat/completions", body=None, key="sk-test", **settings):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        value = {"model": "m", "messages": [{"role": "user", "content": "Good day."}]} if body is None else body
        settings = {"timeout": 10, **settings}
        return client.post(server.base_url(scenario) + path, json=value, headers=headers, **settings)

    return send
