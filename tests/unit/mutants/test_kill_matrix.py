"""What a trial of a mutant proves, and how the matrix tells it: no engine, no image."""

import json
from html.parser import HTMLParser

import pytest
from builders import Row, finding, report
from kill_matrix import matrix
from kill_matrix.command import main, plan, select
from kill_matrix.mutants import Mutant, load_mutants
from kill_matrix.page import render
from kill_matrix.trial import BASELINE, scenarios_of
from kill_matrix.verdicts import Seen, Trial, seen_in

from conformance.contract.catalogue import load_catalogue


def mutant(name="output-nan", requirement="OUTPUT-006", **fields):
    return Mutant(name, requirement, "NaN is printed.", "image:pyarrow-only", {"file": {}}, **fields)


def trial(own="fail", *, also_fails=(), error="", full=False, own_text="", **others):
    seen = {"OUTPUT-006": Seen("MUST", own, own_text)}
    seen |= {name.replace("_", "-"): Seen("MUST", status, "A finding.") for name, status in others.items()}
    return Trial(mutant(also_fails=dict.fromkeys(also_fails, "It must.")), seen, full, 1, 2.0, error)


def test_a_mutant_is_killed_when_its_requirement_fails_alone():
    assert trial(CLI_001="pass", CLI_002="not-tested", CLI_003="not-applicable").outcome == "killed"


@pytest.mark.parametrize("status", ["pass", "not-tested", "not-applicable", "waived"])
def test_a_mutant_survives_when_its_requirement_does_not_fail(status):
    assert trial(status).outcome == "survived"


def test_another_must_that_fails_is_an_extra():
    one = trial(METRIC_003="fail")
    assert (one.outcome, list(one.extras)) == ("extra", ["METRIC-003"])


def test_an_explained_failure_is_no_extra():
    assert trial(METRIC_003="fail", also_fails=["METRIC-003"]).outcome == "killed"


def test_a_should_that_fails_is_no_extra():
    one = Trial(mutant(), {"OUTPUT-006": Seen("MUST", "fail"), "OUTPUT-021": Seen("SHOULD", "fail")})
    assert one.outcome == "killed"


def test_an_explanation_of_what_passes_is_no_explanation():
    one = trial(METRIC_003="pass", also_fails=["METRIC-003"])
    assert (one.outcome, one.unneeded) == ("extra", ("METRIC-003",))


@pytest.mark.parametrize("status", ["not-tested", "not-applicable", "inconclusive"])
def test_an_explanation_of_what_was_not_tested_stands(status):
    assert trial(METRIC_003=status, also_fails=["METRIC-003"]).outcome == "killed"


def test_a_defect_that_is_not_found_outweighs_what_is_found_beside_it():
    assert trial("pass", METRIC_003="fail").outcome == "survived"


@pytest.mark.parametrize("broken", [trial("inconclusive"), trial(error="no engine"), Trial(mutant())])
def test_what_could_not_be_judged_is_no_survivor(broken):
    assert broken.outcome == "error"


def test_a_report_is_seen_with_its_first_finding_or_the_reason():
    seen = seen_in(report(Row("A-001"), Row("B-001", "SHOULD"), findings={"A-001": [finding("It lies.")]}))
    assert seen == {"A-001": Seen("MUST", "fail", "It lies."), "B-001": Seen("SHOULD", "pass", "")}


def test_the_reason_of_a_survivor_is_told():
    told = matrix.line(trial("not-tested", own_text="no run succeeded"))
    assert told.splitlines()[0].startswith("SURVIVED OUTPUT-006    output-nan")
    assert told.splitlines()[1].strip() == "OUTPUT-006 is not-tested: no run succeeded"


def test_an_extra_is_told_with_its_finding():
    assert matrix.details(trial(METRIC_003="fail")) == ["METRIC-003 fails as well: A finding."]


def test_a_kill_says_nothing_more_than_its_line():
    assert len(matrix.line(trial()).splitlines()) == 1


def test_what_an_image_says_stays_on_one_short_line():
    assert matrix.shorten("a\n b\t" + "x" * 1000) == "a b " + "x" * 233 + "..."


