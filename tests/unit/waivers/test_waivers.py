"""Waivers: what they accept, and that none of them ever says more than is true."""

from __future__ import annotations

from datetime import date

import pytest
from builders import Row, evidence, finding, report, run

from conformance.errors import ConfigurationError
from conformance.waivers import Waiver, draft_waivers, load_waivers

TODAY = date(2026, 6, 1)
KNOWN = ["OUTPUT-001", "OUTPUT-002", "DATASET-001"]


def waiver(requirement="OUTPUT-001", **fields):
    return Waiver(requirement, **{"reason": "ticket open", "expires": date(2099, 1, 1), "where": "w.toml:1", **fields})


def entry(**fields):
    values = {"requirement": "OUTPUT-001", "reason": "ticket open", "expires": date(2027, 1, 1), **fields}
    lines = [f"{key} = {value if isinstance(value, date) else repr(value)}" for key, value in values.items()]
    return "\n".join(["[[waiver]]", *lines, ""])


def loaded(folder, text):
    path = folder / "waivers.toml"
    path.write_text(text)
    return load_waivers(path, KNOWN, today=TODAY)


def complaint(folder, text):
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, text)
    return caught.value.message.replace(f"{folder}/", "")


def test_a_waiver_has_a_reason_an_owner_an_issue_and_an_expiry(tmp_path):
    (read,) = loaded(tmp_path, entry(owner="Ann", issue="https://example.org/1", scenario="baseline"))
    assert (read.requirement, read.owner, read.scenario, read.expires) == (
        "OUTPUT-001",
        "Ann",
        "baseline",
        date(2027, 1, 1),
    )
    assert read.where.endswith("waivers.toml:1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            entry(requirement="DATASET-1"),
            "waivers.toml:2: there is no requirement “DATASET-1”; did you mean DATASET-001?",
        ),
        (entry(reason=" "), "waivers.toml:3: the waiver gives no reason; fill it in"),
        (entry(expires=date(2026, 5, 31)), "waivers.toml:4: the waiver expired on 2026-05-31"),
        (entry(expires="soon"), "waivers.toml:4: the waiver needs a date of expiry (expires = 2027-01-31)"),
        (entry(onwer="Ann"), "waivers.toml:5: unknown key “onwer”; did you mean owner?"),
        (entry(owner=3), "waivers.toml:5: owner must be a string"),
        ("waivers = 1", "waivers.toml:1: unknown key “waivers”; did you mean waiver?"),
        (
            "\n" + entry() + "\n" + entry(scenario="baseline"),
            "waivers.toml:7: ambiguous: OUTPUT-001 is waived by waivers.toml:2 for the same scenario",
        ),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(tmp_path, text, expected):
    assert complaint(tmp_path, text) == expected


def test_a_header_inside_a_string_does_not_shift_the_lines(tmp_path):
    text = entry().replace("'ticket open'", "'''\n[[waiver]]\n'''") + entry(requirement="OUTPUT-002", reason="")
    assert complaint(tmp_path, text) == "waivers.toml:9: the waiver gives no reason; fill it in"


def test_two_waivers_for_different_scenarios_are_not_ambiguous(tmp_path):
    assert len(loaded(tmp_path, entry(scenario="baseline") + entry(scenario="minimal"))) == 2


def test_a_waived_must_is_shown_and_leaves_the_image_inconclusive():
    judged = report(findings={"OUTPUT-001": [finding()]}, waivers=[waiver()])
    (row,) = judged.requirements
    assert (row.status, row.reason) == ("waived", "ticket open (until 2099-01-01)")
    assert len(row.findings) == 1
    assert (judged.verdict, judged.errors) == ("inconclusive", ())


def test_a_waiver_for_one_scenario_does_not_accept_another():
    said = {"OUTPUT-001": [finding(), finding(scenario="minimal")]}
    judged = report(findings=said, waivers=[waiver(scenario="baseline")])
    assert (judged.requirements[0].status, judged.verdict, judged.errors) == ("fail", "non-conformant", ())


def test_a_waiver_for_a_requirement_that_passes_is_stale():
    judged = report(Row("OUTPUT-001"), waivers=[waiver()])
    assert judged.errors == ("w.toml:1: the waiver is stale: OUTPUT-001 is pass; remove it",)
    assert (judged.verdict, judged.exit_code) == ("conformant", 2)


def test_a_waiver_for_a_scenario_that_does_not_fail_matches_nothing():
    (error,) = report(findings={"OUTPUT-001": [finding()]}, waivers=[waiver(scenario="minimal")]).errors
    assert error == "w.toml:1: the waiver matches nothing: OUTPUT-001 does not fail in minimal, but in baseline"


def test_a_waiver_outside_the_profile_matches_nothing_but_one_outside_the_selection_is_out_of_view():
    (error,) = report(Row("OUTPUT-002"), waivers=[waiver()]).errors
    assert error.startswith("w.toml:1: the waiver matches nothing")
    assert report(Row("OUTPUT-002"), waivers=[waiver()], selected=("OUTPUT-002",)).errors == ()


def test_what_the_engine_spoiled_is_never_waived():
    judged = report(Row("OUTPUT-001"), seen=evidence(run(status="engine-error")), waivers=[waiver()])
    assert judged.requirements[0].status == "inconclusive"


def test_a_drafted_file_loads_only_once_its_reasons_are_filled_in(tmp_path):
    draft = draft_waivers(report(findings={"OUTPUT-001": [finding("No\ndocument.")]}), today=TODAY)
    assert complaint(tmp_path, draft).endswith("the waiver gives no reason; fill it in")
    (read,) = loaded(tmp_path, draft.replace('reason = ""', 'reason = "ticket 7"'))
    assert (read.requirement, read.expires) == ("OUTPUT-001", date(2026, 8, 30))
