"""What counts as a trace of the input in the output, and what does not."""

import pytest
from builders import evidence, produced, run

from conformance.checks.traces import counts_rows, deterministic, lost, passed_on, rows_shown
from conformance.evidence import FedDataset

WORDS = [f"Order {number} arrived early" for number in range(4211, 4217)]
PLACE = ("reviews", "text", "augmented_data", "words")
NUMBERS = ("orders", "amount", "augmented_data", "total")


def fed(words=WORDS, **fields):
    sample = tuple({"text": word, "stars": 3} for word in words)
    return FedDataset("reviews", "huggingface", {}, rows=len(words), sample=sample, **fields)


def made(scenario, words=WORDS, *, given=WORDS, rows=None, fingerprint="f"):
    sample = tuple({"words": word} for word in words)
    facts = produced(sample=sample, rows=len(words) if rows is None else rows, fingerprint=fingerprint)
    return run(scenario, datasets=(fed(given),), produced=(facts,))


BOTH = (made("baseline"), made("repeat"))


def test_a_text_inside_a_longer_one_is_a_trace_of_its_row():
    assert rows_shown(made("baseline", [f"IN SHORT: {WORDS[2]}!"])) == {PLACE: {2}}


def test_what_two_runs_show_whole_is_passed_on():
    assert passed_on(evidence(*BOTH)) == {PLACE}


@pytest.mark.parametrize("runs", [BOTH[:1], (BOTH[0], made("repeat", WORDS[:5]))])
def test_one_run_or_a_run_with_a_gap_proves_no_habit(runs):
    assert passed_on(evidence(*runs)) == frozenset()


def test_half_of_the_rows_gone_is_a_loss():
    seen = evidence(*BOTH)
    assert list(lost(seen, made("file-list", WORDS[:3]))) == [(PLACE, 3, 6)]


def test_a_few_rows_less_are_no_loss_for_an_image_may_sample():
    assert list(lost(evidence(*BOTH), made("file-list", WORDS[:4]))) == []


def numbered(scenario, numbers, given=(1001, 1002, 0.25, 7)):
    sample = tuple({"amount": number} for number in given)
    facts = produced(sample=tuple({"total": number} for number in numbers))
    return run(scenario, datasets=(FedDataset("orders", "huggingface", {}, rows=4, sample=sample),), produced=(facts,))


def test_large_numbers_and_fractions_are_traces_and_counts_are_none():
    assert rows_shown(numbered("baseline", [7, 1002.0, 0.25])) == {
        ("orders", "amount", "augmented_data", "total"): {1, 2}
    }


def test_half_of_the_numbers_gone_is_a_loss():
    seen = evidence(numbered("baseline", [1001, 1002, 0.25]), numbered("repeat", [0.25, 1001.0, 1002]))
    (loss,) = lost(seen, numbered("directory", [1001]))
    assert loss == (NUMBERS, 1, 3)
    assert list(lost(seen, numbered("directory", [1001, 1002, 7]))) == []


def test_values_that_repeat_or_are_short_tell_nothing():
    given = ["good", "good words", "good words", "bad"]
    seen = evidence(made("baseline", given, given=given), made("repeat", given, given=given))
    assert passed_on(seen) == frozenset()


def test_an_image_is_deterministic_if_its_values_repeat():
    assert deterministic(evidence(*BOTH))
    assert not deterministic(evidence(BOTH[0], made("repeat", fingerprint="g")))
    assert not deterministic(evidence(made("baseline", fingerprint=""), made("repeat", fingerprint="")))


@pytest.mark.parametrize(("rows", "expected"), [(9, True), (18, False), (8, False)])
def test_rows_in_proportion_to_half_of_the_input_are_recognised(rows, expected):
    seen = evidence(made("baseline", rows=18), made("repeat", rows=18))
    assert counts_rows(seen, made("file-list", rows=rows), 3) is expected


@pytest.mark.parametrize(("rows", "expected"), [(6, True), (12, False), (5, False), (0, False)])
def test_one_of_two_datasets_may_hold_half_of_the_rows(rows, expected):
    def both(scenario, count):
        totals = produced(name="totals", rows=4, fingerprint="t")
        return run(scenario, datasets=(fed(),), produced=(produced(rows=count, fingerprint="f"), totals))

    seen = evidence(both("baseline", 12), both("repeat", 12))
    assert counts_rows(seen, both("file-list", rows), 3) is expected


def test_counts_of_an_image_that_varies_tell_nothing():
    seen = evidence(made("baseline", rows=18), made("repeat", rows=18, fingerprint="g"))
    assert not counts_rows(seen, made("file-list", rows=9), 3)
