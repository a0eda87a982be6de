"""The command ``mock-openai``, as a process of its own and in the click runner."""

import json
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from click.testing import CliRunner

from conformance.mock_openai.command import mock_openai


def free_port():
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


@pytest.fixture
def running(tmp_path):
    """Start the command with arguments; it is ended with SIGTERM."""
    started = []

    def start(*arguments):
        port = free_port()
        command = [sys.executable, "-m", "conformance.mock_openai", "--port", str(port), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stderr.readline().startswith(f"listening on http://127.0.0.1:{port}/v1")
        return f"http://127.0.0.1:{port}", process

    yield start
    for process in started:
        process.kill()
        process.wait()


CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hello."}]}


def test_the_command_serves_with_faults_and_script_and_logs_requests(running, tmp_path):
    (tmp_path / "faults.yaml").write_text("- 500*1\n")
    (tmp_path / "script.json").write_text('[{"answer": "Fixed."}]')
    files = ["--faults", str(tmp_path / "faults.yaml"), "--script", str(tmp_path / "script.json")]
    url, process = running(*files, "--key", "sk-1", "--log")
    headers = {"authorization": "Bearer sk-1"}
    answers = [httpx.post(f"{url}/v1/chat/completions", json=CHAT, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 200]
    assert answers[1].json()["choices"][0]["message"]["content"] == "Fixed."
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=5)
    assert process.returncode == 0
    assert [json.loads(line)["fault"] for line in out.splitlines()] == ["500", ""]


def test_another_process_gives_the_same_bytes(running, server, post, name):
    url, _ = running()
    there = httpx.post(f"{url}/v1/chat/completions", json=CHAT, headers={"authorization": "Bearer x"})
    assert there.content == post(name, body=CHAT).content


def test_a_port_in_use_is_an_error_that_says_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(mock_openai, ["--port", str(taken.getsockname()[1])])
    assert result.exit_code == 1
    assert "is in use" in result.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- 500x", "unknown fault '500x'"),
        ("a: 1", "must hold a list"),
        ("[", "neither JSON nor YAML"),
        ("- 7", "a fault is"),
    ],
)
def test_a_wrong_file_is_an_error_before_anything_listens(tmp_path, text, said):
    (tmp_path / "faults.yaml").write_text(text)
    result = CliRunner().invoke(mock_openai, ["--port", "0", "--faults", str(tmp_path / "faults.yaml")])
    assert result.exit_code == 1
    assert said in result.output


def test_the_faults_can_be_listed():
    result = CliRunner().invoke(mock_openai, ["--list-faults"])
    assert result.exit_code == 0
    assert "429-retry-after\n    Too many requests (429)" in result.output


def test_importing_the_command_imports_no_server():
    program = (
        "import sys, conformance.mock_openai.command\n"
        "print([name for name in ('uvicorn', 'asyncio', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_server_needs_nothing_of_the_kit_but_uvicorn():
    """The sidecar image has nothing else."""
    program = (
        "import sys\n"
        "for name in 'datasets docker pyarrow yaml pydantic jsonschema orjson uvloop httptools'.split():\n"
        "    sys.modules[name] = None\n"
        "from conformance.mock_openai import MockOpenAI\n"
        "with MockOpenAI() as server:\n"
        "    server.open('x', faults=['500'])\n"
        "    print(server.base_url('x').endswith('/s/x/v1'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_the_process_is_ready_soon(running):
    began = time.monotonic()
    url, _ = running()
    assert httpx.get(f"{url}/v1/models", headers={"authorization": "Bearer x"}).status_code == 200
    assert time.monotonic() - began < 5
