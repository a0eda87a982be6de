"""PDF, text and HTML files: whether they are whole, and how they begin."""

from __future__ import annotations

import codecs
from pathlib import Path

from conformance.outputs.contents import UnreadableError
from conformance.outputs.forms import HEAD

_TAIL = 4096
_SHOWN = 2_000
_MIDDLE = 1024**2


def read_document(file: Path, form: str) -> str:
    """The beginning of a document's text (empty for a PDF). Raises `UnreadableError` where it is not whole."""
    if form == "pdf":
        _check_pdf(file)
        return ""
    return _read_text(file)


def _check_pdf(file: Path) -> None:
    """A PDF ends with the marker of its end, give or take a few bytes."""
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL))
        if b"%%EOF" not in stream.read():
            raise UnreadableError("the PDF has no end marker (%%EOF): it is cut off")


def _read_text(file: Path) -> str:
    """The beginning of a UTF-8 file, all of which is looked at."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    head, place = "", 0
    with file.open("rb") as stream:
        while block := stream.read(_MIDDLE):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                raise UnreadableError(f"it is not UTF-8 near byte {place + error.start} ({error.reason})") from None
            head = head or text[:HEAD]
            place += len(block)
    if decoder.getstate()[0]:
        raise UnreadableError("it is not UTF-8: its last character is cut off")
    return head[:_SHOWN]
