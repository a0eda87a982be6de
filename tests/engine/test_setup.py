"""The set-up on the real engine: what is there is found, and a second call does nothing."""

import os
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.engine


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    # A set-up inside a test must find everything there, and never begin to install.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment |= {"ENGINE_INSTALL": "no", "SYSTEM_INSTALL": "no"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)


def test_a_second_set_up_says_nothing_and_takes_less_than_two_seconds() -> None:
    run("make", "setup")
    start = time.monotonic()
    second = run("make", "setup")
    assert time.monotonic() - start < 2
    assert (second.stdout, second.stderr) == ("", "")


def test_the_engine_that_set_up_names_answers_the_docker_library() -> None:
    import docker

    address = run(ROOT / ".venv/bin/python", "tools/container_engine.py").stdout.strip()
    assert docker.DockerClient(base_url=address).ping()


def test_the_base_image_has_python_pip_and_this_machines_certificates() -> None:
    import docker

    name = run(ROOT / ".venv/bin/python", "tools/base_image.py").stdout.strip()
    assert (ROOT / "build" / "base-image").read_text() == name + "\n"
    address = run(ROOT / ".venv/bin/python", "tools/container_engine.py").stdout.strip()
    script = "set -e; python --version; pip --version >/dev/null; sha256sum $PIP_CERT"
    said = docker.DockerClient(base_url=address).containers.run(name, ["sh", "-c", script], remove=True)
    version, checksum = said.decode().splitlines()
    here = subprocess.run(
        ["sha256sum", "/etc/ssl/certs/ca-certificates.crt"], capture_output=True, text=True, check=True
    )
    assert version.startswith("Python 3.13.")
    assert checksum == here.stdout.strip()
