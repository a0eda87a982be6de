"""What the interop tests share: the real host's code and the database that the host needs."""

from collections.abc import Iterator

import pytest
from interop import postgres
from interop.host import OLDER_HOST, Oracle


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    """The code of host 0.5.9."""
    child = Oracle()
    yield child
    child.close()


@pytest.fixture(scope="module")
def older_oracle() -> Iterator[Oracle]:
    """The code of host 0.5.8, the last with the older result parser."""
    child = Oracle(OLDER_HOST)
    yield child
    child.close()


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """The URL of a database for the host's workflows."""
    with postgres.server() as url:
        yield url
