"""ERROR-001 to -006, -010 to -012: what a failure says, where, and how often."""

import json

import pytest
from builders import document, evidence, manifest, produced, run

from conformance.checks.all import REGISTRY
from conformance.contract.model import Feature, InputDataset, Parameter
from conformance.evidence import FedDataset, LogChunk
from conformance.findings import NotApplicable, NotTested
from conformance.scenarios.model import safe_name

DECLARED = manifest(
    input_datasets=(InputDataset("source_data", features=(Feature("text", dtype="string", required=True),)),),
    parameters=(Parameter("num_rows", "integer"), Parameter("tone", "enum", choices=("warm", "cold"))),
)
FED = FedDataset(
    "source_data", "huggingface", {"loader_params": {"data_files": "reviews/in.json", "data_dir": None}},
    files=("reviews/in.json",),
)  # fmt: skip
ALL = [f"ERROR-{number:03}" for number in (1, 2, 3, 4, 5, 6, 10, 11, 12)]
NO = {"results": {"success": False, "error": "there is no file /input/reviews/in.json"}}


def failed(scenario="missing-file", said=NO, **fields):
    return run(scenario, **{"stdout": said, "exit_code": 1, "datasets": (FED,), **fields})


def error(text, scenario="missing-file", **fields):
    return failed(scenario, {"results": {"success": False, "error": text}}, **fields)


def judged(requirement, *runs, by=DECLARED):
    return REGISTRY[requirement].function(evidence(run(), *runs), by)


def failing(*runs):
    said = {requirement: judged(requirement, *runs) for requirement in ALL}
    return [requirement for requirement, judgement in said.items() if isinstance(judgement, list) and judgement]


def test_a_clean_failure_has_no_finding():
    assert {name: judged(name, failed()) for name in ALL} == {name: [] for name in ALL}


@pytest.mark.parametrize("name", ["ERROR-001", "ERROR-004", "ERROR-006"])
def test_an_image_that_nothing_makes_fail_is_not_concerned(name):
    assert isinstance(judged(name, run("missing-file")), NotApplicable)


@pytest.mark.parametrize("name", ["ERROR-001", "ERROR-002", "ERROR-003", "ERROR-004", "ERROR-006", "ERROR-011"])
def test_without_any_failure_nothing_is_decided(name):
    assert isinstance(judged(name), NotTested)


def test_a_lenient_image_that_fails_cleanly_elsewhere_passes_ERROR_001():
    assert judged("ERROR-001", run("missing-file"), failed("foreign-output")) == []


@pytest.mark.parametrize(
    "scenario",
    ["missing-dataset-source_data", "missing-file", "corrupt-file", "missing-column", "wrong-dtype", "wrong-type-n",
     "missing-system-writer", "no-base-url", "fault-dropped", "missing-variable-KEY"],
)  # fmt: skip
def test_a_traceback_alone_fails_ERROR_001(scenario):
    crash = failed(scenario, b"", stderr="Traceback (most recent call last):\nKeyError: 'text'\n")
    (finding,) = judged("ERROR-001", crash)
    assert "exit code 1 and no result document; its last line: KeyError: 'text'" in finding.message
    assert failing(crash) == ["ERROR-001"]


@pytest.mark.parametrize("value", ["", "  ", None, {"message": "no"}, ["no"], 5, False])
def test_an_error_that_is_no_text_fails_ERROR_001(value):
    assert failing(failed(said={"results": {"success": False, "error": value}})) == ["ERROR-001"]


def test_a_failure_without_error_fails_ERROR_001():
    (finding,) = judged("ERROR-001", failed(said={"results": {"success": False}}))
    assert finding.message == "The document of its failure has no “error”; expected a text."


@pytest.mark.parametrize(
    "ended",
    [
        failed("no-arguments", b"", stderr="usage: x\n", exit_code=2),
        failed("invalid-json", b"", stderr="usage: x\n", exit_code=2),
        failed("foreign-output", b"", stderr="PermissionError"),
        failed("read-only-root", b"", stderr="OSError"),
        failed("arbitrary-user", b"", stderr="PermissionError"),
        failed("no-rows", b"", stderr="ZeroDivisionError"),
        failed("nan-parameter", b"", stderr="SyntaxError"),
        failed(stdout=b"", status="timeout", exit_code=None),
        failed(stdout=b"", status="interrupted", exit_code=137),
        failed(stdout=b"", out_of_memory=True, exit_code=137),
        failed(stdout=b"", reason="exec: not found", exit_code=127),
    ],
    ids=lambda ended: f"{ended.scenario}-{ended.status}-{ended.exit_code}",
)
def test_what_other_rows_or_the_kit_answer_for_is_no_matter_of_ERROR_001(ended):
    assert not (isinstance(said := judged("ERROR-001", ended), list) and said)


