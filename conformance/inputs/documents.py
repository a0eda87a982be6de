"""Documents of type pdf and txt: several pages and paragraphs of real sentences.

The PDF uses the standard fonts, which hold Latin-1 only and need no font file; the text file is UTF-8 and holds every
script. What a plan says of columns and layouts of several files has no meaning for one document and is ignored.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from conformance.contract.model import InputDataset
from conformance.errors import UsageError
from conformance.evidence import FedDataset
from conformance.inputs.definitions import document_definition
from conformance.inputs.places import file_places
from conformance.inputs.plan import DatasetPlan
from conformance.inputs.words import CANARIES, WILD, checksum, paragraph

CORRUPT = {
    "pdf": b"<html><body>This is no PDF.</body></html>\n" * 20,
    "txt": b"\xff\xfe\xc3(\xa0\xa1 no UTF-8\x00\x80" * 40,
}
LATIN = "Zoë's café: 5 £ for crème brûlée, «pas mal», ¿verdad?"
PARAGRAPHS_PER_PAGE = 2
CREATED = datetime(2024, 1, 1, tzinfo=UTC)
"""A fixed date, so that equal plans give equal bytes."""


def write_document(dataset: InputDataset, plan: DatasetPlan, folder: Path) -> FedDataset:
    """Write a document below ``folder`` as planned; ``plan.rows`` is the number of its paragraphs.

    A type that the contract does not know is written as plain text under that type's name. Raises `UsageError` when
    ``plan.source`` cannot be read.
    """
    if plan.location is not None:
        return FedDataset(dataset.name, plan.type, document_definition(plan.type, plan.location))
    suffix = plan.type if plan.type in CORRUPT else "txt"
    layout = "subfolder" if plan.layout in ("directory", "subfolder") else plan.layout
    (place,) = file_places(dataset.name, suffix, "file" if layout == "list" else layout, 1)
    definition = document_definition(plan.type, place)
    if plan.defect == "missing-file":
        return FedDataset(dataset.name, plan.type, definition)
    target = folder / place
    target.parent.mkdir(parents=True, exist_ok=True)
    if plan.defect == "empty-directory":
        target.mkdir(exist_ok=True)
        return FedDataset(dataset.name, plan.type, definition)
    paragraphs = _paragraphs(dataset.name, plan)
    if plan.source is not None or plan.defect == "corrupt":
        paragraphs = []
    target.write_bytes(_content(plan, suffix, paragraphs))
    sample = tuple({"text": text} for text in paragraphs[:20])
    return FedDataset(dataset.name, plan.type, definition, (place,), (), len(paragraphs), sample)


def _content(plan: DatasetPlan, suffix: str, paragraphs: list[str]) -> bytes:
    if plan.source is not None:
        try:
            return plan.source.read_bytes()
        except OSError as error:
            raise UsageError(
                f"The input file {plan.source} cannot be read: {error}", "Give a readable file."
            ) from error
    if plan.defect == "corrupt":
        return CORRUPT[suffix]
    return _pdf(paragraphs) if suffix == "pdf" else "".join(f"{text}\n\n" for text in paragraphs).encode()


def _paragraphs(name: str, plan: DatasetPlan) -> list[str]:
    """Recognisable paragraphs; those of a text file hold other scripts, the wild ones also what must not be run."""
    count = {"no-rows": 0, "one-row": 1}.get(plan.defect, plan.rows)
    base = checksum(plan.seed, name) % 9000 + 1000
    paragraphs = [paragraph(f"{base}-{number + 1}") for number in range(count)]
    foreign = (LATIN,) if plan.type == "pdf" else WILD
    decorated = []
    for number, text in enumerate(paragraphs):
        ending = f" {foreign[number % len(foreign)]}" if plan.wild_text or plan.type != "pdf" or number == 0 else ""
        canary = f"{CANARIES[number % len(CANARIES)]} " if plan.wild_text else ""
        decorated.append(f"{canary}{text}{ending}")
    return decorated


def _pdf(paragraphs: list[str]) -> bytes:
    """A PDF with a title, and two paragraphs to a page; without paragraphs one empty page."""
    from fpdf import FPDF

    document = FPDF()
    document.set_creation_date(CREATED)
    document.set_title("Notes from the service desk")
    document.set_font("Helvetica", size=12)
    for start in range(0, max(1, len(paragraphs)), PARAGRAPHS_PER_PAGE):
        document.add_page()
        for text in paragraphs[start : start + PARAGRAPHS_PER_PAGE]:
            document.multi_cell(0, 7, text, new_x="LMARGIN", new_y="NEXT")
            document.ln(5)
    return bytes(document.output())
