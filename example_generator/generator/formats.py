"""Output files: written under a temporary name, renamed when everything is complete.

``arrow`` is the folder that ``Dataset.save_to_disk`` writes and ``datasets.load_from_disk`` reads; the others are
single files. Only this container's own names are ever replaced, each by one atomic rename, so foreign files stay,
a second run replaces the first, and two runs at once never leave half a file.
"""

from __future__ import annotations

import csv
import json
import secrets
import sys
import zlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from generator.errors import GeneratorError

Rows = Mapping[str, list[Any]]
"""Consecutive output rows, column by column."""

Schema = Mapping[str, str]
"""Column -> dtype, as manifest.yaml declares them."""

EXTENSIONS = {"arrow": "", "parquet": ".parquet", "jsonl": ".jsonl", "csv": ".csv"}
_OTHER_LINE_ENDS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\u2028\u2029\x85"}
"""Characters that some readers of JSON lines take for the end of a line, escaped."""

_ARROW_FILE = "data-00000-of-00001.arrow"


class Writer(Protocol):
    """One output format: takes rows, closes the file."""

    def write(self, rows: Rows) -> None:
        """Append rows."""

    def close(self) -> None:
        """Finish the file."""


class ArrowWriter:
    """An Arrow IPC stream, the file inside a ``save_to_disk`` folder."""

    def __init__(self, path: Path, schema: Schema) -> None:
        import pyarrow as pa

        self._schema = _arrow_schema(schema)
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_stream(self._sink, self._schema)

    def write(self, rows: Rows) -> None:
        """Append one record batch."""
        self._writer.write_batch(_record_batch(rows, self._schema))

    def close(self) -> None:
        """Write the end of the stream."""
        self._writer.close()
        self._sink.close()


class ParquetWriter:
    """A Parquet file; a row group holds several pieces, so that readers need not seek for every few rows."""

    def __init__(self, path: Path, schema: Schema) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._schema = _arrow_schema(schema)
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pq.ParquetWriter(self._sink, self._schema)

    def write(self, rows: Rows) -> None:
        """Append one row group."""
        self._writer.write_batch(_record_batch(rows, self._schema))

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()
        self._sink.close()


