"""The real command in a process of its own: what it says, where, and with which exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from builders import finding, report

from conformance.certification import certify
from conformance.reports import render

COMMAND = [sys.executable, "-m", "conformance.cli"]


@pytest.fixture
def kit(tmp_path):
    """Run the command in an empty folder at a fixed width, without an engine in reach."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        surroundings = {
            "PATH": "/nonexistent",
            "COLUMNS": "100",
            "DOCKER_HOST": "unix:///nonexistent/docker.sock",
            "HOME": str(tmp_path),
            **environment,
        }
        return subprocess.run(
            [*COMMAND, *arguments], cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    return call


def test_help_names_every_command(kit):
    result = kit("--help")
    assert result.returncode == 0
    for name in ("check", "lint", "judge", "list", "explain", "diff", "verify", "mock-openai", "init"):
        assert f"\n  {name} " in result.stdout


def test_help_imports_nothing_heavy(kit):
    code = (
        "import sys\nfrom conformance.cli import cli\n"
        "try: cli.main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'docker', 'datasets', 'pyarrow', 'pydantic', 'rich', 'jsonschema', 'yaml', 'jinja2', 'openai'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_version_is_told(kit):
    assert kit("--version").stdout == "sdg-conformance, version 0.1.0\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chek", "image"), "Error: There is no command “chek”. Did you mean check?"),
        (("check", "--profil", "x", "image"), "No such option '--profil'"),
        (("check", "image", "--profile", "kubernets"), "'kubernets' is not one of 'current', 'seed', 'kubernetes'"),
        (("check",), "Missing argument 'TARGET...'"),
        (("check", "image", "--only", "OUTPT-001"), "did you mean OUTPUT-001"),
        (("check", "image", "--only", " "), "An empty pattern selects nothing."),
        (("check", "image", "--edition", "0"), "There is no edition '0'; editions are 1"),
        (("check", "image", "--dataset", "reviews.json"), "“reviews.json” is not NAME=VALUE"),
        (("check", "image", "--dataset", "a=gone.json"), "The file gone.json for the dataset “a” does not exist."),
        (("check", "image", "--config", "gone.toml"), "File 'gone.toml' does not exist"),
        (("check", "image", "--format", "json", "--format", "text"), "cannot both go to standard output"),
        (("check", "image", "--output", "report.xyz"), "Nothing tells the format of report.xyz."),
        (("check", "image", "--output", "a.json", "--output", "a.json"), "Two reports cannot both go to"),
        (("check", "image", "--output", "/dev/null/a.json"), "/dev/null/a.json cannot be written"),
        (("check", "image", "--key", sys.executable), "--key signs a certification statement."),
        (("check", "image", "--certify", "--only", "OUTPUT-*"), "--certify does not go with --only."),
        (("check", "one", "two", "--certify"), "--certify takes one target."),
        (("explain", "OUTPUT"), "OUTPUT-001"),
        (("judge", "gone"), "Path 'gone' does not exist"),
        (("lint", "gone"), "Path 'gone' does not exist"),
        (("diff", "gone.json", "gone.json"), "'gone.json' does not exist"),
    ],
)
def test_what_makes_no_sense_is_told_without_a_traceback(kit, arguments, said):
    result = kit(*arguments)
    text = " ".join((result.stdout + result.stderr).split())
    assert said in text
    assert "Traceback" not in text
    assert result.returncode == (0 if arguments[0] == "explain" else 2)


def test_a_mistake_in_the_configuration_is_told_with_its_line(kit, tmp_path):
    (tmp_path / "own.toml").write_text("\ntimeuot = 3\n")
    result = kit("check", "image", "--config", "own.toml")
    assert result.returncode == 2
    assert result.stderr.startswith("Error: own.toml:2: unknown key “timeuot”; did you mean timeout?\n")


def test_a_mistake_in_the_waivers_is_told_before_anything_runs(kit, tmp_path):
    (tmp_path / "own.toml").write_text('[[waiver]]\nrequirement = "OUTPUT-001"\nexpires = 2020-01-01\nreason = "x"\n')
    result = kit("check", "image", "--waivers", "own.toml")
    assert result.returncode == 2
    assert result.stderr.startswith("Error: own.toml:3: the waiver expired on 2020-01-01\n")


