"""Evidence as a file: one JSON document, bytes as base64, so that a verdict can be given again without an engine."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from conformance.engines.labels import alive, owner
from conformance.errors import KitError, UsageError
from conformance.evidence import Evidence

SCHEMA = "sdg-conformance/evidence/1"
MARK = ".sdg-conformance"
"""A file that tells a folder of the kit's from somebody else's."""


@cache
def _file_model() -> Any:
    from pydantic import BaseModel, ConfigDict

    class EvidenceFile(BaseModel):
        """The document: its version, and everything that was seen."""

        model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants")

        version: str = SCHEMA
        evidence: Evidence

    return EvidenceFile


def fresh_folder(folder: Path) -> Path:
    """Make a folder for evidence; what an earlier check left in it goes, because a run must not see another's files.

    Raises `UsageError` when the folder holds files of somebody else, another check is using it, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        old = [path for path in folder.iterdir() if path.name != MARK]
        if old and not (folder / MARK).exists():
            raise UsageError(
                f"The folder {folder} for the evidence holds other files ({old[0].name}).",
                "Name a new folder, an empty one, or one that holds an earlier check's evidence.",
            )
        user = (folder / MARK).read_text("utf-8", "replace") if old else ""
        if user and user != owner() and alive(user):
            raise UsageError(f"Another check is writing its evidence to {folder}.", "Give each check its own folder.")
        for path in old:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        (folder / MARK).write_text(owner(), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The evidence cannot be kept in {folder}: {error.strerror or error}.") from None
    return folder.resolve()


def save_evidence(evidence: Evidence, path: Path) -> None:
    """Write evidence, readable for its owner alone: it holds what the image wrote, secrets included.

    Raises `KitError` when the file cannot be written.
    """
    from pydantic_core import PydanticSerializationError

    document = _file_model()(evidence=evidence)
    try:
        text: str = document.model_dump_json()
    except (PydanticSerializationError, UnicodeEncodeError, ValueError):
        # Half a character (a lone surrogate) that an image wrote as \ud800 in JSON: UTF-8 has no place for it.
        text = json.dumps(_encodable(document.model_dump(mode="python")), default=_as_base64)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise KitError(f"The evidence cannot be written to {path}: {error.strerror or error}") from None


def load_evidence(path: Path) -> Evidence:
    """The evidence in a file that `save_evidence` wrote. Raises `UsageError` when it holds none."""
    from pydantic import ValidationError

    try:
        document = _file_model().model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "document"
        raise UsageError(
            f"{path} is not evidence of this kit: {where}: {first['msg']}",
            "Keep new evidence with: sdg-conformance check TARGET --evidence DIR",
        ) from None
    if document.version != SCHEMA:
        raise UsageError(f"{path} is {document.version}; this kit reads {SCHEMA}.", "Check the image again.")
    evidence: Evidence = document.evidence
    return evidence


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value


def _as_base64(value: object) -> str:
    import base64

    if isinstance(value, bytes):
        return base64.urlsafe_b64encode(value).decode("ascii")
    raise TypeError(f"evidence holds a {type(value).__name__}")
