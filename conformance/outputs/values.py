"""One value against the declared feature: what it is as a plain value, and why it does not fit.

Three sources. ``typed``: Parquet and Arrow, where the types are judged elsewhere and only what types cannot say is
left: label ranges, list lengths, required fields, media that decode. ``json``: numbers, texts and truth values are told
apart, so ``"5"`` is no integer, but 5 and 5.0 are the same number. ``csv``: everything is text and is read as the
declared type. A value fits when the cast loses nothing (contract.md 9.5).
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable
from typing import Any, Literal

from conformance.contract.features import BINARIES, MEDIA, STRINGS
from conformance.contract.model import Feature
from conformance.outputs.media import media_problem
from conformance.outputs.temporal import is_temporal, temporal_text

Source = Literal["typed", "json", "csv"]
Opener = Callable[[str], bytes | None]
"""The bytes of a file that a value names by its path, None where there is no such file below the output folder."""

Fit = tuple[Any, str]
"""A plain value and the reason why it does not fit (empty: it fits)."""

INTEGERS = {f"{sign}int{bits}": bits for sign in ("", "u") for bits in (8, 16, 32, 64)}
FLOATS = {"float16": "<e", "float32": "<f", "float": "<f", "float64": "<d", "double": "<d"}
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)


def no_files(path: str) -> bytes | None:
    """An opener for data that names no files."""
    del path
    return None


def looks_into_values(declared: Feature) -> bool:
    """Whether a declared feature says something that the column's type cannot show."""
    if declared.kind == "List":
        return declared.length >= 0 or (declared.element is not None and looks_into_values(declared.element))
    if declared.kind == "Dict":
        return any(field.required or looks_into_values(field) for field in declared.fields)
    return declared.kind != "Value"


def fit(value: Any, declared: Feature, source: Source, opener: Opener = no_files) -> Fit:
    """A value as the declared feature reads it. Missing values always fit: they are counted, not judged, here."""
    if value is None:
        return None, ""
    if declared.kind == "Value":
        return (value, "") if source == "typed" else _scalar(value, declared.dtype, source)
    if declared.kind == "List":
        return _list(value, declared, source, opener)
    if declared.kind == "Dict":
        return _dict(value, declared, source, opener)
    if declared.kind == "ClassLabel":
        return _label(value, declared, source)
    return (value, _media(declared.kind, value, opener)) if declared.kind in MEDIA else (value, "")


def shown(value: Any) -> str:
    """A value from the image, short enough for a sentence."""
    text = f"{len(value)} bytes" if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _scalar(value: Any, dtype: str, source: Source) -> Fit:
    if dtype in INTEGERS:
        return _integer(value, dtype, source)
    if dtype in FLOATS:
        return _float(value, dtype, source)
    if dtype == "bool":
        return _truth(value, source)
    if is_temporal(dtype):
        return _temporal(value, dtype)
    accepted = str if dtype in STRINGS else (str, list) if dtype in BINARIES else ()
    return value, "" if isinstance(value, accepted) else f"{shown(value)} is no {dtype}"


def _integer(value: Any, dtype: str, source: Source) -> Fit:
    number = _whole_number(value, source)
    if number is None:
        return value, f"{shown(value)} is no {dtype}"
    bits = INTEGERS[dtype]
    low, high = (0, 2**bits - 1) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return number, "" if low <= number <= high else f"{shown(value)} is outside what {dtype} can hold"


def _whole_number(value: Any, source: Source) -> int | None:
    if source == "csv" and isinstance(value, str):
        text = value.strip()
        if _INTEGER.fullmatch(text):
            return int(text)
        value = _number(text)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _float(value: Any, dtype: str, source: Source) -> Fit:
    number = _number(value.strip()) if source == "csv" and isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        return value, f"{shown(value)} is no {dtype}"
    try:
        code = FLOATS[dtype]
        stored: float = struct.unpack(code, struct.pack(code, number))[0]
    except (OverflowError, struct.error):
        return number, f"{shown(value)} is outside what {dtype} can hold"
    return stored, ""


def _truth(value: Any, source: Source) -> Fit:
    if isinstance(value, bool):
        return value, ""
    words = {"true": True, "false": False, "1": True, "0": False}
    if source == "csv" and isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()], ""
    return value, f"{shown(value)} is no bool"


def _temporal(value: Any, dtype: str) -> Fit:
    if isinstance(value, str):
        normal, problem = temporal_text(value, dtype)
        return normal, f"{shown(value)} {problem}" if problem else ""
    fits = not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
    return value, "" if fits else f"{shown(value)} is no {dtype}"


def _list(value: Any, declared: Feature, source: Source, opener: Opener) -> Fit:
    if not isinstance(value, list):
        return value, f"{shown(value)} is no list"
    length, element = declared.length, declared.element
    if length >= 0 and len(value) != length:
        return value, f"a list has {len(value)} elements instead of {length}"
    if element is None or (source == "typed" and not looks_into_values(element)):
        return value, ""
    fits = [fit(item, element, source, opener) for item in value]
    return [plain for plain, _ in fits], next((f"in a list, {problem}" for _, problem in fits if problem), "")


def _dict(value: Any, declared: Feature, source: Source, opener: Opener) -> Fit:
    if not isinstance(value, dict):
        return value, f"{shown(value)} is no object with fields"
    plain, first = dict(value), ""
    for field in declared.fields:
        plain[field.name], problem = fit(value.get(field.name), field, source, opener)
        if plain[field.name] is None and field.required:
            problem = "it is missing although it is required"
        first = first or (f"in field “{field.name}”, {problem}" if problem else "")
    return plain, first


def _label(value: Any, declared: Feature, source: Source) -> Fit:
    names = list(declared.names)
    if source != "typed" and isinstance(value, str) and value in names:
        return names.index(value), ""
    number = _whole_number(value, source)
    if number is None:
        return value, f"label {shown(value)} is neither one of the {len(names)} names nor the number of one"
    absent = number == -1 and not declared.required
    if absent or not names or 0 <= number < len(names):
        return number, ""
    return number, f"label {number} is not one of the {len(names)} names (0 to {len(names) - 1})"


def _media(kind: str, value: Any, opener: Opener) -> str:
    """Media as the `datasets` library stores it: bytes, a path, or an object with both; in text, base64 as well."""
    data, path = value, None
    if isinstance(value, dict):
        data, path = value.get("bytes"), value.get("path")
    elif isinstance(value, str):
        data, path = None, value
    if isinstance(data, str):
        data = _from_base64(data)
    if isinstance(data, bytes):
        return _described(kind, media_problem(kind, data))
    if not isinstance(path, str) or not path:
        return f"{_article(kind)} has neither bytes nor a path"
    if path.startswith(("http://", "https://", "hf://", "s3://")):
        return ""
    found = opener(path) or _from_base64(path.partition("base64,")[2] if path.startswith("data:") else path)
    if found is None:
        return f"{_article(kind)} has no bytes, and its path {shown(path)} leads to no file below /output"
    return _described(kind, media_problem(kind, found))


def _described(kind: str, problem: str) -> str:
    return f"{_article(kind)} {problem}" if problem else ""


def _article(kind: str) -> str:
    return f"an {kind}" if kind != "Video" else f"a {kind}"


def _from_base64(text: str) -> bytes | None:
    if len(text) < 32:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
