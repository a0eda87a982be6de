"""A manifest (and Dockerfile) judged alone, before there is an image: what an author can mend while writing.

Only requirements that the two files decide are judged: the manifest's own, and of the image's those whose instruction
stands in the last stage of the Dockerfile (what a base image brings cannot be seen in it).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance._version import __version__
from conformance.errors import UsageError
from conformance.evidence import Evidence, ImageFacts
from conformance.options import Options
from conformance.report import Report

MANIFEST_NAMES = ("manifest.yaml", "app/manifest.yaml")
_SIZE_LIMIT = 4 * 1024**2
_INSTRUCTION = re.compile(r"^\s*([A-Za-z]+)\s+(.*)$", re.DOTALL)


def lint(path: Path, options: Options) -> Report:
    """The report on a manifest file, or on a folder with a manifest and perhaps a Dockerfile.

    Raises `UsageError` when there is no manifest, or nothing selected is decided by these files.
    """
    from conformance import campaign
    from conformance.contract.catalogue import EDITION
    from conformance.contract.manifest import parse_manifest
    from conformance.contract.selection import chosen

    manifest_file, dockerfile_path = find_files(path)
    dockerfile = dockerfile_path.read_text("utf-8", "replace") if dockerfile_path else ""
    facts = image_facts(str(path), read_limited(manifest_file), dockerfile)
    requirements = tuple(
        one
        for one in chosen(options.only, options.edition)
        if (one.group == "MANIFEST" or one.id in decided_by(dockerfile)) and _needs_no_run(one.id)
    )
    if not requirements:
        raise UsageError("No selected requirement is decided by a manifest or a Dockerfile.", "Use check for the rest.")
    evidence = Evidence(image=facts, profile=options.profile, kit=__version__, edition=options.edition or EDITION)
    report = campaign.verdict(evidence, parse_manifest(facts.manifest).manifest, options, requirements)
    reason = f"{report.verdict_reason} (the files alone; check judges the image)"
    return replace(report, scope="lint", verdict_reason=reason)


def _needs_no_run(identifier: str) -> bool:
    """Whether the requirement's check (if there is one yet) looks at what is known without running the image."""
    from conformance.checks import STATIC
    from conformance.checks.all import REGISTRY

    return identifier not in REGISTRY or STATIC in REGISTRY[identifier].scenarios


def find_files(path: Path) -> tuple[Path, Path | None]:
    """The manifest and the Dockerfile (if any) that a path means. Raises `UsageError` if there is no manifest."""
    if path.name == "Dockerfile":
        path = path.parent
    if path.is_file():
        beside = path.parent / "Dockerfile"
        return path, beside if beside.is_file() else None
    for name in MANIFEST_NAMES:
        if (path / name).is_file():
            dockerfile = path / "Dockerfile"
            return path / name, dockerfile if dockerfile.is_file() else None
    raise UsageError(f"{path} has no manifest.yaml", "Name the manifest, or the folder in which it lies.")


def read_limited(path: Path) -> bytes:
    """A file's bytes. Raises `UsageError` when it cannot be read or is far too large for a manifest."""
    try:
        with path.open("rb") as file:
            data = file.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    if len(data) > _SIZE_LIMIT:
        raise UsageError(f"{path} is larger than {_SIZE_LIMIT // 1024**2} MiB; that is no manifest.")
    return data


@dataclass
class _Stage:
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    working_directory: str = ""
    volumes: list[str] = field(default_factory=list)
    healthcheck: bool = False


def decided_by(dockerfile: str) -> frozenset[str]:
    """The requirements of the image that this Dockerfile decides by itself."""
    names = {name for name, _ in _last_stage(dockerfile)}
    entrypoint = {"IMAGE-001"} if "ENTRYPOINT" in names else set()
    return frozenset(entrypoint | ({"IMAGE-005"} if {"VOLUME", "HEALTHCHECK"} & names else set()))


def image_facts(reference: str, manifest: bytes, dockerfile: str) -> ImageFacts:
    """What the two files say of the image that will be built from them."""
    stage = _Stage()
    for name, value in _last_stage(dockerfile):
        match name:
            case "ENTRYPOINT":
                stage.entrypoint = _words(value)
            case "CMD":
                stage.command = _words(value)
            case "USER":
                stage.user = value.strip()
            case "WORKDIR":
                stage.working_directory = value.strip()
            case "VOLUME":
                stage.volumes += _words(value) if value.strip().startswith("[") else value.split()
            case "HEALTHCHECK":
                stage.healthcheck = value.strip().upper() != "NONE"
    return ImageFacts(
        reference=reference,
        entrypoint=stage.entrypoint,
        command=stage.command,
        user=stage.user,
        working_directory=stage.working_directory,
        volumes=tuple(stage.volumes),
        healthcheck=stage.healthcheck,
        manifest=manifest,
        dockerfile=dockerfile,
    )


def _last_stage(dockerfile: str) -> list[tuple[str, str]]:
    """The instructions after the last FROM, continuation lines joined, comments left out."""
    text = re.sub(r"(?m)^\s*#.*\n?", "", dockerfile)
    text = re.sub(r"\\[ \t]*\r?\n", " ", text)
    stage: list[tuple[str, str]] = []
    for line in text.splitlines():
        if match := _INSTRUCTION.match(line):
            name = match[1].upper()
            stage = [] if name == "FROM" else [*stage, (name, match[2])]
    return stage


def _words(value: str) -> tuple[str, ...]:
    """The words of an exec form; a shell form is what the engine makes of it."""
    try:
        words = json.loads(value)
    except ValueError:
        words = None
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return tuple(words)
    return ("/bin/sh", "-c", value.strip())
