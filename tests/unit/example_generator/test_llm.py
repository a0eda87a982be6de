"""Augmentation by a language model, against the kit's mock server: what is sent, and what happens on bad days."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from unicodedata import category

import pytest

from conformance.mock_openai import MockOpenAI

ENTRYPOINT = Path("example_generator/entrypoint.py").resolve()
SOURCE = {"type": "huggingface", "loader_params": {"builder_name": "json", "data_files": "rows.json"}}
RECOVERS = ["500*2", "503*1", "429*2", "429-retry-after-ms*1", "malformed-json*1", "empty-choices*1", "refusal*1"]
RECOVERS += ["null-content*1", "empty-content*1", "length*1", "content-filter*1", "html-200*1", "drop*1", "reset*1"]
RECOVERS += ["short-body*1", "garbage-status*1", "wrong-content-type*1", "408*1", "control-characters*1"]


@pytest.fixture(scope="module")
def server():
    with MockOpenAI() as running:
        yield running


@pytest.fixture
def system(server, request, monkeypatch):
    """``system(faults=...)`` opens a space of the test's own and describes it as the host does."""
    monkeypatch.setattr("generator.llm._backoff", lambda attempt: 0.01)
    name = re.sub(r"[^\w-]", "-", request.node.name)

    def describe(faults=(), script=None, **more):
        server.open(name, key="sk-test", faults=faults, script=script)
        place = {"type": "llm_api", "base_url": server.base_url(name), "model": "mock-model", "api_key": "sk-test"}
        return {key: value for key, value in (place | more).items() if value is not None}

    describe.requests = lambda: [
        entry for entry in server.ledger(name).entries if entry.path.endswith("/chat/completions")
    ]
    return describe


def made(rows):
    return [row["text"] for row in rows if row["is_synthetic"]]


def test_every_variation_is_an_answer_of_the_system(workspace, system):
    rows = workspace.rows(system=system())
    assert len(made(rows)) == 4
    assert all(made(rows))
    assert {request.body["model"] for request in system.requests()} == {"mock-model"}


def test_the_metrics_count_requests_and_tokens(workspace, system):
    results = workspace.run(system=system())["results"]
    assert results["augmentation_type"] == "llm"
    assert results["request_count"] == len(system.requests())
    assert results["prompt_tokens"] > 0
    assert results["completion_tokens"] > 0


def test_mixed_asks_for_every_other_variation(workspace, system):
    results = workspace.run(system=system(), augmentation_type="mixed", num_variations=3)["results"]
    assert results["generated_count"] == 6
    assert results["request_count"] >= 4
    prompts = {request.body["messages"][-1]["content"] for request in system.requests()}
    assert {"Generate a variation of: Good value.", "Generate a variation of: it is broken"} <= prompts


def test_simple_leaves_a_given_system_alone(workspace, system):
    workspace.run(system=system(), augmentation_type="simple")
    assert system.requests() == []


def test_the_template_is_filled_with_data_that_stays_data(workspace):
    from generator.llm import prompt_for

    assert prompt_for("{label}: {text} ({text})", "a {label}", "x") == "x: a {label} (a {label})"
    assert prompt_for("Rewrite", "{text}", "x") == "Rewrite\n\n{text}"


def test_structured_answers_are_asked_for_and_unpacked(workspace, system):
    rows = workspace.rows(system=system(), structured_output=True)
    assert not any(text.startswith("{") for text in made(rows))
    assert system.requests()[0].body["response_format"]["type"] == "json_schema"


def test_tracking_metadata_thinking_and_effort_are_passed_on(workspace, system):
    metadata = {"user_id": "u1", "tags": {"job_id": "j", "none": None}, "experiment": "e"}
    given = system(thinking={"type": "enabled", "budget_tokens": None}, reasoning_effort="low")
    workspace.run(system=given, metadata=metadata)
    body = system.requests()[0].body
    assert body["metadata"] == {"tags": ["job_id:j"], "experiment": "e"}
    assert (body["user"], body["thinking"], body["reasoning_effort"]) == ("u1", {"type": "enabled"}, "low")


def test_nothing_is_passed_on_that_was_not_given(workspace, system):
    workspace.run(system=system(), metadata={"user_id": None, "tags": {}})
    assert set(system.requests()[0].body) == {"model", "messages", "seed"}


