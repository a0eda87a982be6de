"""The start: run one job, print one JSON document, exit 0 or 1. What is generated is in ``augment.py``."""

import json
import os
import signal
import sys
import time
from pathlib import Path

from augment import variation
from errors import GeneratorError, StoppedError
from reading import read_rows
from writing import require_output, written_dataset

BATCH = 5_000


def main(arguments):
    """Whatever happens, the host finds one document on stdout, with ``success`` and, on failure, ``error``."""
    signal.signal(signal.SIGTERM, stop)
    results = {"success": False, "original_count": 0, "generated_count": 0}
    datasets, code = [], 1
    try:
        metrics, datasets = generate(arguments)
        results, code = {**results, **metrics, "success": True}, 0
    except StoppedError:
        results["error"], code = "stopped by SIGTERM before the result was complete", 143
    except GeneratorError as problem:
        results["error"] = str(problem)
    except Exception as problem:
        results["error"] = f"unexpected {type(problem).__name__}: {problem}"
    document = {"results": results, "generated_datasets": datasets, "generated_reports": []}
    print(json.dumps(document, allow_nan=False), flush=True)
    return code


def generate(arguments):
    """Read, vary, write; the metrics and the entries of ``generated_datasets``."""
    params = generation_params(arguments)
    count = number_of_variations(params)
    output = require_output(Path(os.environ.get("OUTPUT_MOUNT_PATH") or "/output"))
    rows = read_rows(params, "source_data", Path(os.environ.get("INPUT_MOUNT_PATH") or "/input"))
    entry = written_dataset(batches(rows, count), "augmented_data", output)
    return {"original_count": len(rows), "generated_count": count * len(rows)}, [entry]


def batches(rows, count):
    """The output rows, some thousand at a time, so that memory does not grow with them."""
    last, batch = time.monotonic(), []
    for index, (text, label) in enumerate(rows):
        batch.append((text, label, False, index))
        batch += [(variation(text, number), label, True, index) for number in range(count)]
        if len(batch) >= BATCH:
            yield batch
            batch = []
        if time.monotonic() - last > 5:
            last = time.monotonic()
            print(f"progress done={index + 1} total={len(rows)}", file=sys.stderr, flush=True)  # never a brace here
    yield batch


def generation_params(arguments):
    """The JSON object after ``--generation-params``; other arguments are none of this container's business."""
    text = None
    for place, word in enumerate(arguments):
        if word == "--generation-params":
            text = arguments[place + 1] if place + 1 < len(arguments) else None
        elif word.startswith("--generation-params="):
            text = word.partition("=")[2]
    if text is None:
        raise GeneratorError("--generation-params is missing, or has no value")
    try:
        params = json.loads(text)
    except ValueError as problem:
        raise GeneratorError(f"--generation-params is not valid JSON: {problem}") from None
    if not isinstance(params, dict):
        raise GeneratorError("--generation-params is not a JSON object")
    return params


def number_of_variations(params):
    """The host never applies a manifest's default: that is done here, and null means "not given"."""
    number = params.get("num_variations")
    number = 2 if number is None else number
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 100:
        raise GeneratorError(f"parameter 'num_variations' is {number!r:.80}; expected an integer from 0 to 100")
    return number


def stop(*_):
    """Process 1 ignores signals that it does not handle."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise StoppedError


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
