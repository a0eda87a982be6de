"""The pytest fixture that comes with the kit's plugin."""

import httpx
import pytest


@pytest.mark.parametrize("run", [0, 1])
def test_every_test_finds_empty_scenarios(mock_openai, run):
    assert mock_openai.ledger("mine").entries == ()
    answer = httpx.get(mock_openai.base_url("mine") + "/models", headers={"authorization": "Bearer x"})
    assert answer.status_code == 200
    assert len(mock_openai.ledger("mine").entries) == 1
