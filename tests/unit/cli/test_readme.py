"""What README.md and ARCHITECTURE.md claim: every command can be given as it stands there, every file is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from conformance.cli import COMMANDS, cli
from conformance.configuration import load_configuration
from conformance.waivers import load_waivers

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands():
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    lines += re.findall(r"`(sdg-conformance [^`]+)`", README)
    return [shlex.split(line, comments=True) for line in lines if line.startswith("sdg-conformance ")]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_of_the_readme_is_one_that_the_program_takes(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_generator").mkdir()
    (tmp_path / "kept").mkdir()
    for word in words:
        if Path(word).suffix in {".json", ".toml", ".pem", ".tar"}:
            (tmp_path / word.rpartition("=")[2]).touch()
    command = cli.get_command(click.Context(cli), words[1])
    assert command is not None, f"there is no command {words[1]}"
    context = command.make_context(words[1], list(words[2:]))
    assert context.args == []


def test_every_command_of_the_program_is_in_the_readme():
    shown = {words[1] for words in commands()}
    assert {name for name in COMMANDS if cli.get_command(click.Context(cli), name)} <= shown


def test_the_example_of_the_readme_is_the_file_that_is_run():
    example = README.partition("<!-- example -->\n```python\n")[2].partition("```\n<!-- /example -->")[0]
    assert example == (ROOT / "examples" / "test_my_generator.py").read_text(encoding="utf-8")


def test_the_configuration_and_the_waivers_of_the_readme_are_accepted(tmp_path):
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "reviews.json").write_text("[]")
    configuration, waivers = blocks("toml")
    (tmp_path / "configuration.toml").write_text(configuration)
    (tmp_path / "waivers.toml").write_text(waivers)
    assert load_configuration(tmp_path / "configuration.toml").timeout == 120
    (waiver,) = load_waivers(tmp_path / "waivers.toml", ["DATASET-011"])
    assert waiver.owner == "data team"


def test_the_commands_of_make_are_targets():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)", "".join(blocks("bash")), re.MULTILINE))
    named |= set(re.findall(r"`make ([a-z-]+)[^`]*`", README))
    assert named
    assert named <= targets


@pytest.mark.parametrize("text", [README, ARCHITECTURE], ids=["README", "ARCHITECTURE"])
def test_every_file_that_is_linked_or_named_is_there(text):
    named = set(re.findall(r"\]\(([^)#:]+)\)", text))
    named |= set(re.findall(r"`((?:tests|fixtures|examples)/[\w./-]*)`", text))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_room_of_the_architecture_is_there_and_every_part_of_the_package_has_one():
    table = ARCHITECTURE.partition("| Room |")[2].partition("\n\n")[0]
    rooms = {name for row in table.splitlines() for name in re.findall(r"`([a-z_]+(?:/|\.py))`", row.split("|")[1])}
    package = ROOT / "conformance"
    assert [room for room in rooms if not (package / room).exists()] == []
    folders = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    assert folders - rooms - {"commands/", "suite/"} == set()
