"""Scanning a folder that an image wrote."""

import os

from nesting import DEPTH, deep

from conformance.outputs.facts import MORE, FileFacts
from conformance.outputs.tree import changes, scan

__all__ = ["deep"]


def test_files_folders_and_hashes_are_listed_in_order(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x").write_text("abc")
    (tmp_path / "a").write_text("")
    assert [(each.path, each.kind, each.size) for each in scan(tmp_path)] == [
        ("a", "file", 0), ("b", "directory", 0), ("b/x", "file", 3)
    ]  # fmt: skip
    assert scan(tmp_path)[2].sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_link_is_never_followed_and_told_apart_by_where_it_leads(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "inside").symlink_to("data")
    (tmp_path / "mounted").symlink_to("/output/data")
    (tmp_path / "out").symlink_to("/etc")
    (tmp_path / "up").symlink_to("../../etc/passwd")
    links = {each.path: each.escapes for each in scan(tmp_path) if each.kind == "symlink"}
    assert links == {"inside": False, "mounted": False, "out": True, "up": True}


def test_folders_are_listed_as_deep_as_a_path_leads(deep):
    assert 1200 < len(scan(deep)) <= DEPTH


def test_links_in_a_circle_end(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "loop").symlink_to(".")
    assert [(each.path, each.escapes) for each in scan(tmp_path)] == [("a", False), ("b", False), ("loop", False)]


def test_a_pipe_is_listed_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (only,) = scan(tmp_path)
    assert (only.kind, only.sha256) == ("other", "")


def test_ten_thousand_files_stop_at_the_limit_and_say_so(tmp_path):
    for number in range(10_000):
        (tmp_path / str(number)).touch()
    seen = scan(tmp_path, entry_limit=500)
    assert (len(seen), seen[-1].kind) == (501, MORE)


def test_bytes_beyond_the_limit_are_not_hashed(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"12345")
    assert [bool(each.sha256) for each in scan(tmp_path, byte_limit=7)] == [True, False]


def test_names_that_are_no_text_or_hide_something_survive(tmp_path):
    names = [b"new\nline", "rtl\u202etxt".encode(), b"\xff\xfe"]
    for name in names:
        (tmp_path / os.fsdecode(name)).touch()
    assert sorted(each.path for each in scan(tmp_path)) == ["\\xff\\xfe", "new\nline", "rtl\u202etxt"]


def test_changes_name_what_was_added_changed_and_deleted():
    before = [FileFacts("a", size=1, sha256="1"), FileFacts("b", size=1, sha256="1"), FileFacts("c")]
    after = [FileFacts("a", size=1, sha256="1", mode=0o600), FileFacts("b", size=1, sha256="2"), FileFacts("d")]
    assert changes(before, after) == ("C b", "D c", "A d")
