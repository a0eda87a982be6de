"""The folders of a scenario: used ones are copied whole, foreign files are put in, owners are given."""

import hashlib
import os
import socket
import subprocess
from dataclasses import replace

import pytest
from builders import image, produced, run
from nesting import deep
from unit.runs.stages import FILE, Functions, scenario, stage, write_rows

from conformance.outputs.tree import walk
from conformance.runs import folders
from conformance.runs.folders import FOREIGN_FILES, OTHER_USER, make, mounts

__all__ = ["deep"]


@pytest.fixture
def made(tmp_path):
    """A function from a scenario to its folders."""
    here = stage(tmp_path, Functions(lambda *_: ()), None)
    return lambda what, **fields: make(replace(here, **fields), what)


@pytest.fixture
def owners(monkeypatch):
    """Every change of owner that is asked for; none is made."""
    asked = []
    monkeypatch.setattr(folders.os, "chown", lambda path, user, group, **_: asked.append((user, group)))
    return asked


def used(made, *names, **options):
    """The folder of a run on what a baseline left that wrote these files."""
    first = made(scenario("baseline"))
    for name in names:
        write_rows(first.output, 2, name)
    return made(scenario("re-run", output="used:baseline", options=options))


def test_the_output_folder_is_open_to_all_and_the_input_is_not(made):
    places = made(scenario("baseline"))
    assert [path.stat().st_mode & 0o777 for path in (places.input, places.output)] == [0o755, 0o777]
    assert [(mount.target, mount.read_only) for mount in mounts(places, writable_input=False)] == [
        ("/input", True),
        ("/output", False),
    ]


def test_without_an_output_volume_nothing_is_mounted_there(made):
    places = made(scenario("no-output", output="none"))
    assert [mount.target for mount in mounts(places, writable_input=True)] == ["/input"]


def test_a_used_folder_is_a_copy_with_modes_times_and_links(made, owners, monkeypatch):
    monkeypatch.setattr(folders.os, "geteuid", lambda: 0)
    first = made(scenario("baseline"))
    write_rows(first.output, 2)
    (first.output / FILE).chmod(0o640)
    (first.output / "latest").symlink_to(FILE)
    again = made(scenario("re-run", output="used:baseline"))
    assert (again.output / FILE).read_bytes() == (first.output / FILE).read_bytes()
    assert (again.output / FILE).stat().st_mode & 0o777 == 0o640
    assert str((again.output / "latest").readlink()) == FILE


def test_a_file_of_holes_that_is_larger_than_the_limit_is_not_copied(made, owners):
    first = made(scenario("baseline"))
    with (first.output / "holes.parquet").open("wb") as file:
        file.truncate(1 << 42)
    write_rows(first.output, 2)
    again = made(scenario("re-run", output="used:baseline"))
    assert (again.output / FILE).is_file()
    assert not (again.output / "holes.parquet").exists()


def test_a_used_folder_with_folders_deeper_than_a_stack_is_copied_as_far_as_paths_lead(made, owners, deep):
    first = made(scenario("baseline"))
    deep.rename(first.output / "deep")
    again = made(scenario("re-run", output="used:baseline"))
    assert len(list(walk(again.output))) > 1200
    for places in (first, again):
        subprocess.run(["rm", "-rf", places.output], check=True)


def test_a_copy_whose_owner_cannot_be_restored_is_open_to_all(made, owners, monkeypatch):
    monkeypatch.setattr(folders.os, "geteuid", lambda: 1001)
    again = used(made, "mine/a.jsonl")
    modes = [(again.output / name).stat().st_mode & 0o666 for name in ("mine", "mine/a.jsonl")]
    assert (modes, owners) == ([0o666, 0o666], [])


@pytest.mark.parametrize("link", ["kit-sentinel.json", "kit-foreign", "kit-foreign/notes.txt"])
def test_a_link_that_an_image_left_does_not_lead_the_kit_out_of_the_folder(made, tmp_path, link):
    first = made(scenario("baseline"))
    victim = tmp_path / "victim"
    (victim / "folder").mkdir(parents=True)
    (victim / "file").write_text("mine")
    (first.output / link).parent.mkdir(exist_ok=True)
    (first.output / link).symlink_to(victim / ("folder" if link == "kit-foreign" else "file"))
    places = made(scenario("re-run", output="used:baseline", options={"foreign_files": True}))
    assert (victim / "file").read_text() == "mine"
    assert list((victim / "folder").iterdir()) == []
    assert all(not (places.output / name).is_symlink() for name in places.foreign)


def test_pipes_and_sockets_of_a_used_folder_are_passed_over(made):
    first = made(scenario("baseline"))
    os.mkfifo(first.output / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(first.output / "sock"))
    assert list(made(scenario("re-run", output="used:baseline")).output.iterdir()) == []


def test_foreign_files_are_put_in_and_remembered_by_hash(made):
    places = used(made, "a.jsonl", foreign_files=True)
    assert set(places.foreign) == set(FOREIGN_FILES)
    for name, digest in places.foreign.items():
        assert hashlib.sha256((places.output / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("name", "shared"), [(FILE, True), ("Results/x.jsonl", True), ("augmented_data/x.jsonl", False)]
)
def test_a_folder_with_an_ordinary_name_gets_a_foreign_file_too(made, name, shared):
    places = used(made, name, foreign_files=True)
    assert (f"{name.partition('/')[0]}/kit-foreign.jsonl" in places.foreign) is shared


def test_a_dataset_that_is_a_folder_gets_no_foreign_file(made):
    made(scenario("baseline")).output.joinpath("data").mkdir()
    seen = run(produced=(produced(path="/output/data"),))
    places = made(scenario("re-run", output="used:baseline", options={"foreign_files": True}), baseline=seen)
    assert set(places.foreign) == set(FOREIGN_FILES)


@pytest.mark.parametrize(("whose", "user"), [("image", 1000), ("other", OTHER_USER)])
def test_root_gives_the_folder_to_its_owner(made, owners, monkeypatch, whose, user):
    monkeypatch.setattr(folders.os, "geteuid", lambda: 0)
    places = made(scenario("own", output=f"owned:{whose}"))
    assert (owners, places.output.stat().st_mode & 0o777) == ([(user, user)], 0o755)


@pytest.mark.parametrize(("whose", "mode"), [("image", 0o777), ("other", 0o555)])
def test_another_user_gives_nothing_away(made, owners, monkeypatch, whose, mode):
    monkeypatch.setattr(folders.os, "geteuid", lambda: 1001)
    places = made(scenario("own", output=f"owned:{whose}"))
    assert (owners, places.output.stat().st_mode & 0o777) == ([], mode)


def test_a_user_that_the_image_does_not_number_gets_an_open_folder(made, owners, monkeypatch):
    monkeypatch.setattr(folders.os, "geteuid", lambda: 0)
    places = made(scenario("own", output="owned:image"), image=image(user="app", user_id=None))
    assert (owners, places.output.stat().st_mode & 0o777) == ([], 0o777)


def test_a_folder_that_outgrows_its_limit_is_noticed(made):
    places = made(scenario("baseline"))
    guard = folders.output_guard(places, 100)
    assert guard() is False
    (places.output / "a").write_bytes(b"x" * 101)
    assert guard() is True
