"""The reference container as an image: how soon it has a result, and how large it is, each beside the usual way.

Both images are built here, on the same base: the reference container, and one that does nothing but install the host's
package, as authors do who import its helpers.
"""

from __future__ import annotations

import json
import statistics
import subprocess
from pathlib import Path
from time import perf_counter
from typing import Any

from conformance.target import default_build_arguments

ROOT = Path(__file__).resolve().parent.parent
USUAL = """
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE}
RUN pip install --no-cache-dir asqi-engineer==0.5.9
"""
PARAMS = json.dumps(
    {
        "input_datasets": {
            "source_data": {
                "type": "huggingface",
                "loader_params": {"builder_name": "json", "data_files": "sample_reviews.json"},
            }
        }
    }
)
EAGER = """
import datasets, runpy, sys
sys.argv[0] = "/app/entrypoint.py"
sys.path.insert(0, "/app")
runpy.run_path("/app/entrypoint.py", run_name="__main__")
"""


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Seconds from ``docker run`` to its end and bytes of the image, with their ratios to the usual way."""
    image = built("sdg-bench/reference", ROOT / "example_generator")
    usual = built("sdg-bench/usual", None)
    sizes = {"image_bytes": size_of(image), "image_bytes_with_host_package": size_of(usual)}
    ratio = sizes["image_bytes"] / sizes["image_bytes_with_host_package"]
    return {**container_start(folder / "start", image, 2 * rounds + 1), **sizes, "image_ratio": ratio}


def container_start(output: Path, image: str, rounds: int) -> dict[str, Any]:
    """The median time for five rows, as it is and with ``import datasets`` at the program's top, alternately."""
    output.mkdir()
    output.chmod(0o777)
    volumes = ["-v", f"{ROOT / 'fixtures'}:/input:ro", "-v", f"{output}:/output"]
    base = ["docker", "run", "--rm", "--network", "none", *volumes]
    given = ["--generation-params", PARAMS]
    commands = {
        "start_seconds": [*base, image, *given],
        "start_seconds_with_datasets": [*base, "--entrypoint", "python", image, "-c", EAGER, *given],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seconds[name].append(timed(command))
    figures: dict[str, Any] = {name: statistics.median(values) for name, values in seconds.items()}
    figures["start_ratio"] = figures["start_seconds"] / figures["start_seconds_with_datasets"]
    return figures


def built(tag: str, folder: Path | None) -> str:
    """Build a folder, or the usual way where none is given; returns the tag."""
    command = ["docker", "build", "--quiet", "--tag", tag]
    for name, value in default_build_arguments().items():
        command += ["--build-arg", f"{name}={value}"]
    subprocess.run([*command, str(folder or "-")], input=None if folder else USUAL.encode(), check=True)
    return tag


def size_of(image: str) -> int:
    """Bytes of an image with all of its layers."""
    command = ["docker", "image", "inspect", image, "--format", "{{.Size}}"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def timed(command: list[str]) -> float:
    """Wall seconds of a command that has to succeed."""
    started = perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return perf_counter() - started
