"""From a dataset definition (``loader_params``, ``mapping``, ``split``) to rows of ``text`` and ``label``.

What the definition says is done or refused with an error that names it, never silently left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from generator.documents import read_sentences
from generator.errors import GeneratorError
from generator.paths import files_of_folder, find_files, require_file, resolve_input
from generator.readers import EXTENSIONS, READERS, Columns, PieceSize, parquet_rows

UNLABELLED = "unlabelled"
"""The label of rows that come from documents, which have none."""


@dataclass(frozen=True)
class Piece:
    """Consecutive input rows: ``texts[i]`` has the label ``labels[i]``. ``skipped`` rows were left out (on_error)."""

    texts: list[str]
    labels: list[str]
    skipped: int = 0


@dataclass(frozen=True)
class Source:
    """One opened input dataset: its paths are resolved, nothing is read yet."""

    name: str
    definition: dict[str, Any]
    features: tuple[str, ...]
    files: tuple[Path, ...] = ()


def open_sources(input_datasets: dict[str, Any]) -> list[Source]:
    """The datasets of a run in the manifest's order; ``GeneratorError`` if the required one is missing."""
    if input_datasets.get("source_data") is None:
        raise GeneratorError("the required input dataset 'source_data' is missing from input_datasets")
    sources = [_open("source_data", input_datasets["source_data"], ("text", "label"), ("huggingface",))]
    if input_datasets.get("corpus") is not None:
        sources.append(_open("corpus", input_datasets["corpus"], ("text",), ("huggingface", "pdf", "txt")))
    return sources


def known_rows(sources: Sequence[Source]) -> int | None:
    """The number of rows where it costs nothing to know (whole Parquet files say it), else None."""
    total = 0
    for source in sources:
        loader = source.definition.get("loader_params") or {}
        if loader.get("builder_name") != "parquet" or loader.get("split") not in {None, "train"} or not source.files:
            return None
        try:
            total += sum(parquet_rows(path) for path in _files_of_split(source, "train"))
        except (OSError, ValueError):
            return None  # reading will say what is wrong
    return total


def read_source(source: Source, size: PieceSize, *, skip_nulls: bool) -> Iterator[Piece]:
    """Every row of a source; a row without text or label is an error, or left out where ``skip_nulls``."""
    row = 0
    for columns in _columns(source, size):
        texts = _strings(source, "text", columns["text"], row)
        labels: list[str | None] = [UNLABELLED] * len(texts)
        if "label" in source.features:
            labels = _strings(source, "label", columns["label"], row)
        yield _without_nulls(source, texts, labels, row, skip_nulls=skip_nulls)
        row += len(texts)


def _open(name: str, definition: object, features: tuple[str, ...], types: tuple[str, ...]) -> Source:
    if not isinstance(definition, dict):
        raise GeneratorError(f"dataset '{name}': its definition is not a JSON object")
    kind = definition.get("type") or "huggingface"
    if kind not in types:
        raise GeneratorError(f"dataset '{name}' has the type {kind!r}; accepted: {', '.join(types)}")
    if kind in {"pdf", "txt"}:
        path = definition.get("file_path")
        return Source(name, definition, features, (require_file(*_existing(path, name), name),))
    loader = definition.get("loader_params")
    if not isinstance(loader, dict):
        raise GeneratorError(f"dataset '{name}': loader_params is missing")
    _split_parts(name, loader)
    if loader.get("hub_path"):
        return Source(name, definition, features)
    builder = loader.get("builder_name")
    if builder not in READERS:
        raise GeneratorError(f"dataset '{name}': builder_name {builder!r} is not one of {', '.join(READERS)}")
    return Source(name, definition, features, tuple(_files(name, loader, str(builder))))


def _existing(name: object, dataset: str) -> tuple[Path, object]:
    (path,) = find_files(name, dataset) if "*" not in str(name) else (resolve_input(name, dataset),)
    return path, name


