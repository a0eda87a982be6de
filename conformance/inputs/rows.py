"""Rows for every feature type, deterministic by a seed: plausible by name and dtype, and recognisable.

Text carries a number that is unique to its cell, so the kit can tell which input row an output row came from.
Values are what `pyarrow` takes for the feature's Arrow type: whole numbers for ClassLabel, ``{"bytes", "path"}`` for
pictures, sounds and clips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from conformance.contract.features import BINARIES, MEDIA, STRINGS
from conformance.contract.model import Feature
from conformance.inputs import media
from conformance.inputs.feature_types import tidy
from conformance.inputs.plan import Builder
from conformance.inputs.words import CANARIES, WILD, checksum, has_word, is_free_text, text_for

Row = dict[str, Any]

DEEPEST_VARIETY = 3
LONG_TEXT = 20_000
"""Characters of the one long text among wild rows."""
INTEGERS = (2, 0, 5, 1, 42, 7, 100, 3, 127, 12)
_MEDIA_MAKERS: Mapping[str, Callable[[int], tuple[str, bytes]]] = {
    "Image": media.image, "Audio": media.audio, "Video": media.video,
}  # fmt: skip
_LARGEST = {"int8": 2**7, "uint8": 2**8, "int16": 2**15, "uint16": 2**16}


@dataclass(frozen=True)
class Cell:
    """Where a value stands: it decides the value. ``number`` is unique among the cells of a dataset."""

    column: str
    number: str
    row: int
    wild: str = ""
    depth: int = 0

    def element(self, name: str, index: int) -> Cell:
        """The place of a part of this cell: an element of a list, a field of an object."""
        return Cell(name, f"{self.number}-{index + 1}", self.row + index, self.wild, self.depth + 1)


def make_rows(
    dataset: str,
    features: Iterable[Feature],
    rows: int,
    *,
    seed: int = 0,
    nulls: bool = False,
    wild_text: bool = False,
    builder: Builder = "parquet",
) -> list[Row]:
    """That many rows of a dataset, under the declared feature names.

    With ``nulls`` every second cell of the features that are not required is missing (not the whole numbers of CSV
    files, which that would turn into fractions). ``wild_text`` applies to free text, or to the first text column.
    """
    columns = tidy(features)
    wild = _wild_columns(columns) if wild_text else frozenset()
    bases = [checksum(seed, dataset, feature.name) % 9000 + 1000 for feature in columns]
    made: list[Row] = []
    for row in range(rows):
        values: Row = {}
        for position, (feature, base) in enumerate(zip(columns, bases, strict=True)):
            text = _wild_text(row, position) if feature.name in wild else ""
            cell = Cell(feature.name, f"{base}-{row + 1}", row, text)
            empty = nulls and (row + position) % 2 == 1 and _may_be_null(feature, builder)
            values[feature.name] = None if empty else value_for(feature, cell)
        made.append(values)
    return made


def _may_be_null(feature: Feature, builder: Builder) -> bool:
    return not feature.required and not (builder == "csv" and "int" in feature.dtype)


def _wild_columns(columns: Iterable[Feature]) -> frozenset[str]:
    """The columns that get wild text: those with text in them, but not keys, addresses and labels."""
    names = [feature.name for feature in columns if _holds_text(feature)]
    free = [name for name in names if is_free_text(name)]
    return frozenset(free or names[:1])


def _holds_text(feature: Feature) -> bool:
    if feature.kind == "List":
        return feature.element is not None and _holds_text(feature.element)
    return feature.kind == "Value" and feature.dtype in STRINGS


def _wild_text(row: int, position: int) -> str:
    """A pattern with ``{}`` for the plausible text: evil in front, foreign behind, and one long one."""
    step = row + position
    behind = WILD[(step * 2 + 1) % len(WILD)]
    if row == 2:
        behind = (behind + " ") * (LONG_TEXT // (len(behind) + 1))
    canary = CANARIES[step % len(CANARIES)]
    gap = " " if canary.endswith("#") else "\n"  # a comment to Python, if the rest stands in the same line
    return "\x00".join((canary, WILD[step * 2 % len(WILD)] + gap + behind.strip()))


def value_for(feature: Feature, cell: Cell) -> Any:
    """A value of one (tidy) feature."""
    if feature.kind == "List" and feature.element is not None:
        # Deep lists of lists hold one element each, else a value would double with every level.
        usual = 1 + cell.row % 3 if cell.depth < DEEPEST_VARIETY else 1
        length = feature.length if feature.length >= 0 else usual
        return [value_for(feature.element, cell.element(cell.column, index)) for index in range(length)]
    if feature.kind == "Dict":
        parts = enumerate(feature.fields)
        return {field.name: value_for(field, cell.element(field.name, index)) for index, field in parts}
    if feature.kind == "ClassLabel":
        return cell.row % len(feature.names)
    if feature.kind in MEDIA:
        name, data = _MEDIA_MAKERS[feature.kind](cell.row)
        return {"bytes": data, "path": name}
    return _scalar(feature.dtype, cell)


def _scalar(dtype: str, cell: Cell) -> Any:
    if dtype in STRINGS:
        return _text(cell)
    if dtype in BINARIES:
        return f"binary {cell.number}".encode() + b"\x00\xff\xfe"
    if dtype == "bool":
        return (cell.row + checksum(cell.column)) % 2 == 0
    if "int" in dtype:
        return _integer(dtype, cell)
    if dtype.startswith(("float", "double")):
        return _fraction(cell)
    return None if dtype == "null" else _moment(dtype, cell.row)


def _text(cell: Cell) -> str:
    text = text_for(cell.column, cell.number, cell.row)
    before, _, after = cell.wild.partition("\x00")
    return f"{before} {text} {after}" if cell.wild else text


def _integer(dtype: str, cell: Cell) -> int:
    """A small whole number that fits the dtype and the column's name; never negative."""
    name, row = cell.column, cell.row
    if has_word(name, "index|idx|position|rank|row|offset"):
        value = row
    elif has_word(name, "id|key|identifier|number"):
        value = 1000 + row
    elif has_word(name, "year"):
        value = 2000 + row % 25
    elif has_word(name, "rating|star|score|grade|level"):
        value = 1 + row % 5
    elif has_word(name, "age"):
        value = 20 + row % 50
    elif has_word(name, "label|class|category|target"):
        value = row % 2
    else:
        value = INTEGERS[row % len(INTEGERS)] + 128 * (row // len(INTEGERS))
    return value % _LARGEST.get(dtype, 2**31)


def _fraction(cell: Cell) -> float:
    """A number that every float dtype holds exactly (a multiple of 1/1024 below 512)."""
    if has_word(cell.column, "score|confidence|probability|prob|ratio|fraction|similarity|weight|rate"):
        return (cell.row * 37 % 1024 + 1) / 1024
    return 0.5 + (cell.row % 2000) * 0.25


def _moment(dtype: str, row: int) -> date | datetime | time | timedelta:
    """A date, a time, a moment or a duration, in whole seconds."""
    if dtype.startswith("duration"):
        return timedelta(seconds=90 + row)
    if dtype.startswith("time") and not dtype.startswith("timestamp"):
        return time(8 + row // 3600 % 12, row // 60 % 60, row % 60)
    moment = datetime(2024, 2, 28, 9, 30) + timedelta(days=row % 3650, seconds=row)
    return moment if dtype.startswith("timestamp") else moment.date()
