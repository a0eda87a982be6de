"""A run whose controls do not get their known verdict is void."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import finding, report

from conformance.controls import CONTROLS, controls_folder, run_controls
from conformance.errors import KitError
from conformance.options import Options

KNOWN = {
    "golden": report(),
    "do-nothing": report(findings={"OUTPUT-001": [finding()]}),
    "liar": report(findings={"DATASET-005": [finding()]}),
}


def checked(**changes):
    made = {**KNOWN, **changes}
    return lambda target, _options: made[Path(target).name]


def test_controls_that_get_their_verdicts_are_noted():
    notes = run_controls(Options(), checked())
    assert notes == {
        "controls": "golden is conformant, do-nothing is non-conformant, liar is non-conformant",
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"liar": report()}, "liar: conformant (no MUST requirement fails, and none is left open), known to be"),
        ({"golden": KNOWN["liar"]}, "golden: non-conformant"),
        ({"do-nothing": KNOWN["liar"]}, "do-nothing: OUTPUT-001 does not fail, known to fail"),
    ],
)
def test_a_control_that_disagrees_makes_the_run_void(changes, said):
    with pytest.raises(KitError) as caught:
        run_controls(Options(), checked(**changes))
    assert caught.value.message.startswith("VOID")
    assert said in caught.value.message
    assert caught.value.exit_code == 3


def test_controls_are_run_plainly_whatever_is_asked_of_the_target():
    seen = []

    def check(target, options):
        seen.append(options)
        return checked()(target, options)

    run_controls(Options(strict=True, only=("IMAGE-*",), waivers=Path("w.toml"), timeout=7), check)
    assert len(seen) == len(CONTROLS)
    assert all((o.scope, o.strict, o.only, o.waivers, o.timeout) == ("quick", False, (), None, 7) for o in seen)


def test_controls_that_are_nowhere_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv("SDG_CONFORMANCE_CONTROLS", str(tmp_path))
    with pytest.raises(KitError, match="golden, do-nothing, liar in"):
        controls_folder()
