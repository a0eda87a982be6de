r"""What an image wrote must not act on whoever reads the report.

A report is read in terminals, browsers, code hosts and by XML parsers. Here text loses what acts (escape sequences,
bidirectional overrides, invisible characters, lone surrogates) and secrets; it stays readable, as ``\x1b`` or
``\u202e``. The syntax of a format (``<``, ``|``, ``[``) is escaped by that format's own writer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MASK = "***"
_KEPT = "\n\t"
_ACTS = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Unicode categories of characters that steer instead of showing: control, format, surrogate, private, separators."""
_LOOKS_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9_-]*[0-9])(?:sk|hf|ghp|gho|github_pat|xox[abp])[-_][A-Za-z0-9][A-Za-z0-9_-]{11,}"
    r"|(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|(?<=[Bb]earer )[A-Za-z0-9._~+/-]{12,}=*"
)
_SHORTEST_SECRET = 6
"""Shorter canaries would mask ordinary words."""


def visible(text: str) -> str:
    r"""The text with every character that acts written as an escape; newline and tab stay.

    >>> visible("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(character) if _acts(character) else character for character in text)


def one_line(text: str) -> str:
    """The text made visible, with runs of white space (newlines too) as one space."""
    return " ".join(visible(text).split())


def _acts(character: str) -> bool:
    if character in _KEPT:
        return False
    return unicodedata.category(character) in _ACTS or ord(character) & 0xFFFE == 0xFFFE  # no character at all


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with the given secrets, and whatever looks like a key, replaced by ``***``."""
    for secret in sorted({secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}, key=lambda s: (-len(s), s)):
        text = text.replace(secret, MASK)
    return _LOOKS_SECRET.sub(MASK, text)
