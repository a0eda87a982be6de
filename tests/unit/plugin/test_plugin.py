"""The pytest plugin, run by pytest itself in a process of its own, on reports that need no engine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from builders import Row, evidence, finding, report, run

from conformance.contract.catalogue import load_catalogue
from conformance.report import document

STUB = """
import json
from pathlib import Path
from conformance.suite import session

def check_image(image, selected, options):
    from conformance.errors import UsageError
    Path("calls.txt").open("a").write(json.dumps([image, list(selected)]) + "\\n")
    path = Path(f"{image}.json")
    if not path.exists():
        raise UsageError(f"There is no image {image}", "Build it first.")
    (made,) = session.load_reports(path)
    return made

session.check_image = check_image
"""


@pytest.fixture
def suite(tmp_path):
    """Run the suite on prepared reports: `suite(report, *arguments)`."""
    (tmp_path / "conftest.py").write_text(STUB)

    def call(made, *arguments, images=("image",)):
        for image in images if made is not None else ():
            (tmp_path / f"{image}.json").write_text(json.dumps(document([made])))
        chosen = [word for image in images for word in ("--sdg-image", image)]
        command = ["--pyargs", "conformance.suite", *chosen, "-rA", *arguments]
        return pytest_in(tmp_path, "-p", "conftest", *command)

    return call


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder, env={"PYTHONPATH": str(folder), "COLUMNS": "200", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def of_catalogue(*failing: str, **options):
    rows = [Row(one.id, str(one.level), one.title) for one in load_catalogue()]
    return report(
        *rows, findings={name: [finding("No document.", location="stdout:14")] for name in failing}, **options
    )


def test_a_failure_tells_everything_that_mends_it_and_no_traceback(suite):
    result = suite(of_catalogue("OUTPUT-001"), "-k", "OUTPUT-001")
    assert result.returncode == 1
    assert "test_requirement[OUTPUT-001]" in result.stdout
    for text in ("baseline stdout:14: No document.", "fix: Do it.", "reproduce: docker run --rm example:1 # baseline"):
        assert text in result.stdout
    assert "Traceback" not in result.stdout
    assert "def test_requirement" not in result.stdout


def test_the_check_is_made_once_for_the_selected_requirements_alone(suite, tmp_path):
    result = suite(of_catalogue(), "-k", "IMAGE-001 or IMAGE-002")
    assert "2 passed" in result.stdout
    assert (tmp_path / "calls.txt").read_text() == '["image", ["IMAGE-001", "IMAGE-002"]]\n'


def test_workers_share_one_check(suite, tmp_path):
    result = suite(of_catalogue(), "-k", "IMAGE", "-n", "2")
    assert "7 passed" in result.stdout
    assert len((tmp_path / "calls.txt").read_text().splitlines()) == 1


def test_markers_select_levels(suite):
    musts = sum(one.level == "MUST" for one in load_catalogue())
    assert f"{musts} passed" in suite(of_catalogue(), "-m", "must").stdout


def test_several_images_are_named_in_the_ids(suite):
    result = suite(of_catalogue(), "-k", "IMAGE-001", images=("one", "two"))
    assert "test_requirement[IMAGE-001-one]" in result.stdout
    assert "test_requirement[IMAGE-001-two]" in result.stdout


def test_a_must_that_could_not_be_looked_at_fails_and_a_should_is_skipped_with_the_reason(suite):
    seen = evidence(run("other"), skipped={"baseline": "it builds on static"})
    result = suite(of_catalogue(seen=seen), "-k", "IMAGE-001 or IMAGE-003")
    assert "1 failed, 1 skipped" in result.stdout
    assert "IMAGE-001 (MUST) is not-tested: baseline was not run: it builds on static" in result.stdout


def test_nothing_but_skipped_requirements_is_not_green(suite):
    rows = [Row(one.id, str(one.level)) for one in load_catalogue()]
    result = suite(report(*rows, checks={}), "-k", "IMAGE")
    assert "7 skipped" in result.stdout
    assert "not built yet" in result.stdout
    assert result.returncode == pytest.ExitCode.NO_TESTS_COLLECTED


def test_an_image_that_is_not_there_ends_the_session_with_the_reason(suite):
    result = suite(None, "-k", "IMAGE-001")
    assert result.returncode == 2
    assert "There is no image image" in result.stdout + result.stderr


def test_the_suite_without_an_image_is_an_error(tmp_path):
    result = pytest_in(tmp_path, "--pyargs", "conformance.suite")
    assert result.returncode == 2
    assert "give --sdg-image IMAGE" in result.stdout


def test_the_plugin_is_inert_and_light_without_an_image(tmp_path):
    (tmp_path / "test_own.py").write_text(
        "import sys\n"
        "def test_own():\n"
        "    heavy = {'pydantic', 'docker', 'datasets', 'pyarrow', 'jsonschema', 'conformance.campaign'}\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    result = pytest_in(tmp_path, "--strict-markers", "-p", "no:syrupy", "-p", "no:anyio", "-p", "no:hypothesispytest")
    assert "1 passed" in result.stdout


def test_an_authors_test_without_an_image_fails_and_says_what_to_give(tmp_path):
    (tmp_path / "test_own.py").write_text("def test_own(sdg_image): pass\n")
    result = pytest_in(tmp_path)
    assert "1 error" in result.stdout
    assert "No image: give --sdg-image, or override the fixture sdg_image." in result.stdout


def test_an_author_can_name_the_image_in_a_conftest(tmp_path):
    conftest = "import pytest\n@pytest.fixture(scope='session')\ndef sdg_image(): return 'mine:1'\n"
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_own.py").write_text("def test_own(sdg_image): assert sdg_image == 'mine:1'\n")
    assert "1 passed" in pytest_in(tmp_path).stdout
