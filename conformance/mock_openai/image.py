"""The image of the mock server, built from the kit's own wheel on any Docker-compatible engine.

In a source checkout the wheel is built with ``build``; an installed kit is packed again from its own files, so that the
server in the image is the very one that is installed here. The image's tag is the digest of what went into it: it is
built once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

BASE = "python:3.13-slim"
REPOSITORY = "sdg-conformance-mock-openai"
_PACKAGE = Path(__file__).resolve().parents[1]
_LEFT_OUT = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json")


class ImageError(Exception):
    """The image could not be built; the message says why and what to do."""


def base_image(client: Any) -> str:
    """The base image: ``SDG_BASE_IMAGE``, or a slim Python, or what set-up made in its place on that engine."""
    from conformance.engines.images import here

    return os.environ.get("SDG_BASE_IMAGE") or here(BASE, client) or BASE


def build(client: Any, base: str | None = None) -> str:
    """Build the image (if it is not there yet) with a Docker client; returns its tag. Raises `ImageError`."""
    import docker.errors

    base = base or base_image(client)
    tag = f"{REPOSITORY}:{_digest(base)}"
    try:
        client.images.get(tag)
    except docker.errors.ImageNotFound:
        with tempfile.TemporaryDirectory(prefix="sdg-mock-") as folder:
            context = Path(folder)
            wheel(context)
            (context / "Dockerfile").write_bytes((_PACKAGE / "mock_openai" / "Dockerfile").read_bytes())
            try:
                client.images.build(path=folder, tag=tag, buildargs={"BASE": base}, rm=True, forcerm=True)
            except docker.errors.BuildError as error:
                said = "".join(str(line.get("stream", "")) for line in error.build_log)[-2000:]
                raise ImageError(
                    f"the image of the mock server could not be built on {base}: {error}\n{said}\n"
                    "Set SDG_BASE_IMAGE to an image with Python 3.11 or newer that can install packages."
                ) from error
            except docker.errors.APIError as error:
                raise ImageError(f"the engine refused to build the mock server's image: {error}") from error
    return tag


def _digest(base: str) -> str:
    state = sha256(base.encode())
    for path in sorted((*_PACKAGE.rglob("*.py"), _PACKAGE / "mock_openai" / "Dockerfile")):
        if path.is_relative_to(_PACKAGE / "mock_openai") or path.parent == _PACKAGE:
            state.update(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes())
    return state.hexdigest()[:16]


def wheel(folder: Path) -> Path:
    """Put the kit's wheel into a folder. Raises `ImageError`."""
    source = _PACKAGE.parent
    if (source / "pyproject.toml").is_file():
        return _built(source, folder)
    try:
        return _packed(distribution("sdg-conformance"), folder)
    except PackageNotFoundError as error:
        raise ImageError("the kit is not installed as a package: install it with pip") from error


def _built(source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("*.whl"))
    if done.returncode or not found:
        raise ImageError(f"the kit's wheel could not be built ({' '.join(command)}):\n{done.stderr[-2000:]}")
    return found[-1]


def _packed(installed: Distribution, folder: Path) -> Path:
    """The wheel of an installed distribution, made from its files."""
    target = folder / f"sdg_conformance-{installed.version}-py3-none-any.whl"
    record = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in installed.files or ():
            inside = ".dist-info/" in str(entry) or entry.parts[0] == _PACKAGE.name
            if not inside or entry.name in _LEFT_OUT or entry.suffix == ".pyc":
                continue
            archive.writestr(entry.as_posix(), entry.read_binary())
            record.append(f"{entry.as_posix()},,\n")
        info = next(line for line in record if ".dist-info/" in line).partition("/")[0]
        archive.writestr(f"{info}/RECORD", "".join([*record, f"{info}/RECORD,,\n"]))
    return target
