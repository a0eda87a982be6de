"""How an answer goes out: properly, slowly, or in one of the ways in which connections die.

Only the ways to die reach into uvicorn (`connection`): its range is pinned in ``pyproject.toml`` and one test stands
on this alone. Whatever is sent, the client's going away is noticed and ends the sending.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from conformance.mock_openai.fault_delivery import Delay
from conformance.mock_openai.ledger import Record
from conformance.mock_openai.reply import Answer, Reply, Stream

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PROMPT = Delay()
_SLOW_PIECES = 20
LONGEST_END = 10.0
"""Seconds until a connection that was closed is cut off if the client does not take part in closing it."""


class HeadWithBody:
    """A connection whose answers leave with head and body in one packet.

    uvicorn writes the two one after the other, and each write is a system call and wakes the client up: together they
    were a seventh of the time that an answer takes. A head waits for the write that follows it, or for the next turn
    of the event loop when nothing follows. Everything else is the transport's own.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop):
        self._transport = transport
        self._loop = loop
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        """What this class does not do itself."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send, together with the head that waits."""
        if self._head:
            data, self._head = self._head + data, b""
            self._transport.write(data)
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Send what waits, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head:
            data, self._head = self._head, b""
            self._transport.write(data)


class Disconnected(Exception):  # noqa: N818  the client went, which is no error of ours
    """The client closed the connection before the answer was complete."""


def connection(receive: Receive) -> Any:
    """The transport below a request (uvicorn keeps it on the object whose method ``receive`` is)."""
    return receive.__self__.transport  # type: ignore[attr-defined]


async def pause(seconds: float, receive: Receive) -> None:
    """Wait; raises `Disconnected` as soon as the client goes. The request's body must have been read."""
    try:
        await asyncio.wait_for(gone(receive), seconds)
    except TimeoutError:
        return
    raise Disconnected


async def gone(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def head(answer: Answer, length: int | None) -> Message:
    """The message that starts an answer; without a length it is sent in chunks."""
    headers = [(b"content-type", answer.content_type.encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    else:
        headers.append((b"cache-control", b"no-cache"))
    headers += [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


async def send_whole(answer: Reply, record: Record, send: Send) -> None:
    """Send an answer in one piece: the usual way."""
    record.status = answer.status
    record.response_bytes = len(answer.body)
    await send(head(answer, len(answer.body)))
    await send({"type": "http.response.body", "body": answer.body})


async def send_parts(answer: Answer, delay: Delay, record: Record, receive: Receive, send: Send) -> None:
    """Send an answer part by part (events, or slices of a whole answer) with the pauses that ``delay`` says."""
    if delay.first:
        await pause(delay.first, receive)
    record.status = answer.status
    parts = answer.events if isinstance(answer, Stream) else _slices(answer.body, delay)
    await send(head(answer, None if isinstance(answer, Stream) else len(answer.body)))
    for at, part in enumerate(parts):
        if delay.between and at:
            await pause(delay.between, receive)
        if delay.middle and at == max(1, len(parts) // 2):
            await pause(delay.middle, receive)
        await send({"type": "http.response.body", "body": part, "more_body": True})
        record.response_bytes += len(part)
        if at % 4 == 3:
            await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


def _slices(body: bytes, delay: Delay) -> tuple[bytes, ...]:
    if not delay.between and not delay.middle:
        return (body,)
    size = max(1, -(-len(body) // _SLOW_PIECES))
    return tuple(body[at : at + size] for at in range(0, len(body), size))


async def send_broken(how: str, answer: Answer, record: Record, receive: Receive, send: Send) -> None:
    """Let the connection die in one of the named ways, and wait until it is dead."""
    transport = connection(receive)
    body = answer.body
    half = body[: max(1, len(body) // 2)]
    if how == "drop":
        transport.close()
    elif how == "reset-at-once":
        _reset(transport)
    elif how == "garbage-status":
        transport.write(b"HTTQ/9.9 0 ??\r\n\x00\x01\x02\r\n\r\n" + half)
        transport.close()
    elif how == "short-body":
        record.status = answer.status
        transport.write(_raw_head(answer, len(body)) + half)
        record.response_bytes = len(half)
        transport.close()
    else:
        record.status = answer.status
        await send(head(answer, None if isinstance(answer, Stream) else len(body)))
        await send({"type": "http.response.body", "body": half, "more_body": True})
        record.response_bytes = len(half)
        await asyncio.sleep(0.02)  # let the half arrive: a reset overtakes what is still on its way
        if how == "reset":
            _reset(transport)
        else:
            transport.close()
    try:
        await asyncio.wait_for(gone(receive), LONGEST_END)
    except TimeoutError:
        transport.abort()  # the client does not read what is still on its way


def _raw_head(answer: Answer, length: int) -> bytes:
    return (
        f"HTTP/1.1 {answer.status} OK\r\ncontent-type: {answer.content_type}\r\ncontent-length: {length}\r\n"
        "connection: close\r\n\r\n"
    ).encode()


def _reset(transport: Any) -> None:
    """Close with RST instead of FIN: a linger time of zero does it."""
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
