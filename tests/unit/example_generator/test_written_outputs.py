"""What is written, where, and what is left alone."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

MANIFEST = yaml.safe_load(Path("example_generator/manifest.yaml").read_text(encoding="utf-8"))
FORMATS = ["arrow", "parquet", "jsonl", "csv"]


def load(entry):
    import datasets

    path, kind = entry["dataset_path"], entry["format"]
    if kind == "arrow":
        return datasets.load_from_disk(path)
    builder = {"jsonl": "json"}.get(kind, kind)
    return datasets.load_dataset(
        builder, data_files=path, split="train", cache_dir=str(Path(path).parents[2] / "cache")
    )


def features(entry):
    """Of a Parquet file from its schema, because `load_dataset` refuses files without rows."""
    from datasets import Features

    is_folder = entry["format"] == "arrow"
    return load(entry).features if is_folder else Features.from_arrow_schema(pq.read_schema(entry["dataset_path"]))


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format_loads_with_the_same_rows(workspace, output_format):
    expected = workspace.rows()
    entry = workspace.run(output_format=output_format)["generated_datasets"][0]
    assert load(entry).to_list() == expected


@pytest.mark.parametrize("output_format", ["arrow", "parquet"])
def test_declared_types_are_written_even_without_rows(workspace, definition, output_format):
    workspace.write("none.csv", "text,label\n")
    datasets = workspace.run(definition("none.csv", "csv"), output_format=output_format)["generated_datasets"]
    for entry, declared in zip(datasets, MANIFEST["output_datasets"], strict=True):
        written = {name: feature.dtype for name, feature in features(entry).items()}
        assert written == {feature["name"]: feature["dtype"] for feature in declared["features"]}


@pytest.mark.parametrize("output_format", FORMATS)
def test_the_entry_says_what_the_file_holds(workspace, output_format):
    for entry in workspace.run(output_format=output_format)["generated_datasets"]:
        loaded, path = load(entry), Path(entry["dataset_path"])
        files = path.iterdir() if path.is_dir() else [path]
        assert (entry["num_rows"], entry["num_columns"]) == loaded.shape
        assert entry["columns"] == loaded.column_names == [column["name"] for column in entry["metadata"]["columns"]]
        assert entry["metadata"]["row_count"] == loaded.num_rows
        assert entry["metadata"]["size_bytes"] == sum(file.stat().st_size for file in files)


def test_the_document_is_the_seeds(workspace):
    document = workspace.run()
    entry = document["generated_datasets"][0]
    assert document["results"] == document["test_results"]
    assert entry["dataset_name"] == "augmented_data"
    assert entry["dataset_path"] == str(workspace.output / "datasets" / "augmented_data")
    assert (entry["num_rows"], entry["num_columns"]) == (6, 4)
    assert entry["columns"] == ["text", "label", "is_synthetic", "source_index"]
    assert (entry["metadata"]["num_rows"], entry["metadata"]["num_columns"]) == (6, 4)


def test_the_same_inputs_give_the_same_bytes(workspace):
    for output_format in FORMATS:
        workspace.run(output_format=output_format)
        first = tree(workspace.output)
        workspace.run(output_format=output_format)
        assert tree(workspace.output) == first


def test_foreign_files_stay(workspace):
    folder = workspace.output / "datasets" / "augmented_data"
    folder.mkdir(parents=True)
    for name in ("data-00001-of-00002.arrow", ".augmented_data.partial", "notes.txt"):
        (folder / name).write_text("mine")
    workspace.run()
    assert [(folder / name).read_text() for name in ("data-00001-of-00002.arrow", "notes.txt")] == ["mine", "mine"]


def test_a_failed_run_keeps_the_result_of_the_run_before(workspace):
    workspace.run()
    before = tree(workspace.output)
    workspace.write("rows.json", [{"text": "a", "label": "x"}] * 9000 + [{"text": None, "label": "x"}])
    with pytest.raises(Exception, match="row 9000"):
        workspace.run()
    assert tree(workspace.output) == before


@pytest.mark.parametrize("blocked", ["datasets", "datasets/augmented_data/state.json", "reports"])
def test_a_name_that_is_taken_is_a_clear_error(workspace, blocked):
    path = workspace.output / blocked
    path.parent.mkdir(parents=True, exist_ok=True)
    if blocked.endswith("json"):
        path.mkdir()
    else:
        path.write_text("mine")
    with pytest.raises(Exception, match="in the way"):
        workspace.run()


def test_an_output_folder_that_is_no_mount_is_refused(workspace, monkeypatch):
    monkeypatch.setenv("OUTPUT_MOUNT_PATH", "/output/below")
    assert "nothing is mounted at /output/below" in workspace.error()


def test_texts_come_back_as_they_were(workspace):
    wild = ['a "quoted", text', "line\nbreak", "tab\t", "émoji 👍🏽", "=1+1", "a\u2028b\u2029c\x85d", "x" * 100_000]
    workspace.write("rows.json", [{"text": text, "label": "x"} for text in wild])
    for output_format in ("arrow", "parquet", "jsonl", "csv"):
        entry = workspace.run(output_format=output_format, num_variations=0)["generated_datasets"][0]
        assert list(load(entry)["text"]) == wild


def test_half_a_surrogate_pair_is_a_clear_error(workspace):
    workspace.write("rows.json", '[{"text": "\\ud800", "label": "x"}]')
    assert "UTF-8" in workspace.error()
    assert "UTF-8" in workspace.error(output_format="jsonl")


def test_the_quality_report_counts(workspace):
    workspace.write("rows.json", [{"text": "same", "label": "x"}, {"text": "same", "label": "y"}])
    path = workspace.run(output_format="jsonl", num_variations=0)["generated_datasets"][1]["dataset_path"]
    rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
    values = {(row["metric"], row["group"]): row["value"] for row in rows}
    assert values["rate", "duplicate"] == 0.5
    assert values["originals per label", "x"] == 1
    assert values["text length quantile", "0.50"] == 4


def test_the_report_is_a_page_that_escapes_data(workspace):
    workspace.write("rows.json", [{"text": "a", "label": "<script>alert(1)</script>"}])
    (report,) = workspace.run(prompt_template="<b>{text}")["generated_reports"]
    page = Path(report["report_path"]).read_text(encoding="utf-8")
    HTMLParser().feed(page)
    assert page.startswith("<!DOCTYPE html>")
    assert "<script>" not in page
    assert "&lt;b&gt;" in page


def test_memory_does_not_grow_with_the_length_of_a_row(workspace, definition):
    from generator.readers import PieceSize, read_parquet

    table = pa.table({"text": ["x" * 100_000] * 50, "label": ["x"] * 50})
    pq.write_table(table, workspace.input / "long.parquet", use_dictionary=False, compression="none")
    pieces = list(read_parquet(workspace.input / "long.parquet", lambda names: names, PieceSize(8192, 1_000_000)))
    assert max(len(piece["text"]) for piece in pieces) <= 10
    assert sum(len(piece["text"]) for piece in pieces) == 50
