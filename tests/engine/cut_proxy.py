"""A way to the engine that can be cut: what an engine that dies looks like to the kit."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
from urllib.parse import urlsplit


class CutProxy:
    """Listens on a port of this machine and hands everything on to the engine, until `cut`."""

    def __enter__(self) -> CutProxy:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.cut()

    @property
    def url(self) -> str:
        """The address of the engine, as ``--engine`` takes it."""
        return f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        with self._lock:
            for one in (self._listener, *self._sockets):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._sockets.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            engine = _connect()
            with self._lock:
                self._sockets += [client, engine]
            threading.Thread(target=_pump, args=(client, engine), daemon=True).start()


def _connect() -> socket.socket:
    address = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    if address.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address.path)
        return connection
    return socket.create_connection((address.hostname, address.port))


def _pump(one: socket.socket, other: socket.socket) -> None:
    selector = selectors.DefaultSelector()
    with contextlib.suppress(OSError, ValueError, KeyError):
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                data = key.fileobj.recv(65536)
                if not data:
                    return
                key.data.sendall(data)
