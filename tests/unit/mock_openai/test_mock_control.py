"""The control API: everything that Python can do, for those who are in another process."""

import httpx
import pytest

from conformance.mock_openai import MockOpenAI


@pytest.fixture
def control(server):
    headers = {"x-control-token": server.control_token}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}/_control", headers=headers) as made:
        yield made


def test_a_scenario_can_be_opened_read_and_closed(server, control, post, name):
    settings = {"key": "sk-a", "faults": [{"fault": "500", "times": 1}], "script": [{"answer": "Fixed."}]}
    assert control.put(f"/spaces/{name}", json=settings).json()["base_path"] == f"/s/{name}/v1"
    assert post(name, key="sk-a").status_code == 500
    assert post(name, key="sk-a").json()["choices"][0]["message"]["content"] == "Fixed."
    entries = control.get(f"/spaces/{name}/ledger").json()["entries"]
    assert [entry["status"] for entry in entries] == [500, 200]
    assert len(control.get(f"/spaces/{name}/ledger?start=1").json()["entries"]) == 1
    control.delete(f"/spaces/{name}")
    assert server.spaces.get(name) is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"faults": ["500x"]}, "unknown fault"), ({"kee": 1}, "unknown setting 'kee'"), ([], "must be a JSON object")],
)
def test_wrong_settings_are_refused_when_they_come(control, name, settings, said):
    answer = control.put(f"/spaces/{name}", json=settings)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_holding_waiting_and_releasing(server, control, post, name):
    from concurrent.futures import ThreadPoolExecutor

    control.put(f"/spaces/{name}", json={"faults": ["hold"]})
    assert control.get(f"/spaces/{name}/wait?timeout=0.05").json() == {"arrived": False}
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, name)
        assert control.get(f"/spaces/{name}/wait?timeout=5").json() == {"arrived": True}
        control.post(f"/spaces/{name}/release")
        assert answer.result(5).status_code == 200


def test_without_the_token_the_control_api_does_not_exist(server):
    before = len(server.ledger("undeclared").entries)
    answer = httpx.get(f"http://127.0.0.1:{server.port}/_control/health", headers={"x-control-token": "guess"})
    assert answer.status_code == 404
    assert server.ledger("undeclared").entries[before].path == "/_control/health"


def test_a_server_without_a_token_lets_everybody_in():
    with MockOpenAI(control_token="") as server:
        answer = httpx.get(f"http://127.0.0.1:{server.port}/_control/health")
    assert answer.json()["ok"] is True


def test_every_fault_can_be_read(control):
    faults = control.get("/faults").json()
    assert "A well-behaved client" in faults["429-retry-after"]
    assert control.get("/nowhere").status_code == 404
