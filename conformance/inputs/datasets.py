"""Write one declared dataset as a plan says, and say what was written.

This is the room's only door to the disk for datasets of rows; documents have `conformance.inputs.documents`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from conformance.contract.features import STRINGS
from conformance.contract.model import HUGGINGFACE, Feature, InputDataset
from conformance.evidence import FedDataset
from conformance.inputs import sheet as sheets
from conformance.inputs.definitions import rows_definition
from conformance.inputs.documents import write_document
from conformance.inputs.feature_types import tidy
from conformance.inputs.files import sample_values, write_rows
from conformance.inputs.formats import LOADER, builders_for, can_carry
from conformance.inputs.places import file_places
from conformance.inputs.plan import Builder, DatasetPlan
from conformance.inputs.rows import make_rows
from conformance.inputs.sample import fits, sample_rows, use_sample
from conformance.inputs.sheet import Sheet
from conformance.inputs.sources import Source, read_source
from conformance.inputs.words import is_free_text

__all__ = ["builders_for", "can_carry", "use_sample", "write_dataset"]

SAMPLE_SIZE = 20
CORRUPT = b"\x00\xff\xfe\xc3( this is no dataset \"of any' kind: {[,\n\x89\x1a\x00" * 8
"""Bytes that no reader takes for Parquet, JSON, CSV or Arrow: NUL, and no UTF-8."""
UNDECLARED_FEATURES = (Feature("text", dtype="string"), Feature("label", dtype="string"))
"""What a dataset holds whose manifest declares no features (a fault of the manifest, not of the data)."""


def write_dataset(dataset: InputDataset, plan: DatasetPlan, folder: Path) -> FedDataset:
    """Write the dataset below ``folder`` (the input mount) as planned.

    Returns what the run was given; its ``note`` names the broken column of the defects ``missing-column`` and
    ``wrong-dtype``. Raises `UsageError` when ``plan.source`` cannot be read, `OSError` when the disk refuses.
    """
    if plan.type != HUGGINGFACE:
        return write_document(dataset, plan, folder)
    if plan.location is not None:
        return _elsewhere(dataset, plan)
    if plan.source is not None:
        return _copied(dataset, plan, read_source(plan.source), folder)
    return _made(dataset, plan, folder)


def _elsewhere(dataset: InputDataset, plan: DatasetPlan) -> FedDataset:
    """A definition that points somewhere; nothing is written."""
    return _fed(dataset, plan, plan.builder, (str(plan.location),))


def _copied(dataset: InputDataset, plan: DatasetPlan, source: Source, folder: Path) -> FedDataset:
    """A real file, byte for byte."""
    layout = "file" if plan.layout in ("list", "directory") else plan.layout
    (place,) = file_places(dataset.name, source.builder, layout)
    target = folder / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.data)
    sheet = Sheet(tuple(Feature(name) for name in source.columns), list(source.rows))
    return _fed(dataset, plan, source.builder, (place,), sheet)


def _made(dataset: InputDataset, plan: DatasetPlan, folder: Path) -> FedDataset:
    sheet = _sheet(dataset, plan)
    places = file_places(dataset.name, plan.builder, plan.layout, min(2, len(sheet.rows)))
    if plan.defect == "empty-directory":
        (place,) = file_places(dataset.name, plan.builder, "directory", 1)
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        return _fed(dataset, plan, plan.builder, (place,), directory=True)
    quoted = plan.builder == "csv" and not plan.wild_text
    written = [_to_be_quoted(row, sheet.features) for row in sheet.rows] if quoted else sheet.rows
    for place, rows in zip(places, _split(written, len(places)), strict=True):
        if plan.defect == "missing-file" and place == places[0]:
            continue
        write_rows(folder / place, plan.builder, sheet.features, rows)
        if plan.defect == "corrupt":
            (folder / place).write_bytes(CORRUPT)
    return _fed(dataset, plan, plan.builder, places, None if plan.defect in ("corrupt", "missing-file") else sheet)


def _sheet(dataset: InputDataset, plan: DatasetPlan) -> Sheet:
    """The rows as the file will have them, with everything changed that the plan asks for."""
    features = tidy(dataset.features) or UNDECLARED_FEATURES
    count = {"no-rows": 0, "one-row": 1}.get(plan.defect, plan.rows)
    rows = make_rows(
        dataset.name, features, count,
        seed=plan.seed, nulls=plan.nulls, wild_text=plan.wild_text, builder=plan.builder,
    )  # fmt: skip
    if fits(features) and not plan.wild_text and plan.seed == 0:
        for row, sample in zip(rows, sample_rows(), strict=False):
            row.update({name: sample[name] for name, value in row.items() if value is not None})
    sheet = Sheet(features, rows)
    if plan.defect == "missing-column":
        sheet = sheets.without_column(sheet)
    if plan.defect == "wrong-dtype":
        sheet = sheets.with_wrong_dtype(sheet, plan.builder)
    if plan.renamed:
        sheet = sheets.renamed(sheet)
    if plan.extra_columns:
        sheet = sheets.with_extra_columns(sheet)
    return sheets.shuffled(sheet) if plan.shuffled else sheet


def _to_be_quoted(row: dict[str, object], features: Sequence[Feature]) -> dict[str, object]:
    """The row with a comma and quotes behind its free text: who splits CSV at every comma reads something else.

    They stand behind what the record of the run shows, because an image may shorten texts or leave out punctuation.
    """
    free = {one.name for one in features if one.kind == "Value" and one.dtype in STRINGS and is_free_text(one.name)}
    return {name: f'{value}, so "to speak"' if name in free and value else value for name, value in row.items()}


def _split(rows: Sequence[dict[str, object]], parts: int) -> list[Sequence[dict[str, object]]]:
    """The rows in their order, in that many lots."""
    size = -(-len(rows) // parts)
    return [rows[part * size : (part + 1) * size] for part in range(parts)]


def _fed(
    dataset: InputDataset,
    plan: DatasetPlan,
    builder: Builder,
    places: tuple[str, ...],
    sheet: Sheet | None = None,
    *,
    directory: bool = False,
) -> FedDataset:
    """The record of a dataset, with the JSON that the host would send for it."""
    sheet = sheet or Sheet((), [])
    in_directory = directory or (plan.layout == "directory" and plan.location is None and plan.source is None)
    listed = plan.layout == "list" and plan.location is None and plan.source is None
    definition = rows_definition(
        LOADER[builder],
        data_dir=places[0].rpartition("/")[0] if in_directory else None,
        data_files=None if in_directory else (places if listed else places[0]),
        mapping=sheet.mapping, split=plan.split, streaming=plan.streaming, token=plan.token,
        legacy=plan.legacy_definition,
    )  # fmt: skip
    written = () if plan.location is not None or directory else places
    if plan.defect == "missing-file":
        written = written[1:]  # of a list it is the first that is missing: who reads that one alone has to notice
    sample = tuple(sample_values(row) for row in sheet.declared_rows(SAMPLE_SIZE))
    return FedDataset(
        dataset.name, HUGGINGFACE, definition, written, sheet.columns, len(sheet.rows), sample, builder, sheet.note
    )