@pytest.mark.parametrize("variable", ["API_KEY", "OPENAI_API_KEY"])
def test_the_key_of_the_environment_serves_where_the_system_has_none(workspace, system, monkeypatch, variable):
    given = system(api_key=None)
    monkeypatch.setenv(variable, "sk-test")
    assert workspace.run(system=given)["results"]["success"] is True


@pytest.mark.parametrize("fault", RECOVERS)
def test_a_passing_fault_costs_no_row(workspace, system, fault):
    rows = workspace.rows(system=system(faults=[fault]))
    assert len(made(rows)) == 4
    assert not [char for text in made(rows) for char in text if category(char) == "Cc" and char not in "\n\t"]


@pytest.mark.parametrize("fault", ["401", "400", "403", "404-model", "422"])
def test_what_cannot_get_better_is_not_tried_again(workspace, system, fault):
    message = workspace.error(system=system(faults=[fault]), concurrency=1)
    assert f"status {fault[:3]}" in message
    assert len(system.requests()) == 1


@pytest.mark.parametrize("fault", ["500", "429-sustained", "malformed-json", "refusal", "drop", "refused"])
def test_a_lasting_fault_ends_in_an_error_after_few_attempts(workspace, system, monkeypatch, fault):
    monkeypatch.setattr("generator.llm.DEADLINE_SECONDS", 2.0)
    message = workspace.error(system=system(faults=[fault]), num_variations=1, concurrency=1)
    assert message.startswith("system 'generation_system' failed: ")
    assert len(system.requests()) <= 10


def test_a_system_that_never_answers_ends_in_an_error(workspace, system, monkeypatch):
    monkeypatch.setattr("generator.llm.DEADLINE_SECONDS", 0.3)
    started = time.monotonic()
    message = workspace.error(system=system(faults=["stall"]), request_timeout_seconds=0.2)
    assert "timed out" in message.lower()
    assert time.monotonic() - started < 3


def test_waiting_for_ones_turn_does_not_use_up_the_deadline(workspace, system, monkeypatch):
    monkeypatch.setattr("generator.llm.DEADLINE_SECONDS", 0.3)
    workspace.write("rows.json", [{"text": f"text {number}", "label": "x"} for number in range(16)])
    faults = [{"fault": "500", "calls": [14]}, {"fault": "latency", "seconds": 0.05}]
    results = workspace.run(system=system(faults=faults), num_variations=1, concurrency=1)["results"]
    assert (results["generated_count"], results["request_count"]) == (16, 17)


def test_an_answer_that_repeats_the_text_or_another_is_asked_for_once_more(workspace, system):
    workspace.write("rows.json", [{"text": "tea", "label": "x"}])
    script = [{"match": "must differ", "answer": "hot drink"}, {"match": "tea", "answer": "tea"}]
    rows = workspace.rows(system=system(script=script), num_variations=1)
    assert made(rows) == ["hot drink"]
    assert len(system.requests()) == 2


def test_a_repetition_that_stays_is_kept_and_counted(workspace, system):
    workspace.write("rows.json", [{"text": "tea", "label": "x"}])
    given = system(script=[{"match": "tea", "answer": "tea"}])
    results = workspace.run(system=given, num_variations=2)["results"]
    assert (results["generated_count"], results["request_count"]) == (2, 4)
    assert (results["unchanged_rate"], results["failure_rate"]) == (1.0, 0.0)


def test_retry_after_is_respected(workspace, system):
    workspace.run(system=system(faults=[{"fault": "429-retry-after", "seconds": 1, "times": 1}]), num_variations=1)
    refused, *later = sorted(system.requests(), key=lambda entry: entry.arrived)
    assert refused.status == 429
    assert later[-1].arrived - refused.finished >= 1


def test_skip_leaves_out_and_counts_what_could_not_be_made(workspace, system):
    workspace.write("rows.json", [{"text": f"text {number}", "label": "x"} for number in range(20)])
    given = system(faults=[{"fault": "422", "share": 0.3}])
    document = workspace.run(system=given, on_error="skip", num_variations=1, output_format="jsonl")
    results = document["results"]
    assert results["failed_count"] > 0
    assert results["generated_count"] + results["failed_count"] == 20
    with Path(document["generated_datasets"][0]["dataset_path"]).open() as file:
        rows = [json.loads(line) for line in file]
    assert len(rows) == results["total_count"]
    assert all(row["text"] for row in rows)


