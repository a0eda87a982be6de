"""What the checks of mounts and failures say where the chosen scope leaves their runs out."""

import pytest
from builders import Row, evidence, manifest, run

from conformance.checks.all import REGISTRY
from conformance.scenarios.plan import OUT_OF_SCOPE
from conformance.verdict import judge

FULL_ONLY = ("re-run", "concurrent", "no-output", "own-output", "foreign-output", "no-mount-variables",
             "read-only-root", "terminated", "killed", "no-arguments", "invalid-json", "wrong-type-n")  # fmt: skip
RULES = [name for name in REGISTRY if name.startswith(("MOUNT-", "ERROR-")) and name != "ERROR-007"]


@pytest.mark.parametrize("name", RULES)
def test_a_run_that_the_scope_leaves_out_leaves_no_question_open(name):
    seen = evidence(run(), run("minimal"), run("repeat"), skipped=dict.fromkeys(FULL_ONLY, OUT_OF_SCOPE))
    (row,) = judge(seen, manifest(), [Row(name)], scope="quick").requirements
    assert row.status in ("pass", "not-tested", "not-applicable")
    assert row.counts is (row.status != "not-tested")


def test_a_baseline_that_crashes_fails_ERROR_001_although_nothing_else_was_run():
    crash = run(stdout=b"", stderr="Traceback\nKeyError: 'x'\n", exit_code=1)
    seen = evidence(crash, run("diagnose-no-metadata", stdout=b"", exit_code=1))
    (row,) = judge(seen, manifest(), [Row("ERROR-001")]).requirements
    assert (row.status, row.findings[0].scenario) == ("fail", "baseline")
