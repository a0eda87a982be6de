"""One job from the request to the result document: read, vary, measure, write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
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
from generator.shards import ROWS as SHARD_ROWS
from generator.shards import Shards
from generator.sources import Piece, Source, known_rows, open_sources, read_source

if TYPE_CHECKING:
    from generator.llm import LanguageModel

AUGMENTED_SCHEMA = {"text": "string", "label": "string", "is_synthetic": "bool", "source_index": "int32"}
_OUTPUT_ROWS = 24_576
_OUTPUT_CHARACTERS = 12_000_000
_MOST_ROWS = 2**31 - 1


def generate(request: Request, started: float, before_commit: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Do the job and return the document of success; ``GeneratorError`` leaves nothing behind.

    ``before_commit`` is called when from then on the job is going to be finished whatever happens.
    """
    parameters = request.parameters
    sources = open_sources(request.input_datasets)
    quality, progress = Quality(), Progress(known_rows(sources))
    with ExitStack() as stack:
        root = require_output_mount()
        model = _model_augmenter(request, sources, root, progress, stack)
        folder = stack.enter_context(OutputFolder(root))
        augmented = folder.dataset("augmented_data", parameters.output_format, AUGMENTED_SCHEMA)
        for piece in _pieces(sources, request):
            first = quality.original_count
            variations = _variations(piece, first, request, model)
            progress.add(0 if model else len(piece.texts))
            augmented.write(assemble(piece, variations, first))
            quality.skipped_count += piece.skipped
            quality.add(piece.texts, piece.labels, variations)
        if quality.failed_count and not quality.generated_count:
            raise GeneratorError(f"none of the {quality.failed_count} variations could be generated")
        report = folder.dataset("quality_report", parameters.output_format, REPORT_SCHEMA)
        report.write(_columns(quality.rows()))
        settings = {**asdict(parameters), "augmentation_type": request.augmentation_type}
        page = folder.text("reports/augmentation_report.html", html_report(settings, quality.rows()))
        progress.settle()
        before_commit()
        folder.commit()
        if model is not None:
            model.shards.clear()
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


class ModelAugmenter:
    """The language model together with the answers that an interrupted run left."""

    def __init__(self, model: LanguageModel, shards: Shards, progress: Progress) -> None:
        self.model, self.shards, self._progress = model, shards, progress

    def variations(self, piece: Piece, wanted: Sequence[int]) -> dict[int, list[str | None]]:
        """For each variation number one answer per row; None where it was skipped."""
        answers = self.shards.load(piece.texts, piece.labels, wanted)
        if answers is not None:
            self._progress.add(len(piece.texts))
            return answers
        answers = self.model.variations(piece.texts, piece.labels, wanted)
        self.shards.save(piece.texts, piece.labels, answers)
        return answers


def _model_augmenter(
    request: Request, sources: list[Source], root: Path, progress: Progress, stack: ExitStack
) -> ModelAugmenter | None:
    """None for simple augmentation. Reads the whole input once, so that no request is paid for before it is sound."""
    if request.augmentation_type == "simple" or request.system is None:
        return None
    from generator.llm import LanguageModel

    model = LanguageModel(request.system, request.metadata, request.parameters, on_row=progress.add)
    stack.callback(model.close)
    progress.total = sum(len(piece.texts) for piece in _pieces(sources, request))
    return ModelAugmenter(model, Shards(root, model.identity()), progress)


def _pieces(sources: list[Source], request: Request) -> Iterator[Piece]:
    """All input rows, source after source, in pieces whose variations fit into memory."""
    width = 1 + request.parameters.num_variations
    rows = max(64, _OUTPUT_ROWS // width) if request.augmentation_type == "simple" else SHARD_ROWS
    size = PieceSize(rows, _OUTPUT_CHARACTERS // width)
    index = 0
    for source in sources:
        for piece in read_source(source, size, skip_nulls=request.parameters.on_error == "skip"):
            index += len(piece.texts)
            if index > _MOST_ROWS:
                raise GeneratorError(f"there are more than {_MOST_ROWS} input rows, which source_index cannot number")
            yield piece


def _variations(
    piece: Piece, first_index: int, request: Request, model: ModelAugmenter | None
) -> list[Sequence[str | None]]:
    """The variations of a piece, ``[variation][row]``; ``mixed`` asks the model for every other one."""
    numbers = range(request.parameters.num_variations)
    step = 2 if request.augmentation_type == "mixed" else 1
    asked = numbers[::step] if model is not None else range(0)
    answers = model.variations(piece, asked) if model is not None and asked else {}
    seed = request.parameters.seed
    return [
        answers[number] if number in answers else simple_variations(piece.texts, first_index, number, seed)
        for number in numbers
    ]


def _metrics(request: Request, quality: Quality, model: ModelAugmenter | None) -> dict[str, Any]:
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
        **(asdict(model.model.usage) if model is not None else {}),
    }


def _columns(rows: list[tuple[str, str, float]]) -> Rows:
    return {name: [row[place] for row in rows] for place, name in enumerate(REPORT_SCHEMA)}