def test_skip_does_not_call_a_dead_system_a_success(workspace, system):
    workspace.write("rows.json", [{"text": f"text {number}", "label": "x"} for number in range(60)])
    message = workspace.error(system=system(faults=["422"]), on_error="skip", concurrency=1)
    assert "failed 20 times in a row" in message
    assert len(system.requests()) < 60


@pytest.mark.parametrize(
    ("system", "cause"),
    [
        ({"model": "m"}, "has no 'base_url'"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "has no 'model'"),
        ({"base_url": "ftp://x", "model": "m"}, "does not begin with http"),
        ({"base_url": 5, "model": "m"}, "has no 'base_url'"),
        ({"base_url": "http://x", "model": "m", "type": "vlm_api"}, "accepted: llm_api"),
    ],
)
def test_a_system_that_cannot_be_used_is_refused_before_work(workspace, system, cause):
    assert cause in workspace.error(system=system)


def test_input_is_sound_before_the_first_request_is_paid(workspace, system):
    workspace.write("rows.json", [{"text": "a", "label": "x"}] * 300 + [{"text": None, "label": "x"}])
    assert "row 300" in workspace.error(system=system())
    assert system.requests() == []


def test_an_interrupted_run_continues_from_its_finished_shards(workspace, system):
    from generator.errors import GeneratorError

    workspace.write("rows.json", [{"text": f"text {number}", "label": "x"} for number in range(300)])
    given = system(faults=[{"fault": "401", "calls": range(270, 1000)}])
    with pytest.raises(GeneratorError):
        workspace.run(system=given, num_variations=1)
    (shard,) = workspace.output.rglob("*.json")
    results = workspace.run(system=system(), num_variations=1)["results"]
    assert results["generated_count"] == 300
    assert results["request_count"] < 100
    assert not shard.parent.exists()


def test_other_parameters_do_not_find_the_shards(workspace, tmp_path):
    from generator.shards import ROWS, Shards

    texts, labels = ["a"] * ROWS, ["x"] * ROWS
    Shards(tmp_path, {"seed": 1}).save(texts, labels, {0: list(texts)})
    assert Shards(tmp_path, {"seed": 1}).load(texts, labels, [0]) == {0: texts}
    assert Shards(tmp_path, {"seed": 2}).load(texts, labels, [0]) is None
    assert Shards(tmp_path, {"seed": 1}).load(["b", *texts[1:]], labels, [0]) is None


def test_concurrency_is_bounded_and_used(workspace, system):
    workspace.write("rows.json", [{"text": f"text {number}", "label": "x"} for number in range(20)])
    workspace.run(system=system(faults=[{"fault": "latency", "seconds": 0.02}]), concurrency=4)
    assert max(entry.concurrent for entry in system.requests()) == 4


def test_the_limiter_halves_on_429_and_recovers():
    import asyncio

    from generator.limiter import Limiter

    async def use() -> list[float]:
        limiter, limits = Limiter(8), []
        limiter.slow_down(0.0)
        limiter.slow_down(0.0)  # refused together with the first
        limits.append(limiter.limit)
        for _ in range(60):
            async with limiter:
                pass
        return [*limits, limiter.limit]

    assert asyncio.run(use()) == [4.0, 8.0]


def test_sigterm_ends_a_run_that_waits_for_answers(workspace, system):
    params = {"input_datasets": {"source_data": SOURCE}}
    systems = {"generation_system": system(faults=["stall"])}
    arguments = ["--systems-params", json.dumps(systems), "--generation-params", json.dumps(params)]
    process = subprocess.Popen([sys.executable, str(ENTRYPOINT), *arguments], stdout=subprocess.PIPE, text=True)
    while not system.requests():
        time.sleep(0.05)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate()
    assert time.monotonic() - started < 1
    assert (process.returncode, json.loads(output)["results"]["success"]) == (143, False)
    assert list(workspace.output.rglob("*")) == []
