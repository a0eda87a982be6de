"""``/_control``: the server's own API, for those who are not in its process (a sidecar, another language).

    GET    /_control/health                           {"ok": true, "spaces": [...]}
    PUT    /_control/spaces/NAME                      open it; the body has the keyword arguments of ``open``
    DELETE /_control/spaces/NAME                      close it
    GET    /_control/spaces/NAME/ledger?start=N       {"entries": [...], "dropped": n}
    POST   /_control/spaces/NAME/release (or /hold)   let held requests go on (hold again)
    GET    /_control/spaces/NAME/wait?count=N&timeout=S   {"arrived": true}
    GET    /_control/faults                           every fault with its docstring

A server with a token takes only requests that carry it in ``x-control-token``: what runs in a container under test must
not reach the witness. Refused requests are recorded in the space ``undeclared``, as requests to any unknown path are.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, unquote

from conformance.mock_openai import wire
from conformance.mock_openai.fault_catalogue import FAULTS
from conformance.mock_openai.transport import Receive, Send

OPEN_KEYS = ("key", "faults", "script", "models", "accept_any", "require_key")
LONGEST_WAIT = 600.0


def new_token() -> str:
    """A token that nobody can guess."""
    return os.urandom(16).hex()


class Control:
    """Answers requests to ``/_control`` for one server."""

    def __init__(self, server: Any):
        self.server = server

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> bool:
        """Answer; False (nothing sent) when the token is not right."""
        token: str = self.server.control_token
        given = next((value for name, value in scope["headers"] if name == b"x-control-token"), b"")
        if token and not hmac.compare_digest(given, token.encode()):
            return False
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        try:
            status, value = await self._answer(scope, body)
        except (ValueError, TypeError) as error:
            status, value = 400, {"error": str(error)}
        data = wire.dumps_plain(value)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data})
        return True

    async def _answer(self, scope: Any, body: bytes) -> tuple[int, Any]:
        parts = [unquote(part) for part in scope["path"].split("/")[2:]]
        query = {key: values[-1] for key, values in parse_qs(scope["query_string"].decode()).items()}
        value: Any
        match (scope["method"], *parts):
            case ("GET", "health"):
                value = {"ok": True, "spaces": list(self.server.spaces.names)}
            case ("GET", "faults"):
                value = {name: fault.doc for name, fault in FAULTS.items()}
            case ("PUT", "spaces", name):
                value = self._open(name, body)
            case ("DELETE", "spaces", name):
                self.server.close_space(name)
                value = {"closed": name}
            case ("GET", "spaces", name, "ledger"):
                ledger = self.server.ledger(name, start=int(query.get("start", 0)))
                value = {"entries": [entry.as_dict() for entry in ledger.entries], "dropped": ledger.dropped}
            case ("POST", "spaces", name, "release"):
                self.server.release(name)
                value = {"released": name}
            case ("POST", "spaces", name, "hold"):
                self.server.hold(name)
                value = {"held": name}
            case ("GET", "spaces", name, "wait"):
                wanted, seconds = int(query.get("count", 1)), float(query.get("timeout", 30))
                value = {"arrived": await self._wait(name, wanted, min(seconds, LONGEST_WAIT))}
            case _:
                return 404, {"error": f"nothing is at {scope['method']} {scope['path']}"}
        return 200, value

    def _open(self, name: str, body: bytes) -> dict[str, Any]:
        settings = wire.loads(body) if body else {}
        if not isinstance(settings, dict):
            raise ValueError("the settings of a space must be a JSON object")
        unknown = [key for key in settings if key not in OPEN_KEYS]
        if unknown:
            raise ValueError(f"unknown setting {unknown[0]!r}; known: {', '.join(OPEN_KEYS)}")
        self.server.open(name, **settings)
        port = int(self.server.base_url(name).split(":")[-1].partition("/")[0])
        return {"opened": name, "base_path": f"/s/{name}/v1", "port": port}

    async def _wait(self, name: str, count: int, timeout: float) -> bool:
        end = monotonic() + timeout
        while True:
            space = self.server.spaces.get(name)
            if space is not None and space.book.arrivals >= count:
                return True
            if monotonic() >= end:
                return False
            await asyncio.sleep(0.02)
