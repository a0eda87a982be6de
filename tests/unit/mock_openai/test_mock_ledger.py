"""The ledger sees everything, gives no key away, and is bounded."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx

from conformance.evidence import Request
from conformance.mock_openai import Ledger, fingerprint
from conformance.mock_openai.ledger import Book, Record


def test_an_entry_holds_what_was_asked_and_what_came_of_it(server, client, name):
    headers = {"Authorization": "Bearer sk-secret-1", "x-stainless-retry-count": "2", "x-stainless-read-timeout": "30"}
    body = {"model": "m", "input": "hello"}
    answer = client.post(server.base_url(name) + "/embeddings?a=1", json=body, headers=headers)
    (entry,) = server.ledger(name).entries
    assert (entry.method, entry.path, entry.query, entry.status) == ("POST", "/embeddings", "a=1", 200)
    assert (entry.body, entry.model, entry.call) == (body, "m", 0)
    assert (entry.retry_count, entry.read_timeout, entry.concurrent) == (2, 30.0, 1)
    assert entry.response_bytes == len(answer.content)
    assert 0 < entry.arrived < entry.finished


def test_keys_are_shown_as_fingerprints_only(server, post, name):
    post(name, key="sk-secret-1")
    shown = json.dumps([entry.as_dict() for entry in server.ledger(name).entries])
    assert "sk-secret-1" not in shown
    assert fingerprint("sk-secret-1") in shown
    assert fingerprint("sk-secret-1") != fingerprint("sk-secret-2")


def test_entries_are_requests_of_the_evidence(server, post, name):
    post(name)
    post(name, "/nowhere")
    known, unknown = server.ledger(name).as_requests()
    assert isinstance(known, Request)
    assert (known.path, known.status, known.declared) == ("/chat/completions", 200, True)
    assert (unknown.path, unknown.status, unknown.declared) == ("/nowhere", 404, False)


def test_requests_at_the_same_time_are_counted(server, post, name):
    server.open(name, faults=["hold"])
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(post, name) for _ in range(4)]
        assert server.wait_for_request(name, timeout=5, count=4)
        server.release(name)
        assert [answer.result().status_code for answer in answers] == [200] * 4
    assert sorted(entry.concurrent for entry in server.ledger(name).entries) == [1, 2, 3, 4]


def test_a_request_under_way_is_already_seen(server, post, name):
    server.open(name, faults=["hold"])
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, name)
        server.wait_for_request(name, timeout=5)
        (entry,) = server.ledger(name).entries
        assert (entry.status, entry.finished) == (0, 0.0)
        server.release(name)
        answer.result()


def record(index, size=10):
    made = Record(index, "POST", "/x", "", [])
    made.status = 200
    return made, b"x" * size


def test_a_full_ledger_forgets_the_oldest_and_says_so():
    book = Book(max_entries=3)
    for index in range(5):
        made, body = record(index)
        book.arrive(made)
        book.keep_body(made, body)
    ledger = book.snapshot()
    assert [entry.index for entry in ledger.entries] == [2, 3, 4]
    assert ledger.dropped == 2


def test_large_bodies_fill_a_ledger_too():
    book = Book(max_bytes=1000)
    for index in range(5):
        made, body = record(index, 400)
        book.arrive(made)
        book.keep_body(made, body)
    assert [entry.index for entry in book.snapshot().entries] == [3, 4]
    assert book.snapshot().dropped == 3


def test_a_form_is_described_and_its_files_are_not_kept(server, client, name):
    files = {"image": ("a.png", b"\x89PNG" + bytes(100))}
    headers = {"authorization": "Bearer x"}
    client.post(server.base_url(name) + "/images/edits", data={"prompt": "more"}, files=files, headers=headers)
    (entry,) = server.ledger(name).entries
    assert entry.body["prompt"] == "more"
    assert entry.body["image"].startswith("a.png (104 bytes, sha256 ")


def test_a_body_that_is_not_json_is_kept_as_text(server, client, name):
    client.post(server.base_url(name) + "/chat/completions", content=b"\xff{", headers={"authorization": "Bearer x"})
    (entry,) = server.ledger(name).entries
    assert (entry.body, entry.status) == ("\ufffd{", 400)
    assert entry.note.startswith("We could not parse the JSON body")


def test_the_ledger_of_a_scenario_that_never_was_is_empty(server):
    assert server.ledger("never-was") == Ledger()


def test_a_key_in_the_url_does_not_reach_the_server_unseen(server, name):
    httpx.get(server.base_url(name) + "/models?api_key=zzz")
    assert server.ledger(name).entries[0].status == 401
