"""The folder in which a check keeps its evidence: never with what an earlier one left, never somebody else's."""

from pathlib import Path

import pytest

from conformance import evidence_files
from conformance.errors import UsageError
from conformance.evidence_files import fresh_folder


def test_a_new_folder_is_made(tmp_path: Path):
    assert list(fresh_folder(tmp_path / "a" / "evidence").glob("[!.]*")) == []


def test_what_an_earlier_check_left_is_removed_links_included(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    folder = fresh_folder(tmp_path / "evidence")
    (folder / "baseline" / "output").mkdir(parents=True)
    (folder / "link").symlink_to(elsewhere)
    fresh_folder(folder)
    assert list(folder.glob("[!.]*")) == []
    assert (elsewhere / "kept").exists()


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match=r"holds other files \(thesis\.txt\)"):
        fresh_folder(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_file_in_its_place_is_an_error_with_its_name(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be kept in"):
        fresh_folder(tmp_path / "file")


def test_a_folder_that_another_check_is_writing_to_is_left_alone(tmp_path, monkeypatch):
    folder = fresh_folder(tmp_path / "evidence")
    (folder / "baseline").mkdir()
    monkeypatch.setattr(evidence_files, "owner", lambda: "this-host/1/another-start")
    with pytest.raises(UsageError, match="Another check is writing"):
        fresh_folder(folder)
    assert (folder / "baseline").is_dir()
