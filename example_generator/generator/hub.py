"""Datasets of the Hugging Face Hub: the one place that needs the ``datasets`` library at run time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from generator.errors import GeneratorError
from generator.readers import Columns, PieceSize, class_names, named_classes


def read_hub(dataset: str, loader: dict[str, Any], split: str, size: PieceSize) -> Iterator[Columns]:
    """Stream one split of ``loader['hub_path']``; the token is ``loader['token']`` or ``HF_TOKEN``."""
    import datasets

    try:
        rows = datasets.load_dataset(
            loader["hub_path"],
            name=loader.get("name"),
            revision=loader.get("revision"),
            token=loader.get("token") or os.environ.get("HF_TOKEN") or None,
            split=split,
            streaming=True,
        )
        for table in rows.with_format("arrow").iter(batch_size=size.rows):
            names = class_names(table.schema.metadata) or _class_features(rows.features)
            yield {
                name: named_classes(column, names[name]) if name in names else column.combine_chunks()
                for name, column in zip(table.column_names, table.columns, strict=True)
            }
    except Exception as error:  # noqa: BLE001 - the library raises many kinds, all mean "cannot be read"
        raise GeneratorError(
            f"dataset '{dataset}': cannot read {loader['hub_path']!r} from the hub: {type(error).__name__}: {error}"
        ) from None


def _class_features(features: Any) -> dict[str, list[str]]:
    return {n: f.names for n, f in (features or {}).items() if getattr(f, "names", None)}
