"""The border between the kit and the process that opens what an image wrote."""

import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.contract.model import Feature, Manifest, OutputDataset, OutputReport
from conformance.outputs import process, reader
from conformance.outputs.process import Limits
from conformance.outputs.reader import read_and_search, read_produced

MANIFEST = Manifest(
    output_datasets=(OutputDataset("d", features=(Feature("n", dtype="int32"),)), OutputDataset("doc", type="txt")),
    reports=(OutputReport("r"),),
)


def document(*paths, **more):
    return {"generated_datasets": [{"dataset_name": "d", "dataset_path": f"/output/{path}"} for path in paths], **more}


def test_every_entry_gets_its_facts_in_the_documents_order(tmp_path):
    pq.write_table(pa.table({"n": [1, 2]}), tmp_path / "a.parquet")
    (tmp_path / "r.html").write_text("<html><body>fine</body></html>")
    reports = [{"report_name": "r", "report_type": "html", "report_path": "/output/r.html"}]
    facts = read_produced(document("nope", "a.parquet", generated_reports=reports), tmp_path, MANIFEST)
    assert [(each.role, each.index, each.form, each.rows) for each in facts] == [
        ("dataset", 0, "missing", 0), ("dataset", 1, "parquet", 2), ("report", 0, "html", 0)
    ]  # fmt: skip
    assert facts[1].column("n").type_misfit == "declared int32, the file has int64"


@pytest.mark.parametrize("listed", [None, "text", {"a": 1}, ["text", 7, None], [{}], [{"dataset_path": 5}]])
def test_entries_of_any_shape_are_no_error(listed, tmp_path):
    facts = read_produced({"generated_datasets": listed}, tmp_path, MANIFEST)
    assert all(each.form == "missing" for each in facts)


def test_no_document_has_no_facts(tmp_path):
    assert read_produced(None, tmp_path, MANIFEST) == ()


def test_the_library_is_asked_whether_it_loads_only_when_wanted(tmp_path):
    pq.write_table(pa.table({"n": [1]}), tmp_path / "a.parquet")
    assert read_produced(document("a.parquet"), tmp_path, MANIFEST)[0].reloads is None
    assert read_produced(document("a.parquet"), tmp_path, MANIFEST, reload=True)[0].reloads == ""


def test_a_bomb_is_a_fact_about_its_file_and_the_others_are_read(tmp_path):
    pq.write_table(pa.table({"n": [1]}), tmp_path / "a.parquet")
    pq.write_table(
        pa.table({"n": ["x" * 100_000_000]}), tmp_path / "bomb.parquet", use_dictionary=False, compression="zstd"
    )
    limits = Limits(memory=400 * 1024**2, cpu=20, wall=30)
    bomb, good = read_produced(document("bomb.parquet", "a.parquet"), tmp_path, MANIFEST, limits=limits)
    assert bomb.problem
    assert (good.rows, good.problem) == (1, "")


def test_reading_for_too_long_is_a_fact_about_the_file_that_was_read(tmp_path):
    (tmp_path / "slow.jsonl").write_text('{"n": 1}\n' * 2_000_000)
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n')
    slow, good = read_produced(document("slow.jsonl", "a.jsonl"), tmp_path, MANIFEST, limits=Limits(wall=1.0))
    assert slow.problem == "reading it was given up: it took more than 1 seconds"
    assert good.rows == 1


def test_a_footer_that_claims_a_billion_rows_is_not_believed(tmp_path):
    pq.write_table(pa.table({"n": pa.array([1, 2, 3], pa.int32())}), tmp_path / "a.parquet")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    footer = int.from_bytes(data[-8:-4], "little")
    # The thrift field num_rows of the file: field 3, type i64, a zigzag varint; 3 rows are the bytes 16 06.
    at = data.index(b"\x16\x06", len(data) - 8 - footer)
    patched = data[:at] + b"\x16\x80\xa8\xd6\xb9\x07" + data[at + 2 : -8] + (footer + 4).to_bytes(4, "little") + b"PAR1"
    (tmp_path / "a.parquet").write_bytes(patched)
    (facts,) = read_produced(document("a.parquet"), tmp_path, MANIFEST, limits=Limits(wall=20))
    assert facts.problem == "its footer says 1000000000 rows, its pages hold 3"


def test_a_child_that_cannot_start_is_the_kits_own_failure(tmp_path, monkeypatch):
    pq.write_table(pa.table({"n": [1]}), tmp_path / "a.parquet")
    monkeypatch.setattr(process.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="did not work"):
        read_produced(document("a.parquet"), tmp_path, MANIFEST)


def test_a_library_that_is_missing_is_the_kits_own_failure_and_no_fact_about_the_file(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    said = '{"begin": 0}\n{"broken": "ModuleNotFoundError: No module named pyarrow"}'
    (tmp_path / "python").write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(process.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(RuntimeError, match="did not work: ModuleNotFoundError"):
        read_produced(document("a.parquet"), tmp_path, MANIFEST)


def test_the_child_knows_nothing_of_the_persons_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    assert "OPENAI_API_KEY" not in process._environment(str(tmp_path))
    assert os.environ["OPENAI_API_KEY"] == "sk-real"


def test_names_that_are_no_text_reach_the_child(tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9 \n")
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"n": 1}\n')
    assert read_produced(document("a.jsonl"), folder, MANIFEST)[0].rows == 1
    assert sys.getfilesystemencoding() == "utf-8"


KEY = "sk-canary-123456"


@pytest.fixture
def children(monkeypatch):
    requests = []

    def ask(request, limits):
        requests.append(request)
        return process.ask(request, limits)

    monkeypatch.setattr(reader, "ask", ask)
    return requests


def test_one_child_reads_what_was_produced_and_searches_it_for_secrets(tmp_path, children):
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n')
    (tmp_path / "log").write_text(f"key {KEY}")
    (facts,), found = read_and_search(document("a.jsonl"), tmp_path, MANIFEST, [KEY])
    assert (facts.rows, found, len(children)) == (1, [{"canary": 0, "where": "log"}], 1)


def test_an_output_that_nothing_describes_is_searched_all_the_same(tmp_path):
    (tmp_path / "log").write_text(f"key {KEY}")
    assert read_and_search(None, tmp_path, MANIFEST, [KEY]) == ((), [{"canary": 0, "where": "log"}])


@pytest.mark.parametrize("secrets", [[], [KEY]])
def test_an_empty_output_costs_no_child(secrets, tmp_path, monkeypatch):
    monkeypatch.setattr(process.sys, "executable", "/bin/false")
    assert read_and_search(document("missing"), tmp_path, MANIFEST, secrets)[1] == []


def test_a_child_that_dies_while_it_reads_does_not_end_the_search(tmp_path, monkeypatch):
    (tmp_path / "slow.jsonl").write_text('{"n": 1}\n' * 2_000_000 + KEY)
    monkeypatch.setattr(reader, "Limits", lambda: Limits(wall=1.0))
    (facts,), found = read_and_search(document("slow.jsonl"), tmp_path, MANIFEST, [KEY])
    assert facts.problem.startswith("reading it was given up")
    assert found == [{"canary": 0, "where": "slow.jsonl"}]
