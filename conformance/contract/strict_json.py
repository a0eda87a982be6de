"""What a strict reader of JSON (RFC 8259, RFC 7493) would refuse in a text that Python's `json` may well accept.

Hosts read the result with Python and write it on: a NaN, a repeated key or half a character reaches files that other
readers then cannot open.
"""

from __future__ import annotations

import json
from typing import Any

_NEWLINE = "\n"
_SPACE = " \t\n\r"
MAX_PROBLEMS = 10
"""More than these say nothing new."""


def strict_problems(text: str | bytes) -> list[str]:
    """Everything in one JSON text that strict JSON forbids, in sentences; empty if there is nothing.

    Looks for invalid UTF-8 (bytes only), syntax errors (trailing commas, control characters, ...), ``NaN`` and
    ``Infinity``, repeated keys and lone surrogates. Never raises, however deep the text is nested.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            return [f"byte {error.start} is not valid UTF-8 (0x{error.object[error.start]:02x})"]
    if text.startswith("\ufeff"):
        return ["it begins with a byte order mark"]
    return _problems(text)[:MAX_PROBLEMS]


def _problems(text: str) -> list[str]:
    problems: list[str] = []

    def constant(name: str) -> None:
        problems.append(f"{name} is no JSON value")

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        document = dict(members)
        if len(document) < len(members):
            keys = [key for key, _ in members]
            problems.extend(f"the key {_shown(key)} is repeated" for key in document if keys.count(key) > 1)
        return document

    try:
        document = json.loads(text, parse_constant=constant, object_pairs_hook=pairs, parse_int=_integer)
    except json.JSONDecodeError as error:
        problems.append(_syntax(error))
    except RecursionError:
        problems.append("it is nested too deep to be read")
    else:
        problems.extend(_surrogates(document))
    return list(dict.fromkeys(problems))


def _integer(digits: str) -> int | float:
    """An integer; one of thousands of digits, which Python refuses to read, as a number of no further interest."""
    return int(digits) if len(digits) < 4000 else float("inf")


def _syntax(error: json.JSONDecodeError) -> str:
    at = error.pos
    if error.msg.startswith("Illegal trailing comma"):  # from Python 3.13 on, which points at the comma
        at += 1 + len(error.doc[at + 1 :]) - len(error.doc[at + 1 :].lstrip(_SPACE))
    where = f"line {error.doc.count(_NEWLINE, 0, at) + 1}, column {at - error.doc.rfind(_NEWLINE, 0, at)}"
    before = error.doc[:at].rstrip(_SPACE)
    after = error.doc[at : at + 1]
    if before.endswith(",") and after in ("}", "]"):
        return f"a comma before the closing {after} ({where})"
    if error.msg.startswith("Invalid control character"):
        return f"a raw control character, U+{ord(after or chr(0)):04X}, inside a string ({where})"
    if after == "'":
        return f"a single quote where JSON has double ones ({where})"
    return f"{error.msg[:1].lower()}{error.msg[1:]} ({where})"


def _surrogates(document: object) -> list[str]:
    problems: list[str] = []
    pending = [document]
    while pending and len(problems) < MAX_PROBLEMS:
        value = pending.pop()
        if isinstance(value, dict):
            problems.extend(_surrogate_in(key, "a key") for key in value if _has_surrogate(key))
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, str) and _has_surrogate(value):
            problems.append(_surrogate_in(value, "a string"))
    return problems


def _has_surrogate(text: str) -> bool:
    # Encoding is the quick way to ask: only surrogates cannot be encoded.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _surrogate_in(text: str, where: str) -> str:
    surrogate = next(character for character in text if "\ud800" <= character <= "\udfff")
    return f"{where} holds the lone surrogate \\u{ord(surrogate):04x}, which is no character: {_shown(text)}"


def _shown(text: str) -> str:
    return json.dumps(text[:60])
