"""Build fixture images once: the tag carries a hash of the build context, so an unchanged image is never rebuilt.

Built through the ``docker`` SDK from an archive in memory. The base image is the one that set-up prepared
(`conformance.target.default_build_arguments`). A build that fails is a `BuildFailedError` with its last lines.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import docker
from docker.errors import BuildError, ImageNotFound

from conformance.target import default_build_arguments
from kill_matrix.mutants import FIXTURES, ROOT, Mutant, build_context, fingerprint, read_folder

LABEL = "sdg-conformance.fixture"


class BuildFailedError(Exception):
    """The engine could not build a fixture image; the text ends with the build's last lines."""


@cache
def client() -> Any:
    """The engine that the environment names (``DOCKER_HOST``, else the default socket)."""
    return docker.from_env(timeout=900)


def build_image(name: str) -> str:
    """The tag of a folder of ``fixtures/images`` or ``fixtures/controls``; ``golden`` is the reference."""
    if name in {"reference", "golden"}:
        return build_folder(ROOT / "example_generator", "reference")
    folder = FIXTURES / "images" / name
    return build_folder(folder if folder.is_dir() else FIXTURES / "controls" / name, name)


def build_folder(folder: Path, name: str) -> str:
    """Build a folder with a Dockerfile; returns the tag."""
    return build(read_folder(folder.resolve()), name)


def build_mutant(mutant: Mutant) -> str:
    """Build a mutant; returns the tag. All steps but those of the defect come from the engine's cache."""
    return build(build_context(mutant), f"mutant-{mutant.id}", mutant.make.get("platform"))


def build(files: Mapping[str, bytes], name: str, platform: str | None = None) -> str:
    """Build a context given as file names and bytes, unless its image is there; returns the tag."""
    arguments = default_build_arguments()
    version = fingerprint(files, repr(sorted(arguments.items())), platform or "")
    tag = f"sdg-fixture/{name.lower()}:{version}"
    try:
        client().images.get(tag)
    except ImageNotFound:
        try:
            client().images.build(
                fileobj=_archive(files), custom_context=True, tag=tag, buildargs=arguments, rm=True, forcerm=True,
                labels={LABEL: name}, platform=platform,
            )  # fmt: skip
        except BuildError as error:
            lines = "".join(str(line.get("stream", line.get("error", ""))) for line in error.build_log)
            raise BuildFailedError(
                f"{name} cannot be built: {error.msg}\n" + "\n".join(lines.splitlines()[-15:])
            ) from error
    return tag


def _archive(files: Mapping[str, bytes]) -> io.BytesIO:
    """A tar archive whose bytes depend on names and contents alone."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    stream.seek(0)
    return stream
