"""Have the base images of the reference container and of the fixtures: `tools/base_image.py [python|node]`.

* `python` stands in for python:3.13-slim; its name goes to build/base-image.
* `node` is the same with Node and jq; its name goes to build/base-image-node.

The kit and the tests read these files (or the variable SDG_BASE_IMAGE) and pass the name as the build argument
BASE_IMAGE.

The real image is pulled if a registry can be reached; that it could not is remembered in build/, so that it is tried
once. Otherwise an equivalent is made of Debian packages with mmdebstrap. Both get one layer with this machine's
certificates, for networks that re-sign TLS. A second run asks the engine whether the image is still there, and does
nothing else; no client program is needed.

Standard library only, but for the slow way, which needs the `docker` package of .venv.
"""

import fcntl
import http.client
import io
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import container_engine

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
REGISTRY_IMAGE = "python:3.13-slim"
RAW_IMAGE = "sdg-conformance/base-raw:latest"
IMAGES = {"python": "sdg-conformance/python:3.13-slim", "node": "sdg-conformance/node:20-slim"}
NAME_FILES = {"python": "base-image", "node": "base-image-node"}
NOT_PULLED = "base-image-not-pulled"
DEBIAN_SUITE = "trixie"  # its Python is 3.13
DEBIAN_PACKAGES = "python3,python3-pip,ca-certificates"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# A registry that says nothing for this long counts as unreachable.
SILENCE_SECONDS = 15
ENGINE_ERROR = 3

PYTHON_LAYER = """\
FROM {base}
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
RUN test -e /usr/bin/python || test -e /usr/local/bin/python || ln -s python3 /usr/bin/python
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt \\
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \\
    PIP_BREAK_SYSTEM_PACKAGES=1
CMD ["python3"]
"""
NODE_LAYER = """\
FROM {base}
RUN apt-get -q update \\
    && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends nodejs jq \\
    && rm -rf /var/lib/apt/lists/*
CMD ["node"]
"""


class BaseImageError(Exception):
    """A base image cannot be made. The message says why and what to do."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("engine", timeout=10)
        self.path = path

    def connect(self) -> None:
        """Connect to the engine's socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def is_present(address: str, image: str) -> bool:
    """Tell whether the engine has the image, without importing anything slow where the engine has a Unix socket."""
    if not address.startswith("unix://"):
        return bool(client(address).images(name=image))
    connection = UnixConnection(address.removeprefix("unix://"))
    try:
        connection.request("GET", f"/images/{image}/json")
        return connection.getresponse().status == http.client.OK
    finally:
        connection.close()


def client(address: str, timeout: int = 600) -> Any:
    """Return a low-level client of the `docker` package."""
    try:
        import docker  # heavy, and not needed when the image is there
    except ImportError as error:
        raise BaseImageError(
            "the Python package docker is missing: run this with .venv/bin/python (make setup)"
        ) from error
    return docker.APIClient(base_url=address, timeout=timeout, version="auto")


