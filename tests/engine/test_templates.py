"""Every template of ``sdg-conformance init``, built and checked on a real engine."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from engine.kit_program import checked, kit
from kill_matrix.building import build_folder

from conformance.templates import TEMPLATES

pytestmark = pytest.mark.engine


@pytest.fixture
def new(request, tmp_path):
    """The folder of a new container."""
    assert kit("init", tmp_path / "new", "--template", request.param).returncode == 0
    return tmp_path / "new"


@pytest.mark.parametrize("new", TEMPLATES, indirect=True)
def test_a_new_container_is_conformant_as_it_comes(new, tmp_path):
    report = checked(new, tmp_path / "report.json", "--scope", "quick")
    assert (report["verdict"], report["target"]["name"], report["exit_code"]) == ("conformant", "new", 0)


@pytest.mark.parametrize("new", TEMPLATES, indirect=True)
def test_the_command_in_the_readme_of_a_new_container_works(new):
    (block,) = re.findall(r"```bash\n(mkdir.*?)```", (new / "README.md").read_text(), re.DOTALL)
    command = block.replace(" new \\\n", f" {build_folder(new, new.name)} \\\n")
    done = subprocess.run(["bash", "-euc", command], cwd=new, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["results"]["success"] is True
    assert any((new / "output" / "datasets").iterdir())
