"""How set-up has a base image: what it asks, what it remembers."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import base_image
import pytest


class Registry:
    """A client whose registry cannot be reached."""

    def __init__(self) -> None:
        self.pulls: list[tuple[str, ...]] = []

    def pull(self, *image: str, **_: Any) -> Iterator[dict[str, str]]:
        """Fail as an engine without a registry does."""
        self.pulls.append(image)
        yield {"error": "dial tcp: lookup registry: no such host"}


@pytest.fixture(autouse=True)
def build_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(base_image, "BUILD", tmp_path)
    return tmp_path


def engine_has(monkeypatch: pytest.MonkeyPatch, *images: str) -> None:
    monkeypatch.setattr(base_image, "is_present", lambda _, image: image in images)


def test_an_image_that_is_there_is_only_named(build_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_has(monkeypatch, "sdg-conformance/python:3.13-slim")
    monkeypatch.setitem(sys.modules, "docker", None)  # importing it would take longer than everything else
    assert base_image.have("python", "unix:///engine") == "sdg-conformance/python:3.13-slim"
    assert (build_folder / "base-image").read_text() == "sdg-conformance/python:3.13-slim\n"


def test_a_second_run_leaves_the_name_file_untouched(build_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_has(monkeypatch, "sdg-conformance/node:20-slim")
    base_image.have("node", "unix:///engine")
    (build_folder / "base-image-node").chmod(0o400)
    before = (build_folder / "base-image-node").stat().st_mtime_ns
    base_image.have("node", "unix:///engine")
    assert (build_folder / "base-image-node").stat().st_mtime_ns == before


def test_a_registry_that_cannot_be_reached_is_tried_once(
    build_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = Registry()
    engine_has(monkeypatch)
    monkeypatch.setattr(base_image, "client", lambda *_: registry)
    assert not base_image.pull("unix:///engine")
    assert not base_image.pull("unix:///engine")
    assert registry.pulls == [("python", "3.13-slim")]
    assert "no such host" in capsys.readouterr().err


def test_an_unknown_kind_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert base_image.main(["ruby"]) == 2
    assert capsys.readouterr().err == "usage: base_image.py [python|node]\n"


def test_a_failure_is_one_line_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine_has(monkeypatch)
    monkeypatch.setitem(sys.modules, "docker", None)
    assert base_image.main([], ensure=lambda _: "unix:///engine") == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: ")