def _files(dataset: str, loader: dict[str, Any], builder: str) -> list[Path]:
    """The files that ``data_files`` (a name or a list of names, relative to ``data_dir``) or ``data_dir`` mean."""
    names, folder = loader.get("data_files"), loader.get("data_dir")
    if names:
        listed = names if isinstance(names, list) else [names]
        return [path for name in listed for path in find_files(name, dataset)]
    if not folder:
        raise GeneratorError(f"dataset '{dataset}': loader_params has neither data_files nor data_dir")
    found = [path for path in files_of_folder(folder, dataset) if _stem_suffix(path) in EXTENSIONS[builder]]
    if not found:
        raise GeneratorError(
            f"dataset '{dataset}': the folder {folder!r} has no {' or '.join(EXTENSIONS[builder])} file"
        )
    return found


def _stem_suffix(path: Path) -> str:
    return Path(path.stem if path.suffix == ".gz" else path.name).suffix.lower()


# ---- splits -------------------------------------------------------------------------------------------------------

_SPLIT = re.compile(r"(?P<name>\w+)(?:\[(?P<first>-?\d+%?)?:(?P<last>-?\d+%?)?\])?")
_KEYWORDS = {
    "test": {"test", "testing", "eval", "evaluation"},
    "validation": {"validation", "valid", "val", "dev"},
    "train": {"train", "training"},
}


def _split_parts(dataset: str, loader: dict[str, Any]) -> list[re.Match[str]]:
    """``train``, ``train[:10]``, ``train[10%:20%]`` and sums of them; nothing given means ``train``."""
    split = loader.get("split") or "train"
    parts = [_SPLIT.fullmatch(part.strip()) for part in split.split("+")] if isinstance(split, str) else [None]
    if None in parts:
        raise GeneratorError(
            f"dataset '{dataset}': split {split!r} is not understood; write for example train or train[:100]"
        )
    return [part for part in parts if part]


def _split_of(path: Path) -> str:
    """The split that a file's name tells (``test-00000.parquet``); most names tell none."""
    words = set(re.split(r"[\W_\d]+", path.stem.lower()))
    return next((split for split, keywords in _KEYWORDS.items() if words & keywords), "")


def _files_of_split(source: Source, split: str) -> list[Path]:
    """Listed files are all ``train``, as with ``load_dataset``; those of a folder are told apart by their names."""
    listed = bool(source.definition["loader_params"].get("data_files"))
    splits = {path: "train" if listed else _split_of(path) or "train" for path in source.files}
    files = [path for path in source.files if splits[path] == split]
    if not files:
        have = ", ".join(sorted(set(splits.values())))
        raise GeneratorError(f"dataset '{source.name}' has no split {split!r}; it has: {have}")
    return files


def _columns(source: Source, size: PieceSize) -> Iterator[Columns]:
    """The wanted columns under their manifest names, piece by piece."""
    kind = source.definition.get("type") or "huggingface"
    if kind != "huggingface":
        for sentences in read_sentences(source.files[0], kind, source.name, size.rows):
            yield {"text": sentences}
        return
    for part in _split_parts(source.name, source.definition["loader_params"]):
        rows = partial(_rows_of_split, source, part["name"], size)
        yield from rows() if part.group(0) == part["name"] else _slice(rows, part["first"], part["last"])


def _rows_of_split(source: Source, split: str, size: PieceSize) -> Iterator[Columns]:
    loader = source.definition["loader_params"]
    if loader.get("hub_path"):
        from generator.hub import read_hub

        yield from (_renamed(source, columns) for columns in read_hub(source.name, loader, split, size))
        return
    reader = READERS[loader["builder_name"]]
    for path in _files_of_split(source, split):
        try:
            for columns in reader(path, partial(_choose, source), size):
                yield _renamed(source, columns)
        except GeneratorError as error:
            message = str(error)
            raise GeneratorError(
                message if message.startswith("dataset ") else f"dataset '{source.name}': {message}"
            ) from None
        except Exception as error:  # noqa: BLE001 - parsers of hostile files raise many kinds
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise GeneratorError(
                f"dataset '{source.name}': cannot read {path.name} as {loader['builder_name']}: {reason}"
            ) from None


