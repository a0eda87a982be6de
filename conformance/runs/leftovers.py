"""What a run left behind that nobody lists: each file read as if it were a result.

An interrupted run prints no document that says what its files are, so the reader is asked about every one of them.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.outputs.facts import FileFacts
from conformance.outputs.reader import read_produced
from conformance.outputs.tree import scan

MOST_FILES = 40
DOCUMENTS = {".pdf": "pdf", ".txt": "txt"}


def files_left(output: Path, manifest: Manifest) -> list[dict[str, Any]]:
    """Every file (and every folder with files in it) below ``output``, as far as it can be read.

    Each is ``{path, form, problem, rows, size}``: the path is relative to the folder, the other words are those of
    `conformance.outputs.facts.DatasetFacts`. At most `MOST_FILES`.
    """
    places = _places(scan(output))[:MOST_FILES]
    entries = [
        {"dataset_name": path, "dataset_type": _type(path), "dataset_path": f"/output/{path}"} for path in places
    ]
    facts = read_produced({"generated_datasets": entries}, output, manifest)
    return [
        {"path": one.name, "form": one.form, "problem": one.problem, "rows": one.rows, "size": one.size}
        for one in facts
    ]  # fmt: skip


def _places(files: tuple[FileFacts, ...]) -> list[str]:
    """The files, and the folders that hold some: a dataset may be a folder."""
    names = [PurePosixPath(one.path) for one in files if one.kind == "file"]
    parents = {str(name.parent) for name in names if str(name.parent) != "."}
    return sorted({str(name) for name in names} | parents)


def _type(path: str) -> str:
    return DOCUMENTS.get(PurePosixPath(path).suffix.lower(), HUGGINGFACE)
