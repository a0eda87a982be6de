"""OUTPUT-018 to -021: the log as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from builders import document, evidence, manifest, run

from conformance.checks.all import REGISTRY
from conformance.evidence import Run
from conformance.findings import NotApplicable, NotTested

GOOD = json.dumps(document()) + "\n"


def judged(requirement: str, *runs: Run) -> Any:
    return REGISTRY[requirement].function(evidence(*runs), manifest())


def test_a_result_that_comes_only_without_a_buffer_fails_OUTPUT_018():
    (finding,) = judged("OUTPUT-018", run(stdout=""), run("unbuffered", stdout=GOOD))
    assert finding.message.startswith("The result document is lost: it comes out only when PYTHONUNBUFFERED=1")
    assert finding.scenario == "unbuffered"


def test_a_result_that_never_comes_is_not_blamed_on_a_buffer():
    assert isinstance(judged("OUTPUT-018", run(stdout=""), run("unbuffered", stdout="")), NotTested)


def test_a_result_that_comes_at_once_passes_OUTPUT_018():
    assert judged("OUTPUT-018", run(stdout=GOOD)) == []


@pytest.mark.parametrize(("times", "said"), [(2, "2 times"), (3, "3 times")])
def test_a_result_that_is_printed_again_fails_OUTPUT_019(times, said):
    (finding,) = judged("OUTPUT-019", run(stdout=GOOD * times))
    assert finding.message == f"The result document is printed {said}."


def test_two_different_documents_are_no_repetition():
    first = json.dumps({"results": {"success": True, "stage": 1}}) + "\n"
    assert judged("OUTPUT-019", run(stdout=first + GOOD)) == []


def test_equal_lines_of_a_log_that_say_nothing_of_success_are_no_repetition():
    assert judged("OUTPUT-019", run(stdout='{"results": {"done": 3}}\n' * 2 + GOOD)) == []


def test_an_earlier_object_with_the_keys_of_a_result_fails_OUTPUT_020():
    (finding,) = judged("OUTPUT-020", run(stdout='{"results": {"done": 3}}\n' + GOOD))
    assert finding.message == 'An earlier object looks like a result: {"results": {"done": 3}}'


@pytest.mark.parametrize(
    "line", ['{"level": "info", "msg": "results"}', '{"success": true, "stage": 1}', "results: 3", '{"rows": 3}', ""]
)
def test_other_lines_of_a_log_do_not_look_like_a_result(line):
    assert judged("OUTPUT-020", run(stdout=f"{line}\n{GOOD}")) == []


@pytest.mark.parametrize("colour", ["\x1b[32mdone\x1b[0m", "\x1b[2K", "\x9b1m"])
def test_terminal_escapes_fail_OUTPUT_021(colour):
    (finding,) = judged("OUTPUT-021", run(stdout=GOOD, stderr=f"{colour}\n"))
    assert finding.message.startswith("The log has terminal escapes (")


@pytest.mark.parametrize(
    "stderr",
    [
        "\r 50%|#####     | 5/10\r100%|##########| 10/10",
        "\r 50%|#####     | 5/10\r100%|##########| 10/10 [00:00<00:00, 99.1it/s]wrote 10 rows\n",
        "\r100%|██████████| 10/10wrote 10 rows\n",
    ],
)
def test_a_progress_bar_that_leaves_its_line_open_fails_OUTPUT_021(stderr):
    (finding,) = judged("OUTPUT-021", run(stdout=GOOD, stderr=stderr))
    assert (finding.scenario, finding.message) == ("baseline", "A progress bar leaves its line open.")


@pytest.mark.parametrize("ended", [{"observed": {"signal": "SIGTERM"}}, {"status": "timeout"}, {"out_of_memory": True}])
def test_a_bar_of_a_run_that_was_stopped_in_mid_work_is_no_fault(ended):
    assert judged("OUTPUT-021", run(stdout="", stderr="\r 10%|#  \r 50%|#####     | 5/10", **ended)) == []


def test_a_bar_that_a_stopped_run_left_open_before_it_went_on_fails_OUTPUT_021():
    text = "\r100%|##########| 10/10wrote 10 rows\nnext\n"
    assert len(judged("OUTPUT-021", run(stdout="", stderr=text, observed={"signal": "SIGKILL"}))) == 1


def test_a_result_behind_a_bar_that_took_itself_away_fails_OUTPUT_021():
    assert len(judged("OUTPUT-021", run(stdout=f"\r50%\r    \r{GOOD}"))) == 1


@pytest.mark.parametrize(
    "stderr",
    [
        "\r 50%|#####     | 5/10 [00:00<00:00, 99.1it/s]\r100%|##########| 10/10 [00:00<00:00, 99.1it/s]\n",
        "\r100%|##########| 10/10 [00:00<00:00, 99.1it/s]   \n",
        "Map: 100%|██████████| 6/6 [00:00<00:00, 1200.00 examples/s]\r\n",
        "Downloading: 100%|██████████| 5.00k/5.00k [00:00<00:00, 1.2MB/s]\n",
        "100%|##| 5.0MB/5.0MB\r\n",
        "windows\r\nlines\r\n",
        "[1/3] reading\n[2/3] writing\n",
    ],
)
def test_progress_that_ends_its_line_is_no_fault(stderr):
    assert judged("OUTPUT-021", run(stdout=GOOD, stderr=stderr)) == []


def test_without_runs_there_is_no_log():
    empty = evidence(runs=())
    assert isinstance(REGISTRY["OUTPUT-021"].function(empty, manifest()), NotApplicable)


def test_results_of_any_other_shape_say_nothing_of_success():
    odd = '{"results": "done"}\n{"results": [1]}\n{"results": "done"}\n'
    assert judged("OUTPUT-019", run(stdout=odd + GOOD)) == []
    assert len(judged("OUTPUT-020", run(stdout=odd + GOOD))) == 1
