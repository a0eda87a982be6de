"""One file format after another, for a type of dataset that the baseline did not show."""

import json

import pytest
from unit.runs.stages import scenario, stage

from conformance.engines.protocol import EngineFacts, Outcome
from conformance.evidence import LogChunk
from conformance.mock_openai import MockOpenAI

OFFERS = {"offers": ("parquet", "jsonl", "csv"), "offered": ("source_data",)}


@pytest.fixture(scope="module")
def mock():
    with MockOpenAI() as server:
        yield server


class Reader:
    """An engine whose image reads files with one ending and refuses the others, cleanly or not."""

    facts = EngineFacts("reader", "1", "amd64")

    def __init__(self, reads, *, cleanly=True):
        self.reads, self.cleanly, self.asked = reads, cleanly, []

    def run(self, request):
        text = " ".join(request.arguments)
        self.asked.append(next(end for end in ("parquet", "jsonl", "csv") if f".{end}" in text))
        good = self.asked[-1] == self.reads
        error = {"success": False, "error": "no such format"} if self.cleanly else {}
        said = json.dumps({"results": {"success": True} if good else error}).encode()
        return Outcome(0 if good else 1, (LogChunk("stdout", 0.1, said),))


def performed(engine, tmp_path, mock):
    (run,) = stage(tmp_path, engine, mock).perform(scenario("other-types-1", options=OFFERS))
    return run


def test_the_first_format_that_is_not_refused_is_the_evidence(tmp_path, mock):
    engine = Reader("jsonl")
    run = performed(engine, tmp_path, mock)
    assert (run.scenario, run.claims_success, engine.asked) == ("other-types-1", True, ["parquet", "jsonl"])
    assert run.datasets[0].builder == "jsonl"


def test_where_every_format_is_refused_the_first_attempt_is_the_evidence(tmp_path, mock):
    engine = Reader("nothing")
    run = performed(engine, tmp_path, mock)
    assert (run.refused_cleanly, engine.asked) == (True, ["parquet", "jsonl", "csv"])
    assert run.datasets[0].builder == "parquet"


def test_an_image_that_stumbles_is_offered_nothing_else(tmp_path, mock):
    engine = Reader("csv", cleanly=False)
    assert not performed(engine, tmp_path, mock).refused_cleanly
    assert engine.asked == ["parquet"]
