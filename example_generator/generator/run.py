"""One job from the request to the result document: read, vary, measure, write."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from generator import result
from generator.augment import simple_variations
from generator.errors import GeneratorError
from generator.formats import OutputFolder, Rows
from generator.paths import require_output_mount
from generator.progress import Progress
from generator.quality import REPORT_SCHEMA, Quality
from generator.readers import PieceSize
from generator.report import html_report
from generator.request import Request
from generator.sources import Piece, Source, open_sources, read_source

if TYPE_CHECKING:
    from generator.llm import LanguageModel

AUGMENTED_SCHEMA = {"text": "string", "label": "string", "is_synthetic": "bool", "source_index": "int32"}
_OUTPUT_ROWS = 24_576
_OUTPUT_CHARACTERS = 12_000_000
_MOST_ROWS = 2**31 - 1


def generate(request: Request, started: float, before_commit: Any = lambda: None) -> dict[str, Any]:
    """Do the job and return the document of success; ``GeneratorError`` leaves nothing behind.

    ``before_commit`` is called when from then on the job is going to be finished whatever happens.
    """
    parameters = request.parameters
    sources = open_sources(request.input_datasets)
    quality, progress = Quality(), Progress()
    with ExitStack() as stack:
        model = _language_model(request, stack)
        folder = stack.enter_context(OutputFolder(require_output_mount()))
        augmented = folder.dataset("augmented_data", parameters.output_format, AUGMENTED_SCHEMA)
        for piece in _pieces(sources, request):
            first = quality.original_count
            variations = _variations(piece, first, request, model)
            augmented.write(assemble(piece, variations, first))
            quality.skipped_count += piece.skipped
            quality.add(piece.texts, piece.labels, variations)
            progress.add(len(piece.texts))
        if quality.failed_count and not quality.generated_count:
            raise GeneratorError(f"none of the {quality.failed_count} variations could be generated")
        report = folder.dataset("quality_report", parameters.output_format, REPORT_SCHEMA)
        report.write(_columns(quality.rows()))
        settings = {**asdict(parameters), "augmentation_type": request.augmentation_type}
        page = folder.text("reports/augmentation_report.html", html_report(settings, quality.rows()))
        progress.settle()
        before_commit()
        folder.commit()
        metrics = _metrics(request, quality, model) | {"parameters": settings}
        metrics["execution_time_seconds"] = round(time.monotonic() - started, 3)
        reports = [{"report_name": "augmentation_report", "report_type": "html", "report_path": str(page)}]
        return result.success(metrics, [augmented.entry(), report.entry()], reports)


def assemble(piece: Piece, variations: Sequence[Sequence[str | None]], first_index: int) -> Rows:
    """Output rows in source order: each original is followed by its variations."""
    width, length = 1 + len(variations), len(piece.texts)
    texts: list[Any] = [None] * (width * length)
    labels: list[Any] = [None] * (width * length)
    indices: list[Any] = [None] * (width * length)
    for place, column in enumerate((piece.texts, *variations)):
        texts[place::width] = column
        labels[place::width] = piece.labels
        indices[place::width] = range(first_index, first_index + length)
    rows = {
        "text": texts,
        "label": labels,
        "is_synthetic": ([False] + [True] * len(variations)) * length,
        "source_index": indices,
    }
    if None in texts:  # variations that were skipped
        kept = [place for place, text in enumerate(texts) if text is not None]
        rows = {name: [values[place] for place in kept] for name, values in rows.items()}
    return rows


def _language_model(request: Request, stack: ExitStack) -> LanguageModel | None:
    if request.augmentation_type == "simple" or request.system is None:
        return None
    from generator.llm import LanguageModel

    model = LanguageModel(request.system, request.metadata, request.parameters)
    stack.callback(model.close)
    return model


def _pieces(sources: list[Source], request: Request) -> Iterator[Piece]:
    """All input rows, source after source, in pieces whose variations fit into memory."""
    width = 1 + request.parameters.num_variations
    size = PieceSize(max(64, _OUTPUT_ROWS // width), _OUTPUT_CHARACTERS // width)
    index = 0
    for source in sources:
        for piece in read_source(source, size, skip_nulls=request.parameters.on_error == "skip"):
            index += len(piece.texts)
            if index > _MOST_ROWS:
                raise GeneratorError(f"there are more than {_MOST_ROWS} input rows, which source_index cannot number")
            yield piece


def _variations(
    piece: Piece, first_index: int, request: Request, model: LanguageModel | None
) -> list[Sequence[str | None]]:
    """The variations of a piece, ``[variation][row]``; ``mixed`` asks the model for every other one."""
    numbers = range(request.parameters.num_variations)
    step = 2 if request.augmentation_type == "mixed" else 1
    asked = numbers[::step] if model is not None else range(0)
    answers = model.variations(piece.texts, piece.labels, asked) if model is not None and asked else {}
    seed = request.parameters.seed
    return [
        answers[number] if number in answers else simple_variations(piece.texts, first_index, number, seed)
        for number in numbers
    ]


def _metrics(request: Request, quality: Quality, model: LanguageModel | None) -> dict[str, Any]:
    return {
        "original_count": quality.original_count,
        "generated_count": quality.generated_count,
        "total_count": quality.original_count + quality.generated_count,
        "augmentation_type": request.augmentation_type,
        "skipped_count": quality.skipped_count,
        "failed_count": quality.failed_count,
        "duplicate_rate": quality.duplicate_rate,
        "unchanged_rate": quality.unchanged_rate,
        "failure_rate": quality.failure_rate,
        **(asdict(model.usage) if model is not None else {}),
    }


def _columns(rows: list[tuple[str, str, float]]) -> Rows:
    return {name: [row[place] for row in rows] for place, name in enumerate(REPORT_SCHEMA)}
