"""Bodies that are too large, senders that are slow, and the place where the server reaches into uvicorn."""

import asyncio
import socket
import time

import pytest

from conformance.mock_openai import MockOpenAI, transport
from conformance.mock_openai.app import MOST_BODY


def connect(server):
    made = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def is_closed(made):
    try:
        return made.recv(1) == b""
    except ConnectionResetError:
        return True


def head(scenario, length):
    return (
        f"POST /s/{scenario}/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\n"
        f"content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    ).encode()


def test_a_body_of_100_megabytes_is_refused_with_413(server, name):
    piece = b"x" * 1_000_000
    with connect(server) as made:
        made.sendall(head(name, MOST_BODY))
        for _ in range(MOST_BODY // len(piece)):
            made.sendall(piece)
        answer = made.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    (entry,) = server.ledger(name).entries
    assert (entry.status, entry.request_bytes, entry.body) == (413, MOST_BODY, None)


def test_slow_senders_and_half_open_connections_do_not_block_others(server, post, name):
    slow = [connect(server) for _ in range(50)]
    for at, made in enumerate(slow):
        made.sendall(head(name, 1000) if at % 2 else b"POST /s/x/v1/chat")
    began = time.monotonic()
    assert [post(f"{name}-other").status_code for _ in range(20)] == [200] * 20
    assert time.monotonic() - began < 2
    for made in slow:
        made.close()
    time.sleep(0.1)
    entries = server.ledger(name).entries
    assert len(entries) == 25
    assert all(entry.disconnected and entry.status == 0 for entry in entries)


def test_a_body_that_comes_byte_by_byte_is_answered(server, name):
    body = b'{"model":"m","messages":[{"role":"user","content":"Hello."}]}'
    with connect(server) as made:
        made.sendall(head(name, len(body)))
        for at in range(len(body)):
            made.sendall(body[at : at + 1])
        assert made.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("implementation", ["httptools", "h11"])
def test_uvicorn_still_keeps_its_transport_where_the_server_finds_it(implementation):
    """The one place that is not public: whoever raises uvicorn's upper bound runs this first."""
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    seen = []

    async def app(scope, receive, send):
        seen.append(transport.connection(receive))
        seen.append(receive.__self__.disconnected)
        transport.connection(receive).close()
        await transport.gone(receive)

    async def ask():
        config = Config(app, http=implementation, lifespan="off", log_config=None, ws="none")
        config.load()
        loop = asyncio.get_running_loop()
        state = ServerState()
        listening = await loop.create_server(
            lambda: config.http_protocol_class(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()
        listening.close()
        return answer

    assert asyncio.run(ask()) == b""
    assert isinstance(seen[0], asyncio.Transport)
    assert seen[1] is False


def test_starting_in_a_thread_takes_less_than_ten_milliseconds():
    with MockOpenAI():
        pass  # the first start imports what it needs
    times = []
    for _ in range(5):
        began = time.perf_counter()
        with MockOpenAI():
            times.append(time.perf_counter() - began)
    assert min(times) < 0.01


def test_stopping_ends_held_requests_and_closes_their_connections():
    server = MockOpenAI().start()
    server.open("x", faults=["stall"])
    with connect(server) as made:
        made.sendall(head("x", 62) + b'{"model":"m","messages":[{"role":"user","content":"Hello. "}]}')
        assert server.wait_for_request("x", timeout=5)
        server.stop()
        assert is_closed(made)
    assert server.ledger("x").entries[0].fault == "stall"


class FakeTransport:
    """Keeps what is written, packet by packet."""

    def __init__(self):
        self.packets = []
        self.closed = False

    def write(self, data):
        self.packets.append(data)

    def close(self):
        self.closed = True


def packets_of(*steps):
    """What goes out when each step is done in one turn of the event loop."""

    async def do():
        below = FakeTransport()
        joined = transport.HeadWithBody(below, asyncio.get_running_loop())
        for step in steps:
            step(joined)
            await asyncio.sleep(0)
        return below

    return asyncio.run(do())


def test_a_head_leaves_in_one_packet_with_the_body_that_follows_it():
    sent = packets_of(lambda joined: (joined.write(b"HTTP/1.1 200 OK\r\n\r\n"), joined.write(b"body")))
    assert sent.packets == [b"HTTP/1.1 200 OK\r\n\r\nbody"]


def test_a_head_that_nothing_follows_leaves_all_the_same():
    sent = packets_of(lambda joined: joined.write(b"HTTP/1.1 100 Continue\r\n\r\n"), lambda _: None)
    assert sent.packets == [b"HTTP/1.1 100 Continue\r\n\r\n"]


def test_a_head_leaves_before_its_connection_is_closed():
    sent = packets_of(lambda joined: (joined.write(b"HTTP/1.1 204 No Content\r\n\r\n"), joined.close()))
    assert (sent.packets, sent.closed) == ([b"HTTP/1.1 204 No Content\r\n\r\n"], True)


def test_the_parts_of_a_body_leave_one_by_one():
    sent = packets_of(lambda joined: (joined.write(b"one"), joined.write(b"two")))
    assert sent.packets == [b"one", b"two"]
