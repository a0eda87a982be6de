"""How set-up finds or starts a container engine: its decisions, with small stand-ins for its programs."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import container_engine as engine
import pytest

STAND_IN = """#!/usr/bin/env python3
import os, socket, sys
print("starting up", flush=True)
if {dies!r}:
    sys.exit("no storage driver fits")
with open({pid!r}, "w") as file:
    file.write(str(os.getpid()))
listener = socket.socket(socket.AF_UNIX)
listener.bind({socket!r})
listener.listen()
while True:
    connection, _ = listener.accept()
    connection.recv(1000)
    connection.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nOK")
    connection.close()
"""


@contextmanager
def listening(path: Path, answer: bytes = b"HTTP/1.0 200 OK\r\n\r\nOK") -> Iterator[str]:
    """Answer every ping at a socket; give its address."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"unix://{path}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of root's with apt, and without any engine."""
    monkeypatch.setattr(engine, "DEFAULT_SOCKET", tmp_path / "docker.sock")
    monkeypatch.setattr(engine, "SYSTEMD", tmp_path / "systemd")
    monkeypatch.setattr(engine, "PID_FILES", {name: tmp_path / f"{name}.pid" for name in ("dockerd", "containerd")})
    monkeypatch.setattr(engine, "local_addresses", lambda _: [f"unix://{engine.DEFAULT_SOCKET}"])
    monkeypatch.setattr(engine, "context_address", lambda: None)
    monkeypatch.setattr(engine, "find_program", lambda _: None)
    monkeypatch.setattr(engine.os, "geteuid", lambda: 0)
    monkeypatch.setattr(engine.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(engine.tempfile, "gettempdir", lambda: str(tmp_path))
    return tmp_path


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, *, dies: bool = False) -> None:
    """Put a stand-in for dockerd on the machine."""
    program = folder / "dockerd"
    pid, place = str(folder / "dockerd.pid"), str(engine.DEFAULT_SOCKET)
    program.write_text(STAND_IN.format(dies=dies, pid=pid, socket=place))
    program.chmod(0o755)
    monkeypatch.setattr(engine, "find_program", lambda _: str(program))
    monkeypatch.setattr(engine, "START_SECONDS", 6.0)


def test_an_engine_that_answers_is_used_as_it_is(bare_machine: Path) -> None:
    with listening(engine.DEFAULT_SOCKET) as address:
        assert engine.ensure({}) == address


def test_the_engine_that_a_person_chose_goes_before_the_default(bare_machine: Path) -> None:
    with listening(engine.DEFAULT_SOCKET), listening(bare_machine / "chosen.sock") as chosen:
        assert engine.ensure({"DOCKER_HOST": chosen}) == chosen


def test_a_chosen_engine_that_does_not_answer_is_an_error_and_not_replaced(bare_machine: Path) -> None:
    with listening(engine.DEFAULT_SOCKET), pytest.raises(engine.EngineError, match="DOCKER_HOST=unix:///nowhere"):
        engine.ensure({"DOCKER_HOST": "unix:///nowhere"})


def test_podmans_sockets_come_after_dockers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    places = engine.local_addresses({"XDG_RUNTIME_DIR": "/run/user/1000"})
    assert places[0] == "unix:///var/run/docker.sock"
    assert places.index("unix:///run/podman/podman.sock") > 0
    assert "unix:///run/user/1000/podman/podman.sock" in places


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.0 500 Internal Server Error\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"])
def test_a_socket_that_gives_no_ping_is_no_engine(answer: bytes, bare_machine: Path) -> None:
    with listening(bare_machine / "odd.sock", answer) as address:
        assert not engine.answers(address)


def test_help_that_is_forbidden_ends_in_one_line_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENGINE_INSTALL", "no")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    assert engine.main([]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: No container engine is installed, and ENGINE_INSTALL=no")
    assert "apt-get install --no-install-recommends docker.io iptables" in printed.err
    assert printed.err.count("\n") == 1


def test_an_engine_that_is_installed_and_stopped_is_told_apart_from_none(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(bare_machine, monkeypatch)
    monkeypatch.setattr(engine.os, "geteuid", lambda: 1000)
    with pytest.raises(engine.EngineError, match=r"is installed and does not answer.*systemctl start docker"):
        engine.ensure({})


def test_on_another_system_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.shutil, "which", lambda _: None)
    with pytest.raises(engine.EngineError, match="neither Debian nor Ubuntu"):
        engine.ensure({})


def test_an_installed_engine_is_started_and_outlives_the_set_up(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(bare_machine, monkeypatch)
    log = bare_machine / "engine.log"
    engine.PID_FILES["dockerd"].write_text("1")  # another program has the number of an engine that was killed

    address = engine.ensure({"ENGINE_LOG": str(log)})

    started = int(engine.PID_FILES["dockerd"].read_text())
    assert engine.answers(address)
    assert os.getsid(started) == started
    assert log.read_text() == "starting up\n"
    os.kill(started, signal.SIGTERM)
    os.waitpid(started, 0)


def test_an_engine_that_does_not_come_up_shows_the_end_of_its_log(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(bare_machine, monkeypatch, dies=True)
    with pytest.raises(engine.EngineError, match=r"does not come up(.|\n)*no storage driver fits"):
        engine.ensure({"ENGINE_LOG": str(bare_machine / "engine.log")})
