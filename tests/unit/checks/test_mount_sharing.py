"""MOUNT-005 to -008: an output folder that was used before, is used by two, is not mounted or cannot be written."""

import dataclasses
import json

import pytest
from builders import document, evidence, manifest, produced, run

from conformance.checks.all import REGISTRY
from conformance.findings import NotApplicable, NotTested
from conformance.outputs.facts import FileFacts

ENTRY = {"dataset_name": "augmented_data", "dataset_type": "huggingface", "dataset_path": "/output/a.parquet"}
LISTS = document(generated_datasets=[ENTRY])


def wrote(scenario="baseline", rows=6, **fields):
    return run(scenario, **{"stdout": LISTS, "produced": (produced(rows=rows),), **fields})


def refused(scenario, error, **fields):
    return run(scenario, stdout={"results": {"success": False, "error": error}}, exit_code=1, **fields)


def judged(requirement, *runs, by=None, **fields):
    return REGISTRY[requirement].function(evidence(*runs, **fields), by or manifest())


@pytest.mark.parametrize("name", ["MOUNT-005", "MOUNT-006", "MOUNT-007", "MOUNT-008"])
def test_an_image_without_datasets_is_not_concerned(name):
    assert isinstance(judged(name, run(), by=manifest(output_datasets=())), NotApplicable)


@pytest.mark.parametrize("name", ["MOUNT-005", "MOUNT-006", "MOUNT-007", "MOUNT-008"])
def test_without_its_run_nothing_is_decided(name):
    skipped = dict.fromkeys(("re-run", "concurrent", "no-output", "foreign-output"), "left out")
    assert judged(name, wrote(), skipped=skipped) == NotTested("left out")


def test_a_re_run_with_the_same_rows_passes_MOUNT_005():
    assert judged("MOUNT-005", wrote(), wrote("repeat"), wrote("re-run")) == []


def test_doubled_rows_fail_MOUNT_005():
    (finding,) = judged("MOUNT-005", wrote(), wrote("repeat"), wrote("re-run", 12))
    assert finding.message == (
        "After a second run on one folder “augmented_data” has 12 rows; expected 6, as after the first."
    )


def test_rows_that_differ_anyway_decide_nothing_of_MOUNT_005():
    assert isinstance(judged("MOUNT-005", wrote(), wrote("repeat", 7), wrote("re-run", 12)), NotTested)


def test_a_file_that_a_re_run_tears_fails_MOUNT_005():
    torn = wrote("re-run", produced=(produced(problem="two tables in one file"),))
    (finding,) = judged("MOUNT-005", wrote(), wrote("repeat"), torn)
    assert "cannot be read: two tables in one file" in finding.message


def twins(*facts, **fields):
    observed = {"produced": [dataclasses.asdict(one) for one in facts or (produced(rows=6),)]}
    first = run("concurrent", stdout=LISTS, observed=observed)
    return first, run("concurrent-twin", **{"stdout": LISTS, "observed": observed, **fields})


def test_two_runs_that_leave_each_other_alone_pass_MOUNT_006():
    assert judged("MOUNT-006", wrote(), wrote("repeat"), *twins()) == []


def test_a_run_that_fails_beside_another_fails_MOUNT_006():
    failing = json.dumps({"results": {"success": False, "error": "cannot write a.parquet: no such file"}})
    (finding,) = judged("MOUNT-006", wrote(), wrote("repeat"), *twins(stdout=failing, exit_code=1))
    assert finding.scenario == "concurrent-twin"


def test_a_run_that_steps_aside_for_another_passes_MOUNT_006():
    failing = json.dumps({"results": {"success": False, "error": "another job is writing to /output"}})
    assert judged("MOUNT-006", wrote(), wrote("repeat"), *twins(stdout=failing, exit_code=1)) == []


