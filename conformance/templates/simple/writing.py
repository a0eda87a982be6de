"""The produced dataset: one Parquet file that is there complete or not at all."""

import os
import uuid

import pyarrow as pa
import pyarrow.parquet
from errors import GeneratorError

SCHEMA = pa.schema(
    [("text", pa.string()), ("label", pa.string()), ("is_synthetic", pa.bool_()), ("source_index", pa.int32())]
)


def require_output(folder):
    """The output folder, checked before any work: without a mount the result would be lost."""
    if not os.path.ismount(folder):
        raise GeneratorError(f"nothing is mounted at {folder}: what is written there would be lost")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise GeneratorError(f"{folder} cannot be written")
    return folder


def written_dataset(batches, name, output):
    """Write the rows and return their entry of ``generated_datasets``, counted from what was written."""
    path = output / "datasets" / f"{name}.parquet"
    partial = path.with_name(f".{uuid.uuid4().hex}.partial")
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with pyarrow.parquet.ParquetWriter(partial, SCHEMA) as writer:
            for batch in batches:
                columns = zip(*batch, strict=True) if batch else [()] * len(SCHEMA)
                writer.write_table(pa.table(list(map(pa.array, columns, SCHEMA.types)), SCHEMA))
                count += len(batch)
        partial.replace(path)
    except OSError as problem:
        raise GeneratorError(f"{path} cannot be written: {problem.strerror or problem}") from None
    finally:
        partial.unlink(missing_ok=True)
    names = {pa.string(): "string", pa.bool_(): "bool", pa.int32(): "int32"}
    return {
        "dataset_name": name,
        "dataset_type": "huggingface",
        "dataset_path": str(path),
        "format": "parquet",
        "metadata": {
            "columns": [{"name": field.name, "dtype": names[field.type]} for field in SCHEMA],
            "row_count": count,
            "size_bytes": path.stat().st_size,
        },
    }
