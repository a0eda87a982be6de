"""The program behind `make mutants`, on a real engine: a defect that is found, one that is not, one that spoils more.

The matrix itself is no test of this suite: `make mutants` runs it, prints it and decides.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kill_matrix.mutants import Mutant
from kill_matrix.trial import try_mutant

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]


def test_the_program_kills_a_mutant_and_writes_the_matrix(tmp_path):
    files = ["--json", str(tmp_path / "matrix.json"), "--page", str(tmp_path / "matrix.html")]
    command = [sys.executable, "tools/mutants.py", "--only", "manifest-no-name", "--fresh", "--jobs", "1", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("1 of 1 mutants killed (100.0 %)")
    (entry,) = json.loads((tmp_path / "matrix.json").read_text())["mutants"]
    assert (entry["id"], entry["outcome"]) == ("manifest-no-name", "killed")
    assert "manifest-no-name" in (tmp_path / "matrix.html").read_text()


def harmless(requirement="OUTPUT-021", **make):
    return Mutant("harmless", requirement, "None.", "image:pyarrow-only", {"wrap": {"after": "pass"}, **make})


def test_an_image_without_a_defect_survives(tmp_path, monkeypatch):
    monkeypatch.setattr("kill_matrix.trial.EVIDENCE", tmp_path)
    first = try_mutant(harmless())
    assert (first.outcome, first.own.status, dict(first.extras)) == ("survived", "pass", {})
    kept = try_mutant(harmless())
    assert (kept.seen, kept.seconds) == (first.seen, 0.0)


def test_a_second_defect_is_an_unexplained_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("kill_matrix.trial.EVIDENCE", tmp_path)
    spoilt = harmless("OUTPUT-009", wrap={"after": "document['test_results'] = document.pop('results'); code = 3"})
    one = try_mutant(spoilt)
    assert (one.outcome, list(one.extras)) == ("extra", ["OUTPUT-013"])


def test_an_image_that_cannot_be_built_is_an_error_and_no_survivor():
    broken = try_mutant(harmless(dockerfile=["RUN exit 7"]))
    assert broken.outcome == "error"
    assert "harmless cannot be built" in broken.error
