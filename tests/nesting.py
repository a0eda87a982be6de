"""Folders in folders, deeper than Python's own stack, as an image may leave them."""

import os
import subprocess
from pathlib import Path

import pytest

DEPTH = 1500


@pytest.fixture
def deep(tmp_path):
    """A folder with `DEPTH` folders in one another, the innermost out of reach of most paths."""
    top = tmp_path / "deep"
    top.mkdir()
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(top)
        for _ in range(DEPTH):
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.fchdir(here)
        os.close(here)
    yield top
    subprocess.run(["rm", "-rf", top], check=True)
