"""Every format tells the same story as the JSON report, and nothing that an image wrote acts in any of them."""

from __future__ import annotations

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from builders import Row, evidence, finding, image, report, run
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from conformance import reports as rooms
from conformance.findings import NotTested
from conformance.report import document, load_reports
from conformance.reports import FORMATS, render
from conformance.reports.text import render as text_of
from conformance.waivers import Waiver

HOSTILE = (
    "\x1b[31m<script>alert(1)</script> [bold]x[/bold] | `a` \u202e @team ]]> &amp; \x00\ud800\ufffe {{ 7*7 }} \n## no"
)
SCHEMAS = Path(rooms.__file__).parent


def validator(name):
    schemas = [json.loads((SCHEMAS / f"{kind}.schema.json").read_text()) for kind in ("report", "campaign")]
    registry = Registry().with_resources([(one["$id"], Resource.from_contents(one)) for one in schemas])
    return Draft202012Validator(schemas[("report", "campaign").index(name)], registry=registry)


def failing(message="No document.", **fields):
    rows = (Row("OUTPUT-001"), Row("OUTPUT-002"), Row("ERROR-001", "SHOULD"))
    return report(*rows, findings={"OUTPUT-001": [finding(message, location="stdout:14")]}, **fields)


def hostile():
    seen = evidence(run(reason=HOSTILE), image=image(reference=HOSTILE), notes={"builder": HOSTILE})
    said = [finding(HOSTILE, location=HOSTILE, hint=HOSTILE, reproduce=HOSTILE)]
    return report(Row("OUTPUT-001", title=HOSTILE, source=HOSTILE), findings={"OUTPUT-001": said}, seen=seen)


def unsettled():
    seen = evidence(run("other"), skipped={"baseline": "it builds on static"})
    return report(Row("OUTPUT-001"), Row("OUTPUT-002", "SHOULD"), seen=seen)


@pytest.mark.parametrize("make", [report, failing, hostile, unsettled])
def test_the_json_report_obeys_its_published_schema(make):
    validator("report").validate(json.loads(render("json", [make()])))


def test_several_reports_are_a_campaign():
    campaign = json.loads(render("json", [report(), failing()]))
    validator("campaign").validate(campaign)
    assert [one["verdict"] for one in campaign["reports"]] == ["conformant", "non-conformant"]


def test_the_json_report_has_the_promised_shape():
    shown = document([failing()])
    assert list(shown)[:6] == ["schema", "kit", "profile", "scope", "strict", "target"]
    assert shown["schema"] == "sdg-conformance/report/1"
    assert shown["requirements"][0]["findings"] == [
        {
            "scenario": "baseline",
            "message": "No document.",
            "location": "stdout:14",
            "hint": "Do it.",
            "reproduce": "docker run --rm example:1 # baseline",
        }
    ]


def test_a_json_report_loads_as_it_was_written(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(render("json", [hostile(), failing()]))
    assert load_reports(path) == (hostile(), failing())


def test_the_text_report_puts_the_failure_first_with_hint_and_reproduction():
    text = text_of([failing()], width=80)
    assert text.index("FAIL OUTPUT-001 MUST A title") < text.index("baseline stdout:14: No document.")
    assert "  fix: Do it.\n  reproduce: docker run --rm example:1 # baseline\n" in text
    assert text.endswith("example:1: NON-CONFORMANT: 1 MUST requirement (OUTPUT-001) fails.\n")


def test_the_text_report_keeps_its_width_but_for_what_is_copied():
    long = failing("word " * 80, seen=evidence(run(reproduce="docker run " + "x" * 200)))
    lines = text_of([long], width=60).splitlines()
    assert [line[:14] for line in lines if len(line) > 60] == ["sha256:ababab"[:14] + "a", "  reproduce: d"]


def test_the_text_report_has_colours_only_when_asked():
    assert "\x1b" not in text_of([hostile()])
    assert "\x1b[" in text_of([failing()], colour=True)


def test_the_text_report_groups_what_was_not_tested():
    assert "  it builds on static (2): OUTPUT-001 002" in text_of([unsettled()])


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_lets_an_image_act_on_its_reader(name):
    text = render(name, [hostile()])
    text.encode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe]", text)


def test_markup_of_the_image_stays_text():
    assert "<script" not in render("html", [hostile()])
    prose = re.sub(r"(?ms)^(`{3,})sh$.*?^\1$", "", render("markdown", [hostile()]))
    assert not re.search(r"<script|^## no|@team", prose, re.MULTILINE)
    assert "[bold]x[/bold]" in text_of([hostile()], width=300)


def test_a_code_block_cannot_be_ended_from_inside():
    said = [finding(reproduce="docker run ````\n# loud")]
    assert "`````sh\ndocker run ````\n# loud\n`````" in render("markdown", [report(findings={"OUTPUT-001": said})])