def crash(text="Traceback\nKeyError: 'x'\n", **fields):
    return run(stdout=b"", stderr=text, **{"exit_code": 1, **fields})


def judge_baseline(*runs):
    return REGISTRY["ERROR-001"].function(evidence(*runs), DECLARED)


def test_a_baseline_that_crashes_for_no_known_reason_fails_ERROR_001():
    (finding,) = judge_baseline(crash())
    assert finding.scenario == "baseline"


@pytest.mark.parametrize(
    "runs",
    [
        [run("diagnose-variables"), crash()],
        [crash("usage: x [-h]\nerror: unrecognized arguments: --systems-params\n", exit_code=2)],
        [crash("EOFError: EOF when reading a line\n")],
        [crash(exit_code=0)],
    ],
    ids=["healed", "usage", "asks", "exit-0"],
)
def test_a_baseline_whose_failure_has_a_row_of_its_own_is_no_matter_of_ERROR_001(runs):
    assert isinstance(judge_baseline(*runs), NotTested)


def test_success_beside_an_error_fails_ERROR_002():
    lie = failed(said={"results": {"success": True, "error": "no file"}}, exit_code=0)
    (finding,) = judged("ERROR-002", lie)
    assert finding.message == "The document says success beside the error “no file”."


def test_success_after_an_error_document_fails_ERROR_002_and_ERROR_010():
    log = json.dumps(NO) + "\n" + json.dumps(document()) + "\n"
    assert failing(failed(said=log, exit_code=0)) == ["ERROR-002", "ERROR-010"]


def test_success_with_an_error_and_another_exit_code_fails_ERROR_002_in_any_run():
    lie = run("repeat", stdout={"results": {"success": True, "error": "half"}}, exit_code=3)
    assert len(judged("ERROR-002", lie, failed())) == 1


@pytest.mark.parametrize(
    "lenient",
    [
        run("missing-file"),
        run("wrong-type-num_rows", stdout={"results": {"success": True, "error": ""}}),
        run("missing-column", stdout={"results": {"success": True, "error": None}}),
        run("fault-passing", stdout={"results": {"success": True, "error": "1 row skipped"}}),
        run("repeat", stdout={"results": {"success": True, "error": "1 row skipped"}}),
    ],
    ids=lambda lenient: lenient.scenario,
)
def test_a_success_that_states_no_failure_passes_ERROR_002(lenient):
    assert judged("ERROR-002", lenient, failed()) == []


def test_a_document_on_stderr_fails_ERROR_003():
    assert failing(failed(said=b"", stderr=json.dumps(NO) + "\n")) == ["ERROR-003"]


def test_one_pipe_for_both_streams_says_nothing_of_ERROR_003():
    assert isinstance(judged("ERROR-003", failed(joined=True)), NotTested)


def joined(text):
    log = (LogChunk("stdout", 0.1, text.encode()),)
    return failed("missing-file-joined", log=log, joined=True)


@pytest.mark.parametrize("tail", ["loading {'a': 1}\n", "headers={}\n", '{"level": "info"}\n'])
def test_text_with_braces_behind_the_error_fails_ERROR_004(tail):
    findings = judged("ERROR-004", joined(json.dumps(NO) + "\n" + tail))
    assert findings
    assert all(finding.scenario == "missing-file-joined" for finding in findings)


@pytest.mark.parametrize("head", ["loading {'a': 1}\n", '{"level": "info"}\n', "usage: [{a,b}]\n"])
def test_text_with_braces_before_the_error_passes_ERROR_004(head):
    assert judged("ERROR-004", joined(head + json.dumps(NO) + "\nbye\n")) == []


def two_pipes(delay):
    said, late = json.dumps(NO).encode() + b"\n", b"loading {'a': 1}\n"
    return failed(log=(LogChunk("stderr", 0.1, said), LogChunk("stdout", 0.1 + delay, late)))


def test_what_stdout_says_long_after_an_error_on_stderr_fails_ERROR_004():
    assert judged("ERROR-004", two_pipes(0.5))


def test_what_two_pipes_put_in_any_order_does_not_fail_ERROR_004():
    assert judged("ERROR-004", two_pipes(0.01)) == []


@pytest.mark.parametrize(
    ("scenario", "text"),
    [
        ("missing-file", "there is no file reviews/in.json"),
        ("missing-file", "[Errno 2] No such file or directory: '/input/reviews/in.json'"),
        ("missing-file", "Source data cannot be read"),
        ("missing-file-joined", "dataset not found"),
        ("corrupt-file", "not a Parquet file"),
        ("missing-column", "column 'text' is missing"),
        ("missing-column", "required feature absent"),
        ("wrong-type-num_rows", "num rows must be an integer"),
        ("wrong-type-num_rows", "numRows: expected integer"),
        ("unknown-choice-tone", "Tone must be warm or cold"),
        ("unknown-choice-tone", "'kit-unknown-choice' is not a valid choice"),
        ("missing-parameter-num_rows", "1 validation error: num_rows field required"),
        ("no-arguments", "--generation-params is missing"),
        ("invalid-json", "Expecting property name enclosed in double quotes: line 1 column 14"),
    ],
)
def test_an_error_that_names_its_cause_passes_ERROR_005(scenario, text):
    assert judged("ERROR-005", error(text, scenario, parameters={"tone": "kit-unknown-choice"})) == []


