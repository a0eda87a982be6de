"""REPORT: the reports that the manifest promises."""

import pytest
from builders import document, evidence, manifest, run

from conformance.checks.all import REGISTRY
from conformance.contract.model import OutputReport
from conformance.findings import Finding, NotApplicable
from conformance.outputs.facts import DatasetFacts

DECLARED = manifest(reports=(OutputReport("summary", "html"),))
ALL = ["REPORT-001", "REPORT-002", "REPORT-003", "REPORT-004"]


def entry(**changed):
    return {"report_name": "summary", "report_type": "html", "report_path": "/output/r.html", **changed}


def facts(**changed):
    return DatasetFacts(**{"name": "summary", "path": "/output/r.html", "form": "html", "role": "report", **changed})


def reporting(*entries, files=None):
    return run(stdout=document(generated_reports=list(entries)), produced=(facts(),) if files is None else files)


def judged(requirement, *runs, by=DECLARED):
    return REGISTRY[requirement].function(evidence(*runs), by)


def failing(*runs, by=DECLARED):
    said = {requirement: judged(requirement, *runs, by=by) for requirement in ALL}
    return [requirement for requirement, judgement in said.items() if isinstance(judgement, list) and judgement]


def test_a_good_report_has_no_finding():
    assert failing(reporting(entry())) == []


def test_a_missing_report_fails_REPORT_001():
    (finding,) = judged("REPORT-001", reporting(files=()))
    assert finding == Finding(
        "The declared html report “summary” is not in generated_reports.", "baseline", "manifest.yaml"
    )


def test_an_extra_report_fails_REPORT_001():
    extra = entry(report_name="more")
    assert failing(reporting(entry(), extra, files=(facts(), facts(name="more", index=1)))) == ["REPORT-001"]


def test_a_report_where_none_is_declared_fails_REPORT_001():
    (finding,) = judged("REPORT-001", reporting(entry()), by=manifest())
    assert finding.message == "generated_reports has the html report “summary”, which the manifest does not declare."


def test_the_other_known_type_fails_REPORT_001():
    pdf = reporting(entry(report_type="pdf"), files=(facts(form="pdf"),))
    assert failing(pdf) == ["REPORT-001"]


@pytest.mark.parametrize("path", ["/tmp/r.html", "r.html", None, "/output"])
def test_a_path_outside_the_mount_fails_REPORT_002(path):
    assert failing(reporting(entry(report_path=path), files=(facts(path=str(path or ""), form="missing"),))) == [
        "REPORT-002"
    ]


def test_a_report_that_is_not_there_fails_REPORT_002():
    (finding,) = judged("REPORT-002", reporting(entry(), files=(facts(form="missing", problem="nothing is there"),)))
    assert finding.message == "The report “summary” is listed, but it is not there: nothing is there."


def test_a_json_report_fails_REPORT_003_alone():
    assert failing(reporting(entry(report_type="json"))) == ["REPORT-003"]


@pytest.mark.parametrize(
    "seen",
    [
        {"form": "empty"},
        {"form": "pdf"},
        {"form": "text", "text_head": "1 < 2, that is all"},
        {"form": "directory"},
        {"problem": "it is torn"},
    ],
)
def test_other_content_fails_REPORT_004(seen):
    assert failing(reporting(entry(), files=(facts(**seen),))) == ["REPORT-004"]


def test_a_piece_of_html_is_html():
    assert failing(reporting(entry(), files=(facts(form="text", text_head="Results:\n<b>fine</b>"),))) == []


def test_no_report_declared_and_none_listed_is_not_applicable():
    by = manifest(lines={("output_reports",): 30})
    assert judged("REPORT-002", run(), by=by) == NotApplicable("no output report is declared (manifest.yaml:30)")


def test_a_report_that_nobody_looked_at_is_not_blamed():
    assert failing(reporting(entry(), files=())) == []


def test_every_report_is_held_against_its_own_file():
    both = manifest(reports=(OutputReport("summary", "html"), OutputReport("more", "pdf")))
    files = (facts(), facts(name="more", path="/output/m.pdf", form="html", index=1))
    run_ = reporting(entry(), entry(report_name="more", report_type="pdf", report_path="/output/m.pdf"), files=files)
    (found,) = judged("REPORT-004", run_, by=both)
    assert "more" in found.message


def test_a_json_report_of_another_name_is_undeclared_as_well():
    odd = reporting(entry(), entry(report_name="more", report_type="json"))
    assert {"REPORT-001", "REPORT-003"} <= set(failing(odd))
    assert "“more”" in judged("REPORT-001", odd)[0].message
