"""Procedures on a real engine: an image that behaves as its parameter says, interrupted, doubled, and shut out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import evidence
from kill_matrix.building import build

from conformance.checks.all import REGISTRY
from conformance.contract.manifest import parse_manifest
from conformance.engines.docker import DockerEngine
from conformance.inputs.plan import DatasetPlan
from conformance.mock_openai import MockOpenAI
from conformance.runs.performer import Performer
from conformance.scenarios.model import Scenario

pytestmark = pytest.mark.engine

MANIFEST = """
name: behaves
version: 1.0.0
input_datasets: [{name: lines, type: huggingface, required: true, features: [{name: text, dtype: string}]}]
input_schema: [{name: mode, type: string}]
output_datasets: [{name: copy, type: huggingface, features: [{name: text, dtype: string}]}]
"""
PROGRAM = r"""
import json, os, signal, sys, time, uuid

params = json.loads(sys.argv[sys.argv.index("--generation-params") + 1])
mode = params.get("mode", "")
source = os.path.join(os.environ.get("INPUT_MOUNT_PATH", "/input"),
                      params["input_datasets"]["lines"]["loader_params"]["data_files"])
output = os.environ.get("OUTPUT_MOUNT_PATH", "/output")
final = os.path.join(output, "copy.jsonl")
part = final if "in-place" in mode else os.path.join(output, ".copy" if "fixed" in mode else f".{uuid.uuid4()}")


def say(code, **results):
    entry = {"dataset_name": "copy", "dataset_type": "huggingface", "dataset_path": final, "format": "jsonl"}
    listed = [entry] if results["success"] else []
    print(json.dumps({"results": results, "generated_datasets": listed, "generated_reports": []}), flush=True)
    sys.exit(code)


def stop(*_):
    if os.path.exists(part) and part != final:
        os.unlink(part)
    say(143, success=False, error="stopped")


signal.signal(signal.SIGTERM, signal.SIG_IGN if "deaf" in mode else stop)
try:
    if not os.path.ismount(output):
        say(1, success=False, error=f"{output} is no mount")
    rows = []
    for line in open(source):
        rows.append(line)
        sum(range(3000))
    if "memory" in mode:
        time.sleep(1)
    with open(part, "w") as file:
        file.writelines(rows[: len(rows) // 2])
        file.flush()
        time.sleep(0 if "quick" in mode else 4 if "deaf" in mode else 1.5)
        file.writelines(rows[len(rows) // 2 :])
    os.replace(part, final)
except OSError as problem:
    say(1, success=False, error=f"{problem.filename}: {problem.strerror}")
say(0, success=True)
"""
FILES = {
    "manifest.yaml": MANIFEST.encode(),
    "program.py": PROGRAM.encode(),
    "Dockerfile": b"ARG BASE_IMAGE=python:3.13-slim\nFROM ${BASE_IMAGE}\nCOPY manifest.yaml program.py /app/\n"
    b'USER 1000\nENTRYPOINT ["python", "-S", "/app/program.py"]\n',
}


@pytest.fixture(scope="module")
def engine():
    engine = DockerEngine()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def stage(engine, tmp_path_factory):
    image = engine.inspect(build(FILES, "behaves"))
    root = tmp_path_factory.mktemp("stage")
    with MockOpenAI() as mock:
        here = Performer(engine, mock, image, parse_manifest(image.manifest).manifest, root, timeout=60.0)
        (baseline,) = here.perform(asked("baseline", "quick"))
        assert (baseline.exit_code, baseline.produced[0].rows) == (0, 6)
        yield replace(here, baseline=baseline)


def asked(name, mode, rows=6, **fields):
    plan = DatasetPlan(builder="jsonl", rows=rows)
    return Scenario(name, "S24", "Does it?", parameters={"mode": mode}, datasets={"lines": plan}, **fields)


def judged(requirement, stage, *runs):
    return REGISTRY[requirement].function(evidence(stage.baseline, *runs), stage.manifest)


def interrupted(stage, name, mode, signal):
    folder = f"{name}-{mode}"
    runs = stage.perform(asked(folder, mode, 20_000, options={"interrupt": signal}))
    return [replace(run, scenario=run.scenario.replace(folder, name)) for run in runs]


def test_an_image_is_met_while_it_works_in_memory_and_stops(stage):
    (run,) = interrupted(stage, "terminated", "memory", "SIGTERM")
    assert (run.status, run.exit_code, run.error_text) == ("interrupted", 143, "stopped")
    assert "longer than the whole baseline" in run.observed["moment"]
    assert run.observed["stop_seconds"] < 2.5


def test_an_image_that_is_deaf_to_sigterm_is_blamed(stage):
    terminated = interrupted(stage, "terminated", "deaf", "SIGTERM")
    assert (terminated[0].status, terminated[0].exit_code) == ("interrupted", 0)  # it went on to its end
    (finding,) = judged("ERROR-009", stage, *terminated)
    assert finding.message.startswith("After SIGTERM it went on for ")


def test_a_killed_image_leaves_a_temporary_file_and_is_not_blamed(stage):
    (killed,) = interrupted(stage, "killed", "", "SIGKILL")
    (left,) = killed.observed["left"]
    assert (killed.exit_code, left["path"].startswith("."), left["size"] > 0) == (137, True, True)
    assert judged("ERROR-009", stage, killed) == []


def test_a_killed_image_that_writes_in_place_is_blamed_for_half_a_file(stage):
    killed, control = interrupted(stage, "killed", "in-place", "SIGKILL")
    assert control.produced[0].rows == 20_000
    (finding,) = judged("ERROR-009", stage, killed, control)
    assert "under a final name that" in finding.message


def test_two_runs_with_one_temporary_name_damage_each_other(stage):
    pair = stage.perform(asked("concurrent", "fixed", options={"twin": True}))
    assert any("one fails" in finding.message for finding in judged("MOUNT-006", stage, *pair))


def test_two_runs_with_names_of_their_own_do_no_harm(stage):
    pair = stage.perform(asked("concurrent", "own", options={"twin": True}))
    assert judged("MOUNT-006", stage, *pair) == []


def test_a_folder_of_another_user_cannot_be_written_and_is_named(stage):
    (run,) = stage.perform(asked("foreign-output", "quick", output="owned:other"))
    assert (run.exit_code, run.output) == (1, ())
    assert judged("MOUNT-008", stage, run) == []


def test_a_folder_of_its_own_user_can_be_written(stage):
    (run,) = stage.perform(asked("own-output", "quick", output="owned:image"))
    assert judged("MOUNT-009", stage, run) == []
