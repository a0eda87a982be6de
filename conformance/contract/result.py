"""The result document: how hosts find it in a log, and what a host reads out of it (contract.md sections 3 and 4).

There are two parsers in the field and a container must satisfy both, so both are here: `parse_p1` (hosts 0.3.5 to
0.5.8) and `parse_p2` (0.5.9). They are described in contract.md 4.1 and verified against the hosts' own verdicts. Both
use Python's `json`, which is laxer than RFC 8259; `strict_problems` says what a strict reader would refuse.

What an image prints is hostile: nothing here raises anything but `ResultError`, whatever the log, and every function
ends within seconds on the largest log that the kit keeps (16 MiB).
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from conformance.contract.json_scan import Scanner, Span, TooTangled, objects

MAX_SPANS = 10_000
"""How many objects `find_result_spans` keeps: the last ones."""

TAIL = 1024 * 1024
"""The part of a log that is searched when the whole of it is too tangled (characters)."""

STRUCTURED_KEYS = ("results", "test_results", "generated_reports", "generated_datasets")
"""A document with none of these at its top is flat: the host takes the whole of it as the results."""

DATASET_TYPES = ("huggingface", "pdf", "txt")
REPORT_TYPES = ("html", "pdf", "json")


class ResultError(ValueError):
    """No result document can be read from a log; the message says why."""


def as_text(log: bytes | str) -> str:
    """A log as the host decodes it: UTF-8, with U+FFFD for what is not."""
    return log.decode("utf-8", errors="replace") if isinstance(log, bytes) else log


def parse_p1(log: bytes | str) -> dict[str, Any]:
    """The result document as hosts 0.3.5 to 0.5.8 find it: from the last line that begins with ``{`` to the last ``}``.

    If that is not JSON, the line before that begins with ``{`` is tried, and so on upwards. A line that begins with
    ``{`` and has no ``}`` after it ends the search at once. Raises `ResultError`.
    """
    text = _not_empty(log)
    try:
        if (whole := _whole(text)) is not None:
            return whole
        return _last_line_anchored(text)
    except (RecursionError, TooTangled, ValueError) as error:
        raise _as_result_error(error) from None


def parse_p2(log: bytes | str) -> dict[str, Any]:
    """The result document as host 0.5.9 finds it: the last top-level JSON object anywhere. Raises `ResultError`.

    A log that is too tangled to be read whole (see `conformance.contract.json_scan`) is searched in its last MiB.
    """
    text = _not_empty(log)
    try:
        if (whole := _whole(text)) is not None:
            return whole
        found = _last_span(text)
    except (RecursionError, TooTangled, ValueError) as error:
        raise _as_result_error(error) from None
    if found is not None:
        return found.value
    if "{" in text and "}" not in text:
        raise ResultError("a JSON object is opened and never closed")
    raise ResultError("no JSON object found")


def _not_empty(log: bytes | str) -> str:
    text = as_text(log).strip()
    if not text:
        raise ResultError("the log is empty")
    return text


def _as_result_error(error: Exception) -> ResultError:
    if isinstance(error, RecursionError):
        return ResultError("a JSON object is nested too deep to be read")
    return error if isinstance(error, ResultError) else ResultError(str(error))


def _whole(text: str) -> dict[str, Any] | None:
    """The text as one document, the fast path of both parsers."""
    if not (text.startswith("{") and text.endswith("}")):
        return None
    span = Scanner(text).object_at(0)
    return span.value if span is not None and span.end == len(text) else None


def _last_line_anchored(text: str) -> dict[str, Any]:
    scanner = Scanner(text)
    closing = text.rfind("}")
    line_end = len(text)
    followed = False
    while line_end >= 0:
        line_start = text.rfind("\n", 0, line_end) + 1
        # The host strips the line before it looks at its first character, and Python strips more than JSON allows.
        if text[line_start:line_end].lstrip().startswith("{"):
            if closing < line_start:
                raise ResultError("a JSON object is opened and never closed")
            start = line_start + _json_whitespace(text, line_start)
            span = scanner.object_at(start)
            if span is not None and span.end == closing + 1:
                return span.value
            followed = followed or span is not None
        line_end = line_start - 1
    if followed:
        raise ResultError("something with a closing brace follows the JSON object, and hosts read up to the last brace")
    raise ResultError("no JSON object found on a line of its own")


def _json_whitespace(text: str, start: int) -> int:
    end = start
    while end < len(text) and text[end] in " \t\r\n":
        end += 1
    return end - start


def _last_span(text: str) -> Span | None:
    last = None
    try:
        for span in objects(text):
            last = span
    except TooTangled:
        if len(text) <= TAIL:
            raise
        return _last_span(text[-TAIL:]) or last
    return last


def find_result_spans(stdout: bytes | str) -> list[Span]:
    """All top-level JSON objects of a text with their places (in characters of `as_text`), at most the last 10,000.

    Never raises: what cannot be decoded is passed over, and of a tangled text it gives what was found before the
    budget was spent.
    """
    return list(deque(objects(as_text(stdout), forgiving=True), maxlen=MAX_SPANS))


def last_object(stdout: bytes | str) -> Span | None:
    """The last top-level JSON object of a text, if there is any."""
    spans = find_result_spans(stdout)
    return spans[-1] if spans else None


def looks_like_result(value: object) -> bool:
    """Whether an object could be taken for a result document: it has one of its keys, or a flat ``success``."""
    return isinstance(value, dict) and any(key in value for key in (*STRUCTURED_KEYS, "success"))


def intended_document(log: bytes | str) -> dict[str, Any] | None:
    """The result document that the image meant: the last object that looks like one, wherever it stands.

    What is only a part of a document that never closes (the ``results`` of a cut one) does not count, though host
    0.5.9 falls for it.
    """
    text = as_text(log)
    span = _intended_span(text)
    return span.value if span else None


def intended_text(log: bytes | str) -> str:
    """The characters of the result document that the image meant, for `strict_problems`; empty if there is none.

    Also of a document that nobody can decode, where it is recognised by its first key: up to the last closing brace,
    or to the end.
    """
    text = as_text(log)
    span = _intended_span(text)
    begins = [match.start() for match in _FIRST_KEY.finditer(text, span.end if span else 0)]
    broken = next((start for start in reversed(begins) if not _is_member(text, start)), None)
    if broken is not None:
        closing = text.rfind("}")
        return text[broken : closing + 1] if closing > broken else text[broken:]
    return text[span.start : span.end] if span else ""


def result_spans(log: bytes | str) -> list[Span]:
    """All objects of a log that look like result documents, with their places; parts of a cut document do not count."""
    text = as_text(log)
    return [
        span for span in find_result_spans(text) if looks_like_result(span.value) and not _is_member(text, span.start)
    ]


def _intended_span(text: str) -> Span | None:
    spans = result_spans(text)
    return spans[-1] if spans else None


def _is_member(text: str, start: int) -> bool:
    """Whether what begins there is the value of a key."""
    return _FOLLOWS_A_KEY.search(text[max(0, start - 80) : start]) is not None


_FOLLOWS_A_KEY = re.compile(r'["\']\s*:\s*\Z')
_FIRST_KEY = re.compile(rf'\{{\s*["\'](?:{"|".join((*STRUCTURED_KEYS, "success"))})["\']\s*:')


@dataclass(frozen=True, slots=True)
class Result:
    """A result document as the host reads it.

    ``form`` is flat when no structured key is present. ``results`` are the effective results ({} where there are
    none), ``success`` the member of that name as it stands (None if absent). ``datasets`` and ``reports`` are the
    entries as printed; what is not a list gives none.
    """

    document: dict[str, Any]
    form: Literal["structured", "flat"]
    results: Mapping[str, Any]
    datasets: tuple[Any, ...] = ()
    reports: tuple[Any, ...] = ()

    @property
    def success(self) -> Any:
        """The value of ``success``: anything JSON can say, None if absent."""
        return self.results.get("success")

    @property
    def succeeded(self) -> bool:
        """Whether it reports success with the one value that means it: the JSON literal ``true``."""
        return self.success is True

    @property
    def error(self) -> Any:
        """The value of ``error``, None if absent."""
        return self.results.get("error")


def read_result(document: dict[str, Any]) -> Result:
    """The view of a result document; entries of any shape are kept for the checks to judge."""
    return Result(
        document=document,
        form="structured" if any(key in document for key in STRUCTURED_KEYS) else "flat",
        results=effective_results(document),
        datasets=_entries(document.get("generated_datasets")),
        reports=_entries(document.get("generated_reports")),
    )


def effective_results(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The results that the host uses: ``results`` unless that is empty or null, then ``test_results``.

    A flat document is its own results. {} where the host finds none or refuses what it finds (a list, a text).
    """
    if not any(key in document for key in STRUCTURED_KEYS):
        return document
    chosen = document.get("results") or document.get("test_results")
    return chosen if isinstance(chosen, dict) else {}


def _entries(value: object) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else ()


def dataset_entry_problems(entry: object) -> list[str]:
    """Why the host would drop this entry of ``generated_datasets``; empty if it takes it (contract.md 4.4).

    Any object will do as ``metadata``: what is not the structured form is taken as a free one.
    """
    if not isinstance(entry, dict):
        return [f"the entry is {_kind(entry)}, not an object"]
    return [
        *_text_problems(entry, "dataset_name"),
        *_choice_problems(entry, "dataset_type", DATASET_TYPES),
        *_text_problems(entry, "dataset_path"),
        *_optional_problems(entry, "format", str, "a string"),
        *_optional_problems(entry, "metadata", dict, "an object"),
    ]


def report_entry_problems(entry: object) -> list[str]:
    """Why the host would drop this entry of ``generated_reports``; empty if it takes it."""
    if not isinstance(entry, dict):
        return [f"the entry is {_kind(entry)}, not an object"]
    return [
        *_text_problems(entry, "report_name"),
        *_choice_problems(entry, "report_type", REPORT_TYPES),
        *_text_problems(entry, "report_path"),
        *_optional_problems(entry, "metadata", dict, "an object"),
    ]


def _text_problems(entry: dict[str, Any], key: str) -> list[str]:
    if key not in entry:
        return [f"{key} is missing"]
    value = entry[key]
    if not isinstance(value, str):
        return [f"{key} is {_kind(value)}, not a string"]
    if any("\ud800" <= character <= "\udfff" for character in value):
        return [f"{key} holds a lone surrogate, which is no character"]
    return [] if value.strip() else [f"{key} is blank"]


def _choice_problems(entry: dict[str, Any], key: str, choices: tuple[str, ...]) -> list[str]:
    if key not in entry:
        return [f"{key} is missing"]
    value = entry[key]
    if isinstance(value, str) and value in choices:
        return []
    return [f"{key} is {json.dumps(value)[:80]}, not one of {', '.join(choices)}"]


def _optional_problems(entry: dict[str, Any], key: str, type_: type, words: str) -> list[str]:
    value = entry.get(key)
    return [] if value is None or isinstance(value, type_) else [f"{key} is {_kind(value)}, not {words}"]


def _kind(value: object) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
