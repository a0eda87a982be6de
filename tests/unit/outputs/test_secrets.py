"""Secrets in a folder, whatever holds them."""

import base64
import gzip
import urllib.parse
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.outputs.secret_places import find_secrets
from conformance.outputs.secrets import search_secrets

KEY = "sk-canary/12345+abc"


def places(folder):
    return [each["where"] for each in find_secrets(folder, [KEY, "another-canary"]) if each["canary"] == 0]


def test_a_folder_without_secrets_has_none(tmp_path):
    (tmp_path / "a").write_text("sk-canary/12345+ab, nearly")
    assert places(tmp_path) == []


@pytest.mark.parametrize("before", [b"", b"1", b"12", b"123"])
def test_base64_is_seen_in_every_alignment(before, tmp_path):
    (tmp_path / "a").write_bytes(base64.b64encode(before + KEY.encode() + b"zz"))
    assert places(tmp_path) == ["a"]


def test_plain_and_percent_encoded_text_and_names_are_seen(tmp_path):
    (tmp_path / "plain").write_text(f"key={KEY}")
    (tmp_path / "url").write_text(urllib.parse.quote(KEY, safe=""))
    (tmp_path / urllib.parse.quote(KEY, safe="")).mkdir()
    assert places(tmp_path) == ["plain", "the name of sk-canary%2F12345%2Babc", "url"]


def test_a_secret_across_two_blocks_is_seen(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * (1024**2 - 5) + KEY.encode())
    assert places(tmp_path) == ["a"]


def test_archives_and_columns_are_opened(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(KEY.encode()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", KEY * 3)
    table = pa.table({"text": ["a", KEY + "b"] * 50, "other": ["c", "d"] * 50})
    pq.write_table(table, tmp_path / "t.parquet", compression="zstd")
    assert {"a.gz, unpacked", "a.zip, member member", "t.parquet, column text"} <= set(places(tmp_path))


def test_an_archive_that_breaks_off_is_searched_as_far_as_it_goes(tmp_path):
    data = gzip.compress(KEY.encode() + bytes(range(256)) * 5000, mtime=0)
    (tmp_path / "a.gz").write_bytes(data[:-200])
    assert places(tmp_path) == ["a.gz, unpacked"]


def test_the_search_runs_in_a_child_process(tmp_path):
    (tmp_path / "a").write_text(KEY)
    assert search_secrets(tmp_path, ["other-canary", KEY]) == [{"canary": 1, "where": "a"}]
    assert search_secrets(tmp_path, []) == []
