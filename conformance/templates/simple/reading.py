"""A dataset as the host describes it (``loader_params``, ``mapping``) becomes rows of text and label."""

import json
import re

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet
from errors import GeneratorError

COLUMNS = ("text", "label")
STRINGS = (pa.string(), pa.large_string(), pa.string_view())
SUFFIXES = {"json": (".json", ".jsonl"), "csv": (".csv",), "parquet": (".parquet",), "arrow": (".arrow",)}


def read_rows(params, name, mount):
    """Every row of dataset ``name`` as a pair of texts; ``GeneratorError`` names what is wrong."""
    datasets = params.get("input_datasets")
    definition = datasets.get(name) if isinstance(datasets, dict) else None
    if not isinstance(definition, dict):
        raise GeneratorError(f"the required dataset '{name}' is missing from input_datasets")
    loader = definition.get("loader_params") or {}
    builder = loader.get("builder_name")
    if definition.get("type") not in {None, "huggingface"}:
        raise GeneratorError(f"dataset '{name}' has the type {definition['type']!r}; accepted: huggingface")
    if loader.get("hub_path") or builder not in READERS:
        asked = "a hub dataset" if loader.get("hub_path") else f"builder_name {builder!r}"
        raise GeneratorError(f"dataset '{name}': {asked} is not supported, only {', '.join(READERS)}")
    mapping = definition.get("mapping") or {}  # name in the file -> name in the manifest
    wanted = [next((old for old, new in mapping.items() if new == column), column) for column in COLUMNS]
    rows = []
    for path in files(loader, builder, name, mount):
        rows += read_file(path, builder, name, wanted)
    return part_of(rows, loader.get("split"), name)


def files(loader, builder, name, mount):
    """The files that ``data_files`` (one or a list) or ``data_dir`` mean, all below the input mount."""
    named, folder = loader.get("data_files"), loader.get("data_dir")
    if named:
        paths = [inside(mount, place, name) for place in (named if isinstance(named, list) else [named])]
    elif folder:
        paths = sorted(path for path in inside(mount, folder, name).rglob("*") if path.suffix in SUFFIXES[builder])
    else:
        raise GeneratorError(f"dataset '{name}': neither data_files nor data_dir is given")
    if not paths:
        raise GeneratorError(f"dataset '{name}': there is no {builder} file in {folder}")
    if missing := [path for path in paths if not path.is_file()]:
        raise GeneratorError(f"dataset '{name}': there is no file {missing[0]}")
    return paths


def inside(mount, place, name):
    """A path below the input mount: what a configuration says never leads out of it."""
    if not isinstance(place, str) or "\0" in place or "://" in place:
        raise GeneratorError(f"dataset '{name}': {place!r} is not a file below {mount}")
    path = (mount / place).resolve()
    if not path.is_relative_to(mount.resolve()):
        raise GeneratorError(f"dataset '{name}': {place} leads out of {mount}")
    return path


def read_file(path, builder, name, wanted):
    """The wanted columns of one file, as pairs."""
    try:
        table = READERS[builder](path, wanted)
    except (OSError, ValueError, pa.ArrowException) as problem:
        raise GeneratorError(f"dataset '{name}': {path} cannot be read as {builder}: {problem}") from None
    return list(zip(*(strings(table, column, path, name) for column in wanted), strict=True))


def strings(table, column, path, name):
    """One column; a missing one, another type and a null are told instead of guessed at."""
    if table.column_names.count(column) != 1:
        raise GeneratorError(f"dataset '{name}': {path.name} lacks the column '{column}'; it has {table.column_names}")
    values = table[column]
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if kind not in STRINGS and not pa.types.is_null(kind):
        raise GeneratorError(f"dataset '{name}': column '{column}' of {path.name} is {kind}; expected string")
    if values.null_count:
        raise GeneratorError(f"dataset '{name}': column '{column}' of {path.name} has {values.null_count} nulls")
    return values.to_pylist()


def part_of(rows, split, name):
    """``train`` (the default), or a slice of it such as ``train[:10]``."""
    found = re.fullmatch(r"train(?:\[(-?\d+)?:(-?\d+)?\])?", "train" if split is None else str(split))
    if not found:
        raise GeneratorError(f"dataset '{name}': split {split!r} is not supported, only train and train[first:last]")
    first, last = (None if number is None else int(number) for number in found.groups())
    return rows[first:last]


def read_json(path, wanted):
    """A JSON array of objects, or one object per line."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        rows = json.loads(text)
        rows = rows if isinstance(rows, list) else [rows]
    except ValueError:
        rows = [json.loads(line) for line in text.split("\n") if line.strip()]
        if not rows:
            raise ValueError("the file is empty") from None
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a row is not a JSON object")
    names = [column for column in wanted if not rows or any(column in row for row in rows)]
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pa.table({name: pa.array(values, None if any(values) else pa.string()) for name, values in columns.items()})


def read_csv(path, wanted):
    """A first line of names; the wanted columns stay texts, whatever they look like."""
    return pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(wanted, pa.string())),
    )


def read_parquet(path, wanted):
    """The wanted columns only."""
    with pyarrow.parquet.ParquetFile(path) as file:
        return file.read(columns=[name for name in file.schema_arrow.names if name in wanted])


def read_arrow(path, _wanted):
    """Both of Arrow's formats: the file, and the stream that ``datasets`` writes."""
    with pa.OSFile(str(path)) as source:
        try:
            return pyarrow.ipc.open_file(source).read_all()
        except pa.ArrowInvalid:
            source.seek(0)
            return pyarrow.ipc.open_stream(source).read_all()


READERS = {"json": read_json, "csv": read_csv, "parquet": read_parquet, "arrow": read_arrow}
