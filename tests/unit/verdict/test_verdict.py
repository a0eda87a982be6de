"""The lattice: what each kind of outcome does to a requirement and to the image."""

from __future__ import annotations

import pytest
from builders import Row, evidence, finding, manifest, registry, report, run

from conformance.checks import STATIC, Check
from conformance.findings import NotApplicable, NotTested
from conformance.report import STATUSES, normalised, worst_exit_code
from conformance.verdict import NOT_BUILT, OUT_OF_SCOPE, judge


def status_of(function, *, scenarios=("baseline",), seen=None):
    checks = {"OUTPUT-001": Check("OUTPUT-001", scenarios, function)}
    (row,) = judge(seen or evidence(), manifest(), [Row("OUTPUT-001")], checks=checks).requirements
    return row.status, row.reason


def passes(_evidence, _manifest):
    return []


def test_a_check_without_findings_passes():
    assert status_of(passes) == ("pass", None)


def test_a_check_with_a_finding_fails_with_hint_and_reproduction():
    (row,) = report(findings={"OUTPUT-001": [finding("No document.", location="stdout:1")]}).requirements
    (shown,) = row.findings
    assert row.status == "fail"
    assert (shown.message, shown.location, shown.hint) == ("No document.", "stdout:1", "Do it.")
    assert shown.reproduce == "docker run --rm example:1 # baseline"


def test_a_findings_own_hint_comes_before_the_requirements():
    (row,) = report(findings={"OUTPUT-001": [finding(hint="Print it last.")]}).requirements
    assert row.findings[0].hint == "Print it last."


def test_a_requirement_without_a_check_is_not_built_and_does_not_count():
    judged = judge(evidence(), manifest(), [Row("OUTPUT-001"), Row("OUTPUT-002")], checks=registry(OUTPUT_001=passes))
    assert judged.requirement("OUTPUT-002").reason == NOT_BUILT
    assert (judged.verdict, judged.not_built, judged.exit_code) == ("conformant", 1, 0)


def test_a_check_whose_scenario_was_skipped_is_not_tested_with_the_reason():
    seen = evidence(run("other"), skipped={"baseline": "it builds on static"})
    assert status_of(passes, seen=seen) == ("not-tested", "baseline was not run: it builds on static")


def test_a_check_whose_scenarios_the_manifest_does_not_call_for_is_not_applicable():
    status, reason = status_of(lambda _e, _m: NotTested("no run"), scenarios=("parameter-*",))
    assert (status, reason) == ("not-applicable", "the manifest calls for no such run (parameter-*)")


def test_a_requirement_that_does_not_concern_the_image_is_not_applicable_even_without_a_run():
    seen = evidence(run("other"), skipped={"baseline": "reason"})
    function = lambda _e, _m: NotApplicable("manifest.yaml:4 declares no system")  # noqa: E731
    assert status_of(function, seen=seen) == ("not-applicable", "manifest.yaml:4 declares no system")


def test_a_check_that_could_not_look_is_not_tested():
    assert status_of(lambda _e, _m: NotTested("nothing was written")) == ("not-tested", "nothing was written")


def test_a_static_check_needs_no_run():
    assert status_of(passes, scenarios=(STATIC,), seen=evidence(run("other"))) == ("pass", None)


def test_a_check_that_breaks_is_inconclusive_and_never_a_pass():
    def broken(_evidence, _manifest):
        raise KeyError("name")

    assert status_of(broken) == ("inconclusive", "the kit's check failed: KeyError: 'name'")


def test_a_run_that_the_engine_spoiled_is_inconclusive():
    seen = evidence(run(status="engine-error", reason="the engine went away"))
    assert status_of(passes, seen=seen) == ("inconclusive", "the engine failed in baseline: the engine went away")


def test_a_check_never_sees_a_run_that_the_engine_spoiled():
    seen = evidence(run("baseline"), run("baseline-2", status="engine-error", exit_code=None))

    def blames_every_run(shown, _manifest):
        return [finding(scenario=one.scenario) for one in shown.runs if one.exit_code != 0]

    status, _ = status_of(blames_every_run, scenarios=("baseline*",), seen=seen)
    assert status == "inconclusive"


@pytest.mark.parametrize(
    ("level", "strict", "verdict"),
    [
        ("MUST", False, "non-conformant"),
        ("SHOULD", False, "conformant"),
        ("SHOULD", True, "non-conformant"),
        ("MAY", True, "conformant"),
    ],
)
def test_a_failure_counts_by_its_level(level, strict, verdict):
    judged = report(Row("OUTPUT-001", level), Row("OUTPUT-002"), findings={"OUTPUT-001": [finding()]}, strict=strict)
    assert judged.verdict == verdict


