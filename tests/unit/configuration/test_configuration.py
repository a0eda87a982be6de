"""`sdg-conformance.toml`: everything it can say, and every mistake with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.configuration import SCHEMA, Configuration, configuration_beside, load_configuration
from conformance.errors import ConfigurationError

WHOLE = """
timeout = 120
memory = "4GiB"

[parameters]
count = 2

[datasets]
source_data = "reviews.json"

[environment]
LICENCE_SERVER = "http://licences"

[not-applicable]
"interrupted-*" = "the licence server cannot be interrupted"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "reviews.json").write_text("[]")
    path = folder / "sdg-conformance.toml"
    path.write_text(text)
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(written(folder, text))
    assert caught.value.exit_code == 2
    return caught.value.message.replace(f"{folder}/", "")


def test_everything_that_a_file_can_say(tmp_path):
    path = written(tmp_path, WHOLE)
    assert load_configuration(path) == Configuration(
        parameters={"count": 2},
        datasets={"source_data": tmp_path / "reviews.json"},
        environment={"LICENCE_SERVER": "http://licences"},
        timeout=120,
        memory_bytes=4 * 1024**3,
        not_applicable={"interrupted-*": "the licence server cannot be interrupted"},
        source=path,
    )


def test_an_empty_file_says_nothing(tmp_path):
    path = written(tmp_path, "")
    assert load_configuration(path) == Configuration(source=path)


def test_a_file_beside_the_dockerfile_is_found(tmp_path):
    path = written(tmp_path, "")
    assert configuration_beside(str(tmp_path)) == path
    assert configuration_beside("some/image:tag") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ntimeuot = 3", "sdg-conformance.toml:2: unknown key “timeuot”; did you mean timeout?"),
        ("timeout = -1", "sdg-conformance.toml:1: timeout: must be more than 0"),
        ('timeout = "2"', "sdg-conformance.toml:1: timeout: must be a number"),
        ('memory = "lots"', "sdg-conformance.toml:1: memory: must be a size such as 4GiB"),
        ("memory = 12", "sdg-conformance.toml:1: memory: must be at least 6291456"),
        ("parameters = 1", "sdg-conformance.toml:1: parameters: must be a table"),
        ("\n[environment]\n\nKEY = 1", "sdg-conformance.toml:4: environment.KEY: must be a string"),
        ('[not-applicable]\nbaseline = " "', "sdg-conformance.toml:2: not-applicable.baseline: must give a reason"),
        ('[datasets]\na = "gone.csv"', "sdg-conformance.toml:2: the file gone.csv does not exist"),
        (
            "[parameters]\nday = 2026-01-01",
            "sdg-conformance.toml:2: parameters.day: dates and times cannot be sent as JSON; write a string",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, text, expected):
    assert complaint(tmp_path, text) == expected


def test_broken_toml_is_named_with_its_line(tmp_path):
    assert complaint(tmp_path, "timeout = 1\nmemory = = 2").startswith("sdg-conformance.toml:2: not valid TOML")


def test_two_mistakes_are_told_at_once(tmp_path):
    assert len(complaint(tmp_path, "a = 1\ntimeout = 0").splitlines()) == 2


def test_the_published_schema_is_a_schema():
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))
