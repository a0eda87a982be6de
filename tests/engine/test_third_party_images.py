"""Every conformant image of other make comes out conformant from its manifest alone: the kit never cries wolf.

Full scope, no configuration, one test per folder of ``fixtures/images``; the images were written for the contract, not
for the kit. ``seed-dialect`` speaks the contract's first dialect and is judged for hosts of that time.
"""

from __future__ import annotations

import pytest
from engine.kit_program import ROOT, checked

pytestmark = pytest.mark.engine

IMAGES = ROOT / "fixtures" / "images"
NAMES = sorted(path.parent.name for path in IMAGES.glob("*/Dockerfile"))
PROFILES = {"seed-dialect": "seed"}
CONTAINER_RUNS = 90


def unmet(report):
    """The MUSTs that keep an image from being conformant, with what was seen."""
    return {
        row["id"]: [f"{finding['scenario']}: {finding['message']}" for finding in row["findings"]] or row["reason"]
        for row in report["requirements"]
        if row["level"] == "MUST" and row["counts"] and row["status"] not in {"pass", "not-applicable"}
    }


def test_the_images_are_of_at_least_eight_makes():
    described = (IMAGES / "README.md").read_text(encoding="utf-8")
    assert len(NAMES) >= 8
    assert [name for name in NAMES if f"| `{name}` |" not in described] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_conformant_image_is_conformant(name, tmp_path):
    report = checked(IMAGES / name, tmp_path / "report.json", "--profile", PROFILES.get(name, "current"))
    assert unmet(report) == {}
    assert (report["verdict"], report["exit_code"]) == ("conformant", 0), report["verdict_reason"]
    assert sum(row["status"] != "skipped" for row in report["scenarios"]) <= CONTAINER_RUNS
