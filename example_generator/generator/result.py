"""The result document: one line of strict JSON on stdout, the last thing this program writes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

METRICS: dict[str, Any] = {
    "success": False,
    "original_count": 0,
    "generated_count": 0,
    "total_count": 0,
    "augmentation_type": "",
    "execution_time_seconds": 0.0,
    "skipped_count": 0,
    "failed_count": 0,
    "duplicate_rate": 0.0,
    "unchanged_rate": 0.0,
    "failure_rate": 0.0,
    "request_count": 0,
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "parameters": {},
}
"""Every metric of manifest.yaml with its value before anything is known: a failure keeps the types."""


def success(metrics: dict[str, Any], datasets: list[dict[str, Any]], reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The document of a run that did everything."""
    return _document({**METRICS, **metrics, "success": True}, datasets, reports)


def failure(error: str, metrics: dict[str, Any]) -> dict[str, Any]:
    """The document of a run that failed: nothing was produced and ``error`` says why."""
    return _document({**METRICS, **metrics, "success": False, "error": error or "unknown error"}, [], [])


def _document(results: dict[str, Any], datasets: list[dict[str, Any]], reports: list[dict[str, Any]]) -> dict[str, Any]:
    """``test_results`` is what the first hosts read, ``results`` what today's do; all four keys are always there."""
    return {
        "results": results,
        "test_results": results,
        "generated_reports": reports,
        "generated_datasets": datasets,
    }


def print_document(document: dict[str, Any], secrets: Iterable[str] = ()) -> None:
    """Print the document, cleared of secrets, in one write."""
    text = json.dumps(_clean(document, tuple(secrets)), allow_nan=False)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _clean(value: Any, secrets: tuple[str, ...]) -> Any:
    """Without secrets and without half surrogate pairs, which strict JSON readers refuse."""
    if isinstance(value, dict):
        return {_clean(key, secrets): _clean(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "***")
        return value.encode("utf-8", "replace").decode()
    return value