@pytest.mark.parametrize("answer", [NotTested("why"), KeyError()])
def test_an_open_must_makes_the_image_inconclusive(answer):
    def check(_evidence, _manifest):
        if isinstance(answer, Exception):
            raise answer
        return answer

    judged = judge(
        evidence(),
        manifest(),
        [Row("OUTPUT-001"), Row("OUTPUT-002")],
        checks=registry(OUTPUT_001=check, OUTPUT_002=passes),
    )
    assert (judged.verdict, judged.exit_code) == ("inconclusive", 3)


def test_what_the_quick_scope_leaves_out_does_not_count():
    checks = {**registry(OUTPUT_001=passes), "CHAIN-001": Check("CHAIN-001", ("chain",), passes)}
    seen = evidence(skipped={"chain": OUT_OF_SCOPE})
    judged = judge(seen, manifest(), [Row("OUTPUT-001"), Row("CHAIN-001")], checks=checks, scope="quick")
    assert (judged.verdict, judged.out_of_scope, judged.scope) == ("conformant", 1, "quick")


def test_what_cannot_be_seen_from_outside_keeps_no_image_from_being_conformant_even_when_strict():
    hidden = NotTested("nobody can see it", observable=False)
    checks = registry(OUTPUT_001=lambda *_: [], RUNTIME_006=lambda *_: hidden)
    rows = [Row("OUTPUT-001"), Row("RUNTIME-006", "SHOULD")]
    judged = judge(evidence(), manifest(), rows, checks=checks, strict=True)
    assert (judged.verdict, judged.unobservable, judged.out_of_scope) == ("conformant", 1, 0)
    assert judged.requirements[1].status == "not-tested"


def test_a_check_that_saw_nothing_in_a_part_of_its_runs_does_not_count_where_the_scope_leaves_out_the_rest():
    def unsure(_evidence, _manifest):
        return NotTested("nobody asked")

    checks = {**registry(OUTPUT_001=passes), "CHAIN-001": Check("CHAIN-001", ("baseline", "chain"), unsure)}
    rows = [Row("OUTPUT-001"), Row("CHAIN-001")]
    quick = judge(evidence(skipped={"chain": OUT_OF_SCOPE}), manifest(), rows, checks=checks, scope="quick")
    assert (quick.verdict, quick.requirements[1].reason) == ("conformant", "nobody asked")
    assert judge(evidence(skipped={"chain": "it broke"}), manifest(), rows, checks=checks).verdict == "inconclusive"


def test_a_verdict_on_a_part_says_so():
    assert report(scope="quick", selected=("OUTPUT-*",)).verdict_reason.endswith("(quick scope and a selection only)")


def test_nothing_tested_is_never_green():
    judged = judge(evidence(), manifest(), [Row("OUTPUT-001")], checks={})
    assert (judged.verdict, judged.verdict_reason, judged.exit_code) == ("inconclusive", "nothing was tested", 4)


def test_a_requirement_that_the_profile_does_not_know_is_left_out():
    rows = [Row("OUTPUT-001"), Row("OUTPUT-002", profiles=("kubernetes",))]
    assert [row.id for row in report(*rows).requirements] == ["OUTPUT-001"]


def test_counts_name_every_level_and_status():
    judged = report(Row("OUTPUT-001"), Row("OUTPUT-002", "MAY"))
    assert set(judged.counts) == {"MUST", "SHOULD", "MAY"}
    assert all(set(row) == set(STATUSES) for row in judged.counts.values())
    assert (judged.counts["MUST"]["pass"], judged.counts["MAY"]["pass"]) == (1, 1)


def test_secrets_and_control_characters_of_the_image_do_not_reach_the_report():
    seen = evidence(run(secrets=("canary-4711",)))
    said = finding("wrote \x1b[31mcanary-4711 and sk-abcdefghijklmnop1234 \u202e")
    (row,) = report(findings={"OUTPUT-001": [said]}, seen=seen).requirements
    assert row.findings[0].message == "wrote \\x1b[31m*** and *** \\u202e"


def test_two_reports_differ_only_in_what_is_measured():
    slow = evidence(run(seconds=9.0, peak_memory_bytes=5), started="2027-01-01T00:00:00Z")
    assert normalised(report(seen=slow, seconds=12.0)) == normalised(report())


@pytest.mark.parametrize(("codes", "worst"), [([0, 0], 0), ([0, 1, 3], 1), ([0, 3], 3), ([0, 4], 4), ([2, 3], 2)])
def test_the_worst_exit_code_speaks_for_several_targets(codes, worst):
    assert worst_exit_code(codes) == worst
