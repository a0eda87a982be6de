"""A table before it is a file: features, rows and a mapping, and the ways to change or break them on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from conformance.contract.features import BINARIES, STRINGS
from conformance.contract.model import Feature
from conformance.inputs.plan import Builder

EXTRA_COLUMNS = (Feature("unrelated_note", dtype="string"), Feature("unrelated_number", dtype="int64"))
NO_NUMBER = "not a number"
_TEXT = Feature("", dtype="string")
_STRUCTURE = Feature("", kind="Dict", fields=(Feature("unexpected", kind="List", element=Feature("", dtype="int64")),))


@dataclass(frozen=True)
class Sheet:
    """``features`` name the file's columns and give their order; ``mapping`` leads from a column to a feature."""

    features: tuple[Feature, ...]
    rows: list[dict[str, Any]]
    mapping: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The file's column names."""
        return tuple(feature.name for feature in self.features)

    def declared_rows(self, count: int) -> list[dict[str, Any]]:
        """The first rows under the declared feature names, as a reader has them after the mapping."""
        return [{self.mapping.get(name, name): row.get(name) for name in self.columns} for row in self.rows[:count]]


def without_column(sheet: Sheet) -> Sheet:
    """Without the first required feature, else the first one; ``note`` names it. One column always remains."""
    victim = next((one.name for one in sheet.features if one.required), sheet.features[0].name)
    kept = tuple(feature for feature in sheet.features if feature.name != victim)
    short = replace(sheet, features=kept, note=victim)
    return short if kept else with_extra_columns(short)


def wrong_dtype_column(features: tuple[Feature, ...], builder: Builder) -> str:
    """The column whose values `with_wrong_dtype` replaces; empty if the format has only text and so has the dataset.

    A required one if there is one; numbers, dates and structures come before text, because text in their place is
    wrong in every format, while a structure in the place of text needs a format that has structures.
    """
    breakable = [one for one in features if not (builder == "csv" and _is_text(one))]
    order = sorted(breakable, key=lambda one: (not one.required, _is_text(one)))
    return order[0].name if order else ""


def with_wrong_dtype(sheet: Sheet, builder: Builder) -> Sheet:
    """With values in one column that cannot be converted to its declared type; ``note`` names the column."""
    victim = wrong_dtype_column(sheet.features, builder)
    if not victim:
        return sheet
    declared = next(feature for feature in sheet.features if feature.name == victim)
    wrong = _STRUCTURE if _is_text(declared) else _TEXT
    features = tuple(replace(wrong, name=one.name) if one.name == victim else one for one in sheet.features)

    def value(row: int) -> Any:
        return {"unexpected": [row, row + 1]} if wrong is _STRUCTURE else f"{NO_NUMBER} {row + 1}"

    rows = [{**row, victim: value(number)} for number, row in enumerate(sheet.rows)]
    return replace(sheet, features=features, rows=rows, note=victim)


def _is_text(feature: Feature) -> bool:
    """Whether text would be a fitting value: bytes and text are converted into one another too easily."""
    return feature.kind == "Value" and feature.dtype in (*STRINGS, *BINARIES, "null")


def renamed(sheet: Sheet) -> Sheet:
    """With other column names in the file, and the mapping that restores the declared ones."""
    taken, names = set(sheet.columns), {}
    for name in sheet.columns:
        other = f"raw_{name}"
        while other in taken:
            other += "_"
        taken.add(other)
        names[name] = other
    features = tuple(replace(feature, name=names[feature.name]) for feature in sheet.features)
    rows = [{names[name]: row.get(name) for name in sheet.columns} for row in sheet.rows]
    return replace(sheet, features=features, rows=rows, mapping={other: name for name, other in names.items()})


def with_extra_columns(sheet: Sheet) -> Sheet:
    """With two columns that the manifest does not declare, the first of them in front."""
    declared = {*sheet.columns, *sheet.mapping.values()}
    extra = []
    for feature in EXTRA_COLUMNS:
        name = feature.name
        while name in declared:
            name += "_"
        extra.append(replace(feature, name=name))
    note, number = extra
    rows = [
        {**row, note.name: f"Unrelated remark {index + 1}.", number.name: index * 10}
        for index, row in enumerate(sheet.rows)
    ]
    return replace(sheet, features=(note, *sheet.features, number), rows=rows)


def shuffled(sheet: Sheet) -> Sheet:
    """With the columns in the opposite order."""
    return replace(sheet, features=sheet.features[::-1])
