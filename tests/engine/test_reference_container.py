"""The reference image, started by hand as its README says and as the host does: on a real engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from kill_matrix.building import build_image

from conformance.mock_openai import MockOpenAI

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "example_generator" / "README.md"
HOST = ["--network", "host", "--cap-drop", "ALL", "--memory", "2g", "--cpu-period", "100000", "--cpu-quota", "200000"]
SOURCE = {
    "type": "huggingface",
    "loader_params": {"builder_name": "json", "data_files": "sample_reviews.json", "split": None},
    "mapping": {},
}


@pytest.fixture(scope="module")
def image():
    return build_image("reference")


@pytest.fixture
def output(tmp_path):
    folder = tmp_path / "output"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def command(image, output, *options, system=None, fixtures=ROOT / "fixtures", **params):
    params |= {"input_datasets": {"source_data": SOURCE}, "volumes": {"input": "/no/such", "output": "/no/such"}}
    systems = [] if system is None else ["--systems-params", json.dumps({"generation_system": system})]
    mounts = ["-v", f"{fixtures}:/input:ro", "-v", f"{output}:/output"]
    mounts += ["-e", "INPUT_MOUNT_PATH=/input", "-e", "OUTPUT_MOUNT_PATH=/output"]
    return [
        "docker",
        "run",
        "--rm",
        *HOST,
        *mounts,
        *options,
        image,
        *systems,
        "--generation-params",
        json.dumps(params),
    ]


def run(*arguments, **params):
    done = subprocess.run(command(*arguments, **params), capture_output=True, text=True, check=False)
    (line,) = done.stdout.splitlines()
    assert "{" not in done.stderr  # progress at most
    return done.returncode, json.loads(line)


def original_texts():
    return [row["text"] for row in json.loads((ROOT / "fixtures" / "sample_reviews.json").read_text())]


def test_the_seeds_job_gives_the_seeds_result(image, output):
    from datasets import load_from_disk

    code, document = run(image, output, num_variations=2, augmentation_type="simple")
    results, entry = document["test_results"], document["generated_datasets"][0]
    assert (code, results["success"]) == (0, True)
    assert (results["original_count"], results["generated_count"], results["total_count"]) == (5, 10, 15)
    assert entry["dataset_path"] == "/output/datasets/augmented_data"
    assert (entry["num_rows"], entry["num_columns"]) == (15, 4)
    data = load_from_disk(str(output / "datasets" / "augmented_data"))
    assert {name: feature.dtype for name, feature in data.features.items()} == {
        "text": "string",
        "label": "string",
        "is_synthetic": "bool",
        "source_index": "int32",
    }
    assert [row["text"] for row in data if not row["is_synthetic"]] == original_texts()


def test_with_a_system_the_variations_come_from_it(image, output):
    with MockOpenAI() as server:
        space = {"base_url": server.base_url("reference"), "model": "mock-model", "api_key": "sk-test-1234"}
        server.open("reference", key="sk-test-1234")
        code, document = run(image, output, system={"type": "llm_api", **space})
        requests = server.ledger("reference").entries
    assert (code, document["results"]["generated_count"]) == (0, 10)
    assert document["results"]["request_count"] == len(requests) >= 10
    assert "sk-test-1234" not in json.dumps(document)


@pytest.mark.parametrize(
    "options",
    [
        ["--read-only", "--tmpfs", "/tmp", "--user", "12345:54321", "-e", "HOME="],
        ["--read-only", "--workdir", "/"],
        ["--user", "0"],
        ["-e", "LANG=C", "-e", "PYTHONUNBUFFERED=", "-e", "TZ=Asia/Kolkata"],
    ],
    ids=["arbitrary-user", "read-only", "root", "bare-locale"],
)
def test_it_runs_in_a_hardened_container(image, output, options):
    if options == ["--user", "0"]:
        os.chown(output, 0, 0)
    assert run(image, output, *options)[0] == 0


def test_it_needs_no_network(image, output):
    arguments = command(image, output)
    arguments[arguments.index("host")] = "none"
    assert subprocess.run(arguments, capture_output=True, check=False).returncode == 0


def test_files_are_readable_by_everyone_and_nothing_else_is_left(image, output):
    run(image, output, output_format="parquet")
    files = {str(path.relative_to(output)): path.stat().st_mode & 0o777 for path in output.rglob("*") if path.is_file()}
    assert files == {
        "datasets/augmented_data.parquet": 0o644,
        "datasets/quality_report.parquet": 0o644,
        "reports/augmentation_report.html": 0o644,
    }


def test_an_output_that_cannot_be_written_is_named(image, output):
    output.chmod(0o755)
    code, document = run(image, output, "--user", "12345")
    assert code == 1
    assert "cannot write to the output folder /output" in document["results"]["error"]


def test_a_missing_output_mount_is_named(image):
    params = json.dumps({"input_datasets": {"source_data": SOURCE}})
    done = subprocess.run(
        ["docker", "run", "--rm", "-v", f"{ROOT / 'fixtures'}:/input:ro", image, "--generation-params", params],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "nothing is mounted at /output" in json.loads(done.stdout)["results"]["error"]


def test_two_runs_at_once_do_not_disturb_each_other(image, output):
    from datasets import load_from_disk

    commands = [command(image, output, num_variations=2) for _ in range(2)]
    started = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for words in commands]
    assert [process.wait() for process in started] == [0, 0]
    assert load_from_disk(str(output / "datasets" / "augmented_data")).num_rows == 15
    assert not list(output.rglob("*.partial"))


def test_sigterm_stops_it_within_a_second(image, output, tmp_path):
    rows = [{"text": "word " * 200, "label": "x"}] * 20_000
    fixtures = tmp_path / "input"
    fixtures.mkdir()
    (fixtures / "sample_reviews.json").write_text(json.dumps(rows))
    name = f"sdg-reference-{os.getpid()}"
    words = command(image, output, "--name", name, fixtures=fixtures, num_variations=100, output_format="jsonl")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    while not list(output.rglob("*.partial")):
        assert process.poll() is None
        time.sleep(0.02)
    started = time.monotonic()
    subprocess.run(["docker", "kill", "--signal", signal.SIGTERM.name, name], check=True, capture_output=True)
    text, _ = process.communicate()
    assert time.monotonic() - started < 2  # a second for the container, the rest for the engine
    assert (process.returncode, json.loads(text)["results"]["success"]) == (143, False)
    assert list(output.rglob("*")) == []


def test_the_image_is_what_its_documentation_says(image):
    done = subprocess.run(["docker", "image", "inspect", image], capture_output=True, text=True, check=True)
    (facts,) = json.loads(done.stdout)
    config = facts["Config"]
    assert config["Entrypoint"] == ["python", "/app/entrypoint.py"]
    assert config["User"] == "1000:1000"
    assert "PYTHONUNBUFFERED=1" in config["Env"]
    assert config["Labels"]["org.opencontainers.image.version"] == "1.0.0"
    manifest = subprocess.run(["docker", "run", "--rm", "--entrypoint", "cat", image, "/app/manifest.yaml"],
                              capture_output=True, text=True, check=True)  # fmt: skip
    assert manifest.stdout == (ROOT / "example_generator" / "manifest.yaml").read_text()


def test_the_seeds_dependency_works_in_the_image(image):
    program = (
        "import datasets, tempfile; place = tempfile.mkdtemp();"
        "datasets.Dataset.from_dict({'a': [1, 2]}).save_to_disk(place);"
        "print(datasets.load_from_disk(place).to_pandas()['a'].sum())"
    )
    words = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "python", image, "-c", program]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == "3"


def readme_commands():
    blocks = re.findall(r"```bash\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in blocks if "docker run" in block]


@pytest.mark.parametrize("block", readme_commands(), ids=lambda block: shlex.split(block.replace("\\\n", ""))[-1][:40])
def test_a_command_of_the_readme_works(image, tmp_path, block):
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    script = block.replace("example_data_generator:latest", image)
    done = subprocess.run(["bash", "-euc", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["results"]["success"] is True
