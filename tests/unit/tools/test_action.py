"""The GitHub Action: what it calls, what it hands over."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
KIT = """#!/bin/sh
printf '%s\\n' "$@" >"$RECORD"
while [ $# -gt 0 ]; do [ "$1" != markdown ] || echo '# Verdict' >"$3"; shift; done
exit {code}
"""


class Action:
    """The action's script with a stand-in for the kit that ends with the given exit code."""

    def __init__(self, folder: Path, code: int) -> None:
        self.folder = folder
        program = folder / "kit"
        program.write_text(KIT.format(code=code))
        program.chmod(0o755)

    def run(self, **settings: str) -> int:
        """Run it, the settings as action.yml hands them over; the exit code."""
        files = {name: str(self.folder / name) for name in ("RECORD", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        variables = {"PATH": "/usr/bin:/bin", "SDG_PROGRAM": str(self.folder / "kit"), **files, **settings}
        return subprocess.run([ROOT / "tools" / "action.sh"], cwd=self.folder, env=variables, check=False).returncode

    def read(self, name: str) -> list[str]:
        """The lines of a file that it wrote."""
        return (self.folder / name).read_text().splitlines()


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(0, "conformant"), (1, "non-conformant"), (2, "inconclusive"), (3, "inconclusive"), (4, "inconclusive")],
)
def test_the_exit_code_of_the_kit_is_the_actions_and_names_the_verdict(code: int, verdict: str, tmp_path: Path) -> None:
    action = Action(tmp_path, code)
    assert action.run(SDG_IMAGE="some/image") == code
    assert action.read("GITHUB_OUTPUT")[:2] == [f"verdict={verdict}", f"exit-code={code}"]


def test_settings_become_arguments_and_an_image_cannot_become_an_option(tmp_path: Path) -> None:
    action = Action(tmp_path, 0)
    action.run(
        SDG_IMAGE="--engine one;touch two",
        SDG_STRICT="true",
        SDG_ONLY="OUTPUT-* CLI-001",
        SDG_WAIVERS="my waivers.toml",
    )
    said = action.read("RECORD")
    assert said[said.index("--") + 1 :] == ["--engine", "one;touch", "two"]
    assert "--strict" in said
    assert [said[place + 1] for place, word in enumerate(said) if word == "--only"] == ["OUTPUT-*", "CLI-001"]
    assert said[said.index("--waivers") + 1] == "my waivers.toml"


def test_the_markdown_report_becomes_the_summary_of_the_step(tmp_path: Path) -> None:
    action = Action(tmp_path, 1)
    action.run(SDG_IMAGE="some/image")
    assert action.read("GITHUB_STEP_SUMMARY") == ["# Verdict"]


def test_the_action_hands_every_input_to_its_script_and_declares_what_that_writes(tmp_path: Path) -> None:
    declared: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    (step,) = declared["runs"]["steps"]
    assert set(step["env"]) == {f"SDG_{name.upper()}" for name in declared["inputs"]}
    assert "${{" not in step["run"]
    action = Action(tmp_path, 0)
    action.run(SDG_IMAGE="some/image")
    assert {line.partition("=")[0] for line in action.read("GITHUB_OUTPUT")} == set(declared["outputs"])
