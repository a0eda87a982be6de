"""Control images: their verdict is known before the kit says anything.

A run whose controls disagree measured nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.configuration import Configuration
from conformance.errors import KitError
from conformance.options import Options
from conformance.report import Report

FOLDER_VARIABLE = "SDG_CONFORMANCE_CONTROLS"
PLACES = (Path(__file__).parents[1] / "fixtures" / "controls", Path(__file__).parent / "_controls")
"""Where the controls are: in the kit's sources, and in an installed kit."""


@dataclass(frozen=True)
class Control:
    """An image and what must come of it: its verdict, and requirements that must be among those that fail."""

    name: str
    verdict: str
    fails: tuple[str, ...] = ()


CONTROLS = (
    Control("golden", "conformant"),
    Control("do-nothing", "non-conformant", ("OUTPUT-001",)),
    Control("liar", "non-conformant", ("DATASET-005",)),
)


def controls_folder() -> Path:
    """Where the controls' build folders are. Raises `KitError` if they are nowhere."""
    there = next((place for place in PLACES if place.is_dir()), PLACES[0])
    folder = Path(os.environ.get(FOLDER_VARIABLE, there))
    missing = [control.name for control in CONTROLS if not (folder / control.name / "Dockerfile").is_file()]
    if missing:
        raise KitError(
            f"The control images are not there: {', '.join(missing)} in {folder}",
            f"Name the folder of the controls (fixtures/controls of the kit's sources) in {FOLDER_VARIABLE}.",
        )
    return folder


def run_controls(options: Options, check: Callable[[str, Options], Report]) -> dict[str, str]:
    """Check every control, in the quick scope and as the target is checked; a note for the report.

    Raises `KitError` (exit 3) when one does not get its known verdict: the run is void.
    """
    folder = controls_folder()
    plain = replace(
        options,
        scope="quick",
        strict=False,
        only=(),
        waivers=None,
        evidence_directory=None,
        datasets={},
        explore=0,
        configuration=Configuration(),
    )
    problems = [
        problem for control in CONTROLS if (problem := disagreement(control, check(str(folder / control.name), plain)))
    ]
    if problems:
        raise KitError(
            "VOID: a control image did not get its known verdict, so this run measured nothing.\n"
            + "\n".join(problems),
            "The kit, its engine or this machine is at fault, not the target.",
        )
    return {"controls": ", ".join(f"{control.name} is {control.verdict}" for control in CONTROLS)}


def disagreement(control: Control, report: Report) -> str:
    """What is wrong with a control's report; empty if nothing is."""
    if report.verdict != control.verdict:
        return f"{control.name}: {report.verdict} ({report.verdict_reason}), known to be {control.verdict}"
    failed = {row.id for row in report.with_status("fail")}
    if missed := [identifier for identifier in control.fails if identifier not in failed]:
        return f"{control.name}: {', '.join(missed)} does not fail, known to fail"
    return ""
