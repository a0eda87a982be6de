"""What an image says of itself, without running it (scenario S00): its configuration and its manifest.

The manifest is copied out of a container that is created and never started, as the real host does
(contract.md 2.6): one path, no symlinks followed, with limits on size.
"""

from __future__ import annotations

import io
import tarfile
from typing import Any

import docker
from docker.errors import APIError, NotFound

from conformance.evidence import ImageFacts

MANIFEST_PATH = "/app/manifest.yaml"
MANIFEST_LIMIT = 1024**2
ARCHIVE_LIMIT = MANIFEST_LIMIT + 64 * 1024
LABEL = "sdg-conformance"


def image_facts(client: docker.DockerClient, reference: str, host_architecture: str) -> ImageFacts:
    """The facts of an image that the engine has."""
    image = client.images.get(reference)
    config: dict[str, Any] = image.attrs.get("Config") or {}
    kind, manifest = extract_manifest(client, str(image.id))
    return ImageFacts(
        reference=reference,
        digest=str(image.id),
        os=str(image.attrs.get("Os", "")),
        architecture=str(image.attrs.get("Architecture", "")),
        host_architecture=host_architecture,
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        user=str(config.get("User") or ""),
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


def extract_manifest(client: docker.DockerClient, image: str) -> tuple[str, bytes]:
    """What stands at ``/app/manifest.yaml`` (file, missing, directory, symlink, other, too-large) and its bytes."""
    from conformance.engines.docker import OWNER_LABEL, owner

    container = client.containers.create(
        image, command=["manifest"], entrypoint=["manifest"], network_mode="none",
        labels={LABEL: "1", OWNER_LABEL: owner()},
    )  # fmt: skip
    try:
        stream, _ = container.get_archive(MANIFEST_PATH)
        archive = bytearray()
        for part in stream:
            archive += part
            if len(archive) > ARCHIVE_LIMIT:
                break
        return read_manifest_archive(bytes(archive))
    except NotFound:
        return "missing", b""
    except APIError:
        return "missing", b""
    finally:
        container.remove(force=True, v=True)


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
