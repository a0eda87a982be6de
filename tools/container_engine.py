"""Find a container engine that answers, or start one, or install one; print its address.

`python3 tools/container_engine.py` prints an address for DOCKER_HOST on standard output; what it does on the way it
says on standard error, one line each. It needs nothing but Python and no client program. The order:

1. DOCKER_HOST, if it is set: that engine or none, because a person chose it.
2. Docker's default socket, Podman's sockets, the current context of the `docker` program.
3. An engine that is installed and does not run is started; one that is starting is waited for.
4. On Debian and Ubuntu, as root, `docker.io` and `iptables` are installed with apt, then started.
5. Otherwise one error that says what to do, and exit code 3.

ENGINE_INSTALL=no forbids 3 and 4. An engine that was started here runs on after this program has ended; its log is
ENGINE_LOG (default /var/log/dockerd.log). Two calls at the same time are safe: the second waits for the first.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

DEFAULT_SOCKET = Path("/var/run/docker.sock")
SYSTEMD = Path("/run/systemd/system")
PID_FILES = {"dockerd": Path("/var/run/docker.pid"), "containerd": Path("/var/run/docker/containerd/containerd.pid")}
PING_SECONDS = 3.0
START_SECONDS = 90.0
USAGE_ERROR, ENGINE_ERROR = 2, 3


class EngineError(Exception):
    """No engine can be had. The message says what happened and what to do next."""


def local_addresses(environment: Mapping[str, str]) -> list[str]:
    """Return where engines of this machine listen: Docker first, then Podman, the user's own sockets last."""
    paths = [DEFAULT_SOCKET, Path("/run/podman/podman.sock")]
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        paths += [Path(runtime, "docker.sock"), Path(runtime, "podman", "podman.sock")]
    paths.append(Path.home() / ".docker" / "run" / "docker.sock")
    return [f"unix://{path}" for path in paths]


def answers(address: str, seconds: float = PING_SECONDS) -> bool:
    """Tell whether an engine answers a ping at `address`.

    unix:// and tcp:// without TLS are asked directly, everything else through the client program.
    """
    scheme, _, place = address.partition("://")
    try:
        if scheme == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(seconds)
            connection.connect(place)
        elif scheme in {"tcp", "http"} and not os.environ.get("DOCKER_TLS_VERIFY"):
            host, _, port = place.rstrip("/").rpartition(":")
            connection = socket.create_connection((host, int(port)), timeout=seconds)
        else:
            return client_program_answers(address)
        with connection:
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except (OSError, ValueError):
        return False


def client_program_answers(address: str) -> bool:
    """Ask through the `docker` program, which knows ssh:// and TLS."""
    return run_quietly(["docker", "--host", address, "version", "--format", "{{.Server.Version}}"]) != ""


