"""Two reports side by side: what changed, and because of what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import Row, evidence, finding, image, report

from conformance.differences import as_text, compare, compare_files
from conformance.errors import UsageError
from conformance.reports import render

BROKEN = {"OUTPUT-001": [finding("No document.")]}
OTHER_IMAGE = evidence(image=image(digest="sha256:" + "cd" * 32))


def test_nothing_changes_between_equal_reports():
    difference = compare(report(), report())
    assert (difference.changes, difference.causes, difference.worse) == ((), (), False)


def test_a_change_is_put_down_to_the_image_when_only_the_image_differs():
    difference = compare(report(), report(findings=BROKEN, seen=OTHER_IMAGE))
    (change,) = difference.changes
    assert (change.requirement, change.old, change.new) == ("OUTPUT-001", "pass (MUST)", "fail (MUST)")
    assert (change.because, change.first_finding, difference.worse) == ("the image", "No document.", True)


@pytest.mark.parametrize(("fields", "because"), [({"kit": "0.2.0"}, "the kit"), ({"edition": "2"}, "the edition")])
def test_a_change_is_put_down_to_the_kit_or_the_edition(fields, because):
    (change,) = compare(report(), report(findings=BROKEN, seen=evidence(**fields))).changes
    assert change.because == because


def test_a_change_with_two_causes_is_put_down_to_neither_alone():
    seen = replace(OTHER_IMAGE, kit="0.2.0")
    (change,) = compare(report(), report(findings=BROKEN, seen=seen)).changes
    assert change.because == "the image or the kit"


def test_a_change_without_a_cause_says_that_something_is_not_stable():
    (change,) = compare(report(), report(findings=BROKEN)).changes
    assert change.because.startswith("nothing that the reports tell")


@pytest.mark.parametrize("seen", [None, OTHER_IMAGE])
def test_what_still_fails_but_is_waived_now_is_put_down_to_the_waivers(seen):
    failing = report(findings=BROKEN, seen=seen)
    (row,) = failing.requirements
    waived = replace(failing, requirements=(replace(row, status="waived", reason="known"),))
    for old, new in ((failing, waived), (waived, failing)):
        (change,) = compare(old, new).changes
        assert change.because == "the waivers"


def test_a_new_requirement_is_put_down_to_the_edition_not_the_image():
    seen = replace(OTHER_IMAGE, edition="2")
    (change,) = compare(report(), report(Row("OUTPUT-001"), Row("OUTPUT-002"), seen=seen)).changes
    assert (change.requirement, change.old, change.because) == ("OUTPUT-002", "absent", "the edition")


def test_a_failure_that_goes_away_is_not_worse():
    assert not compare(report(findings=BROKEN), report(seen=OTHER_IMAGE)).worse


def test_the_text_names_causes_and_changes():
    text = as_text(compare(report(), report(findings=BROKEN, seen=evidence(kit="0.2.0"))))
    assert text.splitlines() == [
        "example:1",
        "  verdict: conformant -> non-conformant",
        "  changed: the kit: 0.1.0 -> 0.2.0",
        "  OUTPUT-001: pass (MUST) -> fail (MUST), because of the kit",
        "    No document.",
    ]


def test_campaigns_are_compared_target_by_target(tmp_path):
    other = report(seen=evidence(image=image(reference="other:1")))
    for name, made in (("old", [report(), other]), ("new", [other, report(findings=BROKEN)])):
        (tmp_path / f"{name}.json").write_text(render("json", made))
    differences = compare_files(tmp_path / "old.json", tmp_path / "new.json")
    assert [(one.target, one.worse) for one in differences] == [("other:1", False), ("example:1", True)]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"reports": 3}', '{"reports": []}', "[" * 100_000])
def test_a_file_that_is_no_report_is_a_usage_error(tmp_path, text):
    (tmp_path / "old.json").write_text(text)
    (tmp_path / "new.json").write_text(render("json", [report()]))
    with pytest.raises(UsageError):
        compare_files(tmp_path / "old.json", tmp_path / "new.json")
