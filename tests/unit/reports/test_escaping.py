"""Text from an image: what acts is made visible, what is secret is masked, the rest is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reports.escaping import mask, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢字 🎉\n\ttab", "plain é 漢字 🎉\n\ttab"),
        ("\x1b[31m\x07\r", "\\x1b[31m\\x07\\x0d"),
        ("a\u202eb\u200b\ufeff", "a\\u202eb\\u200b\\ufeff"),
        ("\ud800\U000e0041\uffff", "\\ud800\\U000e0041\\uffff"),
    ],
)
def test_what_acts_is_written_as_an_escape(text, shown):
    assert visible(text) == shown


@given(st.text())
def test_visible_text_stays_as_it_is(text):
    assert visible(visible(text)) == visible(text)


def test_one_line_has_no_line_breaks():
    assert one_line(" a\n\n  b\u2028c ") == "a b\\u2028c"


@pytest.mark.parametrize(
    "secret",
    ["sk-proj-4f9aB2c3D4e5F6", "hf_abcdefghij1234567", "ghp_0123456789abcdef", "AKIA0123456789ABCDEF"],
)
def test_what_looks_like_a_key_is_masked(secret):
    assert mask(f"key={secret}.") == "key=***."


@pytest.mark.parametrize("text", ["sk-learn-contribution", "task-1234567890123", "risk-assessment-2026-final"])
def test_words_that_look_a_little_like_keys_are_left_alone(text):
    assert mask(text) == text


def test_canaries_are_masked_the_longest_first_and_short_ones_left_alone():
    assert mask("canary-1-more canary-1 abc", ["canary-1", "canary-1-more", "abc"]) == "*** *** abc"
