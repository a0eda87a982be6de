"""The result document: both hosts' parsers, what is read out of it, and what a strict reader refuses."""

from __future__ import annotations

import json
import time

import pytest

from conformance.contract.result import (
    ResultError,
    dataset_entry_problems,
    effective_results,
    find_result_spans,
    intended_document,
    intended_text,
    last_object,
    looks_like_result,
    parse_p1,
    parse_p2,
    read_result,
    report_entry_problems,
)
from conformance.contract.strict_json import strict_problems

ENTRY = {"dataset_name": "a", "dataset_type": "huggingface", "dataset_path": "/output/a.parquet"}
DOCUMENT = {"results": {"success": True, "n": 1}, "generated_datasets": [ENTRY]}
COMPACT = json.dumps(DOCUMENT)
PRETTY = json.dumps(DOCUMENT, indent=2)
LOG_LINE = {"level": "info", "msg": "bye"}
INTERLEAVED = PRETTY.replace('"n": 1', '"n":\nWARNING: slow\n 1')
ERROR = "error"

VERDICTS = [
    ("alone", COMPACT, DOCUMENT, DOCUMENT),
    ("pretty", PRETTY, DOCUMENT, DOCUMENT),
    ("windows line ends", PRETTY.replace("\n", "\r\n"), DOCUMENT, DOCUMENT),
    ("in a fence", f"```json\n{PRETTY}\n```", DOCUMENT, DOCUMENT),
    ("log lines before", f"INFO start\n{COMPACT}", DOCUMENT, DOCUMENT),
    ("JSON log lines before", f"{json.dumps(LOG_LINE)}\n{COMPACT}", DOCUMENT, DOCUMENT),
    ("text after", f"{COMPACT}\nbye", DOCUMENT, DOCUMENT),
    ("text after on the line", f"{COMPACT} bye", DOCUMENT, DOCUMENT),
    ("progress before on the line", f"\rprogress 100%{COMPACT}", ERROR, DOCUMENT),
    ("logger prefix", f"INFO:root:{COMPACT}", ERROR, DOCUMENT),
    ("byte order mark", f"\ufeff{COMPACT}", ERROR, DOCUMENT),
    ("colour prefix", f"\x1b[32m{COMPACT}", ERROR, DOCUMENT),
    ("a Python dict after", f"{COMPACT}\nstats: {{'a': 1}}", ERROR, DOCUMENT),
    ("empty braces after", f"{COMPACT}\nheaders={{}}", ERROR, {}),
    ("a JSON logger after", f"{COMPACT}\n{json.dumps(LOG_LINE)}", LOG_LINE, LOG_LINE),
    ("an object in text after", f'{COMPACT}\nINFO resp {{"status": 200}}', ERROR, {"status": 200}),
    ("an open brace after", f"{COMPACT}\n{{progress", ERROR, DOCUMENT),
    ("a closing brace after", f"{COMPACT}\n}}", ERROR, DOCUMENT),
    ("a line inside", INTERLEAVED, ERROR, ENTRY),
    ("two on two lines", f"{json.dumps(LOG_LINE)}\n{COMPACT}", DOCUMENT, DOCUMENT),
    ("two on one line", f"{json.dumps(LOG_LINE)}{COMPACT}", ERROR, DOCUMENT),
    ("a list on one line", json.dumps([DOCUMENT]), ERROR, DOCUMENT),
    ("a pretty list", json.dumps([DOCUMENT], indent=2), DOCUMENT, DOCUMENT),
    ("no final brace", COMPACT[:-1], ERROR, ENTRY),
    ("cut after the results", COMPACT[:50], ERROR, {"success": True, "n": 1}),
    ("a trailing comma", '{"results":{"success":true},}', ERROR, {"success": True}),
    ("Python's repr", str(DOCUMENT), ERROR, ERROR),
    ("nothing", " \n", ERROR, ERROR),
    ("no JSON", "Traceback (most recent call last):", ERROR, ERROR),
    ("a raw control character", '{"a": "\x01"}', ERROR, ERROR),
    ("a number of 5,000 digits", f'{{"a": {"9" * 5000}}}', ERROR, ERROR),
]