def test_the_html_report_is_well_formed_and_loads_nothing():
    open_tags: list[str] = []

    class Page(HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert not {"src", "href", "onclick"} & {name for name, _ in attributes}
            if tag not in {"meta", "br", "hr"}:
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Page().feed(render("html", [hostile(), unsettled()]))
    assert open_tags == []


def junit(*made):
    return ElementTree.fromstring(render("junit", list(made)))


def test_junit_has_a_real_failure_with_everything_that_mends_it():
    (failure,) = junit(failing()).iter("failure")
    assert (failure.get("type"), failure.get("message")) == ("MUST", "No document.")
    assert failure.text.splitlines() == [
        "No document.",
        "scenario: baseline",
        "location: stdout:14",
        "fix: Do it.",
        "reproduce: docker run --rm example:1 # baseline",
    ]


def test_junit_names_id_level_and_source_of_every_requirement():
    case = next(junit(failing()).iter("testcase"))
    assert {one.get("name"): one.get("value") for one in case.iter("property")} == {
        "id": "OUTPUT-001",
        "level": "MUST",
        "source": "contract.md:1",
        "status": "fail",
    }


def test_junit_counts_agree_with_its_nodes():
    root = junit(failing(), unsettled(), hostile())
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("6", "2", "1", "1")
    assert [len(list(root.iter(name))) for name in ("testcase", "failure", "error", "skipped")] == [6, 2, 1, 1]


def test_a_must_that_was_not_tested_is_an_error_in_junit_and_a_should_is_skipped():
    must, should = junit(unsettled()).iter("testcase")
    assert must.find("error").get("message") == "not-tested: baseline was not run: it builds on static"
    assert should.find("skipped") is not None


def test_a_stale_waiver_is_an_error_in_junit():
    stale = report(waivers=[Waiver("OUTPUT-001", "ticket open", date(2099, 1, 1), where="w.toml:1")])
    (error,) = junit(stale).iter("error")
    assert error.get("message") == "w.toml:1: the waiver is stale: OUTPUT-001 is pass; remove it"


@given(st.text())
@settings(max_examples=60, deadline=None)
def test_junit_is_xml_whatever_the_image_wrote(text):
    (failure,) = junit(failing(text or "x")).iter("failure")
    assert failure.get("message") is not None


def sarif(made):
    (shown,) = json.loads(render("sarif", [made]))["runs"]
    return shown


def test_sarif_points_at_the_manifests_line():
    made = report(findings={"MANIFEST-002": [finding(scenario="", location="manifest.yaml:7")]})
    (result,) = sarif(made)["results"]
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "manifest.yaml"}, "region": {"startLine": 7}}}
    ]
    assert (result["ruleId"], result["level"]) == ("MANIFEST-002", "error")


def test_sarif_points_into_the_build_folder_when_there_is_one():
    said = {"IMAGE-001": [finding(scenario="", location="Dockerfile:3")]}
    (result,) = sarif(report(findings=said, seen=evidence(notes={"folder": "example_generator"})))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("example_generator/Dockerfile", 3)


def test_sarif_has_a_rule_for_every_requirement_and_a_scenario_for_every_run():
    shown = sarif(failing())
    assert [rule["id"] for rule in shown["tool"]["driver"]["rules"]] == ["OUTPUT-001", "OUTPUT-002", "ERROR-001"]
    (logical,) = shown["results"][0]["locations"][0]["logicalLocations"]
    assert logical["name"] == "baseline"


def test_sarif_does_not_pass_over_what_was_not_tested():
    (invocation,) = sarif(unsettled())["invocations"]
    assert invocation["executionSuccessful"] is False
    assert len(invocation["toolExecutionNotifications"]) == 2


def test_sarif_shows_a_waived_finding_as_suppressed():
    waived = failing(waivers=[Waiver("OUTPUT-001", "ticket open", date(2099, 1, 1))])
    (result,) = sarif(waived)["results"]
    assert result["suppressions"][0]["justification"] == "ticket open"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (report(), "conformant (edition 1)"),
        (failing(), "non-conformant (edition 1)"),
        (report(scope="quick", selected=("OUTPUT-*",)), "conformant (edition 1, quick, partly)"),
    ],
)
def test_the_badge_claims_no_more_than_was_tested(made, message):
    assert json.loads(render("badge", [made], Path("badge.json")))["message"] == message
    svg = ElementTree.fromstring(render("badge", [made], Path("badge.svg")))
    assert svg.get("aria-label") == f"SDG contract: {message}"


def test_the_badge_of_several_targets_shows_the_worst():
    assert "non-conformant" in render("badge", [report(), failing()])


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_gives_the_same_bytes(name):
    assert render(name, [failing(), unsettled()]) == render(name, [failing(), unsettled()])


def test_a_check_that_could_not_look_is_in_every_summary():
    from builders import manifest, registry

    from conformance.verdict import judge

    checks = registry(OUTPUT_001=lambda _e, _m: NotTested("no dataset was written"))
    made = judge(evidence(), manifest(), [Row("OUTPUT-001")], checks=checks)
    for name in ("text", "markdown", "html", "junit", "json"):
        assert "no dataset was written" in render(name, [made])
