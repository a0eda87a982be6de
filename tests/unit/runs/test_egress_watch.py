"""The watch itself, on the loopback address: real sockets, no container."""

import socket
import threading
import time

import pytest

from conformance.egress import watch as module
from conformance.egress.names import query
from conformance.egress.watch import Watch


@pytest.fixture
def watch():
    with Watch("127.0.0.1", name_port=0, ports=(0, 0)) as one:
        yield one


def ask(watch, datagram):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(2)
        asker.sendto(datagram, ("127.0.0.1", watch.name_port))
        return asker.recv(512)


def send(watch, data, port=0):
    with socket.create_connection(("127.0.0.1", watch.ports[port]), timeout=2) as connection:
        connection.sendall(data)
        return connection.recv(1000)


def test_names_are_answered_with_its_own_address_and_counted(watch):
    assert ask(watch, query("example.com")).endswith(socket.inet_aton("127.0.0.1"))
    ask(watch, query("example.com"))
    assert watch.record()["names"] == [{"name": "example.com", "type": "A", "count": 2}]


def test_a_request_is_refused_politely_and_written_down(watch):
    said = send(watch, b"GET /x HTTP/1.1\r\nHost: example.com\r\n\r\n", port=1)
    assert said.startswith(b"HTTP/1.1 503")
    (connection,) = watch.record()["connections"]
    assert connection == {"port": watch.ports[1], "protocol": "http", "host": "example.com", "request": "GET /x"}


def test_a_connection_that_says_nothing_is_written_down_too(watch):
    socket.create_connection(("127.0.0.1", watch.ports[0]), timeout=2).close()
    assert watch.record()["connections"] == [{"port": watch.ports[0], "protocol": ""}]


def test_what_the_kit_sends_to_itself_is_heard_and_forgotten(watch):
    assert watch.hears_itself()
    assert watch.record() == {"names": [], "connections": []}


def test_rubbish_does_not_stop_the_server(watch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.sendto(b"\xff" * 100, ("127.0.0.1", watch.name_port))
    assert ask(watch, query("example.com"))


def test_what_is_written_down_is_limited(watch, monkeypatch):
    monkeypatch.setattr(module, "MOST_NAMES", 3)
    for number in range(6):
        ask(watch, query(f"{number}.example.com"))
    assert len(watch.record()["names"]) == 3


def test_an_address_that_is_taken_is_an_error_and_leaves_nothing_open(watch):
    before = threading.active_count()
    with pytest.raises(OSError, match="in use"), Watch("127.0.0.1", name_port=0, ports=(watch.ports[0],)):
        pass
    assert threading.active_count() == before


def test_its_thread_ends_and_its_ports_are_free_afterwards():
    with Watch("127.0.0.1", name_port=0, ports=(0,)) as one:
        held = socket.create_connection(("127.0.0.1", one.ports[0]), timeout=2)
        time.sleep(0.05)
    with held:
        assert held.recv(10) == b""
    assert not any(thread.name == "egress" for thread in threading.enumerate())
    with Watch("127.0.0.1", name_port=0, ports=one.ports):
        pass