def verdict(parser: object, log: str) -> object:
    try:
        return parser(log)
    except ResultError:
        return ERROR


@pytest.mark.parametrize(("log", "p1", "p2"), [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS])
def test_both_parsers_find_what_the_hosts_find(log: str, p1: object, p2: object) -> None:
    assert verdict(parse_p1, log) == p1
    assert verdict(parse_p2, log) == p2
    assert verdict(parse_p2, log.encode()) == p2


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": -Infinity}', '{"a": 1, "a": 2}', '{"a": "\\ud800"}'])
def test_both_parsers_accept_what_strict_json_forbids(text: str) -> None:
    assert list(parse_p1(text)) == list(parse_p2(text)) == ["a"]
    assert len(strict_problems(text)) == 1


def test_braces_behind_the_document_are_named_as_the_reason() -> None:
    with pytest.raises(ResultError, match="a closing brace follows the JSON object"):
        parse_p1('{"results": {}}\nINFO done {"rows": 1}')


def test_invalid_utf8_is_read_as_the_replacement_character() -> None:
    assert parse_p1(b'{"a": "\xff"}') == parse_p2(b'{"a": "\xff"}') == {"a": "\ufffd"}


@pytest.mark.parametrize("padding", range(16 * 1024 - 60, 16 * 1024 + 2, 7))
def test_an_object_across_the_window_of_the_scanner_is_found_whole(padding: int) -> None:
    text = "z" * padding + '{"a": -Infinity, "b": "\\ud83d\\ude00", "c": true, "d": [12345678901]}'
    assert parse_p2(text) == json.loads(text[padding:])


@pytest.mark.parametrize(
    "log",
    ["{" * 1_000_000, '{"a":' * 200_000, '{"":1 ' * 300_000, '{"' * 1_000_000, '{"a":[' * 100 + "1," * 300_000],
    ids=["braces", "deep", "failing", "strings", "never closing"],
)
def test_a_hostile_log_takes_seconds_and_gives_no_result(log: str) -> None:
    begin = time.monotonic()
    assert verdict(parse_p1, log) == verdict(parse_p2, log) == ERROR
    assert find_result_spans(log) == []
    assert time.monotonic() - begin < 20


def test_a_result_behind_a_hostile_log_is_found_in_its_tail() -> None:
    assert parse_p2('{"":1 ' * 400_000 + "." * 1024 * 1024 + "\n" + COMPACT) == DOCUMENT


def test_spans_tell_where_the_objects_stand() -> None:
    text = f"é {COMPACT} x {{'no': 1}} {{}}"
    first, second = find_result_spans(text)
    assert (text[first.start : first.end], first.value) == (COMPACT, DOCUMENT)
    assert (text[second.start : second.end], second) == ("{}", last_object(text.encode()))


def test_an_object_too_deep_to_be_read_does_not_hide_the_next() -> None:
    deep = '{"a":' * 2000 + "1" + "}" * 2000
    assert last_object(f"{deep}\n{COMPACT}").value == DOCUMENT


@pytest.mark.parametrize("value", [{"results": 1}, {"test_results": {}}, {"generated_datasets": []}, {"success": 1}])
def test_an_object_with_a_key_of_the_result_looks_like_one(value: object) -> None:
    assert looks_like_result(value)


@pytest.mark.parametrize("value", [{}, LOG_LINE, ENTRY, [], "results", None])
def test_other_values_do_not_look_like_a_result(value: object) -> None:
    assert not looks_like_result(value)


def test_the_intended_document_is_the_last_that_looks_like_one() -> None:
    assert intended_document(f"INFO:root:{COMPACT}\nheaders={{}}\n{json.dumps(LOG_LINE)}") == DOCUMENT


