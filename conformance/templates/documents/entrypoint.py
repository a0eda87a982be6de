"""The start: run one job, print one JSON document, exit 0 or 1. What is generated is in ``questions.py``."""

import json
import logging
import os
import signal
import sys
import uuid
from pathlib import Path

from documents import read_pages
from errors import GeneratorError, StoppedError
from questions import question_about, sentences


def main(arguments):
    """Whatever happens, the host finds one document on stdout, with ``success`` and, on failure, ``error``."""
    signal.signal(signal.SIGTERM, stop)
    logging.disable(logging.CRITICAL)  # pypdf comments on pages; the host reads the log as part of the result
    results = {"success": False, "sentence_count": 0}
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
    """Read, ask, write; the metrics and the entries of ``generated_datasets``."""
    params = generation_params(arguments)
    most = max_questions(params)
    output = require_output(Path(os.environ.get("OUTPUT_MOUNT_PATH") or "/output"))
    pages = read_pages(params, "document", Path(os.environ.get("INPUT_MOUNT_PATH") or "/input"))
    used = sentences(pages)[:most]
    if not used:
        raise GeneratorError("dataset 'document' has no text")
    rows = [{"question": question_about(sentence), "answer": sentence} for sentence in used]
    table = write(output / "datasets" / "questions.jsonl", [json.dumps(row, ensure_ascii=False) for row in rows])
    text = write(output / "datasets" / "reading_text.txt", used)
    columns = [{"name": "question", "dtype": "string"}, {"name": "answer", "dtype": "string"}]
    entries = [
        {
            "dataset_name": "questions",
            "dataset_type": "huggingface",
            "dataset_path": str(table),
            "format": "jsonl",
            "metadata": {"columns": columns, "row_count": len(rows), "size_bytes": table.stat().st_size},
        },
        {
            "dataset_name": "reading_text",
            "dataset_type": "txt",
            "dataset_path": str(text),
            "metadata": {"size_bytes": text.stat().st_size},
        },
    ]
    return {"sentence_count": len(used)}, entries


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


def max_questions(params):
    """The host never applies a manifest's default: that is done here, and null means "not given"."""
    number = params.get("max_questions")
    number = 1000 if number is None else number
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 1_000_000:
        raise GeneratorError(f"parameter 'max_questions' is {number!r:.80}; expected an integer from 1 to 1000000")
    return number


def require_output(folder):
    """The output folder, checked before any work: without a mount the result would be lost."""
    if not os.path.ismount(folder):
        raise GeneratorError(f"nothing is mounted at {folder}: what is written there would be lost")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise GeneratorError(f"{folder} cannot be written")
    return folder


def write(path, lines):
    """Write a text that is there complete or not at all."""
    partial = path.with_name(f".{uuid.uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text("".join(line + "\n" for line in lines), encoding="utf-8", errors="replace")
        partial.replace(path)
    except OSError as problem:
        raise GeneratorError(f"{path} cannot be written: {problem.strerror or problem}") from None
    finally:
        partial.unlink(missing_ok=True)
    return path


def stop(*_):
    """Process 1 ignores signals that it does not handle."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise StoppedError


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
