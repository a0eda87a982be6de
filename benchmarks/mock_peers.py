"""The servers that the mock server is measured beside: how each is installed, started and told what to answer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BUILD = Path("build/bench")
KEY = "sk-bench"

RAW_ASGI = """
import hashlib, json, sys, uvicorn
async def app(scope, receive, send):
    body = (await receive())["body"]
    asked = json.loads(body)
    name = hashlib.sha256(body).hexdigest()[:24]
    message = {"role": "assistant", "content": "A fixed answer, as short as it can be."}
    usage = {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29}
    answer = json.dumps({"id": "chatcmpl-" + name, "object": "chat.completion", "created": 1, "model": asked["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="critical", lifespan="off")
"""

AIMOCK_FIXTURES = {
    "fixtures": [
        {
            "match": {"toolName": "get_time", "hasToolResult": False},
            "response": {
                "toolCalls": [
                    {"name": "get_weather", "arguments": {"city": "Paris", "unit": "celsius"}},
                    {"name": "get_time", "arguments": {"zone": "CET"}},
                ]
            },
        },
        {
            "match": {"toolName": "get_weather", "hasToolResult": False},
            "response": {"toolCalls": [{"name": "get_weather", "arguments": {"city": "Paris", "unit": "celsius"}}]},
        },
        {
            "match": {"responseFormat": "json_schema"},
            "response": {"content": '{"name": "Ada", "age": 36, "tags": ["mathematics"]}'},
        },
        {"match": {"responseFormat": "json_object"}, "response": {"content": '{"weather": "fine"}'}},
        {
            "match": {"endpoint": "image"},
            "response": {"images": [{"b64Json": "iVBORw0KGgo="}, {"b64Json": "iVBORw0KGgo="}]},
        },
        {"match": {"endpoint": "transcription"}, "response": {"transcription": {"text": "hello"}}},
        {"match": {"endpoint": "speech"}, "response": {"audio": "SUQzBAAAAAAAAA=="}},
        {"match": {"endpoint": "chat"}, "response": {"content": "A fixed answer, as short as it can be."}},
    ]
}


@dataclass(frozen=True)
class Peer:
    """One server. ``install`` returns the command line (with ``{port}``) or raises `CannotInstallError`."""

    name: str
    install: Callable[[], list[str]]
    protocol: bool = True


class CannotInstallError(Exception):
    """A peer is not to be had here; the table says so."""


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotInstallError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise CannotInstallError(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:] or 'failed'}")


def ours() -> list[str]:
    """The mock server of this kit."""
    return [sys.executable, "-m", "conformance.mock_openai", "--port", "{port}"]


def raw_asgi() -> list[str]:
    """The least that an answer costs on uvicorn: parse, hash, write."""
    return [sys.executable, "-c", RAW_ASGI, "{port}"]


def aimock() -> list[str]:
    """The npm package ``@copilotkit/aimock``, with fixtures for everything that it needs told."""
    folder = BUILD / "npm"
    script = folder / "node_modules/@copilotkit/aimock/dist/cli.js"
    if not script.exists():
        _run(["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "@copilotkit/aimock"])
    fixtures = BUILD / "aimock-fixtures.json"
    fixtures.write_text(json.dumps(AIMOCK_FIXTURES))
    return ["node", str(script), "--port", "{port}", "--fixtures", str(fixtures), "--log-level", "silent"]


def llmock() -> list[str]:
    """The PyPI package ``llmock``, in an environment of its own."""
    script = BUILD / "llmock/bin/llmock"
    if not script.exists():
        _run([sys.executable, "-m", "venv", str(BUILD / "llmock")])
        _run([str(BUILD / "llmock/bin/pip"), "install", "-q", "llmock"])
    return [str(script), "serve", "--host", "127.0.0.1", "--port", "{port}", "--log-level", "critical"]


PEERS = (
    Peer("ours", ours),
    Peer("minimal raw ASGI", raw_asgi, protocol=False),
    Peer("@copilotkit/aimock", aimock),
    Peer("llmock", llmock),
)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
        return port


@dataclass
class Running:
    """A server that answers; ``startup`` is the seconds from the process's start to its first proper answer."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    startup: float

    @property
    def base_url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def memory_kib(self) -> int:
        """Resident memory of the process, in KiB (0 where it cannot be told)."""
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


@contextmanager
def running(name: str, command: list[str]) -> Iterator[Running]:
    """A server while it runs."""
    port = free_port()
    environment = {**os.environ, "NO_COLOR": "1"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [part.format(port=port) if part == "{port}" else part for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        _await_answer(port, process)
        yield Running(name, port, process, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}).encode()
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/chat/completions", data=body, headers=headers)
    end = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(request, timeout=10).read()
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.002)
        else:
            return