def have(kind: str, address: str) -> str:
    """Return the name of the base image of this kind, made if the engine does not have it, and written to its file."""
    name = IMAGES[kind]
    if not is_present(address, name):
        BUILD.mkdir(exist_ok=True)
        with (BUILD / "base-image.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_present(address, name):
                {"python": make_python, "node": make_node}[kind](address)
    write_if_changed(BUILD / NAME_FILES[kind], name + "\n")
    return name


def make_python(address: str) -> None:
    """Make the stand-in for python:3.13-slim: pulled or made of Debian packages, plus one layer."""
    base = REGISTRY_IMAGE if pull(address) else bootstrap(address)
    certificates = CERTIFICATES.read_bytes() if CERTIFICATES.exists() else b""
    layer = PYTHON_LAYER if certificates else "\n".join(x for x in PYTHON_LAYER.splitlines() if "COPY" not in x)
    build(address, IMAGES["python"], layer.format(base=base), {"ca-certificates.crt": certificates})


def make_node(address: str) -> None:
    """Make the Node base on top of the Python base."""
    build(address, IMAGES["node"], NODE_LAYER.format(base=have_base(address)), {})


def have_base(address: str) -> str:
    """Return the Python base for the Node layer (the caller holds the lock)."""
    if not is_present(address, IMAGES["python"]):
        make_python(address)
    return IMAGES["python"]


def pull(address: str) -> bool:
    """Try to pull the real image; remember a failure so that it is tried once per checkout."""
    if is_present(address, REGISTRY_IMAGE):
        return True
    memory = BUILD / NOT_PULLED
    if memory.exists():
        return False
    container_engine.say(f"Pulling {REGISTRY_IMAGE}.")
    try:
        for event in client(address, SILENCE_SECONDS).pull(*REGISTRY_IMAGE.split(":"), stream=True, decode=True):
            if problem := event.get("error"):
                raise BaseImageError(problem)
    except Exception as error:  # noqa: BLE001  # whatever a registry does wrong, there is another way
        reason = str(getattr(error, "explanation", None) or error).strip() or type(error).__name__
        container_engine.say(
            f"It cannot be pulled here ({reason.splitlines()[0][:160]}): making an equivalent of Debian packages."
        )
        memory.write_text(f"{reason}\nDelete this file to try again.\n")
        return False
    return True


def bootstrap(address: str) -> str:
    """Import a minimal Debian with Python as a raw image and return its name."""
    if is_present(address, RAW_IMAGE):
        return RAW_IMAGE
    run([ROOT / "tools" / "packages.sh", "mmdebstrap"])
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "root.tar")
        container_engine.say(f"Making a base image of Debian {DEBIAN_SUITE} (about 20 seconds).")
        run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={DEBIAN_PACKAGES}", DEBIAN_SUITE, archive])
        repository, tag = RAW_IMAGE.split(":")
        client(address).import_image_from_file(str(archive), repository=repository, tag=tag)
    if not is_present(address, RAW_IMAGE):
        raise BaseImageError("the engine did not import the base image; is its disk full?")
    return RAW_IMAGE


def run(command: list[Any]) -> None:
    """Run a program, its output on standard error, and raise BaseImageError if it fails or is missing."""
    if shutil.which(command[0]) is None:
        raise BaseImageError(f"{command[0]} is not installed")
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if done.returncode:
        raise BaseImageError(
            f"{Path(command[0]).name} failed with exit code {done.returncode}; the lines above say why"
        )


def build(address: str, name: str, dockerfile: str, files: dict[str, bytes]) -> None:
    """Build an image from a Dockerfile and a few files that are never written to disk."""
    container_engine.say(f"Building {name}.")
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path, content in {**files, "Dockerfile": dockerfile.encode()}.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    context.seek(0)
    lines: list[str] = []
    for event in client(address).build(
        fileobj=context, custom_context=True, tag=name, rm=True, forcerm=True, decode=True
    ):
        lines.append(str(event.get("stream", "")))
        if problem := event.get("error"):
            raise BaseImageError(f"{name} cannot be built: {problem}\n{''.join(lines)[-2000:]}")


def write_if_changed(file: Path, text: str) -> None:
    """Write a small file, leaving its time alone if it says the same already."""
    if not file.exists() or file.read_text() != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def main(arguments: list[str], ensure: Callable[..., str] = container_engine.ensure) -> int:
    """Have one base image and print its name."""
    kind = arguments[0] if arguments else "python"
    if kind not in IMAGES or len(arguments) > 1:
        container_engine.say(f"usage: base_image.py [{'|'.join(IMAGES)}]")
        return container_engine.USAGE_ERROR
    try:
        print(have(kind, ensure(os.environ)))
    except (BaseImageError, container_engine.EngineError, OSError) as error:
        container_engine.say(f"error: {error}")
        return ENGINE_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
