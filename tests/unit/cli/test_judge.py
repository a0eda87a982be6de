"""The verdict on kept evidence, by the real command, without an engine."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from builders import evidence, run

from conformance.evidence_files import save_evidence

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def kept(tmp_path):
    save_evidence(evidence(run(stdout="no document here")), tmp_path / "kept" / "evidence.json")


@pytest.fixture
def judge(tmp_path):
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "conformance.cli", "judge", "kept", *arguments]
        environment = {"PATH": "/nonexistent", "COLUMNS": "100"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return call


def test_the_verdict_names_the_failure_the_place_and_the_reproduction(judge):
    result = judge("--only", "OUTPUT-001")
    assert (result.returncode, result.stderr) == (1, "")
    assert "FAIL OUTPUT-001 MUST" in result.stdout
    assert "reproduce: docker run --rm example:1 # baseline" in result.stdout
    assert result.stdout.endswith(
        "example:1: NON-CONFORMANT: 1 MUST requirement (OUTPUT-001) fails (a selection only).\n"
    )


def test_the_same_evidence_gives_byte_equal_reports(judge):
    one, other = judge("--format", "json"), judge("--format", "json")
    assert one.stdout == other.stdout
    assert json.loads(one.stdout)["target"]["reference"] == "example:1"


def test_a_folder_without_evidence_is_told(judge, tmp_path):
    (tmp_path / "kept" / "evidence.json").unlink()
    result = judge()
    assert (result.returncode, result.stderr.splitlines()[0]) == (2, "Error: There is no evidence in kept.")
