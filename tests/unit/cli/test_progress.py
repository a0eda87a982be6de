"""What a person sees while containers run."""

from __future__ import annotations

from io import StringIO

from conformance.progress import Live, Plain, progress_for


def told(kind, **tty):
    stream = StringIO()
    stream.isatty = lambda: bool(tty.get("tty"))
    progress = progress_for(kind, stream)
    progress.scenario_started("baseline")
    progress.scenario_finished("baseline", "timeout", 300.04)
    progress.note("the image refused \x1b[31mparquet\ninput")
    return progress, stream.getvalue()


def test_plain_progress_is_one_line_per_finished_scenario():
    _, text = told("plain")
    assert text == "baseline: timeout in 300.0 s\nthe image refused \\x1b[31mparquet input\n"


def test_no_progress_is_silent():
    assert told("none")[1] == ""


def test_auto_is_plain_in_a_log_and_live_on_a_terminal():
    assert isinstance(told("auto")[0], Plain)
    progress, text = told("auto", tty=True)
    assert isinstance(progress, Live)
    assert "\r\x1b[K0 done; running baseline\r\x1b[Kbaseline: timeout after 300.0 s\n" in text
