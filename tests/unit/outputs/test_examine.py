"""Produced files of every form, read in this process (the border to the child is test_reader's)."""

import gzip
import io
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.contract.model import Feature
from conformance.outputs.examine import Entry, examine

TEXT = Feature("text", dtype="string", required=True)
COUNT = Feature("count", dtype="int32")
ROWS = [{"text": "a", "count": 1}, {"text": "b", "count": 2}]
TABLE = pa.table({"text": ["a", "b"], "count": pa.array([1, 2], pa.int32())})


def entry(folder, name, *features, **fields):
    declared = {feature.name: feature for feature in features or (TEXT, COUNT)}
    return Entry("dataset", 0, "d", f"/output/{name}", folder / name, folder, features=declared, **fields)


def write_arrow(path, table=TABLE, opener=pa.ipc.new_file):
    with pa.OSFile(str(path), "wb") as sink, opener(sink, table.schema) as writer:
        writer.write_table(table)


def write_every_form(folder):
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    pq.write_table(TABLE, folder / "a.parquet")
    write_arrow(folder / "a.arrow")
    write_arrow(folder / "s.arrow", opener=pa.ipc.new_stream)
    (folder / "a.jsonl").write_text(lines)
    (folder / "a.json").write_text(json.dumps(ROWS, indent=2))
    (folder / "columns.json").write_text(json.dumps({"text": ["a", "b"], "count": [1, 2]}, indent=1))
    (folder / "a.csv").write_text("text,count\na,1\nb,2\n")
    (folder / "bom.csv").write_bytes(b"\xef\xbb\xbftext,count\r\na,1\r\nb,2\r\n")
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    with pa.CompressedOutputStream(str(folder / "a.jsonl.zst"), "zstd") as sink:
        sink.write(lines.encode())


FORMS = {
    "a.parquet": "parquet", "a.arrow": "arrow-file", "s.arrow": "arrow-stream", "a.jsonl": "jsonl", "a.json": "json",
    "columns.json": "json", "a.csv": "csv", "bom.csv": "csv", "a.jsonl.gz": "jsonl", "a.jsonl.zst": "jsonl",
}  # fmt: skip


def test_one_table_is_the_same_table_in_every_form(tmp_path):
    write_every_form(tmp_path)
    facts = {name: examine(entry(tmp_path, name)) for name in FORMS}
    assert {name: each.form for name, each in facts.items()} == FORMS
    assert {(each.rows, each.problem, each.sample) for each in map(hashable, facts.values())} == {
        (2, "", str(tuple(ROWS)))
    }
    assert len({each.fingerprint for each in facts.values()}) == 1
    assert {(*column.misfits, column.type_misfit) for each in facts.values() for column in each.columns} == {("",)}


def hashable(facts):
    from dataclasses import replace

    return replace(facts, sample=str(facts.sample))


def test_a_saved_dataset_is_read_with_its_features(tmp_path):
    import datasets

    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["n", "p"])})
    saved = datasets.Dataset.from_dict({"text": ["a"], "label": [1]}, features=features)
    saved.save_to_disk(tmp_path / "saved")
    label = Feature("label", kind="ClassLabel", names=("n", "p"))
    facts = examine(entry(tmp_path, "saved", TEXT, label))
    assert (facts.form, facts.inner, facts.rows, facts.problem) == ("save_to_disk", "arrow-stream", 1, "")
    assert facts.column("label").feature == {"kind": "ClassLabel", "names": ["n", "p"]}
    assert facts.column("label").type_misfit == ""


def test_a_dataset_dict_has_the_rows_of_its_splits(tmp_path):
    import datasets

    split = datasets.Dataset.from_dict({"text": ["a", "b"]})
    datasets.DatasetDict({"train": split, "test": split}).save_to_disk(tmp_path / "both")
    facts = examine(entry(tmp_path, "both", TEXT))
    assert (facts.form, facts.rows, facts.problem) == ("save_to_disk", 4, "")


def test_a_folder_of_shards_is_one_table(tmp_path):
    (tmp_path / "d").mkdir()
    for number in (0, 1):
        pq.write_table(TABLE, tmp_path / "d" / f"part-{number}.parquet")
    facts = examine(entry(tmp_path, "d"))
    assert (facts.form, facts.inner, facts.rows, facts.problem) == ("directory", "parquet", 4, "")
    assert facts.size == sum(file.stat().st_size for file in (tmp_path / "d").iterdir())


def test_shards_with_other_columns_are_no_table(tmp_path):
    (tmp_path / "d").mkdir()
    pq.write_table(TABLE, tmp_path / "d" / "a.parquet")
    pq.write_table(TABLE.select(["text"]), tmp_path / "d" / "b.parquet")
    assert examine(entry(tmp_path, "d")).problem == "its files have different columns"


def test_a_saved_dataset_that_names_a_file_outside_is_not_read(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "state.json").write_text('{"_data_files": [{"filename": "../../etc/passwd"}]}')
    (tmp_path / "d" / "dataset_info.json").write_text("{}")
    assert "names '../../etc/passwd'" in examine(entry(tmp_path, "d")).problem


