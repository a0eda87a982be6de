"""The reference container's speed, memory and size: ``python -m benchmarks.bench_generator``.

Side by side with the straightforward way (a list of dictionaries, ``Dataset.from_list``, ``save_to_disk``), which
this file writes itself, in fresh processes, alternately, in one run. Prints a table, writes
``build/bench/generator.json`` and ends with 1 when a goal is missed. The container's start and its size are measured
with images that are built for it (``--no-image`` leaves them out); ``--rows``, ``--large`` and ``--requests`` change
how much is done.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GENERATOR = ROOT / "example_generator"
OUTPUT = ROOT / "build" / "bench" / "generator.json"
ROUNDS = 5
"""Rounds of a comparison. The best counts: whatever else runs on the machine only ever makes a round slower."""

PEAK = """
def peak():
    # Not ru_maxrss: that remembers the process which started this one.
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
"""

STRAIGHTFORWARD = """
import sys, time
import pyarrow.parquet as pq
from datasets import Dataset, Features, Value
sys.path.insert(0, sys.argv[3])
from generator.augment import shuffled, vary
started = time.perf_counter()
order, rows = shuffled(0), []
for index, row in enumerate(pq.read_table(sys.argv[1]).to_pylist()):
    rows.append({**row, "is_synthetic": False, "source_index": index})
    for variation in range(2):
        text = vary(row["text"], index, variation, order)
        rows.append({"text": text, "label": row["label"], "is_synthetic": True, "source_index": index})
features = Features({"text": Value("string"), "label": Value("string"), "is_synthetic": Value("bool"),
                     "source_index": Value("int32")})
Dataset.from_list(rows, features=features).save_to_disk(sys.argv[2])
seconds = time.perf_counter() - started
print(len(rows) / seconds, peak())
"""

REFERENCE = """
import json, os, sys, time
import pyarrow.ipc, pyarrow.parquet
sys.path.insert(0, sys.argv[3])
os.environ["INPUT_MOUNT_PATH"], name = os.path.split(sys.argv[1])
os.environ["OUTPUT_MOUNT_PATH"] = sys.argv[2]
from generator.request import read_request
from generator.run import generate
system = json.loads(sys.argv[4])
if system:
    import openai.resources.chat
params = {"concurrency": system.pop("concurrency", 16), "input_datasets": {"source_data": {
    "type": "huggingface", "loader_params": {"builder_name": "parquet", "data_files": name}}}}
systems = {"generation_system": system}
started = time.perf_counter()
arguments = ["--systems-params", json.dumps(systems), "--generation-params", json.dumps(params)]
document = generate(read_request(arguments), time.monotonic())
seconds = time.perf_counter() - started
assert document["results"]["success"], document["results"]
print(document["results"]["total_count"] / seconds, peak())
"""


def main() -> int:
    """Measure, print, write; 0 when every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="input rows of the comparison (3 times as many out)")
    parser.add_argument("--large", type=int, nargs="*", default=[1_000_000, 10_000_000], help="output rows, memory")
    parser.add_argument("--no-image", action="store_true", help="leave out what needs a container engine")
    parser.add_argument("--requests", type=int, default=480, help="answers of the language model at concurrency 16")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        figures = (
            throughput(folder, options.rows) | memory(folder, options.large) | model_rate(folder, options.requests)
        )
        if not options.no_image:
            from benchmarks.generator_image import measure

            figures |= measure(folder, ROUNDS)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return print_table(figures)


def throughput(folder: Path, rows: int) -> dict[str, Any]:
    """Rows per second of both ways, interleaved, and whether their rows are equal."""
    source = make_input(folder / "input.parquet", rows)
    ways = {"straightforward": STRAIGHTFORWARD, "reference": REFERENCE}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    peaks: dict[str, float] = dict.fromkeys(ways, 0.0)
    for round_ in range(ROUNDS):
        for name, program in ways.items():
            rate, peak = run(program, source, folder / f"{name}-{round_}")
            rates[name].append(rate)
            peaks[name] = max(peaks[name], peak)
    best = {name: max(values) for name, values in rates.items()}
    return {
        "input_rows": rows,
        "straightforward_rows_per_second": best["straightforward"],
        "straightforward_peak_bytes": peaks["straightforward"],
        "rows_per_second": best["reference"],
        "peak_bytes": peaks["reference"],
        "speedup": best["reference"] / best["straightforward"],
        "rows_equal": equal_rows(folder / "straightforward-0", folder / "reference-0" / "datasets" / "augmented_data"),
    }


