"""What a Dockerfile says of the image that will be built from it, and which files a path means."""

from __future__ import annotations

import pytest

from conformance.errors import UsageError
from conformance.lint import decided_by, find_files, image_facts, read_limited

DOCKERFILE = """
FROM builder AS first
ENTRYPOINT ["wrong"]
FROM python:3.13-slim
# ENTRYPOINT ["commented"]
WORKDIR /app
entrypoint ["python", \\
    "/app/entrypoint.py"]
CMD ["--help"]
VOLUME ["/output", "/cache"]
VOLUME /more
HEALTHCHECK CMD true
USER 1000:1000
"""


def test_the_last_stage_is_read_as_the_engine_reads_it():
    facts = image_facts("folder", b"name: x", DOCKERFILE)
    assert facts.entrypoint == ("python", "/app/entrypoint.py")
    assert facts.command == ("--help",)
    assert facts.volumes == ("/output", "/cache", "/more")
    assert (facts.user, facts.working_directory, facts.healthcheck) == ("1000:1000", "/app", True)


def test_a_shell_form_is_what_the_engine_makes_of_it():
    facts = image_facts("folder", b"", "FROM x\nENTRYPOINT python /app/entrypoint.py\nHEALTHCHECK NONE")
    assert facts.entrypoint == ("/bin/sh", "-c", "python /app/entrypoint.py")
    assert facts.healthcheck is False


def test_what_a_base_image_may_bring_is_not_decided_by_the_dockerfile():
    assert decided_by("FROM x\nCMD true") == frozenset()
    assert decided_by("FROM x\nENTRYPOINT true\nVOLUME /a") == {"IMAGE-001", "IMAGE-005"}


def test_a_folder_means_its_manifest_and_dockerfile(tmp_path):
    (tmp_path / "manifest.yaml").write_text("name: x")
    assert find_files(tmp_path) == (tmp_path / "manifest.yaml", None)
    (tmp_path / "Dockerfile").write_text("FROM x")
    assert find_files(tmp_path) == find_files(tmp_path / "manifest.yaml")


def test_a_dockerfile_means_its_folder(tmp_path):
    for name in ("manifest.yaml", "Dockerfile"):
        (tmp_path / name).write_text("FROM scratch\n")
    assert find_files(tmp_path / "Dockerfile") == (tmp_path / "manifest.yaml", tmp_path / "Dockerfile")


def test_a_folder_without_a_manifest_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"has no manifest\.yaml"):
        find_files(tmp_path)


def test_a_huge_file_is_no_manifest(tmp_path):
    path = tmp_path / "manifest.yaml"
    path.write_bytes(b"x" * (4 * 1024**2 + 1))
    with pytest.raises(UsageError, match="larger than 4 MiB"):
        read_limited(path)
