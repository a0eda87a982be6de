"""The official Python client against the mock server: all thirty-five checks, none may fail."""

from itertools import count

import pytest

from benchmarks.openai_protocol import CHECKS, Server
from conformance.mock_openai import MockOpenAI

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def server():
    names = count()
    with MockOpenAI() as running:

        def fresh():
            name = f"fresh-{next(names)}"
            running.open(name)
            return running.base_url(name)

        yield Server(fresh)


@pytest.mark.parametrize("name", CHECKS)
def test_the_official_client_is_answered_as_by_the_service(server, name):
    CHECKS[name](server)


def test_there_are_thirty_five_checks():
    assert len(CHECKS) == 35