@pytest.mark.parametrize(
    ("trials", "code"),
    [
        ([trial()], 0),
        ([trial(), trial("pass")], 1),
        ([trial(METRIC_003="fail")], 1),
        ([trial(), trial(error="no engine")], 3),
        ([trial("pass"), trial(error="no engine")], 1),
        ([], 3),
    ],
)
def test_the_exit_code_says_what_is_wrong(trials, code):
    assert matrix.exit_code(trials) == code


def test_the_kill_rate_counts_every_defect_that_was_found():
    told = matrix.summary([trial(), trial("pass"), trial(METRIC_003="fail"), trial()])
    assert told.startswith("3 of 4 mutants killed (75.0 %), 1 survived, 1 with unexplained extras")


def test_the_table_has_every_requirement_once_with_its_mutants_or_its_exclusion():
    table = matrix.table([trial(), trial("pass"), trial(METRIC_003="fail")], {"CHAIN-002": "optional (MAY)"})
    assert table == [
        "CHAIN-002     excluded: optional (MAY)",
        "OUTPUT-006    output-nan; output-nan [SURVIVED]; output-nan [EXTRA] +METRIC-003",
    ]


def test_the_document_names_requirements_mutants_and_problems():
    made = matrix.document([trial("pass")], {"CHAIN-002": "optional (MAY)"}, load_catalogue())
    assert [row["id"] for row in made["requirements"]] == ["OUTPUT-006", "CHAIN-002"]
    (entry,) = made["mutants"]
    assert (entry["outcome"], entry["problems"]) == ("survived", ["OUTPUT-006 is pass: no finding"])
    assert json.loads(json.dumps(made)) == made


def test_the_page_escapes_what_an_image_says():
    one = trial(own_text="<script>alert(1)</script>")
    page = render(matrix.document([one], {"CHAIN-002": "optional (MAY)"}, load_catalogue()))
    parser = Tags()
    parser.feed(page)
    assert "script" not in parser.tags
    assert "&lt;script&gt;" in page
    assert "No mutant: optional (MAY)." in page


class Tags(HTMLParser):
    """The names of all elements of a page."""

    def __init__(self):
        super().__init__()
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)


def test_mutants_are_chosen_by_their_own_name_or_their_requirements():
    both = [mutant(), mutant("cli-a", "CLI-001")]
    assert select(both, []) == tuple(both)
    assert [one.id for one in select(both, ["OUTPUT-*"])] == ["output-nan"]
    assert [one.id for one in select(both, ["cli-?"])] == ["cli-a"]


def test_a_sample_is_tried_in_both_ways_and_is_the_same_for_the_same_seed():
    some = [mutant(f"m{number}") for number in range(30)]
    first = plan(some, full=False, sample=3, seed=1)
    assert first == plan(some[::-1], full=False, sample=3, seed=1)[:3] + [(one, False) for one in some]
    assert [full for _, full in first[:3]] == [True] * 3
    assert first[:3] != plan(some, full=False, sample=3, seed=2)[:3]


def test_the_full_matrix_tries_every_mutant_once_with_every_scenario():
    assert plan([mutant()], full=True, sample=2, seed=0) == [(mutant(), True)]


def test_nothing_chosen_is_no_success(capsys):
    assert main(["--only", "NO-SUCH-*"]) == 2
    assert "no mutant and no requirement matches NO-SUCH-*" in capsys.readouterr().err


def test_a_row_decides_which_runs_show_its_defect():
    assert scenarios_of(mutant(scenarios=("missing-file",))) == ("missing-file",)


def test_the_baseline_stands_for_a_check_that_reads_every_run():
    assert scenarios_of(mutant()) == BASELINE


def test_a_check_that_needs_no_run_gets_none():
    assert scenarios_of(mutant(requirement="MANIFEST-001")) == ()


def test_a_check_that_reads_some_runs_gets_those():
    assert scenarios_of(mutant(requirement="CLI-005"))[0] == "odd-arguments"


def test_every_row_that_names_runs_names_one_that_its_check_reads():
    from fnmatch import fnmatchcase

    from conformance.checks.all import REGISTRY

    strangers = [
        one.id
        for one in load_mutants()
        if one.scenarios and one.requirement in REGISTRY
        if not any(
            fnmatchcase(name, read) or fnmatchcase(read, name)
            for name in one.scenarios
            for read in REGISTRY[one.requirement].scenarios
        )
    ]
    assert strangers == []
