"""SYSTEM-012 and ERROR-007: systems that fail for good, now and then, or after the first answers."""

import json
from dataclasses import replace

import pytest
from builders import document, evidence, manifest, produced, request, run

from conformance.checks.all import REGISTRY
from conformance.checks.system_faults import tells
from conformance.contract.model import System
from conformance.findings import NotTested
from conformance.scenarios.faults import LASTING

DECLARED = manifest(systems=(System("writer"),))
WRITER = {"type": "llm_api", "base_url": "http://h/s/x/v1", "model": "kit-chat"}
STATUS = {"500": 500, "401": 401, "400": 400, "429-sustained": 429, "drop": 0}


def chat(row, *, fault="", at=0.0, **fields):
    body = {"model": "kit-chat", "messages": [{"role": "user", "content": f"row {row}"}]}
    status = STATUS.get(fault, 200)
    return request(
        "/chat/completions",
        **{"body": body, "fault": fault, "status": status, "arrived": at, "finished": at + 0.01, **fields},
    )


def asked(scenario, *requests, rows=6, **fields):
    arguments = ("--systems-params", json.dumps({"writer": WRITER}), "--generation-params", "{}")
    made = {"arguments": arguments, "systems": ("writer",), "requests": requests, "produced": (produced(rows=rows),)}
    return run(scenario, **{**made, **fields})


def refused(scenario, *requests, **fields):
    document_ = {"results": {"success": False, "error": "system writer answered with status 500"}}
    return asked(scenario, *requests, **{"stdout": document_, "exit_code": 1, "produced": (), **fields})


GOOD = asked("baseline", *(chat(row, at=row) for row in range(6)))


def judged(requirement, *runs, declared=DECLARED, **fields):
    return REGISTRY[requirement].function(evidence(*runs, **fields), declared)


@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name, fault, _ in LASTING])
def test_success_on_a_system_that_fails_for_good_fails_SYSTEM_012(name, fault):
    (finding,) = judged("SYSTEM-012", GOOD, asked(f"fault-{name}", chat(0, fault=fault)))
    assert "reports success with 6 rows after 1 request " in finding.message
    assert finding.scenario == f"fault-{name}"


@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name, fault, _ in LASTING])
def test_a_failure_on_a_system_that_fails_for_good_is_right(name, fault):
    assert judged("SYSTEM-012", GOOD, refused(f"fault-{name}", chat(0, fault=fault))) == []


def test_success_where_nobody_listens_fails_SYSTEM_012():
    (finding,) = judged("SYSTEM-012", GOOD, asked("fault-refused"))
    assert "accepts no connection" in finding.message


def test_a_fault_that_met_no_request_says_nothing():
    assert isinstance(judged("SYSTEM-012", GOOD, asked("fault-server-error")), NotTested)
    silent = asked("baseline")
    assert isinstance(judged("SYSTEM-012", silent, asked("fault-refused")), NotTested)


def test_a_damaged_list_of_models_is_no_damaged_answer():
    listed = request("/models", method="GET", fault="malformed-json")
    runs = GOOD, asked("fault-malformed", listed), refused("fault-server-error", chat(0, fault="500"))
    assert judged("SYSTEM-012", *runs) == []


def test_a_stream_that_is_cut_cleanly_is_no_success():
    streamed = chat(0, fault="stream-truncated")
    streamed = replace(streamed, body={**streamed.body, "stream": True})
    (finding,) = judged("SYSTEM-012", GOOD, asked("fault-cut-stream", streamed))
    assert "finish_reason" in finding.message


def test_an_image_that_streams_nothing_is_not_judged_by_cut_streams():
    assert isinstance(
        judged("SYSTEM-012", GOOD, asked("fault-cut-stream", chat(0, fault="stream-truncated"))), NotTested
    )


def test_an_image_that_never_gives_up_fails_SYSTEM_012():
    endless = [chat(0, fault="500", at=float(second)) for second in range(9)]
    stuck = refused("fault-server-error", *endless, status="timeout", observed={"timeout": 300.0})
    (finding,) = judged("SYSTEM-012", GOOD, stuck)
    assert "within 300.0 seconds" in finding.message
    assert "9 requests (up to 9 for one answer, 1 at a time)" in finding.message


@pytest.mark.parametrize("fault", ["400", "401"])
def test_a_refusal_that_is_repeated_unchanged_fails_SYSTEM_012(fault):
    run_ = refused("fault-unauthorized", chat(0, fault=fault), chat(0, fault=fault, at=2.0))
    (finding,) = judged("SYSTEM-012", GOOD, run_)
    assert f"status {fault}" in finding.message