def memory(folder: Path, sizes: list[int]) -> dict[str, Any]:
    """Peak memory for more and more output rows."""
    peaks = {}
    for size in sizes:
        source = make_input(folder / "large.parquet", size // 3)
        _, peak = run(REFERENCE, source, folder / "large")
        peaks[str(size)] = peak
    return {"peak_bytes_by_output_rows": peaks}


def model_rate(folder: Path, answers: int) -> dict[str, Any]:
    """Answers per second at concurrency 16 and 1, from a mock server that takes 50 ms for each."""
    from conformance.mock_openai import MockOpenAI

    rates = {}
    with MockOpenAI() as server:
        for concurrency, wanted in ((1, max(20, answers // 12)), (16, answers)):
            name = f"c{concurrency}"
            server.open(name, faults=[{"fault": "latency", "seconds": 0.05}])
            source = make_input(folder / f"{name}.parquet", wanted // 2)
            system = {"type": "llm_api", "base_url": server.base_url(name), "model": "mock", "api_key": "none"}
            rate, _ = run(REFERENCE, source, folder / name, system | {"concurrency": concurrency})
            rates[concurrency] = rate * 2 / 3  # of three rows, two are answers
    return {
        "answers_per_second": rates[16],
        "answers_per_second_sequential": rates[1],
        "concurrency_speedup": rates[16] / rates[1],
    }


def make_input(path: Path, rows: int) -> Path:
    """A Parquet file of ``rows`` labelled texts of 119 characters on average."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = ["the", "product", "quality", "exceeded", "my", "expectations", "and", "delivery", "was", "quick,", "yet"]
    words += ["support", "didn't", "answer", "twice;"]
    texts = [textwrap.shorten(" ".join(words[i % 7 :] + words[: i % 11]), 119).capitalize() + "." for i in range(1000)]
    schema = pa.schema([("text", pa.string()), ("label", pa.string())])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, 50_000):
            numbers = range(start, min(start + 50_000, rows))
            text = [f"{texts[number % 1000]} {number}" for number in numbers]
            label = [("positive", "negative", "neutral")[number % 3] for number in numbers]
            writer.write_table(pa.table({"text": text, "label": label}, schema=schema))
    return path


def run(program: str, source: Path, target: Path, system: dict[str, Any] | None = None) -> tuple[float, float]:
    """Rows per second and peak bytes of one way, in a process of its own."""
    target.mkdir(exist_ok=True)
    command = [sys.executable, "-c", PEAK + program, str(source), str(target), str(GENERATOR), json.dumps(system or {})]
    rate, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(rate), float(peak)


def equal_rows(one: Path, other: Path) -> bool:
    """Whether two ``save_to_disk`` folders hold the same rows with the same types."""
    from datasets import load_from_disk

    first, second = load_from_disk(str(one)), load_from_disk(str(other))
    return bool(first.features == second.features and first.data.table.equals(second.data.table))


GOALS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "speedup": ("at least 5", lambda value: value >= 5),
    "rows_equal": ("true", bool),
    "peak_bytes_by_output_rows": ("below 250 MB", lambda peaks: all(peak < 250e6 for peak in peaks.values())),
    "concurrency_speedup": ("at least 12", lambda value: value >= 12),
    "start_ratio": ("at most 0.7", lambda value: value <= 0.7),
    "image_ratio": ("at most 0.6", lambda value: value <= 0.6),
}


def print_table(figures: dict[str, Any]) -> int:
    """One line per figure, with its goal; 1 when one is missed."""
    missed = 0
    for name, value in figures.items():
        goal, met = GOALS.get(name, ("", lambda _: True))
        verdict = "" if not goal else ("met" if met(value) else "MISSED")
        missed += verdict == "MISSED"
        print(f"{name:34} {_shown(value):>28}  {goal:14} {verdict}")
    return int(missed > 0)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item / 1e6:.0f} MB" for key, item in value.items())
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
