"""Evidence survives a round trip through a file, whatever an image wrote."""

from __future__ import annotations

import stat

import pytest
from builders import evidence, produced, request, run
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.errors import UsageError
from conformance.evidence_files import load_evidence, save_evidence
from conformance.outputs.facts import ColumnFacts, FileFacts


def again(seen, folder):
    path = folder / "evidence.json"
    save_evidence(seen, path)
    return load_evidence(path)


def test_evidence_comes_back_as_it_was(tmp_path):
    made = run(
        stdout=b"\xff\x00 \xc3\xa9",
        stderr="é\u202e\x1b",
        parameters={"count": 2, "nothing": None},
        produced=(produced(columns=(ColumnFacts("text", {"kind": "Value", "dtype": "string"}),)),),
        output=(FileFacts("a.parquet", size=3),),
        requests=(request(body={"model": "m"}),),
        observed={"stop_seconds": 1.5},
        exit_code=None,
    )
    seen = evidence(made, skipped={"chain": "why"}, notes={"builder": "parquet"})
    assert again(seen, tmp_path) == seen


@given(data=st.binary(max_size=200), text=st.text(max_size=50))
@settings(max_examples=50, deadline=None)
def test_any_bytes_and_text_come_back(tmp_path_factory, data, text):
    seen = evidence(run(stdout=data, reason=text))
    assert again(seen, tmp_path_factory.mktemp("evidence")) == seen


def test_half_a_character_is_replaced_and_the_rest_kept(tmp_path):
    seen = again(evidence(run(stdout=b"\xff", reason="a\ud800b")), tmp_path)
    assert (seen.runs[0].reason, seen.runs[0].stdout) == ("a?b", b"\xff")


def test_evidence_is_for_its_owner_alone(tmp_path):
    again(evidence(), tmp_path)
    assert stat.S_IMODE((tmp_path / "evidence.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["", "{}", '{"evidence": 3}', '{"version": "2", "evidence": {"image": {"reference": "x"}}}']
)
def test_what_is_no_evidence_is_a_usage_error(tmp_path, text):
    (tmp_path / "evidence.json").write_text(text)
    with pytest.raises(UsageError):
        load_evidence(tmp_path / "evidence.json")
