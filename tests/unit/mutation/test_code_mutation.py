"""The kit's own mutation score: what is changed in the checks, and what becomes of a change."""

import ast
import json
import subprocess
import sys

import pytest
from code_mutation import command
from code_mutation.command import drawn, finish, modules
from code_mutation.operators import changed, changes
from code_mutation.recorded import RECORDED, ROOT, holds, load, statuses
from code_mutation.trial import requirements_in


def variants(body):
    """Every changed body of a function with that body."""
    source = "def f(a, b):\n" + "\n".join(f"    {line}" for line in body.splitlines())
    sources = [changed(source, one.number) for one in changes("m.py", source)]
    return ["\n".join(line.strip() for line in text.splitlines()[1:]) for text in sources]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("return a == b", ["return a != b"]),
        ("return a < b", ["return a <= b"]),
        ("return a not in b", ["return a in b"]),
        ("return a and b", ["return a or b"]),
        ("return not a", ["return a"]),
        ("return a[3]", ["return a[4]"]),
        ("return True", ["return False"]),
        ("yield a", ["yield from ()"]),
        ("a.append(b)", ["pass"]),
        ("return [a]", ["return []"]),
        ("return a if b else 'x'", ["return a", "return 'x'"]),
        ("if a:\n    return b", ["if True:\nreturn b", "if False:\nreturn b"]),
    ],
)
def test_one_thing_is_changed_at_a_time(code, expected):
    assert variants(code) == expected


@pytest.mark.parametrize(
    "code", ["return 'text'", 'return f"{a == b} of {3}"', "x: int = a", "return a", "return []", "return quote(a, 80)"]
)
def test_texts_and_names_are_left_alone(code):
    assert variants(code) == []


def test_what_stands_outside_of_functions_is_left_alone():
    assert changes("m.py", "LIMIT = 3\nNAMES = ('a' == 'b')\n") == []


def test_a_function_inside_a_function_is_changed_once():
    found = changes("m.py", "def f(a):\n    def g(b):\n        return b == 1\n    return g\n")
    assert [one.label for one in found] == ["m.py:3: b == 1 -> b != 1", "m.py:3: 1 -> 2"]


def test_every_change_of_every_check_is_python_and_differs():
    for path in modules(["metric", "output_log"]):
        source = path.read_text("utf-8")
        same = ast.unparse(ast.parse(source))
        for one in changes(path.name, source):
            text = changed(source, one.number)
            compile(text, path.name, "exec")
            assert text != same, one.label


def test_a_module_is_told_by_the_requirements_that_it_registers():
    (path,) = modules(["metric"])
    assert "METRIC-003" in requirements_in(path.read_text("utf-8"))
    assert any(name.endswith("test_metric.py") for name in command.tests_of(path))


def test_a_module_that_serves_all_is_tried_by_all_tests():
    (path,) = modules(["common"])
    assert requirements_in(path.read_text("utf-8")) == frozenset()
    assert len(command.tests_of(path)) > 10


def test_a_sample_is_the_same_for_the_same_seed():
    every = changes("m.py", "def f(a):\n" + "    a(1)\n" * 40)
    assert drawn(every, 5, 1) == drawn(every, 5, 1)
    assert drawn(every, 5, 1) != drawn(every, 5, 2)
    assert len(drawn(every, 500, 1)) == len(every)


@pytest.mark.parametrize(("survivors", "code"), [(1, 0), (2, 1)])
def test_the_score_must_reach_the_goal(survivors, code, tmp_path, capsys):
    ten = changes("m.py", "def f(a):\n" + "    a()\n" * 10)
    fates = ["survived"] * survivors + ["verdict", "test", "timeout"] * 3 + ["test"]
    assert finish(list(zip(ten, fates, strict=False)), 10, tmp_path / "report.json") == code
    written = json.loads((tmp_path / "report.json").read_text())
    assert (written["tried"], len(written["survivors"])) == (10, survivors)
    assert f"{10 - survivors} of 10 changes noticed" in capsys.readouterr().out


def test_recorded_images_get_the_verdict_that_they_must_get():
    wrong = [one.name for one in load() if not holds(one.name, statuses(one.evidence))]
    assert wrong == []


def test_a_mutant_must_fail_in_its_own_requirement_and_an_image_in_none():
    assert holds("mutant output-nan", {"OUTPUT-006": "fail"})
    assert not holds("mutant output-nan", {"OUTPUT-006": "pass", "OUTPUT-001": "fail"})
    assert holds("image a", {"OUTPUT-006": "pass", "OUTPUT-021": "fail"})
    assert not holds("image a", {"OUTPUT-006": "fail"})
    assert not holds("mutant of-no-row", {"OUTPUT-006": "fail"})


def test_the_record_is_small():
    assert RECORDED.stat().st_size < 3 * 1024**2


def test_the_program_tries_changes_and_reports_what_became_of_them(tmp_path):
    report = tmp_path / "report.json"
    command = [sys.executable, "tools/mutation.py", "--only", "metric", "--sample", "3", "--jobs", "1"]
    done = subprocess.run(
        [*command, "--report", str(report)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout.startswith("3 of "), done.stdout + done.stderr
    written = json.loads(report.read_text())
    assert (written["tried"], sum(written["fates"].values())) == (3, 3)
    assert written["fates"].keys() & {"verdict", "test"}
