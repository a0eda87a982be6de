"""A target is found, or one sentence says why not; and what a person can run of it."""

from pathlib import Path

import pytest

from conformance import target
from conformance.campaign import _built_from
from conformance.engines.docker import connect
from conformance.errors import EngineFailure, UsageError
from conformance.target import Target, resolve


def test_an_engine_that_is_named_and_does_not_answer_is_not_replaced_by_another(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")
    with pytest.raises(EngineFailure, match=r"\(tried unix:///nonexistent\)"):
        connect(None)


def test_a_target_that_this_user_may_not_read_is_a_usage_error(monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(target.Path, "is_dir", refuse)
    with pytest.raises(UsageError, match="/private/x may not be read by this user"):
        resolve("/private/x", None)


def test_of_a_folder_its_tag_can_be_run_and_of_a_reference_itself(tmp_path):
    assert Target(str(tmp_path), "sdg-conformance/target:1", tmp_path).runnable == "sdg-conformance/target:1"
    assert Target("example:1", "sha256:1").runnable == "example:1"


def test_reports_know_the_folder_of_a_target_below_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = Target("./generator", "x", Path("generator"))
    assert _built_from(found) == {"folder": "generator"}
    assert _built_from(Target("/elsewhere", "x", Path("/elsewhere"))) == {}
    assert _built_from(Target("example:1", "x")) == {}