def test_refusals_of_different_requests_are_no_repetition():
    run_ = refused("fault-unauthorized", chat(0, fault="401"), chat(1, fault="401", at=2.0))
    assert judged("SYSTEM-012", GOOD, run_) == []


def test_an_image_that_asks_the_same_for_every_row_is_not_taken_for_one_that_repeats():
    good = asked("baseline", *(chat(0, at=row) for row in range(6)))
    again = [chat(0, fault="401"), chat(0, fault="401", at=2.0)]
    assert judged("SYSTEM-012", good, refused("fault-unauthorized", *again)) == []
    again[1] = replace(again[1], retry_count=1)
    assert len(judged("SYSTEM-012", good, refused("fault-unauthorized", *again))) == 1


def test_coming_back_before_retry_after_fails_SYSTEM_012():
    early = refused("fault-rate-limit", chat(0, fault="429-sustained"), chat(0, fault="429-sustained", at=0.41))
    (finding,) = judged("SYSTEM-012", GOOD, early)
    assert "0.4 seconds" in finding.message


@pytest.mark.parametrize("at", [0.95, 1.01, 30.0])
def test_coming_back_when_retry_after_says_or_later_is_right(at):
    later = refused("fault-rate-limit", chat(0, fault="429-sustained"), chat(0, fault="429-sustained", at=at))
    assert judged("SYSTEM-012", GOOD, later) == []


@pytest.mark.parametrize("ending", [asked, refused])
def test_an_image_may_recover_from_passing_faults_or_end_cleanly(ending):
    passing = ending("fault-passing", chat(0, fault="500"), chat(0, at=1.0), chat(1, at=2.0))
    assert judged("SYSTEM-012", GOOD, passing) == []
    assert judged("ERROR-007", GOOD, passing) == []


def test_without_a_run_that_asked_a_failing_system_the_reason_is_told():
    told = judged("SYSTEM-012", GOOD, skipped={"fault-passing": "the configuration excludes it"})
    assert told == NotTested("the configuration excludes it")


def half_answered(**fields):
    answered = [chat(row, at=row) for row in range(3)]
    return asked("fault-partial", *answered, *(chat(row, fault="500", at=row) for row in range(3, 6)), **fields)


def test_rows_that_are_left_out_in_silence_fail_ERROR_007():
    (finding,) = judged("ERROR-007", GOOD, half_answered(rows=3))
    assert "no answer to 3 of 6 requests" in finding.message
    assert "3 rows instead of 6" in finding.message


def test_rows_that_are_filled_in_silence_fail_ERROR_007():
    (finding,) = judged("ERROR-007", GOOD, half_answered(rows=6))
    assert "as many rows" in finding.message


@pytest.mark.parametrize(
    "results", [{"failed_count": 3}, {"notes": ["3 rows were skipped"]}, {"success_rate": 0.5}, {"errors": {"api": 3}}]
)
def test_a_success_that_tells_of_its_failures_is_right(results):
    assert judged("ERROR-007", GOOD, half_answered(rows=3, stdout={"results": {"success": True, **results}})) == []


def test_a_run_that_fails_because_of_some_failures_is_right():
    assert judged("ERROR-007", GOOD, refused("fault-partial", chat(0), chat(1, fault="500", at=1.0))) == []


def test_lower_counts_alone_do_not_tell_of_a_failure():
    good = replace(GOOD, log=asked("x", stdout=document(results={"success": True, "rows": 6, "failed": 0})).log)
    part = half_answered(rows=3, stdout=document(results={"success": True, "rows": 3, "failed": 0}))
    assert not tells(part, good)
    assert tells(replace(part, log=asked("x", stdout={"results": {"success": True, "failed": 3}}).log), good)


def test_an_image_with_one_request_can_fail_only_as_a_whole():
    assert judged("ERROR-007", asked("baseline", chat(0)), asked("fault-partial", chat(0))) == []


def test_a_passing_fault_that_loses_rows_in_silence_fails_ERROR_007():
    lost = asked("fault-passing", chat(0, fault="500"), chat(1, at=1.0), rows=5)
    (finding,) = judged("ERROR-007", GOOD, lost)
    assert "5 rows instead of 6" in finding.message


def test_an_answer_that_was_got_by_another_request_loses_nothing():
    assert judged("ERROR-007", GOOD, asked("fault-passing", chat(0, fault="500"), chat("0, please", at=1.0))) == []


def test_faults_are_compared_with_the_run_that_had_the_same_parameters():
    other = replace(GOOD, scenario="parameters-2", parameters={"mode": "llm"})
    idle = asked("baseline", rows=9)
    part = replace(half_answered(rows=3), parameters={"mode": "llm"})
    (finding,) = judged("ERROR-007", idle, other, part)
    assert "3 rows instead of 6" in finding.message
