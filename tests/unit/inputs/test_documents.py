"""Documents that real readers open, and documents that none does."""

import io

import pypdf
import pytest

from conformance.contract.model import InputDataset
from conformance.inputs.datasets import write_dataset
from conformance.inputs.plan import DatasetPlan

NOTES = InputDataset("notes", types=("pdf", "txt"))


def written(tmp_path, **plan):
    fed = write_dataset(NOTES, DatasetPlan(**plan), tmp_path)
    return fed, (tmp_path / fed.files[0]).read_bytes() if fed.files else b""


def test_a_pdf_has_several_pages_of_real_text(tmp_path):
    fed, data = written(tmp_path, type="pdf")
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    assert len(pages) == 3
    assert fed.definition == {"description": None, "file_path": "notes.pdf", "tags": [], "type": "pdf"}
    assert " ".join(fed.sample[5]["text"].split()) in " ".join(pages[2].split())


def test_a_text_file_is_utf_8_with_other_scripts(tmp_path):
    fed, data = written(tmp_path, type="txt")
    text = data.decode("utf-8")
    assert "日本語" in text
    assert all(row["text"] in text for row in fed.sample)
    assert fed.rows == len(fed.sample) == 6


@pytest.mark.parametrize("kind", ["pdf", "txt"])
def test_the_same_plan_gives_the_same_document(kind, tmp_path):
    assert written(tmp_path / "a", type=kind, wild_text=True) == written(tmp_path / "b", type=kind, wild_text=True)


def test_a_corrupt_pdf_does_not_open(tmp_path):
    _, data = written(tmp_path, type="pdf", defect="corrupt")
    with pytest.raises(pypdf.errors.PdfReadError):
        pypdf.PdfReader(io.BytesIO(data), strict=True)


def test_a_corrupt_text_file_is_no_utf_8(tmp_path):
    with pytest.raises(UnicodeDecodeError):
        written(tmp_path, type="txt", defect="corrupt")[1].decode("utf-8")


def test_an_empty_text_file_is_empty_and_an_empty_pdf_has_one_empty_page(tmp_path):
    assert written(tmp_path, type="txt", defect="no-rows")[1] == b""
    (page,) = pypdf.PdfReader(io.BytesIO(written(tmp_path, type="pdf", defect="no-rows")[1])).pages
    assert page.extract_text() == ""


def test_a_missing_document_is_named_but_not_there(tmp_path):
    fed, _ = written(tmp_path, type="pdf", defect="missing-file")
    assert (fed.definition["file_path"], fed.files) == ("notes.pdf", ())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("layout", ["file", "list", "directory", "subfolder", "odd-name"])
def test_a_document_is_one_file_in_every_layout(layout, tmp_path):
    fed, data = written(tmp_path, type="txt", layout=layout)
    assert (tmp_path / fed.definition["file_path"]).read_bytes() == data


def test_a_given_document_is_copied(tmp_path):
    source = tmp_path / "real.txt"
    source.write_text("Hello.")
    assert written(tmp_path / "input", type="txt", source=source)[1] == b"Hello."
