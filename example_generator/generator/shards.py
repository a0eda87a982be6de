"""Resuming: answers of a language model are kept, shard by shard, until the run that needs them is complete.

A shard is the answers to ``ROWS`` consecutive input rows. Its name is a hash of everything they depend on, so a
run finds exactly those that an interrupted run with equal parameters and inputs left. Smaller rests are not kept:
they are quickly asked for again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROWS = 256

Answers = dict[int, list[str | None]]
"""Variation number -> one answer per row of the shard."""


class Shards:
    """The kept shards below one output folder, ``datasets/.augmented_data.shards/``."""

    def __init__(self, root: Path, identity: dict[str, Any]) -> None:
        self._folder = root / "datasets" / ".augmented_data.shards"
        self._identity = identity
        self._used: set[Path] = set()

    def load(self, texts: Sequence[str], labels: Sequence[str], wanted: Sequence[int]) -> Answers | None:
        """The kept answers to these rows, None if there are none (or none that can be used)."""
        path = self._path(texts, labels)
        try:
            answers = {int(number): column for number, column in json.loads(path.read_bytes()).items()}
        except (OSError, ValueError, AttributeError):
            return None
        lengths = {len(column) if isinstance(column, list) else -1 for column in answers.values()}
        if set(answers) != set(wanted) or lengths != {len(texts)}:
            return None
        self._used.add(path)
        return answers

    def save(self, texts: Sequence[str], labels: Sequence[str], answers: Answers) -> None:
        """Keep a full shard without gaps. A convenience: where it cannot be kept, the run goes on without."""
        if len(texts) < ROWS or any(None in column for column in answers.values()):
            return
        path = self._path(texts, labels)
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}.partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(answers), encoding="utf-8")
            temporary.replace(path)
        except OSError:
            return
        finally:
            temporary.unlink(missing_ok=True)
        self._used.add(path)

    def clear(self) -> None:
        """Remove what this run used: its result is complete."""
        for path in self._used:
            path.unlink(missing_ok=True)
        try:
            self._folder.rmdir()
        except OSError:
            return

    def _path(self, texts: Sequence[str], labels: Sequence[str]) -> Path:
        content = json.dumps([self._identity, list(texts), list(labels)])
        return self._folder / f"{hashlib.sha256(content.encode()).hexdigest()[:32]}.json"