def test_no_engine_is_one_clear_error(kit):
    result = kit("check", "image", "--engine", "unix:///nonexistent/docker.sock")
    assert result.returncode == 3
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_a_fault_of_the_kit_is_told_as_such_and_its_traceback_kept(tmp_path):
    code = (
        "import conformance.campaign as campaign, conformance.cli as cli\n"
        "def broken(*_): raise RuntimeError('a bug')\n"
        "campaign.check = broken\n"
        "cli.main(['check', 'image'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert result.returncode == 3
    assert result.stderr.startswith("Error: the kit failed, not the image: RuntimeError: a bug\n")
    (kept,) = tmp_path.glob("sdg-conformance-failure-*.txt")
    assert "in broken" in kept.read_text()
    assert str(kept) in result.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_unwinds_everything_and_says_so(tmp_path, number, code):
    program = (
        "import sys, time, conformance.campaign as campaign, conformance.cli as cli\n"
        "def slow(*_):\n"
        "    try:\n"
        "        print('ready', file=sys.stderr, flush=True); time.sleep(30)\n"
        "    finally:\n"
        "        print('unwound', file=sys.stderr, flush=True)\n"
        "campaign.check = slow\n"
        "cli.main(['check', 'image'])"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    time.sleep(0.05)
    process.send_signal(number)
    said = process.stderr.read()
    assert process.wait(10) == code
    assert said.startswith("unwound\n")
    assert said.endswith("every container was ended.\n")


def stubbed(tmp_path, *arguments: str, verdicts: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """Check targets whose reports are given: the command line alone, without a campaign."""
    for name, made in verdicts.items():
        (tmp_path / f"{name}.made").write_text(render("json", [made]))
    program = (
        "import sys\nfrom pathlib import Path\nfrom types import SimpleNamespace\n"
        "import conformance.campaign as campaign, conformance.cli as cli\n"
        "from conformance.errors import UsageError\nfrom conformance.report import load_reports\n"
        "def check(target, options, progress):\n"
        "    progress.scenario_finished('baseline', 'done', 1.25)\n"
        "    path = Path(f'{target}.made')\n"
        "    if not path.exists(): raise UsageError(f'There is no image {target}', 'Build it.')\n"
        "    return SimpleNamespace(report=load_reports(path)[0])\n"
        "campaign.check = check\ncli.main(sys.argv[1:])"
    )
    return subprocess.run(
        [sys.executable, "-c", program, "check", *arguments], capture_output=True, text=True, check=False,
        cwd=tmp_path, env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip


BROKEN = {"OUTPUT-001": [finding("No document.", location="stdout:14")]}


def test_a_conformant_image_is_told_on_stdout_and_progress_on_stderr(tmp_path):
    result = stubbed(tmp_path, "good", verdicts={"good": report()})
    assert result.returncode == 0
    assert result.stdout.endswith("example:1: CONFORMANT: no MUST requirement fails, and none is left open.\n")
    assert result.stderr == "baseline: done in 1.2 s\n"
    assert "\x1b" not in result.stdout


def test_a_non_conformant_image_has_exit_code_1(tmp_path):
    result = stubbed(tmp_path, "bad", "--progress", "none", verdicts={"bad": report(findings=BROKEN)})
    assert (result.returncode, result.stderr) == (1, "")
    assert "baseline stdout:14: No document." in result.stdout


def test_certification_checks_the_controls_and_says_where_the_statement_is(tmp_path, monkeypatch):
    monkeypatch.setenv("SDG_CONFORMANCE_CONTROLS", str(tmp_path))
    lies = report(findings={"DATASET-005": [finding()]})
    known = {"good": report(), "golden": report(), "do-nothing": report(findings=BROKEN), "liar": lies}
    for name in known:
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").touch()
    result = stubbed(tmp_path, "good", "--certify", "--statement", "s.json", "--progress", "none", verdicts=known)
    assert (result.returncode, result.stderr) == (0, "The statement is in s.json, the evidence in s.evidence.\n")
    assert json.loads((tmp_path / "s.json").read_text())["predicate"]["result"] == "PASSED"


def test_every_report_goes_where_it_was_sent_and_the_text_to_stdout(tmp_path):
    arguments = ["bad", "--format", "json", "--output", "out/report.json", "--format", "junit", "--output", "junit.xml"]
    result = stubbed(tmp_path, *arguments, verdicts={"bad": report(findings=BROKEN)})
    assert json.loads((tmp_path / "out/report.json").read_text())["verdict"] == "non-conformant"
    assert "<failure" in (tmp_path / "junit.xml").read_text()
    assert "NON-CONFORMANT" in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.made", "junit.xml", "out"]


def test_one_format_alone_goes_to_stdout(tmp_path):
    result = stubbed(tmp_path, "good", "--format", "json", verdicts={"good": report()})
    assert json.loads(result.stdout)["verdict"] == "conformant"


def test_an_image_that_is_not_there_does_not_lose_the_others(tmp_path):
    verdicts = {"good": report(), "bad": report(findings=BROKEN)}
    result = stubbed(tmp_path, "good", "gone", "bad", "--format", "json", verdicts=verdicts)
    assert [one["verdict"] for one in json.loads(result.stdout)["reports"]] == ["conformant", "non-conformant"]
    assert "Error: There is no image gone\nBuild it.\n" in result.stderr
    assert result.returncode == 1
    assert stubbed(tmp_path, "good", "gone", verdicts=verdicts).returncode == 2


def test_a_waiver_file_is_drafted_from_what_fails(tmp_path):
    stubbed(tmp_path, "bad", "--write-waivers", "waivers.toml", verdicts={"bad": report(findings=BROKEN)})
    assert 'requirement = "OUTPUT-001"\nreason = ""' in (tmp_path / "waivers.toml").read_text()


def test_diff_tells_what_changed_and_exits_with_1_when_it_is_worse(kit, tmp_path):
    for name, made in (("old", report()), ("new", report(findings=BROKEN))):
        (tmp_path / f"{name}.json").write_text(render("json", [made]))
    worse = kit("diff", "old.json", "new.json")
    assert (worse.returncode, "OUTPUT-001: pass (MUST) -> fail (MUST)" in worse.stdout) == (1, True)
    assert kit("diff", "new.json", "old.json").returncode == 0
    assert json.loads(kit("diff", "old.json", "new.json", "--format", "json").stdout)[0]["worse"] is True


def test_verify_says_whether_a_statement_holds(kit, tmp_path):
    (tmp_path / "statement.json").write_text(certify(report()))
    holds = kit("verify", "statement.json", "--image", report().target.digest)
    assert (holds.returncode, "example:1" in holds.stdout) == (0, True)
    other = kit("verify", "statement.json", "--image", "sha256:" + "cd" * 32)
    assert (other.returncode, "it is about another image" in other.stdout) == (1, True)


def test_list_names_every_requirement_of_the_selection(kit):
    listed = kit("list", "--only", "image").stdout.splitlines()
    assert [line.split()[0] for line in listed] == [f"IMAGE-00{number}" for number in range(1, 8)]


def test_explain_says_what_why_and_how_to_mend_it(kit):
    result = kit("explain", "output-004")
    assert result.stdout.startswith("OUTPUT-004: ")
    for part in ("Asks:", "Level:", "Why:", "Source:", "Judged:", "Shown by:", "Fix:"):
        assert f"\n{part}" in result.stdout


def test_explain_names_the_mutants_that_prove_the_check_or_why_there_is_none(kit):
    assert "Mutants:" in kit("explain", "IMAGE-002").stdout
    assert "no mutant (informational (MAY)" in kit("explain", "MANIFEST-027").stdout


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    line = f"'{sys.executable}' -m conformance.cli list | head -1"
    result = subprocess.run(line, shell=True, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (result.stdout.split()[0], result.stderr) == ("IMAGE-001", "")
