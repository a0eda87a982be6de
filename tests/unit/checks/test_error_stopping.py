"""ERROR-008 and -009: how fast an image fails, whether it stops, and what it leaves when it is killed."""

import pytest
from builders import evidence, manifest, produced, run

from conformance.checks.all import REGISTRY
from conformance.findings import NotTested
from conformance.outputs.facts import FileFacts

NO = {"results": {"success": False, "error": "source_data is missing"}}
PART = {"path": "datasets/.a.parquet.1f2e3d4c.part", "form": "unknown", "problem": "no footer", "rows": 0, "size": 4}


def judged(requirement, *runs, **fields):
    return REGISTRY[requirement].function(evidence(*runs, **fields), manifest())


def missing(seconds):
    return run("missing-dataset-source_data", stdout=NO, exit_code=1, seconds=seconds)


def test_a_failure_within_seconds_passes_ERROR_008():
    assert judged("ERROR-008", run(), missing(1.0)) == []


def test_a_failure_after_the_whole_work_fails_ERROR_008():
    (finding,) = judged("ERROR-008", run(seconds=100.0), missing(95.0))
    assert finding.message == (
        "It took 95 seconds to notice what was missing (a whole run takes 100); expected it before any work."
    )


@pytest.mark.parametrize(("whole", "seconds"), [(2.0, 25.0), (200.0, 40.0)])
def test_a_slow_start_is_no_work_to_ERROR_008(whole, seconds):
    assert judged("ERROR-008", run(seconds=whole), missing(seconds)) == []


def test_a_success_without_the_dataset_is_no_matter_of_ERROR_008():
    assert isinstance(judged("ERROR-008", run(), run("no-datasets", seconds=90.0)), NotTested)


def baseline(path="/output/datasets/a.parquet", **fields):
    return run(produced=(produced(path=path, **fields),))


def interrupted(scenario, moment="it had begun to write its output", stop=0.3, left=(), **fields):
    signal = "SIGTERM" if scenario == "terminated" else "SIGKILL"
    observed = {"signal": signal, "moment": moment, "stop_seconds": stop, "held": False, "left": list(left)}
    return run(scenario, **{"stdout": b"", "status": "interrupted", "exit_code": 137, "observed": observed, **fields})


def left(path="datasets/a.parquet", **fields):
    return {"path": path, "form": "parquet", "problem": "", "rows": 6, "size": 99, **fields}


def test_an_image_that_stops_and_leaves_a_temporary_file_passes_ERROR_009():
    assert judged("ERROR-009", baseline(), interrupted("terminated"), interrupted("killed", left=[PART])) == []


def test_an_image_that_goes_on_after_sigterm_fails_ERROR_009():
    (finding,) = judged("ERROR-009", baseline(), interrupted("terminated", stop=10.2), interrupted("killed"))
    assert finding.message == (
        "After SIGTERM it went on for 10.2 seconds (it had begun to write its output); "
        "expected it to stop within 1 second."
    )


@pytest.mark.parametrize(("stop", "engine"), [(2.9, 0.1), (4.5, 2.0)])
def test_the_engines_own_time_does_not_count_for_ERROR_009(stop, engine):
    assert (
        judged("ERROR-009", baseline(), interrupted("terminated", stop=stop), interrupted("killed", stop=engine)) == []
    )


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (left(problem="no footer"), "is torn (no footer)"),
        (left(form="empty", rows=0), "is empty"),
        (left("datasets/A.parquet".lower(), problem="no footer"), "is torn"),
    ],
)
def test_a_partial_file_under_its_final_name_fails_ERROR_009(file, words):
    (finding,) = judged("ERROR-009", baseline(), interrupted("killed", left=[file]))
    assert f"it leaves a file under a final name that {words}" in finding.message
    assert finding.location == "/output/datasets/a.parquet"


@pytest.mark.parametrize(("inside", "findings"), [(".data-0.arrow.1f2e.partial", 0), ("data-0.arrow", 1)])
def test_a_folder_at_a_final_name_is_partial_once_a_file_in_it_has_its_final_name(inside, findings):
    folder = left("datasets/a", form="directory", problem="a folder without data files")
    there = (FileFacts("datasets/a", "directory"), FileFacts(f"datasets/a/{inside}"))
    killed = interrupted("killed", left=[folder], output=there)
    assert len(judged("ERROR-009", baseline("/output/datasets/a"), killed)) == findings


def test_a_partial_file_whose_final_name_has_a_date_fails_ERROR_009():
    torn = left("rows-20260102.parquet", problem="no footer")
    assert len(judged("ERROR-009", baseline("/output/rows-20251231.parquet"), interrupted("killed", left=[torn]))) == 1


def test_rows_that_are_missing_in_a_readable_file_fail_ERROR_009():
    whole = run("killed-control", produced=(produced(path="/output/datasets/a.parquet", rows=20_000),))
    (finding,) = judged("ERROR-009", baseline(), interrupted("killed", left=[left(rows=300)]), whole)
    assert "has 300 of 20000 rows" in finding.message


@pytest.mark.parametrize("rows", [19_900, 20_000])
def test_a_file_that_was_finished_before_the_signal_passes_ERROR_009(rows):
    whole = run("killed-control", produced=(produced(path="/output/datasets/a.parquet", rows=20_000),))
    assert judged("ERROR-009", baseline(), interrupted("killed", left=[left(rows=rows)]), whole) == []


def test_a_file_that_the_kit_cannot_read_in_the_baseline_either_passes_ERROR_009():
    seen = baseline(problem="an unknown form")
    assert judged("ERROR-009", seen, interrupted("killed", left=[left(problem="an unknown form")])) == []


def test_an_image_that_does_not_work_after_a_kill_fails_ERROR_009():
    again = run("after-kill", stdout={"results": {"success": False, "error": "/output/x.lock is there"}}, exit_code=1)
    (finding,) = judged("ERROR-009", baseline(), run("re-run"), interrupted("killed"), again)
    assert (finding.scenario, "x.lock is there" in finding.message) == ("after-kill", True)


def test_an_image_that_fails_on_every_used_folder_is_no_matter_of_ERROR_009():
    no = {"stdout": {"results": {"success": False, "error": "not empty"}}, "exit_code": 1}
    assert judged("ERROR-009", baseline(), run("re-run", **no), interrupted("killed"), run("after-kill", **no)) == []


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([], "no run was interrupted"),
        ([run("terminated", observed={"moment": ""})], "SIGTERM showed nothing: the run was over before"),
        ([interrupted("terminated", stdout=None)], "SIGTERM showed nothing: its work was done when the signal came"),
        ([interrupted("terminated"), run("killed", observed={"moment": ""})], "SIGKILL showed nothing"),
        ([interrupted("terminated"), run("killed", status="timeout")], "SIGKILL showed nothing: the run was ended by"),
    ],
)
def test_where_no_moment_was_met_ERROR_009_is_not_tested(runs, reason):
    judgement = judged("ERROR-009", baseline(), *runs)
    assert isinstance(judgement, NotTested)
    assert judgement.reason.startswith(reason)


def test_an_image_that_is_done_before_it_must_have_stopped_is_not_blamed_for_what_nobody_can_see():
    quick = judged("ERROR-009", baseline(), interrupted("terminated", stdout=None))
    busy = judged("ERROR-009", baseline(), run("terminated", observed={"moment": ""}))
    assert (quick.observable, busy.observable) == (False, True)


def test_what_one_signal_shows_is_a_finding_even_if_the_other_showed_nothing():
    assert len(judged("ERROR-009", baseline(), interrupted("terminated", stop=9.0), run("killed", observed={}))) == 1
