"""The ASGI application: from a request's head to the last byte of its answer, with the ledger written on the way.

The order is OpenAI's where it can be seen: an unknown path is a 404 whoever asks, then the key is looked at (401),
then the method, then the body (413, 400).
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from functools import lru_cache
from hashlib import sha256
from time import monotonic
from typing import Any

from conformance.mock_openai import forms, routing, transport, wire
from conformance.mock_openai.call import Call
from conformance.mock_openai.dice import Dice, seed
from conformance.mock_openai.errors import ApiError, bad
from conformance.mock_openai.fault_catalogue import FAULTS
from conformance.mock_openai.faults import FaultRule
from conformance.mock_openai.ledger import Record
from conformance.mock_openai.reply import Answer, Reply, Stream
from conformance.mock_openai.spaces import Space, Spaces
from conformance.mock_openai.transport import Receive, Send

MOST_BODY = 100_000_000
"""Bodies of this many bytes or more are refused with 413."""

SMALL_BODY = 16_384
"""Bodies up to this size are remembered as they were read, so that one that comes again is not parsed again."""

_MOST_DRAINED = 4 * MOST_BODY


class Application:
    """The mock's ASGI application; ``control`` answers what is below ``/_control``."""

    def __init__(self, spaces: Spaces, control: Any = None):
        self.spaces = spaces
        self.control = control

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request (anything but HTTP is not known here)."""
        if scope["type"] != "http":
            return
        path: str = scope["raw_path"].decode("latin-1") if scope.get("raw_path") else scope["path"]
        if path.startswith("/_control") and self.control is not None and await self.control(scope, receive, send):
            return
        place = routing.locate(path)
        space = None if place.space is None else self.spaces.find(place.space)
        known = space is not None
        exchange = Exchange(space or self.spaces.undeclared, place, scope, receive, send, known=known)
        await exchange.serve()


class Exchange:
    """One request and its answer."""

    def __init__(self, space: Space, place: routing.Place, scope: Any, receive: Receive, send: Send, *, known: bool):
        self.space = space
        self.place = place
        self.scope = scope
        self.receive = receive
        self.send = send
        self.known = known
        path = place.path if known else scope["path"]
        query = scope["query_string"].decode("latin-1")
        self.record = Record(space.arrivals, scope["method"], path, query, scope["headers"])
        self.endpoint = routing.endpoint(place.path) if known and place.inside else None
        self.record.declared = self.endpoint is not None or (known and space.settings.accept_any)
        self.rule: FaultRule | None = None

    async def serve(self) -> None:
        """Answer the request and complete its record, whatever happens."""
        space, record = self.space, self.record
        record.arrived = monotonic()
        if not space.arrivals:
            space.first_arrival = record.arrived
        space.arrivals += 1
        space.active += 1
        record.concurrent = space.active
        try:
            record.key = _bearer(record.raw_headers)
            space.book.arrive(record)
            await self._answer()
        except (transport.Disconnected, asyncio.CancelledError):
            record.disconnected = True
        except Exception as error:  # noqa: BLE001  a defect of the mock must not look like an answer
            traceback.print_exc(file=sys.stderr)
            record.note = f"the mock server failed: {error!r}"
            if not record.status:
                refusal = ApiError(500, record.note, type="mock_server_error")
                await transport.send_whole(_refused(refusal), record, self.send)
        finally:
            space.active -= 1
            record.finished = monotonic()

    async def _answer(self) -> None:
        try:
            body = await self._body()
            answer = await self._prepare(body)
        except ApiError as refusal:
            self.record.note = refusal.message
            answer = _refused(refusal)
        if self.rule is None and type(answer) is Reply:
            await transport.send_whole(answer, self.record, self.send)
        else:
            await self._deliver(answer)

    async def _body(self) -> bytes:
        """The whole body; raises the 413 once all of a body that is too long has come and gone."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise transport.Disconnected
        body: bytes = message["body"]
        if message["more_body"]:
            body = await self._long_body(body)
        self.space.book.keep_body(self.record, body)
        return body

    async def _long_body(self, first: bytes) -> bytes:
        chunks, size = [first], len(first)
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise transport.Disconnected
            size += len(message["body"])
            if size >= MOST_BODY:
                chunks = []
            else:
                chunks.append(message["body"])
            if not message["more_body"] or size > _MOST_DRAINED:
                break
        if size >= MOST_BODY:
            self.record.request_bytes = size
            close = (("connection", "close"),) if size > _MOST_DRAINED else ()
            raise ApiError(
                413, f"The request is too large: {MOST_BODY} bytes are too many.", "request_too_large", headers=close
            )
        return b"".join(chunks)

    async def _prepare(self, body: bytes) -> Answer:
        """The answer, with the fault that meets this request at work."""
        self._check_place()
        call = Call(self.record.method, self.place.path, self.space)
        call.digest = self.record.digest = self._read(call, body)
        if self.place.path.startswith("/images"):
            call.origin = self._origin()
        if self.space.schedule:
            self._choose_fault(call)
        if self.rule is not None:
            early = await self._early_fault(self.rule, call)
            if early is not None:
                return early
        answer = self.endpoint.answer(call) if self.endpoint is not None else _anything(call)
        self.record.call = call.answered
        return answer

    def _check_place(self) -> None:
        method, path = self.record.method, self.record.path
        if self.endpoint is None and not (self.known and self.space.settings.accept_any):
            raise ApiError(404, f"Invalid URL ({method} {path})", "unknown_url")
        if not path.startswith(routing.IMAGE_FILES):
            self._check_key()
        if self.endpoint is not None and method not in (self.endpoint.method, "HEAD"):
            message = f"Not allowed to {method} on {path}. (HINT: Perhaps you meant {self.endpoint.method}?)"
            raise ApiError(405, message, "method_not_supported")

    def _check_key(self) -> None:
        settings, key = self.space.settings, self.record.key
        if not key:
            # What is at a path of another protocol may want its key elsewhere, or none.
            if settings.require_key and self.endpoint is not None:
                message = "You didn't provide an API key. Send it in an Authorization header (Bearer YOUR_KEY)."
                raise ApiError(401, message)
        elif settings.key is not None and key != settings.key:
            raise ApiError(401, "Incorrect API key provided.", "invalid_api_key")

    def _read(self, call: Call, body: bytes) -> bytes:
        """Parse the body into the call; the digest of what it says."""
        endpoint = self.endpoint
        if endpoint is not None and endpoint.form:
            call.parts = forms.parse(body, self._header(b"content-type"))
            call.body = {part.name: part.text for part in call.parts if not part.filename}
            return forms.digest(call.parts)
        if endpoint is None or endpoint.method == "GET":
            return sha256(body).digest()
        call.body, call.notes, digest = _parsed_small(body) if len(body) <= SMALL_BODY else _parsed(body)
        return digest

    def _choose_fault(self, call: Call) -> None:
        attempt = self.space.next_attempt(call.digest)
        lot = int.from_bytes(seed(call.digest, attempt)[-6:], "big") / (1 << 48)
        age = self.record.arrived - self.space.first_arrival
        model = call.body.get("model")
        self.rule = self.space.schedule.choose(self.record.path, model if isinstance(model, str) else "", age, lot)
        if self.rule is not None:
            call.rule, call.fault = self.rule, FAULTS[self.rule.fault]
            self.record.fault = self.rule.fault

    async def _early_fault(self, rule: FaultRule, call: Call) -> Answer | None:
        """What comes instead of an answer, if that is what the fault does; a held request waits here."""
        fault = FAULTS[rule.fault]
        if fault.stage == "refuse":
            raise fault.act(rule)
        if fault.stage == "replace":
            replaced: Answer = fault.act(rule, Dice(seed(call.digest, 0)))
            return replaced
        if fault.stage == "hold":
            await self._hold()
        return None

    async def _hold(self) -> None:
        released = asyncio.ensure_future(self.space.released.wait())
        gone = asyncio.ensure_future(transport.gone(self.receive))
        try:
            await asyncio.wait((released, gone), return_when=asyncio.FIRST_COMPLETED)
            if gone.done() and not released.done():
                raise transport.Disconnected
        finally:
            released.cancel()
            gone.cancel()

    async def _deliver(self, answer: Answer) -> None:
        """Send an answer that is a stream, or that a fault has its hands on."""
        delay, fault = transport.PROMPT, None if self.rule is None else FAULTS[self.rule.fault]
        if fault is not None and not self.record.note:
            if fault.stage == "reply":
                answer = fault.act(answer, self.rule)
            elif fault.stage == "delay":
                delay = fault.act(self.rule)
            elif fault.stage == "deliver":
                await transport.send_broken(fault.act(self.rule), answer, self.record, self.receive, self.send)
                return
        if delay is transport.PROMPT and isinstance(answer, Reply):
            await transport.send_whole(answer, self.record, self.send)
        else:
            await transport.send_parts(answer, delay, self.record, self.receive, self.send)
        if isinstance(answer, Stream) or delay is not transport.PROMPT:
            self.record.disconnected = bool(getattr(self.receive.__self__, "disconnected", False))  # type: ignore[attr-defined]

    def _header(self, name: bytes) -> str:
        return next((value.decode("latin-1") for key, value in self.record.raw_headers if key == name), "")

    def _origin(self) -> str:
        root = self.scope["path"].removesuffix(self.place.path)
        return f"{self.scope.get('scheme', 'http')}://{self._header(b'host')}{root}"


def _parsed(body: bytes) -> tuple[dict[str, Any], dict[Any, Any], bytes]:
    """A JSON body, room for what is read in it (see `Call.once`), and its digest."""
    try:
        value = wire.loads(body)
    except ValueError as error:
        raise bad(f"We could not parse the JSON body of your request. ({error})") from error
    if not isinstance(value, dict):
        raise bad("The JSON body of your request must be an object.")
    return value, {}, sha256(body).digest()


_parsed_small = lru_cache(maxsize=512)(_parsed)


def _bearer(headers: list[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"authorization":
            scheme, _, key = value.decode("latin-1").partition(" ")
            return key.strip() if scheme.lower() == "bearer" else ""
    return next((value.decode("latin-1") for name, value in headers if name == b"api-key"), "")


def _refused(error: ApiError) -> Reply:
    return Reply(wire.dumps(error.payload()), error.status, headers=error.headers)


def _anything(call: Call) -> Answer:
    """The answer to a path that the API does not have, in a space that takes them all."""
    drawn = call.dice()
    return Reply(wire.dumps({"id": f"any-{drawn.hex(24)}", "object": "any", "path": call.path, "ok": True}))
