"""The server in a thread: several addresses on one port, started in a few milliseconds, stopped at once.

uvicorn's HTTP protocol is used without its server: that one installs signal handlers and needs a tenth of a second to
stop. ``httptools`` and ``uvloop`` are used where they are installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from time import monotonic
from typing import Any, Self
from urllib.parse import quote

from conformance.mock_openai.app import Application
from conformance.mock_openai.control import Control, new_token
from conformance.mock_openai.faults import FaultRule
from conformance.mock_openai.ledger import Ledger
from conformance.mock_openai.spaces import DEFAULT, Space, Spaces
from conformance.mock_openai.transport import HeadWithBody

BACKLOG = 2048
KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than clients keep theirs, lest one is closed under a request."""


class PortInUseError(OSError):
    """The port is taken."""


class MockOpenAI:
    """The mock server, running in a thread of its own from `start` to `stop` (or within ``with``).

    ``port`` 0 takes a free one. ``control_token`` guards ``/_control`` (None: made up, so that what runs in a
    container cannot reach it; an empty text: no guard).
    """

    def __init__(self, hosts: Iterable[str] = ("127.0.0.1",), port: int = 0, *, control_token: str | None = None):
        self.hosts = (hosts,) if isinstance(hosts, str) else tuple(hosts)
        self.port = port
        self.control_token = new_token() if control_token is None else control_token
        self.spaces = Spaces()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed_port: socket.socket | None = None
        self._protocols: Any = None
        self._servers: list[asyncio.AbstractServer] = []

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> Self:
        """Listen on all hosts and answer; raises `PortInUseError` (or `OSError`) when that cannot be."""
        sockets = _listen(self.hosts, self.port)
        self.port = sockets[0].getsockname()[1]
        self._closed_port = _closed(self.hosts[0])
        self._loop = _new_loop()
        self._protocols = _Protocols(Application(self.spaces, Control(self)), self._loop)
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(sockets, ready), name="mock-openai", daemon=True)
        self._thread.start()
        ready.result()
        return self

    def _run(self, sockets: list[socket.socket], ready: Future[None]) -> None:
        loop = self._loop
        assert loop is not None
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self._serve(sockets))
        except BaseException as error:  # noqa: BLE001  told to the thread that waits
            ready.set_exception(error)
            return
        ready.set_result(None)
        loop.run_forever()
        loop.run_until_complete(self._end())
        loop.close()

    async def _serve(self, sockets: list[socket.socket]) -> None:
        for listening in sockets:
            loop = asyncio.get_running_loop()
            self._servers.append(await loop.create_server(self._protocols.make, sock=listening, backlog=BACKLOG))

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        self._protocols.abort()
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2)

    def stop(self) -> None:
        """Close every connection and end the thread; the ledgers can still be read."""
        if self._loop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop = self._thread = None
        if self._closed_port is not None:
            self._closed_port.close()

    def wait(self) -> None:
        """Block until the server is stopped (for the command line)."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(1)

    def add_host(self, host: str) -> None:
        """Listen on another address too, on the same port; an address that is already there is left alone."""
        if host in self.hosts or "0.0.0.0" in self.hosts:  # noqa: S104  a comparison, nothing is bound here
            return
        (listening,) = _listen((host,), self.port)
        loop = self._running()
        asyncio.run_coroutine_threadsafe(self._serve([listening]), loop).result(10)
        self.hosts = (*self.hosts, host)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("the mock server is not running: use it within 'with MockOpenAI() as server:'")
        return self._loop

    def open(
        self,
        scenario: str = DEFAULT,
        *,
        key: str | None = None,
        faults: Iterable[str | Mapping[str, Any] | FaultRule] = (),
        script: Any = None,
        models: Iterable[str] | None = None,
        accept_any: bool = False,
        require_key: bool = True,
    ) -> Space:
        """Open a scenario's space (anew, if it was open); raises `ValueError` for a fault or script that is wrong.

        With a ``key`` every other key is refused; without one any key is taken, but none (unless ``require_key`` is
        false). ``models`` are the models that exist. ``accept_any`` answers unknown paths with 200 too,
        where no key is needed: other protocols may want it elsewhere than as a bearer token.
        """
        return self.spaces.open(
            scenario,
            key=key,
            faults=faults,
            script=script,
            models=models,
            accept_any=accept_any,
            require_key=require_key,
        )

    def close_space(self, scenario: str) -> None:
        """Forget a scenario; what comes late is recorded as undeclared."""
        self.release(scenario)
        self.spaces.close(scenario)

    def base_url(self, scenario: str = DEFAULT, host: str | None = None) -> str:
        """The base URL of a scenario, as a client wants it (``http://HOST:PORT/s/SCENARIO/v1``).

        In a space whose fault is ``refused`` (for every request) the port is one that refuses connections.
        """
        space = self.spaces.get(scenario)
        always = space is not None and FaultRule("refused") in space.schedule.specs
        port = self._closed_port.getsockname()[1] if always and self._closed_port is not None else self.port
        address = host or self.hosts[0]
        address = f"[{address}]" if ":" in address else address
        return f"http://{address}:{port}/s/{quote(scenario)}/v1"

    def ledger(self, scenario: str = DEFAULT, start: int = 0) -> Ledger:
        """What a scenario's space has seen (``undeclared``: what went to no space), from index ``start`` on."""
        space = self.spaces.get(scenario)
        return Ledger() if space is None else space.book.snapshot(start)

    def release(self, scenario: str = DEFAULT) -> None:
        """Let the held requests of a scenario go on, and hold no more of them."""
        space = self.spaces.get(scenario)
        if space is not None:
            self._soon(space.released.set)

    def hold(self, scenario: str = DEFAULT) -> None:
        """Hold requests again after a `release` (those that a ``hold`` rule meets)."""
        space = self.spaces.get(scenario)
        if space is not None:
            self._soon(space.released.clear)

    def _soon(self, action: Any) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(action)

    def wait_for_request(self, scenario: str = DEFAULT, timeout: float = 30.0, count: int = 1) -> bool:
        """Wait until ``count`` requests have come to a scenario; False when ``timeout`` seconds were over first."""
        end = monotonic() + timeout
        while (space := self.spaces.get(scenario)) is None:
            if monotonic() > end:
                return False
            threading.Event().wait(0.01)
        return space.book.wait(count, max(0.0, end - monotonic()))


class _Protocols:
    """Makes one of uvicorn's protocols per connection."""

    def __init__(self, app: Application, loop: asyncio.AbstractEventLoop):
        from uvicorn.config import Config
        from uvicorn.server import ServerState

        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._config = Config(
            app,
            interface="asgi3",
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
        )
        self._config.load()
        self._state = ServerState()
        self._loop = loop
        self._class = _with_joined_writes(self._config.http_protocol_class, loop)

    def make(self) -> Any:
        """A protocol for a new connection."""
        return self._class(config=self._config, server_state=self._state, app_state={}, _loop=self._loop)

    def abort(self) -> None:
        """Close every connection at once."""
        for protocol in list(self._state.connections):
            transport = getattr(protocol, "transport", None)
            if transport is not None:
                transport.abort()


def _with_joined_writes(protocol: Any, loop: asyncio.AbstractEventLoop) -> Any:
    """The protocol class of uvicorn, on a transport that sends heads and bodies together."""

    class Joined(protocol):  # type: ignore[misc]
        def connection_made(self, transport: Any) -> None:
            super().connection_made(HeadWithBody(transport, loop))

    return Joined


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def _listen(hosts: Iterable[str], port: int) -> list[socket.socket]:
    """A listening socket per host, all on one port."""
    for attempt in range(10):
        opened: list[socket.socket] = []
        chosen = port
        try:
            for host in hosts:
                opened.append(_bind(host, chosen))
                chosen = opened[0].getsockname()[1]
        except PortInUseError:
            for one in opened:
                one.close()
            if port or attempt == 9:
                raise
        else:
            return opened
    raise AssertionError("unreachable")


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == 98 or "in use" in str(error):
            raise PortInUseError(
                f"port {port} on {host} is in use: end what listens there, or take another port (0: a free one)"
            ) from error
        raise OSError(f"cannot listen on {host}:{port}: {error}") from error
    return listening


def _closed(host: str) -> socket.socket:
    """A port that is taken and refuses connections: bound, and not listening."""
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    taken.bind((host, 0))
    return taken
