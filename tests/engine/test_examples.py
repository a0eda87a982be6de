"""The tests of the README, run as a container's author would run them; and the suite on real images."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from engine.kit_program import ROOT, kit, surroundings

pytestmark = pytest.mark.engine

FAST = str(ROOT / "fixtures" / "images" / "pyarrow-only")
DO_NOTHING = str(ROOT / "fixtures" / "controls" / "do-nothing")


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder, env={**surroundings(), "COLUMNS": "200"}, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


def test_the_example_of_the_readme_passes_on_the_reference_container(tmp_path):
    example = ROOT / "examples" / "test_my_generator.py"
    (tmp_path / example.name).write_text(example.read_text())
    done = pytest_in(tmp_path, "--sdg-image", str(ROOT / "example_generator"))
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_the_suite_runs_only_the_scenarios_of_the_selected_requirements(tmp_path):
    kept = tmp_path / "evidence"
    selected = ["-k", "CHAIN-001 or MOUNT-004", "--sdg-evidence", str(kept)]
    done = pytest_in(tmp_path, "--pyargs", "conformance.suite", "--sdg-image", FAST, "-v", *selected)
    assert done.returncode == 0, done.stdout
    assert "test_requirement[CHAIN-001] PASSED" in done.stdout
    assert "2 passed" in done.stdout
    evidence = json.loads(next(kept.rglob("evidence.json")).read_text())
    runs = {run["scenario"] for run in evidence["evidence"]["runs"]}
    assert {"baseline", "re-run"} <= runs
    assert len(runs) < 5  # with what the re-run builds on


def test_a_failure_of_the_suite_shows_finding_location_fix_and_reproduction(tmp_path):
    done = pytest_in(
        tmp_path, "--pyargs", "conformance.suite", "--sdg-image", DO_NOTHING, "-k", "OUTPUT-001", "-m", "must"
    )
    assert done.returncode == 1
    text = re.sub(r"\s+", " ", done.stdout)
    assert "OUTPUT-001 (MUST):" in text
    for part in ("baseline stdout: It ended with exit code 0", "fix: ", "reproduce: docker run --rm --network host"):
        assert part in text
    assert "Traceback" not in text


def test_an_image_that_is_not_there_ends_the_suite_at_once(tmp_path):
    done = pytest_in(tmp_path, "--pyargs", "conformance.suite", "--sdg-image", "no/such/image:1")
    assert done.returncode == 2
    assert "there is no image “no/such/image:1”" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_kept_evidence_is_for_its_owner_alone_and_holds_the_folders_of_the_runs(tmp_path):
    done = kit("check", FAST, "--only", "MOUNT-001", "--evidence", tmp_path / "kept", "--progress", "none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "kept" / "evidence.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "kept" / "baseline" / "output").is_dir()