def test_a_folder_with_a_link_out_is_not_read(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.jsonl").symlink_to("/etc/passwd")
    assert examine(entry(tmp_path, "d")).problem == "a.jsonl: a link leads to /etc, out of /output"


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "s.arrow", "a.jsonl", "a.json", "a.jsonl.gz"])
def test_a_torn_file_has_its_form_and_a_problem_and_no_columns(name, tmp_path):
    write_every_form(tmp_path)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) - 12 if name != "s.arrow" else len(data) // 2])
    facts = examine(entry(tmp_path, name))
    assert (facts.form, facts.columns, bool(facts.problem)) == (FORMS[name], (), True)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("text,count\na,1\nb\n", "line 3 has 1 fields, the header has 2"),
        ("text,text\na,b\n", "the column “text” occurs twice"),
        ('text,count\n"a,1\n', "line 2 is not CSV: unexpected end of data"),
    ],
)
def test_a_csv_that_no_reader_reads_alike_is_a_problem(content, problem, tmp_path):
    (tmp_path / "a.csv").write_text(content)
    assert examine(entry(tmp_path, "a.csv")).problem == problem


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_text_file_without_a_byte_is_empty(name, tmp_path):
    (tmp_path / name).touch()
    assert (examine(entry(tmp_path, name)).form, examine(entry(tmp_path, name)).problem) == ("empty", "")


def test_a_csv_of_a_header_alone_has_columns_and_no_rows(tmp_path):
    (tmp_path / "a.csv").write_text("text,count\n")
    facts = examine(entry(tmp_path, "a.csv"))
    assert (facts.rows, [column.name for column in facts.columns]) == (0, ["text", "count"])


def test_missing_values_are_counted_in_every_text_form(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": null, "count": 1}\n{"count": 2}\n{"text": "x"}\n')
    (tmp_path / "a.csv").write_text("text,count\n,1\n,2\nx,\n")
    for name in ("a.jsonl", "a.csv"):
        facts = examine(entry(tmp_path, name))
        assert {column.name: column.nulls for column in facts.columns} == {"text": 2, "count": 1}


def test_misfits_name_the_row_and_stop_at_ten(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a", "count": "5"}\n' * 12)
    column = examine(entry(tmp_path, "a.jsonl")).column("count")
    assert (len(column.misfits), column.misfits[0]) == (10, "row 1: '5' is no int32")


def test_null_types_are_facts_of_their_own_and_no_type_misfits(tmp_path):
    lists = Feature("list", kind="List", element=Feature("", dtype="string"))
    pq.write_table(
        pa.table({"text": pa.nulls(2), "list": pa.array([[], []], pa.list_(pa.null()))}), tmp_path / "a.parquet"
    )
    columns = examine(entry(tmp_path, "a.parquet", TEXT, lists)).columns
    assert [(column.null_type, column.type_misfit) for column in columns] == [(True, ""), (True, "")]


def test_labels_and_media_without_the_librarys_metadata_are_read_as_declared(tmp_path):
    from PIL import Image

    stream = io.BytesIO()
    Image.new("L", (2, 2)).save(stream, "PNG")
    media = pa.array([{"bytes": stream.getvalue(), "path": None}, {"bytes": b"junk", "path": None}])
    pq.write_table(pa.table({"label": [0, 7], "image": media}), tmp_path / "a.parquet")
    label, image = Feature("label", kind="ClassLabel", names=("a", "b", "c")), Feature("image", kind="Image")
    columns = examine(entry(tmp_path, "a.parquet", label, image)).columns
    assert columns[0].misfits == ("row 2: label 7 is not one of the 3 names (0 to 2)",)
    assert len(columns[1].misfits) == 1
    assert [column.type_misfit for column in columns] == ["", ""]


def test_metadata_that_claim_another_dtype_are_not_believed(tmp_path):
    lie = json.dumps({"info": {"features": {"count": {"dtype": "int32", "_type": "Value"}}}})
    table = pa.table({"count": pa.array([1], pa.int64())}).replace_schema_metadata({"huggingface": lie})
    pq.write_table(table, tmp_path / "a.parquet")
    assert examine(entry(tmp_path, "a.parquet", COUNT)).column("count").type_misfit


def test_documents_are_read_as_documents(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4\n...\n%%EOF\n")
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.4\n...")
    (tmp_path / "a.txt").write_text("héllo, you\n")
    (tmp_path / "latin.txt").write_bytes("héllo".encode("latin-1"))
    seen = [examine(entry(tmp_path, name, type=name[-3:])) for name in ("a.pdf", "cut.pdf", "a.txt", "latin.txt")]
    assert [(each.form, bool(each.problem)) for each in seen] == [
        ("pdf", False), ("pdf", True), ("text", False), ("unknown", False)
    ]  # fmt: skip
    assert seen[2].text_head == "héllo, you\n"


def test_a_pipe_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "a.parquet")
    assert "pipe" in examine(entry(tmp_path, "a.parquet")).problem


def test_a_pickle_is_never_loaded(tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "exploded"),))

    (tmp_path / "a.pkl").write_bytes(pickle.dumps(Bomb()))
    assert examine(entry(tmp_path, "a.pkl")).problem == "its bytes are no known format"
    assert not (tmp_path / "exploded").exists()


def test_many_rows_are_counted_in_batches(tmp_path):
    pq.write_table(pa.table({"count": pa.array(range(300_000), pa.int32())}), tmp_path / "a.parquet")
    facts = examine(entry(tmp_path, "a.parquet", COUNT))
    assert (facts.rows, facts.column("count").maximum, len(facts.row_hashes), len(facts.sample)) == (
        300_000,
        299_999,
        1000,
        20,
    )


def test_a_library_that_is_missing_is_no_fact_about_a_file(tmp_path, monkeypatch):
    def missing(*_):
        raise ModuleNotFoundError("No module named 'pyarrow'")

    monkeypatch.setattr("conformance.outputs.examine._examine", missing)
    with pytest.raises(ImportError):
        examine(entry(tmp_path, "a.parquet"))
