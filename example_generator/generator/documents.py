"""Documents (``pdf`` and ``txt``) become sentences, one per row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from generator.errors import GeneratorError

# A sentence ends at a mark followed by white space, at a CJK full stop, or at an empty line.
_SENTENCE_END = re.compile(r"(?<=[.!?…؟।])\s+|(?<=[。！？])\s*|\n\s*\n\s*")  # noqa: RUF001 - full-width marks are meant


def read_sentences(path: Path, kind: str, dataset: str, rows: int) -> Iterator[list[str]]:
    """The sentences of a document in lists of at most ``rows``; ``GeneratorError`` if it cannot be read."""
    text = _pdf_text(path, dataset) if kind == "pdf" else _plain_text(path, dataset)
    sentences = split_sentences(text)
    for start in range(0, len(sentences), rows):
        yield sentences[start : start + rows]


def split_sentences(text: str) -> list[str]:
    """Sentences with their white space made single; line breaks inside a sentence are no ends."""
    return [sentence for part in _SENTENCE_END.split(text) if (sentence := " ".join(part.split()))]


def _plain_text(path: Path, dataset: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise GeneratorError(f"dataset '{dataset}': {path.name} is not UTF-8 text: {error}") from None
    except OSError as error:
        raise GeneratorError(f"dataset '{dataset}': cannot read {path.name}: {error.strerror}") from None


def _pdf_text(path: Path, dataset: str) -> str:
    from pypdf import PdfReader

    try:
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    except Exception as error:  # noqa: BLE001 - a hostile PDF raises anything
        reason = f"{type(error).__name__}: {error}"
        raise GeneratorError(f"dataset '{dataset}': cannot read {path.name} as PDF: {reason}") from None
