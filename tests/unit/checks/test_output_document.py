"""OUTPUT-001 to -017: the result document, where it stands and what it holds."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from builders import document, evidence, manifest, run

from conformance.checks.all import REGISTRY
from conformance.evidence import Run
from conformance.findings import Finding, NotTested

ALL = [f"OUTPUT-{number:03}" for number in range(1, 23)]
ENTRY = {"dataset_name": "data", "dataset_type": "huggingface", "dataset_path": "/output/data.parquet"}
GOOD = document(generated_datasets=[ENTRY], generated_reports=[])


def printed(text: str | bytes | dict[str, Any], **fields: Any) -> Run:
    if isinstance(text, dict):
        text = json.dumps(text) + "\n"
    return run(stdout=text, **fields)


def judged(requirement: str, *runs: Run) -> Any:
    return REGISTRY[requirement].function(evidence(*runs), manifest())


def failing(*runs: Run) -> list[str]:
    return [one for one in ALL if isinstance(said := judged(one, *runs), list) and said]


def message(requirement: str, one: Run) -> str:
    (finding,) = judged(requirement, one)
    return finding.message


GOOD_LOGS = {
    "alone": json.dumps(GOOD) + "\n",
    "pretty": json.dumps(GOOD, indent=2) + "\n",
    "windows line ends": json.dumps(GOOD, indent=2).replace("\n", "\r\n") + "\r\n",
    "after log lines": f"started\n10 of 10 rows\n{json.dumps(GOOD)}\n",
    "after a JSON logger": f'{{"level": "info", "msg": "hello"}}\n{json.dumps(GOOD)}\n',
    "after braces": f"config {{'a': 1}}\n{json.dumps(GOOD)}\n",
    "with blank lines behind": json.dumps(GOOD) + "\n\n",
    "not ASCII": json.dumps({**GOOD, "note": "é 漢字 😀"}, ensure_ascii=False) + "\n",
    "with more keys": json.dumps({**GOOD, "more": {"a": [1, 2.5, None]}}) + "\n",
    "with both keys alike": json.dumps({**GOOD, "test_results": GOOD["results"]}) + "\n",
}


@pytest.mark.parametrize("log", GOOD_LOGS.values(), ids=GOOD_LOGS)
def test_a_good_document_has_no_finding(log):
    assert failing(printed(log)) == []


def test_a_good_failure_has_no_finding():
    failure = {"results": {"success": False, "error": "no"}, "generated_datasets": [], "generated_reports": []}
    assert failing(printed(failure, exit_code=1)) == []


@pytest.mark.parametrize("text", ["", "done, 10 rows\n"])
def test_a_success_without_a_document_fails_OUTPUT_001(text):
    assert failing(printed(text)) == ["OUTPUT-001"]


@pytest.mark.parametrize(("text", "said"), [("", "stdout is empty"), ("done\n", "stdout says only: done")])
def test_the_finding_of_OUTPUT_001_shows_what_was_printed_instead(text, said):
    assert message("OUTPUT-001", printed(text)) == f"It ended with exit code 0 and printed no result document; {said}."


def test_a_document_on_stderr_alone_fails_OUTPUT_001():
    one = run(stdout="", stderr=json.dumps(GOOD) + "\n")
    assert message("OUTPUT-001", one) == "The result document stands on stderr; expected on stdout."


def test_of_one_joined_stream_nobody_can_tell_which_it_was():
    assert judged("OUTPUT-001", run(stdout="", stderr=json.dumps(GOOD) + "\n", joined=True)) == []


def test_a_crash_is_no_success_that_lacks_its_document():
    assert judged("OUTPUT-001", printed("Traceback", exit_code=1)) == NotTested(
        "no run ended in success, so no result of a success could be judged"
    )


def test_a_truncated_document_fails_OUTPUT_002():
    cut = '{"results": {"success": true}, "generated_datasets": [\n'
    assert "OUTPUT-002" in failing(printed(cut))


def test_a_trailing_comma_is_a_false_success_and_fails_OUTPUT_002_and_006():
    assert {"OUTPUT-002", "OUTPUT-006"} <= set(failing(printed('{"results": {"success": true},}\n')))


def test_the_finding_of_OUTPUT_002_names_the_host_that_reads_something_else():
    finding = judged("OUTPUT-002", printed(f"INFO:root:{json.dumps(GOOD)}\n"))[0]
    assert finding.message.startswith("In the merged log a host 0.3.5 to 0.5.8 finds none (")
    assert finding.location == "stdout:1"


@pytest.mark.parametrize("prefix", ["INFO:root:", "\r100%|###|", "progress "])
def test_a_document_that_does_not_begin_its_line_fails_OUTPUT_003(prefix):
    assert "OUTPUT-003" in failing(printed(f"{prefix}{json.dumps(GOOD)}\n"))


def test_white_space_before_the_document_is_no_fault():
    assert judged("OUTPUT-003", printed(f"  {json.dumps(GOOD)}\n")) == []


@pytest.mark.parametrize(
    "after", ["stats: {'a': 1}", "headers={}", '{"level": "info"}', "a }", "{progress", 'resp {"status": 200}']
)
def test_braces_after_the_document_fail_OUTPUT_004(after):
    assert "OUTPUT-004" in failing(printed(f"{json.dumps(GOOD)}\n{after}\n"))


def test_words_after_the_document_fail_OUTPUT_005_alone():
    one = printed(f"{json.dumps(GOOD)}\nbye\n")
    assert failing(one) == ["OUTPUT-005"]
    assert message("OUTPUT-005", one) == "Text follows the result document: bye"


def test_a_document_without_a_newline_fails_OUTPUT_005():
    assert message("OUTPUT-005", printed(json.dumps(GOOD))) == "The result document does not end with a newline."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"results": {"success": true, "rate": NaN}}\n', "NaN"),
        ('{"results": {"success": true, "rate": -Infinity}}\n', "Infinity"),
        ('{"results": {"success": true, "success": true}}\n', "success"),
        ('{"results": {"success": true, "word": "\\ud800"}}\n', "surrogate"),
    ],
)
def test_what_a_strict_reader_refuses_fails_OUTPUT_006(text, problem):
    assert problem in message("OUTPUT-006", printed(text))


def test_bytes_that_are_no_UTF_8_fail_OUTPUT_006():
    assert "OUTPUT-006" in failing(printed(b'{"results": {"success": true, "word": "caf\xe9"}}\n'))


@pytest.mark.parametrize("after", [b"\n", b"\nbye\n"])
def test_bytes_that_are_no_UTF_8_are_found_whatever_follows_the_document(after):
    one = printed(b'log {"a": 1}\n{"results": {"success": true, "word": "caf\xe9"}}' + after)
    assert "UTF-8" in message("OUTPUT-006", one)


def test_bytes_that_are_no_UTF_8_outside_of_the_document_are_no_fault():
    assert judged("OUTPUT-006", printed(b"caf\xe9\n" + json.dumps(GOOD).encode() + b"\ncaf\xe9\n")) == []


def test_bytes_behind_a_document_with_a_replacement_character_are_no_fault():
    assert (
        judged(
            "OUTPUT-006", printed(json.dumps({**GOOD, "note": "\ufffd"}, ensure_ascii=False).encode() + b"\n}\xe9}\n")
        )
        == []
    )


def test_a_log_that_repeats_the_beginning_of_its_document_is_searched_in_time():
    log = b'{"results": {"success": true, "word": "caf\xe9' * 100_000 + b'"}}\n'
    began = time.monotonic()
    judged("OUTPUT-006", printed(log))
    assert time.monotonic() - began < 30


def test_a_replacement_character_that_the_image_wrote_is_no_fault():
    assert judged("OUTPUT-006", printed({**GOOD, "note": "\ufffd"})) == []


def test_a_list_around_the_document_fails_OUTPUT_007():
    assert message("OUTPUT-007", printed(f"[{json.dumps(GOOD)}]\n")).startswith("The top level of the result is a list")


def test_a_string_that_holds_the_document_fails_OUTPUT_007():
    assert "OUTPUT-007" in failing(printed(json.dumps(json.dumps(GOOD)) + "\n"))


@pytest.mark.parametrize("results", [{}, [1], "ok", 1, True])
def test_results_that_are_no_object_with_content_fail_OUTPUT_008(results):
    assert "OUTPUT-008" in failing(printed({**GOOD, "results": results}))


def test_the_deprecated_key_alone_fails_OUTPUT_009():
    old = {**GOOD, "test_results": {"success": True}}
    del old["results"]
    assert failing(printed(old)) == ["OUTPUT-009"]


def test_two_keys_that_differ_fail_OUTPUT_010_with_what_differs():
    both = {**GOOD, "results": {"success": True, "n": 1}, "test_results": {"success": True, "n": 2}}
    assert message("OUTPUT-010", printed(both)) == "“results” and “test_results” differ in n."


def test_the_flat_form_fails_OUTPUT_011():
    assert {"OUTPUT-011"} <= set(failing(printed({"success": True, "rows": 5})))


@pytest.mark.parametrize("value", ["true", 1, "yes"])
def test_a_success_that_is_no_boolean_fails_OUTPUT_012(value):
    assert failing(printed({**GOOD, "results": {"success": value}})) == ["OUTPUT-012"]


def test_a_missing_success_fails_OUTPUT_012():
    assert message("OUTPUT-012", printed({**GOOD, "results": {"rows": 3}})) == "“success” is missing in the results."


def test_a_success_with_another_exit_code_fails_OUTPUT_013():
    assert failing(printed(GOOD, exit_code=3)) == ["OUTPUT-013"]


def test_an_exit_code_that_nobody_knows_is_no_fault():
    assert judged("OUTPUT-013", printed(GOOD, exit_code=None)) == []


@pytest.mark.parametrize("listed", [["/output/a"], [1], {"data": "/output/a"}, "data"])
def test_datasets_that_are_no_list_of_objects_fail_OUTPUT_014(listed):
    assert failing(printed({**GOOD, "generated_datasets": listed})) == ["OUTPUT-014"]


@pytest.mark.parametrize("key", ["generated_datasets", "generated_reports"])
def test_a_list_that_is_not_there_fails_OUTPUT_015(key):
    short = {name: value for name, value in GOOD.items() if name != key}
    assert message("OUTPUT-015", printed(short)) == f"The document has no {key}."


@pytest.mark.parametrize(
    "change", [{"dataset_type": "csv"}, {"dataset_name": " "}, {"metadata": "x"}, {"dataset_path": None}]
)
def test_an_entry_that_the_host_drops_fails_OUTPUT_016(change):
    assert failing(printed({**GOOD, "generated_datasets": [{**ENTRY, **change}]})) == ["OUTPUT-016"]


@pytest.mark.parametrize(("more", "fails"), [(2**20, ["OUTPUT-017"]), (2**19, [])])
def test_a_document_of_a_mebibyte_fails_OUTPUT_017(more, fails):
    assert failing(printed({**GOOD, "text": "x" * more})) == fails


def test_the_finding_of_OUTPUT_017_states_the_size():
    text = json.dumps({**GOOD, "text": "x" * 2**20})
    assert message("OUTPUT-017", printed(text + "\n")) == (
        f"The result document has {len(text)} bytes; expected less than 1 MiB."
    )


def test_what_an_image_prints_is_quoted_and_cut():
    finding = judged("OUTPUT-001", printed("x" * 1000))[0]
    assert len(finding.message) < 250
    assert isinstance(finding, Finding)
