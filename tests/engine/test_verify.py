"""Statements compared with images that the engine has."""

from __future__ import annotations

from dataclasses import replace

import docker
import pytest
from builders import report
from engine.kit_program import ROOT, kit

from conformance.certification import certify

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def image():
    """The tag of the base image, and its digest."""
    tag = (ROOT / "build" / "base-image").read_text("utf-8").strip()
    return tag, docker.from_env().images.get(tag).id


def statement(path, digest):
    made = report()
    path.write_text(certify(replace(made, target=replace(made.target, digest=digest))))
    return path


def test_a_statement_on_the_image_holds(image, tmp_path):
    tag, digest = image
    done = kit("verify", statement(tmp_path / "s.json", digest), "--image", tag)
    assert (done.returncode, done.stderr) == (0, "It is not signed: nothing shows who wrote it.\n")
    assert digest in done.stdout


def test_a_statement_on_another_image_does_not(image, tmp_path):
    tag, digest = image
    done = kit("verify", statement(tmp_path / "s.json", "sha256:" + "ab" * 32), "--image", tag)
    assert done.returncode == 1
    assert f"it is about another image: sha256:{'ab' * 32}, not {digest}" in done.stdout


def test_an_image_that_the_engine_has_not_is_a_mistake_of_the_user(image, tmp_path):
    done = kit("verify", statement(tmp_path / "s.json", image[1]), "--image", "no/such/image:1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: The engine has no image “no/such/image:1”.\n")