class JsonLinesWriter:
    """One JSON object per line, UTF-8."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._names = list(schema)

    def write(self, rows: Rows) -> None:
        """Append one line per row."""
        encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
        columns = [rows[name] for name in self._names]
        lines = (encode(dict(zip(self._names, row, strict=True))) for row in zip(*columns, strict=True))
        self._file.writelines(line.translate(_OTHER_LINE_ENDS) + "\n" for line in lines)

    def close(self) -> None:
        """Flush and close."""
        self._file.close()


class CsvWriter:
    """Comma-separated values with a header; booleans as ``true`` and ``false``."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="")
        self._names = list(schema)
        self._writer = csv.writer(self._file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        self._writer.writerow(self._names)

    def write(self, rows: Rows) -> None:
        """Append one line per row."""
        columns = [rows[name] for name in self._names]
        self._writer.writerows(zip(*columns, strict=True))

    def close(self) -> None:
        """Flush and close."""
        self._file.close()


WRITERS: dict[str, type[ArrowWriter] | type[ParquetWriter] | type[JsonLinesWriter] | type[CsvWriter]] = {
    "arrow": ArrowWriter,
    "parquet": ParquetWriter,
    "jsonl": JsonLinesWriter,
    "csv": CsvWriter,
}


def features_of(schema: Schema) -> dict[str, Any]:
    """The schema as ``datasets`` writes features in JSON."""
    return {name: {"dtype": dtype, "_type": "Value"} for name, dtype in schema.items()}


class _NoPandas:
    """An import finder for which there is no pandas."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Refuse pandas, leave everything else to the next finder."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _arrow_schema(schema: Schema) -> Any:
    import pyarrow as pa

    # pyarrow looks for pandas when it first converts a list (and never again), and importing that takes longer than
    # the whole run. So it finds none this once.
    finder: Any = _NoPandas()
    sys.meta_path.insert(0, finder)
    pa.array([""])
    sys.meta_path.remove(finder)
    kinds = {"string": pa.string(), "bool": pa.bool_(), "int32": pa.int32(), "float64": pa.float64()}
    features = json.dumps({"info": {"features": features_of(schema)}})
    return pa.schema([(n, kinds[dtype]) for n, dtype in schema.items()], metadata={"huggingface": features})


def _record_batch(rows: Rows, schema: Any) -> Any:
    import pyarrow as pa

    columns = [
        # The machine's own integers are taken as they are, without looking at each Python number.
        pa.Array.from_buffers(field.type, len(values), [None, pa.py_buffer(array("i", values))])
        if field.type == pa.int32()
        else pa.array(values, field.type)
        for field, values in ((field, rows[field.name]) for field in schema)
    ]
    return pa.record_batch(columns, schema=schema)


@dataclass
class OutputDataset:
    """One dataset being written; ``path`` is where it will be, ``parts`` are (temporary, final) names of its files."""

    name: str
    path: Path
    format: str
    schema: Schema
    parts: list[tuple[Path, Path]]
    num_rows: int = 0
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        """Open the writer: from here on the temporary file exists."""
        self.writer = WRITERS[self.format](self.parts[0][0], self.schema)

    def write(self, rows: Rows) -> None:
        """Append rows; text that UTF-8 cannot hold (half a surrogate pair) is refused."""
        try:
            self.writer.write(rows)
        except UnicodeEncodeError as error:
            raise GeneratorError(f"a text cannot be written as UTF-8: {error.reason}") from None
        self.num_rows += len(next(iter(rows.values())))

    def finish(self) -> None:
        """Complete the temporary files, with the two small ones that make a folder a ``save_to_disk`` dataset."""
        self.writer.close()
        if self.format == "arrow":
            data, info, state = (temporary for temporary, _ in self.parts)
            info.write_text(json.dumps({"features": features_of(self.schema)}, indent=2), encoding="utf-8")
            state.write_text(json.dumps(_arrow_state(_fingerprint(data)), indent=2), encoding="utf-8")

    def entry(self) -> dict[str, Any]:
        """The dataset's entry in the result document, for the seed's readers and for today's host."""
        size = sum(final.stat().st_size for _, final in self.parts)
        counts = {"num_rows": self.num_rows, "num_columns": len(self.schema)}
        return {
            "dataset_name": self.name,
            "dataset_type": "huggingface",
            "dataset_path": str(self.path),
            "format": self.format,
            **counts,
            "columns": list(self.schema),
            "metadata": {
                "columns": [{"name": name, "dtype": dtype} for name, dtype in self.schema.items()],
                "row_count": self.num_rows,
                "size_bytes": size,
                **counts,
            },
        }


def _fingerprint(path: Path) -> str:
    """What ``datasets`` calls a fingerprint, by which it knows cached work: equal data, equal fingerprint."""
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            checksum = zlib.crc32(block, checksum)
        return f"{checksum:08x}{file.tell() % 2**32:08x}"


def _arrow_state(fingerprint: str) -> dict[str, Any]:
    return {
        "_data_files": [{"filename": _ARROW_FILE}],
        "_fingerprint": fingerprint,
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": None,
    }


class OutputFolder:
    """Everything one run writes. Use as a context: what is not committed is removed at its end."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._run = secrets.token_hex(6)  # two containers have the same process id, so chance tells them apart
        self._datasets: list[OutputDataset] = []
        self._parts: list[tuple[Path, Path]] = []
        self._made: list[Path] = []

    def __enter__(self) -> OutputFolder:
        """Give the folder itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove temporary files, and folders that this run made and that are still empty."""
        for temporary, _final in self._parts:
            temporary.unlink(missing_ok=True)
        for folder in reversed(self._made):
            try:
                folder.rmdir()
            except OSError:
                continue

    def dataset(self, name: str, output_format: str, schema: Schema) -> OutputDataset:
        """Begin the dataset ``name`` under ``datasets/``."""
        path = self.root / "datasets" / (name + EXTENSIONS[output_format])
        finals = [path]
        if output_format == "arrow":
            finals = [path / _ARROW_FILE, path / "dataset_info.json", path / "state.json"]
        try:
            parts = [self._part(final) for final in finals]
            dataset = OutputDataset(name, path, output_format, schema, parts)
        except OSError as error:
            raise self._unwritable(error) from None
        self._datasets.append(dataset)
        return dataset

    def text(self, relative: str, content: str) -> Path:
        """Write a small text file (a report) and return where it will be."""
        final = self.root / relative
        try:
            temporary, _ = self._part(final)
            temporary.write_text(content, encoding="utf-8")
        except OSError as error:
            raise self._unwritable(error) from None
        return final

    def commit(self) -> None:
        """Give everything its final name. The data comes before the files that say it is there."""
        try:
            for dataset in self._datasets:
                dataset.finish()
            for temporary, final in self._parts:
                temporary.replace(final)
        except OSError as error:
            raise self._unwritable(error) from None
        self._made.clear()

    def _part(self, final: Path) -> tuple[Path, Path]:
        self._make(final.parent)
        if final.is_dir():
            raise GeneratorError(f"cannot write {final}: a folder of that name is in the way")
        part = (final.parent / f".{final.name}.{self._run}.partial", final)
        self._parts.append(part)
        return part

    def _make(self, folder: Path) -> None:
        if folder.exists():
            if not folder.is_dir():
                raise GeneratorError(f"cannot write below {folder}: a file of that name is in the way")
            return
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        self._made.append(folder)

    def _unwritable(self, error: OSError) -> GeneratorError:
        where = error.filename or self.root
        return GeneratorError(
            f"cannot write to the output folder {self.root}: {error.strerror or error} ({where}); "
            "make it writable for the container's user (docker run --user, or mode 0777)"
        )
