"""What `import conformance` promises: every public name, and that none of them costs anything until it is used."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import conformance

HEAVY = ("datasets", "docker", "jsonschema", "pyarrow", "pydantic", "requests", "uvicorn", "yaml")
PROGRAM = [sys.executable, "-m", "conformance.cli"]


@pytest.mark.parametrize("name", conformance.__all__)
def test_every_public_name_is_there_and_described(name):
    value = getattr(conformance, name)
    assert value is not None
    assert name.startswith("__") or value.__doc__


def test_every_public_name_can_be_listed_and_nothing_else():
    assert dir(conformance) == sorted(conformance.__all__)
    assert {*conformance._HOMES, "__version__"} == set(conformance.__all__)


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'conformance' has no attribute 'Chekced'"):
        conformance.Chekced  # noqa: B018


def test_no_public_name_is_hidden_by_a_module_of_the_same_name():
    folder = Path(conformance.__file__).parent
    modules = {path.stem for path in folder.iterdir()}
    assert not modules & set(conformance.__all__)


def loaded_by(statement):
    code = f"import sys; {statement}; print(*sys.modules)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("statement", ["import conformance", "import conformance.cli", "import conformance.plugin"])
def test_importing_the_kit_loads_no_heavy_library(statement):
    assert not set(HEAVY) & set(loaded_by(statement))


def quickest(command, rounds=5):
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - started)
    return min(times)


@pytest.mark.parametrize("command", [[sys.executable, "-c", "import conformance"], [*PROGRAM, "--help"]])
def test_it_answers_within_three_tenths_of_a_second(command):
    assert quickest(command) < 0.3
