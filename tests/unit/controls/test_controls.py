"""A run whose controls do not get their known verdict is void."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from builders import finding, report

from conformance import controls
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


ROOT = Path(__file__).parents[3]


def test_an_installed_kit_takes_the_controls_that_it_brings(monkeypatch, tmp_path):
    monkeypatch.delenv("SDG_CONFORMANCE_CONTROLS", raising=False)
    for control in CONTROLS:
        (tmp_path / control.name).mkdir()
        (tmp_path / control.name / "Dockerfile").touch()
    monkeypatch.setattr(controls, "PLACES", (tmp_path / "no-sources", tmp_path))
    assert controls_folder() == tmp_path


def test_every_control_is_part_of_the_distributions():
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    included = hatch["wheel"]["force-include"]
    places = {f"conformance/{controls.PLACES[1].name}/{control.name}" for control in CONTROLS}
    assert set(included.values()) == places
    assert all((ROOT / source / "Dockerfile").is_file() for source in included)
    assert {f"/{source}" for source in included} <= set(hatch["sdist"]["include"])
    assert all((ROOT / path.lstrip("/")).exists() for path in hatch["sdist"]["include"])