@pytest.mark.parametrize("text", [COMPACT[:50], '{"results":{"success":true},}', str(DOCUMENT)])
def test_a_broken_document_has_a_text_and_strict_problems_but_is_not_intended(text: str) -> None:
    assert intended_document(f"start\n{text}") is None
    shown = intended_text(f"start\n{text}")
    assert text.startswith(shown)
    assert strict_problems(shown) != []


@pytest.mark.parametrize(
    ("document", "results"),
    [
        ({"results": {"a": 1}, "test_results": {"b": 2}}, {"a": 1}),
        ({"results": {}, "test_results": {"b": 2}}, {"b": 2}),
        ({"results": None, "test_results": {"b": 2}}, {"b": 2}),
        ({"results": [1]}, {}),
        ({"generated_datasets": []}, {}),
        ({"success": True, "n": 1}, {"success": True, "n": 1}),
    ],
)
def test_the_results_are_those_that_the_host_chooses(document: dict, results: dict) -> None:
    assert effective_results(document) == results
    assert read_result(document).results == results


def test_only_the_boolean_true_is_a_success() -> None:
    assert read_result({"results": {"success": True}}).succeeded
    assert not read_result({"results": {"success": "true"}}).succeeded
    assert read_result({"results": {"success": "true"}}).success == "true"


def test_the_view_keeps_entries_of_any_shape() -> None:
    result = read_result({"results": {"error": "e"}, "generated_datasets": ["x", ENTRY], "generated_reports": {}})
    assert (result.form, result.datasets, result.reports, result.error) == ("structured", ("x", ENTRY), (), "e")
    assert read_result({"success": False}).form == "flat"


def test_a_negative_row_count_is_taken_as_free_metadata() -> None:
    assert dataset_entry_problems({**ENTRY, "metadata": {"columns": [], "row_count": -2}}) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"dataset_type": "csv"}, 'dataset_type is "csv", not one of huggingface, pdf, txt'),
        ({"dataset_name": " "}, "dataset_name is blank"),
        ({"dataset_path": 1}, "dataset_path is a number, not a string"),
        ({"format": 1}, "format is a number, not a string"),
        ({"metadata": "x"}, "metadata is a string, not an object"),
        ({"metadata": []}, "metadata is a list, not an object"),
    ],
)
def test_a_dataset_entry_that_the_host_drops_has_a_problem(changes: dict, problem: str) -> None:
    assert dataset_entry_problems({**ENTRY, **changes}) == [problem]


def test_an_entry_that_is_no_object_or_lacks_a_key_has_a_problem() -> None:
    assert dataset_entry_problems("/output/a") == ["the entry is a string, not an object"]
    assert report_entry_problems({}) == ["report_name is missing", "report_type is missing", "report_path is missing"]


def test_a_json_report_is_an_acceptable_entry() -> None:
    assert report_entry_problems({"report_name": "r", "report_type": "json", "report_path": "/output/r"}) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": NaN}', "NaN is no JSON value"),
        ('{"a": 1, "a": 2}', 'the key "a" is repeated'),
        ('{"a": [1,]}', "a comma before the closing ] (line 1, column 10)"),
        ('{"a": "\t"}', "a raw control character, U+0009, inside a string (line 1, column 8)"),
        ("{'a': 1}", "a single quote where JSON has double ones (line 1, column 2)"),
        (b'{"a": "\xff"}', "byte 7 is not valid UTF-8 (0xff)"),
        (b"\xef\xbb\xbf{}", "it begins with a byte order mark"),
        ('{"\\ud800": 1}', 'a key holds the lone surrogate \\ud800, which is no character: "\\ud800"'),
        ('{"a":' * 100_000, "it is nested too deep to be read"),
    ],
)
def test_strict_json_names_what_it_refuses(text: str | bytes, problem: str) -> None:
    assert strict_problems(text) == [problem]


def test_strict_json_accepts_what_the_standard_does() -> None:
    assert strict_problems('{"a": [1e5, -0.0, "\\ud83d\\ude00", "é", null], "b": {"a": 1}}\n') == []
    assert strict_problems(f'{{"a": {"9" * 5000}}}') == []