def context_address() -> str | None:
    """Return the address of the `docker` program's current context (Docker Desktop, colima), if it has one."""
    return run_quietly(["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]) or None


def run_quietly(arguments: list[str]) -> str:
    """Return what a program prints on standard output, or nothing if it is missing, slow or fails."""
    try:
        done = subprocess.run(
            arguments, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def find(environment: Mapping[str, str]) -> str | None:
    """Return the address of an engine that answers now.

    Raises EngineError if DOCKER_HOST names one that does not answer.
    """
    if chosen := environment.get("DOCKER_HOST"):
        if answers(chosen):
            return chosen
        raise EngineError(f"no container engine answers at DOCKER_HOST={chosen}. Start it, or unset DOCKER_HOST.")
    for address in local_addresses(environment):
        if answers(address):
            return address
    context = context_address()
    return context if context and answers(context) else None


def ensure(environment: Mapping[str, str]) -> str:
    """Return the address of an engine that answers, starting or installing one where that is possible and allowed."""
    if address := find(environment):
        return address
    refuse_if_forbidden(environment)
    with one_at_a_time():
        if address := find(environment):  # the call that held the lock before may have started it
            return address
        if not find_program("dockerd"):
            say("No container engine here: installing docker.io and iptables.")
            install()
        return start(Path(environment.get("ENGINE_LOG", "/var/log/dockerd.log")))


def refuse_if_forbidden(environment: Mapping[str, str]) -> None:
    """Raise EngineError where an engine may not, or can not, be started or installed from here."""
    installed = find_program("dockerd") is not None
    state = "A container engine is installed and does not answer" if installed else "No container engine is installed"
    advice = (
        "start it (sudo systemctl start docker, or sudo dockerd)"
        if installed
        else "install one: on Debian or Ubuntu sudo apt-get install --no-install-recommends docker.io iptables; "
        "elsewhere Docker or Podman with its socket"
    )
    if environment.get("ENGINE_INSTALL", "yes") == "no":
        raise EngineError(f"{state}, and ENGINE_INSTALL=no forbids to help. Please {advice}.")
    if DEFAULT_SOCKET.exists() and not os.access(DEFAULT_SOCKET, os.W_OK):
        raise EngineError(f"{DEFAULT_SOCKET} is there, but you may not use it. Join the group docker, or work as root.")
    if os.geteuid() != 0:
        raise EngineError(f"{state}, and only root can change that. Please {advice}.")
    if not installed and not shutil.which("apt-get"):
        raise EngineError(f"{state}, and this is neither Debian nor Ubuntu. Please {advice}.")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold a lock of this machine while an engine is installed and started."""
    with Path(tempfile.gettempdir(), "sdg-conformance-engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find_program(name: str) -> str | None:
    """Find a program, also where only root's PATH leads."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin")


def install() -> None:
    """Install Debian's engine (and, where it is a package of its own, its client program)."""
    packages = ["docker.io", "iptables"]
    if run_quietly(["apt-cache", "show", "--no-all-versions", "docker-cli"]):
        packages.append("docker-cli")
    script = Path(__file__).with_name("packages.sh")
    if subprocess.run([script, *packages], check=False, stdout=sys.stderr).returncode:
        raise EngineError("the container engine could not be installed; the lines above say why.")


def start(log: Path) -> str:
    """Start the installed engine, or wait for one that is starting, and return its address."""
    address = f"unix://{DEFAULT_SOCKET}"
    if is_alive("dockerd"):
        say("The container engine is starting: waiting for it.")
    elif SYSTEMD.exists():
        say("Starting the container engine (systemctl start docker).")
        run_quietly(["systemctl", "start", "docker"])
    else:
        say(f"Starting the container engine (dockerd; its log: {log}).")
        start_detached(log)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if answers(address):
            return address
        if not is_alive("dockerd") and time.monotonic() > end - START_SECONDS + 5:
            break
        time.sleep(0.1)
    raise EngineError(f"the container engine does not come up. The end of {log}:\n{tail(log)}")


def start_detached(log: Path) -> None:
    """Start dockerd in a session of its own, so that it survives this program and its terminal."""
    for name, file in PID_FILES.items():
        # A process of another name that has the old number by chance keeps dockerd from starting.
        if file.exists() and not is_alive(name):
            file.unlink(missing_ok=True)
    program = find_program("dockerd")
    if program is None:
        raise EngineError("dockerd is not on PATH after its installation; install Docker by hand.")
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin"}
    with log.open("ab") as sink:
        subprocess.Popen(
            [program],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            cwd="/",
            env=environment,
        )


def is_alive(name: str) -> bool:
    """Tell whether the process in the pid file of `name` exists and is really that program."""
    try:
        number = int(PID_FILES[name].read_text())
        return Path(f"/proc/{number}/comm").read_text().strip() == name
    except (OSError, ValueError):
        return False


def tail(file: Path, lines: int = 15) -> str:
    """Return the last lines of a log."""
    try:
        return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])
    except OSError as error:
        return f"(cannot be read: {error})"


def say(line: str) -> None:
    """Tell the person what is being done."""
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Print the address of an engine that answers; 3 if there is none."""
    if arguments:
        say("usage: container_engine.py (it takes no arguments; see its docstring)")
        return USAGE_ERROR
    try:
        print(ensure(os.environ))
    except EngineError as error:
        say(f"error: {error}")
        return ENGINE_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
