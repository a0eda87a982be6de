"""Which report goes where."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.commands.outputs import Output, must_be_writable, pair, write_text
from conformance.errors import UsageError


@pytest.mark.parametrize(
    ("words", "outputs"),
    [
        ("", [Output("text")]),
        ("--format json", [Output("json")]),
        ("--format=json --output=r.json", [Output("json", Path("r.json")), Output("text")]),
        ("--output r.json --format json", [Output("json", Path("r.json")), Output("text")]),
        ("--output r.html", [Output("html", Path("r.html")), Output("text")]),
        (
            "--format text --format json --output r.json --format junit --output r.xml",
            [Output("json", Path("r.json")), Output("junit", Path("r.xml")), Output("text")],
        ),
        ("--format text --output v.txt --format json --output -", [Output("text", Path("v.txt")), Output("json")]),
        ("--format json -- --format text", [Output("json")]),
    ],
)
def test_an_output_belongs_to_the_format_beside_it(words, outputs):
    assert pair(words.split()) == tuple(outputs)


def test_trying_a_file_changes_nothing(tmp_path):
    path = tmp_path / "sub" / "report.json"
    must_be_writable(path)
    assert not path.exists()
    path.write_text("old")
    must_be_writable(path)
    assert path.read_text() == "old"


@pytest.mark.parametrize("name", ["folder", "file/report.json"])
def test_what_cannot_be_written_is_a_usage_error(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        must_be_writable(tmp_path / name)


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text("old")
    path.chmod(0o640)
    write_text(path, "new \ud800")
    assert path.read_bytes() == b"new \\ud800"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["report.txt"]
