"""The cost of a full check of the reference container over its floor: ``python -m benchmarks.bench_check``.

The floor is what the containers alone cost: the very requests that the check made (same image, argv, variables, mounts,
limits) are made once more, plainly (create, start, wait, remove), one after the other, and the sum is divided by the
number of CPUs. The seconds that each container took *in* the check would be a softer floor, because they hold what the
kit itself does to them: its reading of outputs competes for the same CPUs, and a slow start would excuse itself. Two
kinds of run cannot be repeated plainly and count with their own seconds: those that the kit interrupts, and those on a
network that it made for them.

Both are measured in one run, so that a slow machine slows both. Prints a table, writes ``build/bench/check.json`` and
ends with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "bench" / "check.json"
PLAIN_NETWORKS = {"host", "bridge", "none"}
STARTS = 7
GOALS = {
    "ratio": ("at most 1.5", 1.5),
    "container_runs": ("at most 90", 90),
    "help_seconds": ("at most 0.3", 0.3),
    "import_seconds": ("at most 0.3", 0.3),
    "runs_that_end_otherwise": ("0", 0),
}


class Recording:
    """Stands between the kit and its engine and mock server, and notes what they are asked."""

    def __init__(self) -> None:
        self.runs: list[tuple[Any, Any]] = []
        self.spaces: dict[str, dict[str, Any]] = {}
        self.servers: list[Any] = []

    def install(self) -> None:
        """Give the kit an engine and a mock server that note everything; the server outlives the check."""
        import conformance.mock_openai
        from conformance import campaign
        from conformance.engines.docker import DockerEngine
        from conformance.mock_openai.server import MockOpenAI

        recording = self

        class NotingEngine(DockerEngine):
            def run(self, request: Any) -> Any:
                outcome = super().run(request)
                recording.runs.append((request, outcome))
                return outcome

        class NotingServer(MockOpenAI):
            def open(self, scenario: str = "default", **options: Any) -> Any:
                recording.spaces[scenario] = options
                return super().open(scenario, **options)

            def __exit__(self, *reason: object) -> None:
                recording.servers.append(self)

            def really_close(self) -> None:
                super().__exit__(None, None, None)

        campaign.DockerEngine = NotingEngine  # type: ignore[misc]
        conformance.mock_openai.MockOpenAI = NotingServer  # type: ignore[misc]


def measure(jobs: int, target: str, datasets: dict[str, Path]) -> dict[str, Any]:
    """The check and its floor, one after the other."""
    recording = Recording()
    started = time.perf_counter()
    recording.install()
    from conformance import Options, check

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        evidence = Path(folder) / "evidence"
        Path(folder).chmod(0o755)
        options = Options(jobs=jobs, datasets=datasets, evidence_directory=evidence)
        report = check(target, options).report
        wall = time.perf_counter() - started
        plain, different = floor(recording)
    for server in recording.servers:
        server.really_close()
    cpus = os.cpu_count() or 1
    return {
        "verdict": report.verdict,
        "container_runs": len(recording.runs),
        "wall_seconds": wall,
        "container_seconds_in_the_check": sum(outcome.seconds for _, outcome in recording.runs),
        "container_seconds_alone": plain,
        "cpus": cpus,
        "jobs": jobs,
        "floor_seconds": plain / cpus,
        "ratio": wall / (plain / cpus),
        "runs_that_end_otherwise": different,
    }


def floor(recording: Recording) -> tuple[float, int]:
    """Seconds of every container run by itself, and how many runs ended with another exit code than in the check."""
    from conformance.engines.docker import DockerEngine

    engine, seconds, different = DockerEngine(), 0.0, 0
    for request, outcome in recording.runs:
        if request.interruption is not None or request.network not in PLAIN_NETWORKS:
            seconds += outcome.seconds
            continue
        if request.name in recording.spaces:
            recording.servers[-1].open(request.name, **_without_hold(recording.spaces[request.name]))
        started = time.perf_counter()
        code = run_plainly(engine, replace(request, stop=None))
        seconds += time.perf_counter() - started
        different += code != outcome.exit_code
    engine.close()
    return seconds, different


def _without_hold(space: dict[str, Any]) -> dict[str, Any]:
    """A space as it was, but for requests that wait until the kit lets them go."""
    faults = [fault for fault in space.get("faults", ()) if "hold" not in str(fault)]
    return {**space, "faults": faults}


def run_plainly(engine: Any, request: Any) -> int | None:
    """Create, start, wait, remove: nothing is read, watched or measured. The exit code."""
    container = engine._create(request, None)
    try:
        container.start()
        return int(container.wait(timeout=request.timeout + 60)["StatusCode"])
    finally:
        container.remove(force=True, v=True)


def quickest(*command: str) -> float:
    """The best of several starts of a program, in seconds."""
    best = float("inf")
    for _ in range(STARTS):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        best = min(best, time.perf_counter() - started)
    return best


def main() -> int:
    """Measure, print, write; 0 when every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="containers side by side in the check")
    parser.add_argument("--target", help="another image or folder; the default is the reference container")
    options = parser.parse_args()
    os.chdir(ROOT)
    sample = {} if options.target else {"source_data": ROOT / "fixtures" / "sample_reviews.json"}
    figures = {
        "help_seconds": quickest(sys.executable, "-m", "conformance.cli", "--help"),
        "import_seconds": quickest(sys.executable, "-c", "import conformance"),
        **measure(options.jobs, options.target or "example_generator", sample),
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return print_table(figures)


def print_table(figures: dict[str, Any]) -> int:
    """One line per figure, with its goal; 1 when one is missed."""
    missed = False
    for name, value in figures.items():
        goal, limit = GOALS.get(name, ("", None))
        verdict = "" if limit is None else ("met" if value <= limit else "MISSED")
        missed = missed or verdict == "MISSED"
        shown = f"{value:.3g}" if isinstance(value, float) else str(value)
        print(f"{name:32} {shown:>12}  {goal:14} {verdict}".rstrip())
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
