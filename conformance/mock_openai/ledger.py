"""The witness: what came to a space, in the order of arrival.

A ledger is bounded (entries and bytes of kept bodies); when it is full the oldest finished entry goes and ``dropped``
says so. Keys are never given out: they are replaced by a fingerprint that can be compared.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from conformance.mock_openai import wire

if TYPE_CHECKING:
    from conformance.evidence import Request

MAX_ENTRIES = 10_000
MAX_BYTES = 64 * 1024**2
MAX_BODY = 8 * 1024**2
"""Of a longer body only the beginning is kept."""

_SECRET_HEADERS = frozenset({b"authorization", b"api-key", b"x-api-key", b"proxy-authorization", b"cookie"})


@lru_cache(maxsize=256)
def fingerprint(key: str) -> str:
    """A key as it may be shown: its first four characters and twelve digits of its SHA-256 (empty for no key)."""
    return key[:4] + sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:12] if key else ""


class Record:
    """One request while it is being answered; only the server writes to it."""

    __slots__ = (
        "arrived", "body", "call", "concurrent", "declared", "digest", "disconnected", "fault", "finished", "index",
        "key", "method", "note", "path", "query", "raw_headers", "request_bytes", "response_bytes", "status",
    )  # fmt: skip

    def __init__(self, index: int, method: str, path: str, query: str, raw_headers: list[tuple[bytes, bytes]]):
        self.index = index
        self.method = method
        self.path = path
        self.query = query
        self.raw_headers = raw_headers
        self.key = ""
        self.body = b""
        self.digest = b""
        self.call = -1
        self.arrived = 0.0
        self.finished = 0.0
        self.status = 0
        self.request_bytes = 0
        self.response_bytes = 0
        self.fault = ""
        self.note = ""
        self.concurrent = 1
        self.disconnected = False
        self.declared = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as it was seen.

    ``path`` is what followed the space's base URL (the whole path where a request went beside it). ``body`` is the
    parsed JSON, text for anything else (form parts are described, not kept). ``call`` is k: the body came for the
    k-th time, counted from 0 over the requests that got an answer of the generator, else -1. ``status`` is 0 where no
    status line was sent, ``finished`` is 0.0 while the request is being answered. Times are seconds on one monotonic
    clock. ``read_timeout`` is what the SDK says it waits, in seconds. ``note`` says why the server refused.
    """

    index: int
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    key: str
    body: Any
    model: str
    call: int
    arrived: float
    finished: float
    status: int
    request_bytes: int
    response_bytes: int
    fault: str
    concurrent: int
    retry_count: int
    read_timeout: float | None
    disconnected: bool
    declared: bool
    note: str

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a space has seen until now; ``dropped`` older entries are no longer there."""

    entries: tuple[Entry, ...] = ()
    dropped: int = 0

    def as_requests(self) -> tuple[Request, ...]:
        """The entries as the kit's evidence keeps them."""
        from conformance.evidence import Request

        return tuple(
            Request(
                method=entry.method,
                path=entry.path,
                status=entry.status,
                arrived=entry.arrived,
                finished=entry.finished,
                body=entry.body,
                key=entry.key,
                headers=dict(entry.headers),
                fault=entry.fault,
                retry_count=entry.retry_count,
                concurrent=entry.concurrent,
                disconnected=entry.disconnected,
                declared=entry.declared,
            )
            for entry in self.entries
        )


class Book:
    """The growing ledger of one space: written by the server's thread, read by any."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES):
        self._records: deque[Record] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._dropped = 0
        self._arrivals = 0
        self._waiting = 0
        self._changed = threading.Condition()

    def arrive(self, record: Record) -> None:
        """Take a request in as soon as its head is there."""
        with self._changed:
            self._records.append(record)
            self._arrivals += 1
            if len(self._records) > self._max_entries:
                self._forget()
            if self._waiting:
                self._changed.notify_all()

    def keep_body(self, record: Record, body: bytes) -> None:
        """Keep a request's body."""
        record.request_bytes = len(body)
        if not self._records or record.index < self._records[0].index:
            return  # already forgotten
        record.body = body if len(body) <= MAX_BODY else body[:MAX_BODY]
        self._bytes += len(record.body)
        while self._bytes > self._max_bytes and len(self._records) > 1:
            with self._changed:
                self._forget()

    def _forget(self) -> None:
        self._bytes -= len(self._records.popleft().body)
        self._dropped += 1

    def wait(self, arrivals: int, timeout: float) -> bool:
        """Wait until so many requests have come since the space was opened; False when the time was over first."""
        with self._changed:
            self._waiting += 1
            try:
                return self._changed.wait_for(lambda: self._arrivals >= arrivals, timeout)
            finally:
                self._waiting -= 1

    @property
    def arrivals(self) -> int:
        """How many requests have come."""
        return self._arrivals

    def snapshot(self, start: int = 0) -> Ledger:
        """What is known now, from the entry with index ``start`` on."""
        with self._changed:
            records, dropped = list(self._records), self._dropped
        return Ledger(tuple(_entry(record) for record in records if record.index >= start), dropped)


def _entry(record: Record) -> Entry:
    headers = {name.decode("latin-1"): _shown(name, value.decode("latin-1")) for name, value in record.raw_headers}
    body = _parsed(record.body, headers.get("content-type", ""))
    model = body.get("model") if isinstance(body, dict) else None
    return Entry(
        index=record.index,
        method=record.method,
        path=record.path,
        query=record.query,
        headers=headers,
        key=fingerprint(record.key),
        body=body,
        model=model if isinstance(model, str) else "",
        call=record.call,
        arrived=record.arrived,
        finished=record.finished,
        status=record.status,
        request_bytes=record.request_bytes,
        response_bytes=record.response_bytes,
        fault=record.fault,
        concurrent=record.concurrent,
        retry_count=int(_number(headers.get("x-stainless-retry-count")) or 0),
        read_timeout=_number(headers.get("x-stainless-read-timeout")),
        disconnected=record.disconnected,
        declared=record.declared,
        note=record.note,
    )


def _shown(name: bytes, value: str) -> str:
    """A header's value with secrets replaced by fingerprints."""
    if name.lower() not in _SECRET_HEADERS:
        return value
    scheme, space, key = value.partition(" ")
    return f"{scheme} {fingerprint(key.strip())}" if space else fingerprint(value)


def _parsed(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    if content_type.startswith("multipart/"):
        from conformance.mock_openai import forms

        return forms.describe(body, content_type)
    try:
        return wire.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
