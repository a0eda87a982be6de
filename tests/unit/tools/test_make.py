"""The Makefile and its small scripts, run for real."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        command, cwd=ROOT, env={**environment, **variables}, capture_output=True, text=True, timeout=60, check=False
    )


def test_make_without_a_target_lists_the_targets() -> None:
    listed = run("make")
    assert listed.returncode == 0
    shown = re.findall(r"^  make ([a-z-]+) ", listed.stdout, re.MULTILINE)
    assert {"setup", "conformance", "test", "lint", "types", "mutants", "interop", "clean"} <= set(shown)


def test_conformance_checks_the_reference_container_with_the_reviews() -> None:
    shown = run("make", "--dry-run", "conformance").stdout
    assert "check example_generator --dataset source_data=fixtures/sample_reviews.json" in shown
    assert "--format json --output build/conformance/report.json" in shown
    assert "--format junit --output build/conformance/junit.xml" in shown


def test_conformance_checks_any_image_that_is_named_as_it_comes() -> None:
    shown = run("make", "--dry-run", "conformance", "IMAGE=some/image:tag").stdout
    assert "check some/image:tag --format text" in shown


@pytest.mark.parametrize("script", [*(ROOT / "tools").glob("*.sh"), ROOT / ".ci/run"], ids=lambda p: p.name)
def test_every_script_can_be_run_and_parsed(script: Path) -> None:
    assert os.access(script, os.X_OK)
    shell = script.read_text().splitlines()[0].rsplit(maxsplit=1)[-1].removeprefix("#!").rpartition("/")[2]
    assert run(shell, "-n", str(script)).stderr == ""


def test_a_missing_package_that_may_not_be_installed_is_named() -> None:
    refused = run("tools/packages.sh", "bash", "no-such-package", SYSTEM_INSTALL="no")
    assert refused.returncode == 3
    assert "apt-get install --no-install-recommends no-such-package" in refused.stderr


def test_a_python_that_nobody_has_is_an_error_that_says_how_to_get_it() -> None:
    refused = run("tools/find_python.sh", "3.99")
    assert refused.returncode == 3
    assert refused.stderr.startswith("error: no Python 3.99 or newer")


def test_a_python_that_is_found_is_new_enough() -> None:
    found = run("tools/find_python.sh", "3.11").stdout.strip()
    assert run(found, "-c", "import sys; print(sys.version_info >= (3, 11))").stdout == "True\n"
