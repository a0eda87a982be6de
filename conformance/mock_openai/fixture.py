"""The pytest fixture ``mock_openai``: one server for the whole session, empty spaces for every test that opens them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.mock_openai.server import MockOpenAI


@pytest.fixture(scope="session")
def mock_openai_server() -> Iterator[MockOpenAI]:
    """The server, started once per test session (starting it takes milliseconds, importing it does not)."""
    from conformance.mock_openai.server import MockOpenAI

    with MockOpenAI() as server:
        yield server


@pytest.fixture
def mock_openai(mock_openai_server: MockOpenAI) -> Iterator[MockOpenAI]:
    """A mock OpenAI server whose spaces are closed when the test ends."""
    yield mock_openai_server
    for name in mock_openai_server.spaces.names:
        mock_openai_server.close_space(name)
    mock_openai_server.spaces.forget_closed()
