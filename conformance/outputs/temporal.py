"""Dates and times written as text or numbers, against the temporal dtypes of contract.md 9.3.

Text files have no word for time. Accepted: ISO 8601 (with a blank or a T), whole numbers (a count of the dtype's
unit), and for durations also seconds with a fraction, ``H:MM:SS``, ``3 days 04:05:06`` and ``P3DT4H``. Refused: what
is none of these, dates that do not exist, and a fraction finer than the dtype's unit, which would be lost.
"""

from __future__ import annotations

import datetime
import re

_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_CLOCK = r"(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?"
_ZONE = r"\s*(?:Z|UTC|[+-]\d\d:?(?:\d\d)?)?"
_TIMESTAMP = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)(?:[T ]{_CLOCK}{_ZONE})?")
_TIME = re.compile(_CLOCK)
_DURATION = re.compile(
    r"[+-]?(?:P(?=\w)(?:\d+[YMWD])*(?:T(?:\d+(?:[.,]\d+)?[HMS])+)?"
    r"|(?:\d+ days?,? ?)?(?:[+-]?\d+:\d\d(?::\d\d(?:\.\d+)?)?)?)"
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def is_temporal(dtype: str) -> bool:
    """Whether a dtype is a date, a time, a timestamp or a duration."""
    return dtype.startswith(("time", "date", "duration"))


def temporal_text(value: str, dtype: str) -> tuple[str, str]:
    """A text as a value of the dtype: its normal form and why it is none (empty: it is one)."""
    text = value.strip()
    if dtype.startswith("duration"):
        fits = bool(text) and (_NUMBER.fullmatch(text) or _DURATION.fullmatch(text))
        return text, "" if fits else "is no duration"
    if re.fullmatch(r"[+-]?\d+", text):
        return text, ""
    if dtype.startswith(("time32", "time64")):
        return _time(text, _unit(dtype))
    return _timestamp(text, dtype)


def _unit(dtype: str) -> str:
    return dtype[dtype.index("[") + 1 : -1] if "[" in dtype else "s"


def _time(text: str, unit: str) -> tuple[str, str]:
    match = _TIME.fullmatch(text)
    if match is None or not _is_clock(match[1], match[2], match[3]):
        return text, "is no time of day"
    return text, _too_fine(match[4], unit)


def _timestamp(text: str, dtype: str) -> tuple[str, str]:
    match = _TIMESTAMP.fullmatch(text)
    what = "date" if dtype.startswith("date") else "timestamp"
    if match is None or not _is_date(match) or not _is_clock(match[4] or "0", match[5] or "0", match[6]):
        return text, f"is no {what}"
    normal = text.replace("T", " ")
    if what == "date":
        has_time = any(part and int(part) for part in match.groups()[3:])
        return normal, "has a time of day, which a date loses" if has_time else ""
    if _unit(dtype) == "ns" and not 1678 <= int(match[1]) <= 2261:
        return normal, f"is outside what {dtype} can hold"
    return normal, _too_fine(match[7], _unit(dtype))


def _is_date(match: re.Match[str]) -> bool:
    try:
        datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    return True


def _is_clock(hour: str, minute: str, second: str | None) -> bool:
    return int(hour) < 24 and int(minute) < 60 and int(second or 0) <= 60


def _too_fine(fraction: str | None, unit: str) -> str:
    digits = len((fraction or "").rstrip("0"))
    return f"has {digits} digits after the second, of which [{unit}] loses some" if digits > _DIGITS[unit] else ""
