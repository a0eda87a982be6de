"""One server, many scenarios: keys, names and hosts do not mix."""

import httpx
import pytest

from conformance.mock_openai import MockOpenAI, PortInUseError, fingerprint


def test_a_scenario_that_was_opened_with_a_key_refuses_every_other_and_records_it(server, post, name):
    server.open(name, key="sk-right")
    assert post(name, key="sk-wrong").status_code == 401
    assert post(name, key="").status_code == 401
    assert post(name, key="sk-right").status_code == 200
    wrong, none, right = server.ledger(name).entries
    assert (wrong.key, none.key, right.key) == (fingerprint("sk-wrong"), "", fingerprint("sk-right"))
    assert [entry.status for entry in (wrong, none, right)] == [401, 401, 200]


def test_a_scenario_that_nobody_opened_takes_any_key_but_none(post, name):
    assert post(name, key="anything").status_code == 200
    refused = post(name, key="")
    assert refused.status_code == 401
    assert "API key" in refused.json()["error"]["message"]


def test_a_scenario_without_keys_can_be_opened(server, post, name):
    server.open(name, require_key=False)
    assert post(name, key="").status_code == 200


def test_plain_v1_is_the_scenario_default(server):
    before = len(server.ledger("default").entries)
    httpx.get(f"http://127.0.0.1:{server.port}/v1/models", headers={"authorization": "Bearer x"})
    assert len(server.ledger("default").entries) == before + 1


def test_what_goes_to_no_scenario_is_recorded_as_undeclared(server):
    before = len(server.ledger("undeclared").entries)
    assert httpx.get(f"http://127.0.0.1:{server.port}/telemetry?x=1").status_code == 404
    entry = server.ledger("undeclared").entries[before]
    assert (entry.path, entry.query, entry.declared) == ("/telemetry", "x=1", False)


def test_what_goes_beside_the_base_url_is_recorded_in_its_scenario(server, name):
    server.open(name)
    httpx.get(f"http://127.0.0.1:{server.port}/s/{name}/chat/completions")
    (entry,) = server.ledger(name).entries
    assert (entry.path, entry.status, entry.declared) == (f"/s/{name}/chat/completions", 404, False)


def test_a_closed_scenario_takes_nothing_more(server, post, name):
    server.open(name)
    server.close_space(name)
    assert post(name).status_code == 404
    assert server.ledger(name).entries == ()


def test_a_scenario_opened_anew_has_an_empty_ledger(server, post, name):
    server.open(name)
    post(name)
    server.open(name)
    assert server.ledger(name).entries == ()


def test_any_path_is_answered_where_that_was_asked_for(server, post, name):
    server.open(name, accept_any=True)
    first, second = (post(name, "/tasks/run", {"task": "x"}) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.json()["id"] != second.json()["id"]
    assert [entry.declared for entry in server.ledger(name).entries] == [True, True]


def test_a_path_of_another_protocol_wants_no_bearer_token_but_refuses_a_wrong_one(server, name):
    server.open(name, key="k", accept_any=True)
    url = server.base_url(name)
    assert httpx.get(f"{url}/status").status_code == 200
    assert httpx.get(f"{url}/status", headers={"x-api-key": "k"}).status_code == 200
    assert httpx.get(f"{url}/status", headers={"authorization": "Bearer other"}).status_code == 401


def test_a_path_of_the_protocol_wants_its_key_beside_other_protocols_too(server, name):
    server.open(name, key="k", accept_any=True)
    assert httpx.get(f"{server.base_url(name)}/models").status_code == 401


def test_only_the_models_of_the_scenario_exist(server, post, name):
    server.open(name, models=["m"])
    assert post(name).status_code == 200
    other = post(name, body={"model": "other", "messages": [{"role": "user", "content": "x"}]})
    assert (other.status_code, other.json()["error"]["code"]) == (404, "model_not_found")


def test_another_host_can_be_added_on_the_same_port():
    with MockOpenAI() as server:
        server.add_host("127.0.0.2")
        url = server.base_url("x", host="127.0.0.2")
        assert httpx.get(f"{url}/models", headers={"authorization": "Bearer x"}).status_code == 200


def test_a_port_in_use_says_so(server):
    with pytest.raises(PortInUseError, match=f"port {server.port} on 127.0.0.1 is in use"):
        MockOpenAI(port=server.port).start()


@pytest.mark.parametrize("wrong", ["", "a/b", "undeclared", "../x", "ü"])
def test_a_name_that_cannot_be_part_of_a_url_is_refused(server, wrong):
    with pytest.raises(ValueError, match="cannot be a scenario's name"):
        server.open(wrong)
