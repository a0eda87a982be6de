"""New containers: what is in them, and what is refused."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from conformance.cli import cli
from conformance.controls import PLACES
from conformance.lint import lint
from conformance.options import Options
from conformance.templates import TEMPLATES, files_of


def init(folder, *arguments):
    return CliRunner().invoke(cli, ["init", str(folder), *arguments])


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_container_has_its_own_name_everywhere_and_a_sound_manifest(template, tmp_path):
    assert init(tmp_path / "Tea-Reviews", "--template", template).exit_code == 0
    texts = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert {"Dockerfile", "README.md", "manifest.yaml"} <= set(texts)
    assert 'name: "tea_reviews"' in texts["manifest.yaml"]
    assert not [name for name, text in texts.items() if "my_generator" in text or "example_data_generator" in text]
    assert lint(tmp_path / "Tea-Reviews", Options(strict=True)).verdict == "conformant"


def test_the_template_llm_is_the_reference_container():
    reference = (PLACES[0] / "golden").resolve()
    files = {str(path.relative_to(reference)) for path in reference.rglob("*") if "__pycache__" not in str(path)}
    made = files_of("llm")
    code = [name for name in made if (reference / name).is_file() and name != "README.md"]
    assert set(made) - files == {"sample/reviews.json", "sdg-conformance.toml"}
    assert all(made[name] == (reference / name).read_text() for name in code)
    assert {"generator/augment.py", ".dockerignore"} <= set(code)


def test_what_to_do_next_is_said(tmp_path):
    done = init(tmp_path / "own", "--name", "tea.reviews")
    assert f"docker build -t tea.reviews {tmp_path / 'own'}\n" in done.stdout
    assert f"sdg-conformance check {tmp_path / 'own'}\n" in done.stdout


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "own").mkdir()
    assert init(tmp_path / "own").exit_code == 0


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / ".keep").write_text("mine")
    done = init(tmp_path)
    assert "is there already and not an empty folder" in str(done.exception)
    assert done.exception.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == [".keep"]


@pytest.mark.parametrize("name", ["", "Tea", "a b", "tea--", "a/b", "x" * 101, '"\n'])
def test_a_name_that_an_image_cannot_have_is_refused(name, tmp_path):
    done = init(tmp_path / "own", "--name", name)
    assert "cannot be the name of a container" in str(done.exception)
    assert not (tmp_path / "own").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    done = init(tmp_path / "file" / "own")
    assert "cannot be written: Not a directory" in str(done.exception)


def test_an_unknown_template_is_an_error_that_names_those_there_are(tmp_path):
    done = init(tmp_path / "own", "--template", "rust")
    assert done.exit_code == 2
    for template in TEMPLATES:
        assert template in done.output