@pytest.mark.parametrize(
    ("scenario", "text"),
    [
        ("missing-file", "An error occurred"),
        ("missing-file", "'text'"),
        ("missing-column", "An error occurred while generating the set"),
        ("wrong-type-num_rows", "'<' not supported between instances of 'str' and 'int'"),
        ("wrong-type-num_rows", "invalid literal for int() with base 10: 'five'"),
        ("unknown-choice-tone", "'NoneType' object is not callable"),
        ("no-arguments", "something went wrong"),
    ],
)
def test_an_error_that_could_mean_anything_fails_ERROR_005(scenario, text):
    (finding,) = judged("ERROR-005", error(text, scenario, parameters={"num_rows": "five"}))
    assert f"The error “{text}” does not name its cause" in finding.message


def test_a_missing_dataset_is_named_by_ERROR_005():
    absent = "missing-dataset-source_data"
    assert judged("ERROR-005", error("input_datasets lacks source_data", absent, datasets=())) == []
    assert len(judged("ERROR-005", error("'NoneType' object has no attribute 'get'", absent, datasets=()))) == 1


def test_a_name_that_no_folder_can_have_is_found_by_ERROR_005():
    by = manifest(parameters=(Parameter("größe", "integer"),))
    scenario = safe_name("wrong-type-größe")
    assert judged("ERROR-005", error("Größe must be an integer", scenario), by=by) == []
    assert len(judged("ERROR-005", error("no", scenario), by=by)) == 1


def test_a_name_of_one_letter_has_to_stand_alone_for_ERROR_005():
    by = manifest(parameters=(Parameter("n", "integer"),))
    assert judged("ERROR-005", error("n must be positive", "wrong-type-n"), by=by) == []
    assert len(judged("ERROR-005", error("an error", "wrong-type-n"), by=by)) == 1


@pytest.mark.parametrize(
    "facts",
    [
        produced(form="missing", problem="nothing is there"),
        produced(form="empty", problem="the file is empty"),
        produced(problem="no footer"),
    ],
)
def test_a_failure_that_lists_a_missing_or_partial_file_fails_ERROR_006(facts):
    (finding,) = judged("ERROR-006", failed(produced=(facts,)))
    assert finding.message.startswith("The document of its failure lists “augmented_data”, whose file is not")


@pytest.mark.parametrize(
    "facts",
    [produced(), produced(form="denied"), produced(form="unknown", problem="reading it was given up: 60 seconds")],
)
def test_a_whole_file_or_one_that_the_kit_cannot_read_passes_ERROR_006(facts):
    assert judged("ERROR-006", failed(produced=(facts,))) == []


def test_two_different_errors_fail_ERROR_010():
    log = json.dumps(NO) + "\n" + json.dumps({"results": {"success": False, "error": "exit"}}) + "\n"
    (finding,) = judged("ERROR-010", failed(said=log))
    assert "Before its result it printed another one, which says otherwise" in finding.message


@pytest.mark.parametrize(
    "earlier",
    [
        {"level": "warning", "results": {"success": False, "item": 3}},
        {"results": {"rows": 3}},
        {"event": "done", "results": {"success": False}},
        document(),
    ],
)
def test_an_earlier_object_that_is_no_other_end_passes_ERROR_010(earlier):
    log = json.dumps(earlier) + "\n" + json.dumps(document()) + "\n"
    assert judged("ERROR-010", run("repeat", stdout=log)) == []


def test_exit_code_zero_on_failure_fails_ERROR_011():
    assert failing(failed(exit_code=0)) == ["ERROR-011"]


@pytest.mark.parametrize("code", [125, 126, 127, 130, 137])
def test_a_reserved_exit_code_fails_ERROR_012(code):
    assert failing(failed(exit_code=code)) == ["ERROR-012"]


@pytest.mark.parametrize("code", [1, 2, 124, 128, 143, 255])
def test_other_exit_codes_pass_ERROR_012(code):
    assert judged("ERROR-012", failed(exit_code=code)) == []


def test_a_run_that_the_kernel_killed_is_no_matter_of_ERROR_012():
    assert isinstance(judged("ERROR-012", failed(said=b"", exit_code=137, out_of_memory=True)), NotTested)
