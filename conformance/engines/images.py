"""What an image says of itself, without running it (scenario S00): its configuration and its manifest.

The manifest is copied out of a container that is created and never started, as the real host does
(contract.md 2.6): one path, no symlinks followed, with limits on size.
"""

from __future__ import annotations

import io
import tarfile
from typing import Any

import docker
from docker.errors import APIError
from docker.models.containers import Container

from conformance.engines.labels import labels
from conformance.evidence import ImageFacts

MANIFEST_PATH = "/app/manifest.yaml"
MANIFEST_LIMIT = 1024**2
ARCHIVE_LIMIT = MANIFEST_LIMIT + 64 * 1024


STAND_IN = "sdg-conformance/{}"
"""Where set-up puts the equivalent of a public base image: ``sdg-conformance/python:3.13-slim``."""


def here(name: str, client: docker.DockerClient) -> str | None:
    """The name under which the engine has an image, or what stands in for it; None where it has neither."""
    for known in (name, STAND_IN.format(name)):
        try:
            client.images.get(known)
        except APIError:
            continue
        return known
    return None


def image_facts(client: docker.DockerClient, reference: str, host_architecture: str) -> ImageFacts:
    """The facts of an image that the engine has."""
    image = client.images.get(reference)
    config: dict[str, Any] = image.attrs.get("Config") or {}
    (kind, manifest), passwd, has_shell = read_unstarted(client, str(image.id))
    return ImageFacts(
        reference=reference,
        digest=str(image.id),
        os=str(image.attrs.get("Os", "")),
        architecture=str(image.attrs.get("Architecture", "")),
        host_architecture=host_architecture,
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        user=str(config.get("User") or ""),
        has_shell=has_shell,
        user_id=user_id(str(config.get("User") or ""), passwd),
        working_directory=str(config.get("WorkingDir") or ""),
        environment=dict(item.partition("=")[::2] for item in config.get("Env") or ()),
        labels=dict(config.get("Labels") or {}),
        volumes=tuple(sorted(config.get("Volumes") or {})),
        exposed_ports=tuple(sorted(config.get("ExposedPorts") or {})),
        healthcheck=bool((config.get("Healthcheck") or {}).get("Test", ["NONE"]) not in ([], ["NONE"])),
        size_bytes=int(image.attrs.get("Size") or 0),
        manifest_kind=kind,
        manifest=manifest,
        history=tuple(str(step.get("CreatedBy", "")) for step in image.history()),
    )


def read_unstarted(client: docker.DockerClient, image: str) -> tuple[tuple[str, bytes], bytes, bool]:
    """The manifest, ``/etc/passwd``, and whether there is a shell, out of a container that is never started."""
    container = client.containers.create(
        image, command=["manifest"], entrypoint=["manifest"], network_mode="none",
        labels=labels(),
    )  # fmt: skip
    try:
        shell = copy_out(container, "/bin/sh")[0] != "missing"
        return copy_out(container, MANIFEST_PATH), copy_out(container, "/etc/passwd")[1], shell
    finally:
        container.remove(force=True, v=True)


def copy_out(container: Container, path: str) -> tuple[str, bytes]:
    """The kind (file, missing, directory, symlink, other, too-large) and bytes of one path of a container."""
    try:
        stream, _ = container.get_archive(path)
        archive = bytearray()
        for part in stream:
            archive += part
            if len(archive) > ARCHIVE_LIMIT:
                break
        return read_manifest_archive(bytes(archive))
    except APIError:
        return "missing", b""


def user_id(user: str, passwd: bytes) -> int | None:
    """The number of an image's USER: itself, or what the image's own passwd says; None where it says nothing."""
    name = user.partition(":")[0]
    if not name or name.isdigit():
        return int(name or 0)
    for line in passwd.decode("utf-8", "replace").splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[0] == name and fields[2].isdigit():
            return int(fields[2])
    return 0 if name == "root" else None


def read_manifest_archive(archive: bytes) -> tuple[str, bytes]:
    """The kind and bytes of the first member of a tar archive that holds one path."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            member = tar.next()
            if member is None:
                return "missing", b""
            if not member.isreg():
                kind = "symlink" if member.issym() or member.islnk() else "other"
                return ("directory" if member.isdir() else kind), b""
            if member.size > MANIFEST_LIMIT:
                return "too-large", b""
            extracted = tar.extractfile(member)
            return "file", extracted.read() if extracted else b""
    except tarfile.TarError:
        return "other", b""
