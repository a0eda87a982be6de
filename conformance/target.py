"""What is checked: an image reference, a folder with a Dockerfile, or an image archive -> an image that the engine has.

A target that cannot be had is a `UsageError` (it does not exist, the build fails) with near names or the last lines of
the build; an engine that fails is an `EngineFailure`.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, BuildError, ImageNotFound

from conformance.engines.docker import DockerEngine, talking_to_the_engine
from conformance.engines.images import here
from conformance.errors import UsageError

BUILD_TIMEOUT = 1800
LAST_LINES = 15
BASE_IMAGE_FILE = Path("build/base-image")
_BASE_ARGUMENT = re.compile(r"^\s*ARG\s+BASE_IMAGE=[\"']?([^\s\"']+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """An image that is there. ``reference`` is what the person wrote, ``image`` what the engine knows it by."""

    reference: str
    image: str
    folder: Path | None = None

    @property
    def runnable(self) -> str:
        """What a person can give to ``docker run``: the reference, or for folders and archives what became of them."""
        return self.image if self.folder or Path(self.reference).is_file() else self.reference


def resolve(reference: str, engine: DockerEngine, build_arguments: Mapping[str, str] | None = None) -> Target:
    """Build, load, find or pull the target. Raises `UsageError` where that cannot be done."""
    path = Path(reference)
    try:
        if path.is_dir():
            return Target(reference, build_folder(path, engine, build_arguments or {}), path)
        if path.is_file():
            return Target(reference, load_archive(path, engine))
    except PermissionError as refusal:
        raise UsageError(f"{refusal.filename or path} may not be read by this user") from refusal
    return Target(reference, find_image(reference, engine.client))


def default_build_arguments() -> dict[str, str]:
    """The base image that set-up prepared, for machines that no registry answers."""
    base = os.environ.get("SDG_BASE_IMAGE", "")
    if not base and BASE_IMAGE_FILE.is_file():
        base = BASE_IMAGE_FILE.read_text("utf-8").strip()
    return {"BASE_IMAGE": base} if base else {}


def stand_in(dockerfile: str, client: docker.DockerClient) -> dict[str, str]:
    """The build argument for a Dockerfile with ``ARG BASE_IMAGE=NAME``: that image, or what stands in for it here."""
    declared = _BASE_ARGUMENT.search(dockerfile)
    known = here(declared[1], client) if declared else None
    return {"BASE_IMAGE": known} if known else {}


def build_folder(folder: Path, engine: DockerEngine, build_arguments: Mapping[str, str]) -> str:
    """Build a folder and return the tag of the image.

    Through the ``docker`` program where there is one (folders may need BuildKit), else through the SDK.
    """
    if not (folder / "Dockerfile").is_file():
        raise UsageError(
            f"{folder} has no Dockerfile",
            hint="name a folder with a Dockerfile, an image reference or an image archive (.tar)",
        )
    tag = f"sdg-conformance/target:{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"
    with talking_to_the_engine():
        prepared = stand_in((folder / "Dockerfile").read_text("utf-8", "replace"), engine.client)
    arguments = {**(prepared or default_build_arguments()), **build_arguments}
    if shutil.which("docker"):
        _build_with_program(folder, tag, arguments, engine)
    else:
        _build_with_sdk(folder, tag, arguments, engine)
    return tag


def _build_with_program(folder: Path, tag: str, arguments: Mapping[str, str], engine: DockerEngine) -> None:
    command = ["docker", "--host", engine.url, "build", "--force-rm", "--tag", tag]
    for name, value in sorted(arguments.items()):
        command += ["--build-arg", f"{name}={value}"]
    try:
        built = subprocess.run(
            [*command, str(folder)],
            capture_output=True,
            timeout=BUILD_TIMEOUT,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as slow:
        raise UsageError(f"building {folder} took more than {BUILD_TIMEOUT} seconds") from slow
    if built.returncode != 0:
        raise UsageError(_build_failed(folder, (built.stdout + built.stderr).decode("utf-8", "replace")))


def _build_with_sdk(folder: Path, tag: str, arguments: Mapping[str, str], engine: DockerEngine) -> None:
    try:
        with talking_to_the_engine():
            engine.client.images.build(path=str(folder), tag=tag, buildargs=dict(arguments), rm=True, forcerm=True)
    except BuildError as failure:
        log = "".join(str(line.get("stream") or line.get("error") or "") for line in failure.build_log)
        raise UsageError(_build_failed(folder, log)) from failure


def _build_failed(folder: Path, log: str) -> str:
    last = "\n".join(f"  {line}" for line in log.strip().splitlines()[-LAST_LINES:])
    return f"building {folder} failed; the last lines of the build:\n{last}"


def load_archive(path: Path, engine: DockerEngine) -> str:
    """Load an image archive (``docker save``, or an OCI layout in a tar) and return the image's id."""
    if not tarfile.is_tarfile(path):
        raise UsageError(
            f"{path} is a file, but no image archive", hint="make one with `docker save IMAGE -o image.tar`"
        )
    try:
        with talking_to_the_engine(), path.open("rb") as archive:
            images = engine.client.images.load(archive)
    except ImageNotFound as failure:
        raise UsageError(f"{path} holds no image that the engine can load") from failure
    if not images:
        raise UsageError(f"{path} holds no image")
    return str(images[0].id)


def find_image(reference: str, client: docker.DockerClient) -> str:
    """The id of an image that the engine has, pulled if it has not.

    Raises `UsageError` with near names when neither works.
    """
    with talking_to_the_engine():
        try:
            return str(client.images.get(reference).id)
        except ImageNotFound:
            pass
        except APIError as refusal:
            raise UsageError(f"“{reference}” is no image reference: {refusal.explanation}") from refusal
        names = [tag for image in client.images.list() for tag in image.tags]
    try:
        return str(client.images.pull(reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest").id)
    except (APIError, docker.errors.DockerException, OSError):
        pass
    near = difflib.get_close_matches(reference, names, n=3, cutoff=0.5)
    raise UsageError(
        f"there is no image “{reference}”, and it cannot be pulled",
        hint=f"did you mean {' or '.join(near)}?"
        if near
        else "`docker images` lists what is there; a folder needs a Dockerfile and the right path",
    )
