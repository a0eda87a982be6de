"""Whether a produced file loads downstream, as the host's library would load it (DATASET-019, contract.md 9.6)."""

from __future__ import annotations

import tempfile
from pathlib import Path

BUILDERS = {
    "parquet": "parquet",
    "jsonl": "json",
    "json": "json",
    "csv": "csv",
    "arrow-file": "arrow",
    "arrow-stream": "arrow",
    "text": "text",
}
"""Which builder of the `datasets` library reads a form."""


def why_not_loadable(host: Path, form: str) -> str | None:
    """Why `datasets.load_dataset(builder, data_files=...)` fails; empty if it works, None if it has no builder."""
    if host.is_dir():
        return "it is a folder, and a downstream job names files"
    if form not in BUILDERS:
        return None
    import datasets

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        try:
            datasets.load_dataset(BUILDERS[form], data_files=str(host), cache_dir=cache, split="train")
        except Exception as error:  # noqa: BLE001 - whatever the library raises is the answer
            cause = error.__cause__ or error
            return " ".join(f"{type(cause).__name__}: {cause}".replace(str(host), host.name).split())[:300]
    return ""
