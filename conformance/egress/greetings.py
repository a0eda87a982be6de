"""What the first bytes of a connection say: the line and host of an HTTP request, the server name of a TLS greeting.

The bytes come from an image: whatever they are, reading them ends and never raises.
"""

from __future__ import annotations

from collections.abc import Mapping

_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME = 0x16, 1, 0
LONGEST_LINE = 300


def describe(first: bytes) -> Mapping[str, str]:
    """``protocol`` (http, tls, other, or nothing where nothing was sent), ``host`` and ``request`` where they show.

    A request's query string is left out: it may hold what must not be kept.
    """
    if not first:
        return {"protocol": ""}
    if first[0] == _HANDSHAKE:
        return {"protocol": "tls", "host": server_name(first)}
    lines = first.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) == 3 and words[2].startswith("HTTP/"):
        hosts = [line.partition(":")[2].strip() for line in lines[1:] if line.lower().startswith("host:")]
        request = f"{words[0]} {words[1].partition('?')[0]}"
        return {"protocol": "http", "host": (hosts or [""])[0][:LONGEST_LINE], "request": request[:LONGEST_LINE]}
    return {"protocol": "other", "host": ""}


def server_name(first: bytes) -> str:
    """The server name in a TLS ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3); empty where there is none."""
    try:
        return _server_name(_Bytes(first))
    except IndexError:
        return ""


def _server_name(record: _Bytes) -> str:
    record.skip(5)  # type, version and length of the record
    if record.number(1) != _CLIENT_HELLO:
        return ""
    record.skip(3 + 2 + 32)  # length, version, random
    record.skip(record.number(1))  # session
    record.skip(record.number(2))  # cipher suites
    record.skip(record.number(1))  # compression methods
    extensions = _Bytes(record.take(record.number(2)))
    while extensions.left:
        kind, body = extensions.number(2), _Bytes(extensions.take(extensions.number(2)))
        if kind == _SERVER_NAME:
            body.skip(3)  # length of the list, type of the name
            return body.take(body.number(2)).decode("ascii", "backslashreplace")[:LONGEST_LINE]
    return ""


class _Bytes:
    """Bytes that are read from front to back; reading beyond the end raises `IndexError`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._position

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise IndexError(count)
        self._position += count
        return self._data[self._position - count : self._position]

    def skip(self, count: int) -> None:
        self.take(count)

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")
