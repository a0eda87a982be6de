"""What the helpers read in a ledger, on plain requests."""

from conformance.evidence import Request
from conformance.mock_openai import analysis


def request(at=0.0, status=200, text="a", **settings):
    defaults = {"method": "POST", "path": "/chat/completions", "arrived": at, "finished": at + 0.01}
    body = {"model": "m", "messages": [{"role": "user", "content": text}]}
    return Request(**{**defaults, "status": status, "body": body, "key": "k", **settings})


def refused(at=0.0, status=429, **settings):
    return request(at, status, fault=settings.pop("fault", str(status)), **settings)


def test_attempts_belong_to_the_question_until_it_is_answered():
    seen = [refused(0), refused(1), request(3), request(4), request(5, text="b")]
    groups = analysis.attempts_per_request(seen)
    assert [len(group.requests) for group in groups] == [3, 1, 1]
    assert [group.answered for group in groups] == [True, True, True]
    assert analysis.most_attempts(seen) == 3


def test_two_rows_with_the_same_prompt_at_once_are_two_questions():
    seen = [refused(0.0, finished=0.5), refused(0.1, finished=0.6), request(1.0), request(1.1)]
    assert [len(group.requests) for group in analysis.attempts_per_request(seen)] == [2, 2]


def test_gaps_are_from_an_answer_to_the_next_attempt():
    (attempts,) = analysis.attempts_per_request([refused(0), refused(1.01), request(3.02)])
    assert [round(gap, 2) for gap in attempts.gaps] == [1.0, 2.0]
    assert analysis.back_off_grows(attempts)


def test_a_constant_pause_is_no_back_off():
    (attempts,) = analysis.attempts_per_request([refused(0), refused(1.5), refused(2.0)])
    assert not analysis.back_off_grows(attempts)


def test_a_retry_before_retry_after_is_found():
    early = [refused(0, fault="429-retry-after"), request(0.5)]
    ((before, after),) = analysis.retried_before_retry_after(early)
    assert (before.arrived, after.arrived) == (0, 0.5)


def test_a_retry_after_the_wait_is_right():
    assert analysis.retried_before_retry_after([refused(0, fault="429-retry-after"), request(1.02)]) == ()


def test_a_rule_may_ask_for_a_longer_wait():
    seen = [refused(0, fault="429-retry-after"), request(1.02)]
    assert len(analysis.retried_before_retry_after(seen, waits={"429-retry-after": 3})) == 1


def test_a_question_that_was_refused_for_good_and_comes_again_is_found():
    assert len(analysis.retried_statuses([refused(0, 401), refused(1, 401), refused(2, 401)])) == 2
    assert analysis.retried_statuses([refused(0, 500), request(1)]) == ()


def test_the_high_water_mark_counts_overlapping_requests():
    seen = [request(0.0, finished=1.0), request(0.5, finished=1.5), request(1.2, finished=2.0)]
    assert analysis.most_at_once(seen) == 2
    assert analysis.most_at_once([]) == 0


def test_models_keys_and_undeclared_paths_are_listed():
    seen = [request(), request(key="other"), request(path="/x", declared=False, body=None)]
    assert analysis.models(seen) == ("m",)
    assert analysis.keys(seen) == ("k", "other")
    assert [one.path for one in analysis.undeclared(seen)] == ["/x"]


def test_requests_per_row():
    assert analysis.requests_per_row([request()] * 6, rows=3) == 2.0
    assert analysis.requests_per_row([], rows=0) == 0.0