def test_a_torn_file_of_two_runs_fails_MOUNT_006():
    findings = judged("MOUNT-006", wrote(), wrote("repeat"), *twins(produced(problem="no footer")))
    assert {finding.message for finding in findings} == {
        "After two runs at once “augmented_data” cannot be read: no footer."
    }


def test_rows_of_both_in_one_file_fail_MOUNT_006():
    findings = judged("MOUNT-006", wrote(), wrote("repeat"), *twins(produced(rows=12)))
    assert all("has 12 rows; expected 6" in finding.message for finding in findings)
    assert len(findings) == 2


def test_rows_that_differ_anyway_do_not_fail_MOUNT_006():
    assert judged("MOUNT-006", wrote(), wrote("repeat", 7), *twins(produced(rows=8))) == []


@pytest.mark.parametrize("change", [{"status": "timeout"}, {"out_of_memory": True}, {"reason": "no space"}])
def test_a_twin_that_the_kit_ended_decides_nothing_of_MOUNT_006(change):
    assert isinstance(judged("MOUNT-006", wrote(), wrote("repeat"), *twins(**change)), NotTested)


def test_a_silent_success_without_a_mount_fails_MOUNT_007():
    (finding,) = judged("MOUNT-007", wrote(), run("no-output", stdout=LISTS, stderr="reading\n"))
    assert finding.message.startswith("Without an output mount it lists results as if they were kept")


@pytest.mark.parametrize(
    "no_output",
    [
        refused("no-output", "nothing is mounted at /output"),
        run("no-output", stdout=LISTS, stderr="warning: /output is no mount, the result will be lost\n"),
        run("no-output", stdout={**LISTS, "results": {"success": True, "note": "/output is not mounted"}}),
        run("no-output", stdout=document()),
    ],
    ids=["refusal", "log", "document", "nothing listed"],
)
def test_an_image_that_notices_the_missing_mount_passes_MOUNT_007(no_output):
    assert judged("MOUNT-007", wrote(), no_output) == []


def test_a_warning_that_it_always_gives_does_not_count_for_MOUNT_007():
    usual = wrote(stderr="warning: no GPU\n")
    assert len(judged("MOUNT-007", usual, run("no-output", stdout=LISTS, stderr="warning: no GPU\n"))) == 1


def test_a_word_that_only_contains_mount_is_no_warning_to_MOUNT_007():
    amounts = {**LISTS, "results": {"success": True, "amount": 3}}
    assert len(judged("MOUNT-007", wrote(), run("no-output", stdout=amounts, stderr="amounts summed\n"))) == 1


def test_a_traceback_without_a_mount_fails_MOUNT_007():
    (finding,) = judged("MOUNT-007", wrote(), run("no-output", stdout=b"", stderr="Traceback", exit_code=1))
    assert "ends without a clean error" in finding.message


@pytest.mark.parametrize(
    "error", ["cannot write to /output: permission denied", "[Errno 13] Permission denied: '/output/x.parquet'",
              "The output folder is not writable"]
)  # fmt: skip
def test_an_error_that_names_the_folder_passes_MOUNT_008(error):
    assert judged("MOUNT-008", wrote(), refused("foreign-output", error)) == []


def test_an_error_that_does_not_name_the_folder_fails_MOUNT_008():
    (finding,) = judged("MOUNT-008", wrote(), refused("foreign-output", "permission denied"))
    assert "does not name the output folder" in finding.message


@pytest.mark.parametrize(
    "ended", [run("foreign-output", stdout=b"", stderr="PermissionError", exit_code=1), run("foreign-output")]
)
def test_no_clean_error_where_nothing_can_be_written_fails_MOUNT_008(ended):
    (finding,) = judged("MOUNT-008", wrote(), ended)
    assert "without a clean error" in finding.message


def test_an_image_that_could_write_after_all_decides_nothing_of_MOUNT_008():
    assert isinstance(judged("MOUNT-008", wrote(), wrote("foreign-output", output=(FileFacts("a"),))), NotTested)
