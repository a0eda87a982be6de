"""A name server and listeners on one address that write down who asks for what; bounded, and gone afterwards."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from conformance.egress.greetings import describe
from conformance.egress.names import answer, parse_question, query

NAME_PORT = 53
PORTS = (80, 443)
MOST_NAMES, MOST_CONNECTIONS = 1_000, 1_000
GREETING_BYTES = 8_192
GREETING_SECONDS = 3.0
OPEN_CONNECTIONS = 64
SETTLE_SECONDS = 1.0
REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
OWN_NAME = "self-test.sdg-conformance.invalid"


@dataclass
class _Open:
    """A connection whose first bytes are awaited."""

    port: int
    until: float
    first: bytes = b""


@dataclass
class Watch:
    """One thread that serves a name server and listeners; use it as a context manager.

    Entering raises `OSError` where an address or a port cannot be had. ``name_port`` and ``ports`` are the usual ones
    unless a test says otherwise; port 0 takes any free one.
    """

    address: str
    name_port: int = NAME_PORT
    ports: tuple[int, ...] = PORTS
    names: Counter[tuple[str, str]] = field(default_factory=Counter)
    connections: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Watch:
        self._selector = selectors.DefaultSelector()
        self._ended = threading.Event()
        self._open: dict[socket.socket, _Open] = {}
        try:
            self._names = self._listen(socket.SOCK_DGRAM, self.name_port)
            self._listeners = [self._listen(socket.SOCK_STREAM, port) for port in self.ports]
        except OSError:
            self._close()
            raise
        self.name_port = self._names.getsockname()[1]
        self._ports = {one: one.getsockname()[1] for one in self._listeners}
        self.ports = tuple(self._ports.values())
        self._thread = threading.Thread(target=self._serve, name="egress", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        for connection in list(self._open):
            self._finish(connection)
        self._close()

    def _listen(self, kind: socket.SocketKind, port: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, kind)
        self._selector.register(listener, selectors.EVENT_READ)
        if kind == socket.SOCK_STREAM:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        listener.bind((self.address, port))
        if kind == socket.SOCK_STREAM:
            listener.listen(OPEN_CONNECTIONS)
        return listener

    def _close(self) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            for key, _ in self._selector.select(timeout=0.1):
                ready = key.fileobj
                if isinstance(ready, socket.socket):
                    with contextlib.suppress(OSError):
                        self._handle(ready)
            now = time.monotonic()
            for connection in [one for one, state in self._open.items() if state.until <= now]:
                self._finish(connection)

    def _handle(self, ready: socket.socket) -> None:
        if ready is self._names:
            self._answer()
        elif ready in self._ports:
            self._accept(ready)
        else:
            self._read(ready)

    def _answer(self) -> None:
        datagram, asker = self._names.recvfrom(4_096)
        question = parse_question(datagram)
        if question is None:
            return
        key = (question.name, question.type)
        if key in self.names or len(self.names) < MOST_NAMES:
            self.names[key] += 1
        self._names.sendto(answer(datagram, question, self.address), asker)

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.setblocking(False)
        if len(self._open) >= OPEN_CONNECTIONS:
            connection.close()
            return
        self._open[connection] = _Open(self._ports[listener], time.monotonic() + GREETING_SECONDS)
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection: socket.socket) -> None:
        state = self._open[connection]
        try:
            data = connection.recv(GREETING_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        state.first += data
        if not data or len(state.first) >= GREETING_BYTES or _complete(state.first):
            self._finish(connection)

    def _finish(self, connection: socket.socket) -> None:
        state = self._open.pop(connection)
        self._selector.unregister(connection)
        if len(self.connections) < MOST_CONNECTIONS:
            self.connections.append({"port": state.port, **describe(state.first)})
        with connection, contextlib.suppress(OSError):
            if state.first and describe(state.first)["protocol"] == "http":
                connection.sendall(REFUSAL)

    def hears_itself(self) -> bool:
        """Whether a question and a connection from this very machine arrive; they are not kept."""
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
                asker.settimeout(2)
                asker.sendto(query(OWN_NAME), (self.address, self.name_port))
                asker.recv(512)
            for port in self.ports:
                socket.create_connection((self.address, port), timeout=2).close()
        except OSError:
            return False
        return self._forget_own()

    def _forget_own(self) -> bool:
        deadline = time.monotonic() + 2
        while len(self.connections) < len(self.ports) and time.monotonic() < deadline:
            time.sleep(0.01)
        heard = self.names.pop((OWN_NAME, "A"), 0) > 0 and len(self.connections) >= len(self.ports)
        self.connections.clear()
        return heard

    def record(self) -> dict[str, Any]:
        """What was written down, as plain data: ``names`` (name, type, count) and ``connections``.

        Connections that have just ended are waited for, a moment.
        """
        deadline = time.monotonic() + SETTLE_SECONDS
        time.sleep(0.05)
        while self._open and time.monotonic() < deadline:
            time.sleep(0.01)
        asked = [{"name": name, "type": kind, "count": count} for (name, kind), count in sorted(self.names.items())]
        return {"names": asked, "connections": list(self.connections)}


def _complete(first: bytes) -> bool:
    """Whether what was sent is enough to describe it."""
    if first[0] == 0x16:
        return len(first) >= 5 and len(first) >= 5 + int.from_bytes(first[3:5], "big")
    return b"\r\n\r\n" in first
