"""Which secrets came out in a folder, asked of a child process that runs `conformance.outputs.secret_places`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.outputs.process import Limits, ask


def search_secrets(folder: Path, secrets: Sequence[str], *, limits: Limits | None = None) -> list[dict[str, Any]]:
    """Where any of the secrets occurs in a folder: ``{"canary": index, "where": "a.parquet, column text"}``.

    Plain, percent-encoded and base64, in names of files, their bytes, inside gzip and zip, and in the columns of
    Parquet and Arrow files. A search that dies says so in an entry with canary -1.
    """
    if not secrets:
        return []
    request = {"folder": str(folder), "secrets": list(secrets)}
    answers, end = ask(request, limits or Limits())
    if answers and "found" in answers[-1]:
        found: list[dict[str, Any]] = answers[-1]["found"]
        return found
    return [{"canary": -1, "where": f"the search did not end: {end}"}]
