"""The folder of one check: made, swept and removed, whoever wrote into it."""

import tempfile

import pytest
from nesting import deep
from unit.runs.stages import Functions

from conformance.engines.protocol import Outcome
from conformance.runs import working_folder
from conformance.runs.working_folder import OWNER_FILE, PREFIX, remove, sweep

__all__ = ["deep"]


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A place for temporary files of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def folder_of(owner, temporary):
    made = temporary / f"{PREFIX}{owner.replace('/', '-')}"
    made.mkdir()
    (made / OWNER_FILE).write_text(owner)
    return made


def test_a_folder_is_gone_when_its_check_is_over(temporary):
    with working_folder.working_folder(Functions(lambda *_: ()), "image") as folder:
        assert folder.parent == temporary
        (folder / "output").mkdir()
    assert list(temporary.iterdir()) == []


def test_what_a_killed_kit_left_is_removed_and_what_another_uses_is_not(temporary, monkeypatch):
    killed, used, foreign = (folder_of(name, temporary) for name in ("killed", "used", "foreign"))
    (foreign / OWNER_FILE).unlink()
    monkeypatch.setattr(working_folder, "alive", lambda owner: owner == "used")
    sweep()
    assert (killed.exists(), used.exists(), foreign.exists()) == (False, True, True)


def test_files_that_this_user_may_not_remove_are_removed_by_a_container(temporary, monkeypatch):
    left = folder_of("left", temporary)
    really, asked = working_folder.shutil.rmtree, []
    monkeypatch.setattr(working_folder.shutil, "rmtree", lambda *_, **__: None)

    def otherwise(path):
        asked.append(path)
        monkeypatch.setattr(working_folder.shutil, "rmtree", really)

    remove(left, otherwise)
    assert (asked, left.exists()) == ([left], False)


def test_the_container_that_removes_sees_the_folder_and_nothing_else(temporary):
    requests = []

    class Engine:
        def run(self, request):
            requests.append(request)
            return Outcome(0)

    working_folder._remove_in_container(Engine(), "image", temporary)
    (request,) = requests
    assert [(mount.source, mount.target) for mount in request.mounts] == [(temporary, "/kit-folder")]
    assert (request.entrypoint, request.arguments, request.network) == (("rm",), ("-rf", "/kit-folder"), "none")


def test_what_is_nested_deeper_than_a_stack_is_left_to_a_container(deep):
    asked = []
    remove(deep, asked.append)
    assert asked == [deep]