def _slice(rows: Any, first: str | None, last: str | None) -> Iterator[Columns]:
    """Rows ``first`` to ``last``. Per cent and negative numbers count from the whole, so the rows are counted."""
    total = 0
    if any(limit and (limit.startswith("-") or limit.endswith("%")) for limit in (first, last)):
        total = sum(len(next(iter(columns.values()))) for columns in rows())
    start, end = _boundary(first, total, 0), _boundary(last, total, None)
    seen = 0
    for columns in rows():
        length = len(next(iter(columns.values())))
        stop = length if end is None else max(0, min(length, end - seen))
        yield {name: values[min(max(0, start - seen), stop) : stop] for name, values in columns.items()}
        seen += length
        if end is not None and seen >= end:
            return


def _boundary(text: str | None, total: int, default: Any) -> Any:
    if text is None:
        return default
    number = round(int(text[:-1]) * total / 100) if text.endswith("%") else int(text)
    return max(0, number + total) if number < 0 else number


# ---- columns ------------------------------------------------------------------------------------------------------


def _current_name(source: Source, feature: str) -> str:
    """The file's name of a feature: ``mapping`` is {name in the file: name in the manifest}."""
    mapping = source.definition.get("mapping") or {}
    if not isinstance(mapping, dict):
        raise GeneratorError(f"dataset '{source.name}': mapping is not a JSON object")
    return next((current for current, wanted in mapping.items() if wanted == feature), feature)


def _choose(source: Source, have: Sequence[str]) -> list[str]:
    """The file's names of the wanted columns; ``GeneratorError`` that names what is missing."""
    chosen = [_current_name(source, feature) for feature in source.features]
    mapping = source.definition.get("mapping") or {}
    for feature, current in zip(source.features, chosen, strict=True):
        if current not in have or (current == feature and mapping.get(feature, feature) != feature):
            renamed = "" if current == feature else f" (column '{current}' in the file, by its mapping)"
            raise GeneratorError(
                f"dataset '{source.name}' lacks the column '{feature}'{renamed}; it has: {', '.join(have) or 'none'}"
            )
    return chosen


def _renamed(source: Source, columns: Columns) -> Columns:
    chosen = _choose(source, list(columns))
    return {feature: columns[current] for feature, current in zip(source.features, chosen, strict=True)}


def _strings(source: Source, name: str, values: Any, first_row: int) -> list[str | None]:
    """A column as Python strings: any kind of Arrow string, class names; everything else is refused by name."""
    labels = source.definition.get("label_map") if name == "label" else None
    if not isinstance(values, list):
        values = _arrow_strings(source, name, values, named=bool(labels))
    if labels and isinstance(labels, dict):
        values = [labels.get(str(value), value) if value is not None else None for value in values]
    if not set(map(type, values)) <= {str, type(None)}:
        row, value = next((r, v) for r, v in enumerate(values) if not isinstance(v, str | None))
        raise _wrong_type(source, name, type(value).__name__, f" in row {first_row + row}")
    return list(values)


def _arrow_strings(source: Source, name: str, values: Any, *, named: bool) -> list[Any]:
    import pyarrow as pa

    kind = values.type
    if pa.types.is_dictionary(kind):
        values, kind = values.dictionary_decode(), kind.value_type
    strings = (pa.string(), pa.large_string(), pa.string_view())
    if kind in strings or pa.types.is_null(kind) or (named and pa.types.is_integer(kind)):
        return list(values.to_pylist())
    raise _wrong_type(source, name, str(kind))


def _wrong_type(source: Source, name: str, kind: str, where: str = "") -> GeneratorError:
    return GeneratorError(
        f"dataset '{source.name}': column '{name}' has the type {kind}{where}; expected string. "
        "Convert it, or name the classes in label_map"
    )


def _without_nulls(
    source: Source, texts: list[str | None], labels: list[str | None], row: int, *, skip_nulls: bool
) -> Piece:
    if None not in texts and None not in labels:
        return Piece(texts, labels)  # type: ignore[arg-type]
    if not skip_nulls:
        column = "text" if None in texts else "label"
        place = row + (texts if None in texts else labels).index(None)
        raise GeneratorError(
            f"dataset '{source.name}': column '{column}' is null in row {place}; "
            "fill it, or leave such rows out with on_error 'skip'"
        )
    kept = [(t, l) for t, l in zip(texts, labels, strict=True) if t is not None and l is not None]  # noqa: E741
    return Piece([text for text, _ in kept], [label for _, label in kept], skipped=len(texts) - len(kept))
