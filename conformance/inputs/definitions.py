"""The host's JSON for an input dataset, exactly as a container receives it (contract.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LOADER_KEYS = (
    "hub_path", "name", "split", "trust_remote_code", "builder_name", "data_dir", "data_files", "revision",
    "streaming", "token",
)  # fmt: skip
"""The ten keys of ``loader_params``; all are always there, null where unset."""

LEGACY_LOADER_KEYS = ("builder_name", "data_dir", "data_files", "trust_remote_code")
"""The four keys that hosts before 0.4.6 sent."""


def rows_definition(
    builder_name: str,
    *,
    data_files: str | Sequence[str] | None = None,
    data_dir: str | None = None,
    mapping: Mapping[str, str] | None = None,
    split: str | None = None,
    streaming: bool = False,
    token: str | None = None,
    legacy: bool = False,
) -> dict[str, Any]:
    """A local dataset of type huggingface; ``legacy`` leaves out what old hosts did not know."""
    files = data_files if data_files is None or isinstance(data_files, str) else list(data_files)
    loader: dict[str, Any] = {
        **dict.fromkeys(LOADER_KEYS), "split": split, "trust_remote_code": False, "builder_name": builder_name,
        "data_dir": data_dir, "data_files": files, "streaming": streaming, "token": token,
    }  # fmt: skip
    definition: dict[str, Any] = {
        "type": "huggingface", "description": None, "loader_params": loader, "mapping": dict(mapping or {}),
        "label_map": None, "tags": [],
    }  # fmt: skip
    if legacy:
        definition["loader_params"] = {key: loader[key] for key in LEGACY_LOADER_KEYS}
        del definition["label_map"]
    return definition


def document_definition(kind: str, file_path: str) -> dict[str, Any]:
    """A document of type pdf or txt."""
    return {"description": None, "file_path": file_path, "tags": [], "type": kind}
