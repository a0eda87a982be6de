"""``multipart/form-data`` bodies, as the image and audio endpoints get them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from conformance.mock_openai.errors import bad

_BOUNDARY = re.compile(r'boundary="?([^";,]{1,200})"?')
_PARAMETER = re.compile(r'(\w+\*?)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form; ``filename`` is empty for a plain value."""

    name: str
    filename: str
    content_type: str
    content: bytes

    @property
    def text(self) -> str:
        """The field's value as text."""
        return self.content.decode("utf-8", "replace")


def parse(body: bytes, content_type: str) -> tuple[Part, ...]:
    """The form's fields in order; raises the 400 that OpenAI gives for a form that cannot be read."""
    found = _BOUNDARY.search(content_type)
    if not found:
        raise bad("The form has no boundary: send multipart/form-data.")
    delimiter = b"--" + found[1].encode("latin-1")
    chunks = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if len(chunks) < 2 or not chunks[-1].startswith(b"--"):
        raise bad("The form is incomplete: its closing boundary is missing.")
    return tuple(_part(chunk) for chunk in chunks[1:-1])


def _part(chunk: bytes) -> Part:
    head, found, content = chunk.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not found:
        raise bad("A field of the form has no header.")
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    named = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
    return Part(named.get("name", ""), named.get("filename", ""), headers.get("content-type", ""), content)


def digest(parts: tuple[Part, ...]) -> bytes:
    """A digest of what the form says, whatever boundary the client made up."""
    state = sha256()
    for part in parts:
        for value in (part.name.encode(), part.filename.encode(), part.content):
            state.update(len(value).to_bytes(8, "big") + value)
    return state.digest()


def describe(body: bytes, content_type: str) -> dict[str, object]:
    """The form as the ledger shows it: values as text, files by name, size and digest."""
    from conformance.mock_openai.errors import ApiError

    try:
        parts = parse(body, content_type)
    except ApiError as error:
        return {"unreadable": error.message}
    shown: dict[str, object] = {}
    for part in parts:
        if part.filename:
            summary = f"{part.filename} ({len(part.content)} bytes, sha256 {sha256(part.content).hexdigest()[:12]})"
            shown[part.name] = summary
        else:
            shown[part.name] = part.text[:10_000]
    return shown
