"""What is read, and what is refused: formats, places, splits, mappings, columns."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TEXTS = ["Good value.", "it is broken"]
TABLE = pa.table({"label": ["positive", "negative"], "extra": [1, 2], "text": TEXTS})


def test_a_json_array_and_json_lines_are_read_alike(workspace, definition):
    workspace.write("lines.json", '{"text": "a", "label": "x"}\n{"label": "y", "text": "b"}\n')
    workspace.write("array.json", [{"text": "a", "label": "x"}, {"label": "y", "text": "b"}])
    assert workspace.texts(definition("lines.json")) == workspace.texts(definition("array.json")) == ["a", "b"]


def test_json_is_read_across_its_buffer(workspace, definition):
    rows = [{"text": f"{number} " + "long " * 5000, "label": "x"} for number in range(150)]
    workspace.write("big.json", rows)
    assert workspace.texts(definition("big.json"), num_variations=0) == [row["text"] for row in rows]


@pytest.mark.parametrize("broken", ['[{"text": "a", "label": "x"}', '[{"text": "a", "la', "not json", '[["a"]]'])
def test_broken_json_is_an_error_that_names_the_file(workspace, definition, broken):
    workspace.write("bad.json", broken)
    assert "bad.json" in workspace.error(definition("bad.json"))


def test_csv_values_stay_text(workspace, definition):
    workspace.write("rows.csv", 'label,text\n1,"007, a\nb"\n\n2,NA\n')
    assert workspace.rows(definition("rows.csv", "csv"), num_variations=0)[0]["label"] == "1"
    assert workspace.texts(definition("rows.csv", "csv")) == ["007, a\nb", "NA"]


def test_packed_files_and_byte_order_marks_are_read(workspace, definition):
    (workspace.input / "rows.csv.gz").write_bytes(gzip.compress("\ufefftext,label\na,x\n".encode()))
    assert workspace.texts(definition("rows.csv.gz", "csv")) == ["a"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_every_kind_of_arrow_string_is_a_string(workspace, definition, kind):
    table = TABLE.set_column(2, "text", pa.array(TEXTS, kind))
    with pa.OSFile(str(workspace.input / "rows.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    assert workspace.texts(definition("rows.arrow", "arrow")) == TEXTS


def test_arrow_files_and_parquet_files_are_read(workspace, definition):
    with pa.OSFile(str(workspace.input / "file"), "wb") as sink, pa.ipc.new_file(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    pq.write_table(TABLE, workspace.input / "rows.parquet")
    assert workspace.texts(definition("file", "arrow")) == TEXTS
    assert workspace.texts(definition("rows.parquet", "parquet"), streaming=True) == TEXTS


def test_dictionary_encoded_strings_are_strings(workspace, definition):
    pq.write_table(TABLE.set_column(0, "label", TABLE["label"].dictionary_encode()), workspace.input / "d.parquet")
    assert workspace.rows(definition("d.parquet", "parquet"))[0]["label"] == "positive"


def test_class_numbers_become_class_names(workspace, definition):
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features({"text": Value("string"), "label": ClassLabel(names=["no", "yes"])})
    Dataset.from_dict({"text": ["a"], "label": [1]}, features=features).to_parquet(workspace.input / "c.parquet")
    assert workspace.rows(definition("c.parquet", "parquet"))[0]["label"] == "yes"


def test_label_map_names_numbers(workspace, definition):
    pq.write_table(pa.table({"text": ["a"], "label": [1]}), workspace.input / "n.parquet")
    source = definition("n.parquet", "parquet", label_map={"0": "neg", "1": "pos"})
    assert workspace.rows(source)[0]["label"] == "pos"


def test_a_list_a_pattern_a_folder_and_an_odd_name(workspace, definition):
    for name, text in (("deep/er/a é.json", "a"), ("deep/er/b.json", "b"), ("deep/er/notes.txt", "no")):
        workspace.write(name, [{"text": text, "label": "x"}])
    assert workspace.texts(definition(["deep/er/b.json", "deep/er/a é.json"])) == ["b", "a"]
    assert workspace.texts(definition("deep/*/*.json")) == ["a", "b"]
    assert workspace.texts(definition(None, data_dir="deep/")) == ["a", "b"]


def test_a_folder_tells_splits_apart_by_file_names(workspace, definition):
    workspace.write("d/train-0.json", [{"text": "a", "label": "x"}])
    workspace.write("d/test-0.json", [{"text": "b", "label": "x"}])
    assert workspace.texts(definition(None, data_dir="d")) == ["a"]
    assert workspace.texts(definition(None, data_dir="d", split="test")) == ["b"]


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("train", "abcd"),
        ("train[:1]", "a"),
        ("train[1:3]", "bc"),
        ("train[-1:]", "d"),
        ("train[:50%]", "ab"),
        ("train[:1]+train[3:]", "ad"),
        ("train[2:1]", ""),
    ],
)
def test_splits_are_honoured(workspace, definition, split, expected):
    workspace.write("s.json", [{"text": text, "label": "x"} for text in "abcd"])
    assert "".join(workspace.texts(definition("s.json", split=split))) == expected


@pytest.mark.parametrize("split", ["test", "train[", "a b", 3])
def test_a_split_that_does_not_exist_is_named(workspace, definition, split):
    assert repr(split) in workspace.error(definition(split=split))


def test_mapping_goes_from_the_files_name_to_the_manifests(workspace, definition):
    workspace.write("m.json", [{"body": "a", "label": "t", "text": "wrong"}])
    assert workspace.texts(definition("m.json", mapping={"body": "text"})) == ["a"]


@pytest.mark.parametrize("streaming", [True, False, None])
def test_streaming_changes_nothing_because_every_file_is_read_in_pieces(workspace, definition, streaming):
    assert workspace.texts(definition(streaming=streaming)) == ["Good value.", "it is broken"]


def test_mapping_can_swap_columns(workspace, definition):
    swapped = {"text": "label", "label": "text"}
    assert workspace.texts(definition(mapping=swapped)) == ["positive", "negative"]


def test_a_missing_column_is_named(workspace, definition):
    workspace.write("m.json", [{"text": "a"}])
    assert "'label'" in workspace.error(definition("m.json"))
    assert "'words'" in workspace.error(definition(mapping={"words": "text"}))
    assert "'text'" in workspace.error(definition(mapping={"text": "other"}))


def test_text_files_have_one_column(workspace, definition):
    workspace.write("t.txt", "a\nb\n")
    assert "'label'" in workspace.error(definition("t.txt", "text"))


@pytest.mark.parametrize("values", [[1, 2], [["a"], ["b"]], [b"a", b"b"], [True, False]])
def test_a_column_of_another_type_is_refused_by_name(workspace, definition, values):
    pq.write_table(pa.table({"text": pa.array(values), "label": ["x", "y"]}), workspace.input / "w.parquet")
    message = workspace.error(definition("w.parquet", "parquet"))
    assert "'text'" in message
    assert "expected string" in message


def test_a_json_value_of_another_type_is_refused_with_its_row(workspace, definition):
    workspace.write("w.json", [{"text": "a", "label": "x"}, {"text": 5, "label": "x"}])
    assert "column 'text' has the type int in row 1" in workspace.error(definition("w.json"))


def test_a_null_is_refused_with_its_row_or_left_out_and_counted(workspace, definition):
    workspace.write("n.json", [{"text": "a", "label": "x"}, {"text": None, "label": "x"}])
    assert "column 'text' is null in row 1" in workspace.error(definition("n.json"))
    results = workspace.run(definition("n.json"), on_error="skip")["results"]
    assert (results["original_count"], results["skipped_count"]) == (1, 1)


@pytest.mark.parametrize(
    "name", ["../rows.json", "/etc/passwd", "a/../../x", "http://example.org/rows.json", "hf://a/b"]
)
def test_paths_that_leave_the_input_mount_are_refused(workspace, definition, name):
    (workspace.input.parent / "rows.json").write_text("[]")
    message = workspace.error(definition(name))
    assert "refused" in message or "URL" in message or "no file" in message


def test_links_that_leave_the_input_mount_are_refused(workspace, definition):
    (workspace.input / "link.json").symlink_to("/etc/passwd")
    assert "leads out of the input mount" in workspace.error(definition("link.json"))
    assert "leads out of the input mount" in workspace.error(definition("*.json"))


@pytest.mark.parametrize("name", ["missing.json", "", 5, "a\0b", "rows.json/x", "n" * 5000])
def test_a_file_that_cannot_be_is_a_clear_error(workspace, definition, name):
    assert "dataset 'source_data'" in workspace.error(definition(name or " "))


def test_a_corrupt_file_is_an_error_that_names_file_and_builder(workspace, definition):
    workspace.write("bad.parquet", "PAR1 and nothing else")
    for builder in ("parquet", "arrow"):
        message = workspace.error(definition("bad.parquet", builder))
        assert "bad.parquet" in message
        assert builder in message


@pytest.mark.parametrize(
    ("name", "builder", "content"),
    [
        ("r.csv", "csv", b'text,label\n"never closed'),
        ("r.csv", "csv", b"text,label\n\xff,x\n"),
        ("r.csv", "csv", b""),
        ("r.gz", "json", b"\x1f\x8bnot gzip"),
        ("r.json", "json", b'{"a":' * 100_000),
        ("r.json", "json", b'[{"text": "\xff"}]'),
    ],
)
def test_hostile_files_end_in_a_message_that_names_them(workspace, definition, name, builder, content):
    (workspace.input / name).write_bytes(content)
    message = workspace.error(definition(name, builder))
    assert message.startswith("dataset 'source_data'")
    assert name in message or "null" in message


def test_another_builder_is_refused_by_name(workspace, definition):
    assert "'imagefolder'" in workspace.error(definition(builder="imagefolder"))


def test_the_required_dataset_is_required(workspace):
    from generator.errors import GeneratorError
    from generator.sources import open_sources

    with pytest.raises(GeneratorError, match="'source_data' is missing"):
        open_sources({})


def test_documents_become_sentences(workspace):
    workspace.write("d.txt", "One. Two lines\nare one! 第三句。第四句。\n\nLast")
    rows = workspace.rows(corpus={"type": "txt", "file_path": "d.txt"}, num_variations=0)
    assert [row["text"] for row in rows[2:]] == ["One.", "Two lines are one!", "第三句。", "第四句。", "Last"]
    assert [row["source_index"] for row in rows] == list(range(7))


def test_pdf_documents_are_read(workspace):
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica")
    pdf.multi_cell(60, text="The first sentence is long enough to be wrapped. The second is not.")
    pdf.output(str(workspace.input / "d.pdf"))
    rows = workspace.rows(corpus={"type": "pdf", "file_path": "d.pdf"}, num_variations=0)
    assert [row["text"] for row in rows[2:]] == [
        "The first sentence is long enough to be wrapped.",
        "The second is not.",
    ]


def test_a_corpus_of_rows_needs_no_label(workspace, definition):
    workspace.write("c.json", [{"text": "only text"}])
    (row,) = workspace.rows(corpus=definition("c.json"), num_variations=0)[2:]
    assert row["label"] == "unlabelled"


@pytest.mark.parametrize(("kind", "content"), [("pdf", "%PDF-1.4 nothing"), ("docx", "x"), ("txt", None)])
def test_a_document_that_cannot_be_read_is_a_clear_error(workspace, kind, content):
    if content is not None:
        workspace.write("d", content)
    assert "dataset 'corpus'" in workspace.error(corpus={"type": kind, "file_path": "d"})


def test_a_document_that_is_not_utf_8_is_named(workspace):
    (workspace.input / "latin.txt").write_bytes("größe".encode("latin-1"))
    assert "not UTF-8" in workspace.error(corpus={"type": "txt", "file_path": "latin.txt"})
