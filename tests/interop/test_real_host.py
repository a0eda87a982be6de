"""The reference container run by the real host (`asqi generate-dataset`) on the real engine, with fixtures/asqi.

What is asserted is the host's own output file, and the data at the paths that it names.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from interop.host import ROOT, HostRun, generate_dataset
from interop.workspace import DATASETS, SUITE, SUITE_WITH_SYSTEM, SYSTEMS, Workspace

pytestmark = [pytest.mark.interop, pytest.mark.engine, pytest.mark.xdist_group("real-host")]

IMAGE = "sdg-conformance/example_generator:latest"
FORMATS = ("arrow", "parquet", "jsonl", "csv")


@pytest.fixture(scope="module")
def image() -> str:
    """The reference container, built as `check` builds it."""
    from conformance.engines.docker import DockerEngine
    from conformance.target import build_folder

    engine = DockerEngine()
    built = build_folder(ROOT / "example_generator", engine, {})
    engine.client.images.get(built).tag(IMAGE)
    return IMAGE


@pytest.fixture(scope="module")
def workspace(image: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Workspace]:
    """Make new workspaces."""
    return lambda: Workspace(tmp_path_factory.mktemp("host"), image)


@pytest.fixture(scope="module")
def minimal(workspace: Callable[[], Workspace], database: str) -> HostRun:
    """The seed's first example: the suite and the datasets, no systems."""
    place = workspace()
    place.write()
    return generate_dataset(place.folder, database, "--generation-config", SUITE, "--datasets-config", DATASETS)


@pytest.fixture(scope="module")
def many(workspace: Callable[[], Workspace], database: str) -> HostRun:
    """Every output format, and a job whose input is not there."""
    place = workspace()
    for output_format in FORMATS:
        place.add_job(f"as_{output_format}", output_format=output_format)
    place.add_job("no_input", reviews="not_there.json")
    place.write()
    return generate_dataset(place.folder, database, "--generation-config", SUITE, "--datasets-config", DATASETS)


def produced(job: dict[str, Any], name: str = "augmented_data") -> dict[str, Any]:
    (entry,) = (entry for entry in job["generated_datasets"] if entry["dataset_name"] == name)
    return dict(entry)


def load(path: str) -> Any:
    """Load what stands at a host path, as a person would: the folder, or the file by its ending."""
    from datasets import load_dataset, load_from_disk

    if Path(path).is_dir():
        return load_from_disk(path)
    builder = {"jsonl": "json"}.get(Path(path).suffix[1:], Path(path).suffix[1:])
    return load_dataset(builder, data_files=path, split="train", cache_dir=str(Path(path).parent / ".cache"))


def test_the_minimal_job_of_the_seed_succeeds_in_the_hosts_own_report(minimal: HostRun) -> None:
    assert minimal.output["summary"]["status"] == "COMPLETED"
    assert minimal.output["summary"]["failed_tests"] == 0
    (job,) = minimal.output["results"]
    assert job["metadata"]["exit_code"] == 0
    assert job["metadata"]["success"] is True
    assert job["results"] == {
        **job["results"],
        "success": True,
        "original_count": 5,
        "generated_count": 10,
        "total_count": 15,
        "augmentation_type": "simple",
    }


def test_the_minimal_jobs_dataset_loads_from_the_path_that_the_host_reports(minimal: HostRun) -> None:
    (job,) = minimal.output["results"]
    dataset = load(produced(job)["dataset_path"])
    assert dataset.num_rows == 15
    assert {name: feature.dtype for name, feature in dataset.features.items()} == {
        "text": "string",
        "label": "string",
        "is_synthetic": "bool",
        "source_index": "int32",
    }
    assert dataset["source_index"][:] == [row for row in range(5) for _ in range(3)]


def test_the_host_finds_the_report_that_the_manifest_declares(minimal: HostRun) -> None:
    (job,) = minimal.output["results"]
    (report,) = job["generated_reports"]
    assert Path(report["report_path"]).read_text().lstrip().lower().startswith("<!doctype html>")


def test_with_a_system_the_variations_come_from_its_chat_completions(image: str, database: str, tmp_path: Path) -> None:
    from conformance.mock_openai import MockOpenAI

    place = Workspace(tmp_path, image, SUITE_WITH_SYSTEM)
    with MockOpenAI() as server:
        place.serve_system(server.base_url("interop"))
        place.write()
        run = generate_dataset(tmp_path, database, "-t", SUITE_WITH_SYSTEM, "-s", SYSTEMS, "-d", DATASETS)
        asked = server.ledger("interop").entries

    (job,) = run.output["results"]
    assert job["results"]["success"] is True
    assert job["results"]["augmentation_type"] == "llm"
    assert [entry.path for entry in asked] == ["/chat/completions"] * job["results"]["request_count"]
    assert load(produced(job)["dataset_path"]).num_rows == 15


@pytest.mark.parametrize("output_format", FORMATS)
def test_every_output_format_loads_from_the_host_path_with_the_same_rows(
    output_format: str, many: HostRun, minimal: HostRun
) -> None:
    job = many.job(f"as_{output_format}")
    assert job["results"]["success"] is True
    (first,) = minimal.output["results"]
    expected, dataset = load(produced(first)["dataset_path"]), load(produced(job)["dataset_path"])
    assert dataset.to_list() == expected.to_list()


@pytest.mark.parametrize("output_format", ["parquet", "jsonl", "csv"])
def test_the_host_shows_a_dataset_in_one_file_as_saved(output_format: str, many: HostRun) -> None:
    path = produced(many.job(f"as_{output_format}"))["dataset_path"]
    assert f"augmented_data saved to {path} (format: {output_format}" in many.console


def test_the_error_of_a_failing_job_reaches_the_hosts_report_and_console(many: HostRun) -> None:
    job = many.job("no_input")
    assert job["metadata"]["exit_code"] == 1
    assert job["metadata"]["success"] is False
    assert job["results"]["success"] is False
    assert "not_there.json" in job["results"]["error"]
    assert job["generated_datasets"] == []
    assert job["results"]["error"] == many.log("no_input")["error_message"]
    assert "not_there.json" in many.console
    assert many.output["summary"]["failed_tests"] == 1
