"""The program on a real engine: bad input, an engine that dies, signals, controls, and the reference container."""

from __future__ import annotations

import json
import time
from pathlib import Path

import docker
import pytest
from engine.cut_proxy import CutProxy
from engine.kit_program import ROOT, checked, containers_of, end, is_running, kit, started, wait_until

from conformance.report import load_reports

pytestmark = pytest.mark.engine

FAST = ROOT / "fixtures" / "images" / "pyarrow-only"
MANIFEST = """
name: sleeper
version: 1.0.0
output_datasets: [{name: out, type: huggingface, features: [{name: text, dtype: string}]}]
"""


def folder(path: Path, *steps: str) -> Path:
    """A build folder whose image has a manifest and runs the given Dockerfile steps."""
    path.mkdir()
    (path / "manifest.yaml").write_text(MANIFEST)
    lines = ["ARG BASE_IMAGE=python:3.13-slim", "FROM ${BASE_IMAGE}", "COPY manifest.yaml /app/manifest.yaml", *steps]
    (path / "Dockerfile").write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def sleeper(tmp_path_factory):
    """An image that sleeps whatever it is given, and dies of nothing but SIGKILL."""
    return folder(
        tmp_path_factory.mktemp("images") / "sleeper", 'ENTRYPOINT ["sh", "-c", "trap : TERM; sleep 100 & wait; wait"]'
    )


# Bad input: one clear error, no traceback, nothing lost.


@pytest.fixture(scope="session")
def fast_image():
    """The tag under which the engine knows a fast image."""
    done = kit("check", FAST, "--only", "IMAGE-002", "--progress", "none")
    assert done.returncode == 0, done.stdout + done.stderr
    tags = [tag for image in docker.from_env().images.list("sdg-conformance/target") for tag in image.tags]
    assert tags
    return tags[0]


def test_an_image_that_does_not_exist_is_told_with_names_that_do(fast_image):
    wrong = fast_image[:-1] + ("0" if fast_image[-1] != "0" else "1")
    done = kit("check", wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no image “{wrong}”" in done.stderr
    assert f"did you mean {fast_image}" in done.stderr


@pytest.mark.parametrize("reference", ["NOT A REFERENCE", "--", "a//b", "sdg@sha256:1"])
def test_what_no_image_can_be_called_is_an_error_of_the_user(reference):
    done = kit("check", "--", reference)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert reference in done.stderr


def test_no_engine_is_one_clear_error():
    done = kit("check", FAST, "--engine", "tcp://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("Error: no container engine answers (tried tcp://127.0.0.1:9)\n")
    assert "Traceback" not in done.stderr


def test_a_folder_without_a_dockerfile_is_told(tmp_path):
    done = kit("check", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path} has no Dockerfile" in done.stderr


def test_a_build_that_fails_shows_its_last_lines(tmp_path):
    broken = folder(tmp_path / "broken", "RUN echo the cause is this; exit 7")
    done = kit("check", broken)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"building {broken} failed" in done.stderr
    assert "the cause is this" in done.stderr
    assert len(done.stderr.splitlines()) <= 20


def test_a_file_that_is_no_image_archive_is_told(tmp_path):
    file = tmp_path / "image.tar"
    file.write_text("not an archive")
    done = kit("check", file)
    assert done.returncode == 2
    assert f"{file} is a file, but no image archive" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--onyl", "OUTPUT-*"], "--only"),
        (["--only", "OUTPUT-04"], "OUTPUT-004"),
        (["--profile", "kubernets"], "kubernetes"),
        (["--output", "/proc/no/report.json"], "/proc/no/report.json cannot be written"),
        (["--dataset", "source_data"], "is not NAME=VALUE"),
        (["--edition", "0"], "edition"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_found_before_anything_runs(arguments, said):
    began = time.monotonic()
    done = kit("check", "no/such/image:1", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "no/such/image" not in done.stderr
    assert time.monotonic() - began < 5


# An engine that dies, and a kit that is ended.


def test_an_engine_that_dies_in_mid_run_is_told_and_never_blamed_on_the_image(sleeper, tmp_path):
    report = tmp_path / "report.json"
    with CutProxy() as proxy, started("check", sleeper, "--engine", proxy.url, "--output", report) as process:
        wait_until(lambda: is_running(process.pid))
        proxy.cut()
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "the container engine stopped answering" in out + errors
    assert "Traceback" not in errors
    assert "NON-CONFORMANT" not in out
    kit("check", FAST, "--only", "IMAGE-002")  # which sweeps
    assert containers_of(process.pid) == []


ENDED = {130: "Interrupted; every container was ended.", 143: "Terminated; every container was ended."}


@pytest.mark.parametrize(("signal", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_in_the_first_run_ends_the_kit_at_once_and_leaves_no_container(sleeper, signal, code):
    with started("check", sleeper, "--progress", "none") as process:
        wait_until(lambda: is_running(process.pid))
        time.sleep(1)  # it is in the middle of waiting for its container
        began = time.monotonic()
        returned, errors = end(process, signal)
        assert time.monotonic() - began < 10
    assert (returned, errors.strip()) == (code, ENDED[code])
    assert containers_of(process.pid) == []


def test_a_signal_while_runs_are_side_by_side_ends_all_of_them():
    with started("check", FAST, "--progress", "plain") as process:
        assert process.stderr.readline().startswith("baseline: done")
        wait_until(lambda: is_running(process.pid))
        code, errors = end(process, "SIGTERM")
    assert (code, errors.splitlines()[-1]) == (143, ENDED[143])
    assert containers_of(process.pid) == []


def test_what_a_killed_kit_leaves_is_swept_by_the_next_one(sleeper):
    with started("check", sleeper, "--progress", "none") as process:
        wait_until(lambda: is_running(process.pid))
        end(process, "SIGKILL")
        assert len(containers_of(process.pid)) == 1
        kit("check", FAST, "--only", "IMAGE-002", "--progress", "none")
        assert containers_of(process.pid) == []


def test_a_kit_that_runs_beside_another_one_leaves_its_containers_alone(sleeper):
    with started("check", sleeper, "--progress", "none") as process:
        wait_until(lambda: is_running(process.pid))
        kit("check", FAST, "--only", "IMAGE-002", "--progress", "none")
        assert is_running(process.pid)
        end(process, "SIGTERM")


def test_an_image_that_never_ends_is_judged_after_the_timeout(sleeper, tmp_path):
    report = checked(sleeper, tmp_path / "report.json", "--timeout", "2")
    (baseline,) = [row for row in report["scenarios"] if row["name"] == "baseline"]
    assert baseline["status"] == "timeout"
    assert report["verdict"] != "conformant"


# What is known of an image before the kit says anything.


def failing(report):
    return {row["id"] for row in report["requirements"] if row["status"] == "fail" and row["level"] == "MUST"}


def test_the_image_that_does_nothing_is_judged_in_under_five_runs(tmp_path):
    report = checked(ROOT / "fixtures" / "controls" / "do-nothing", tmp_path / "report.json")
    assert (report["verdict"], report["exit_code"]) == ("non-conformant", 1)
    assert "OUTPUT-001" in failing(report)
    assert sum(row["status"] != "skipped" for row in report["scenarios"]) < 5


def test_the_liar_is_found_out(tmp_path):
    report = checked(ROOT / "fixtures" / "controls" / "liar", tmp_path / "report.json", "--scope", "quick")
    assert (report["verdict"], report["exit_code"]) == ("non-conformant", 1)
    assert "DATASET-005" in failing(report)
    assert "OUTPUT-001" not in failing(report)


def test_the_defect_of_the_seeds_era_is_found_and_nothing_else(tmp_path):
    report = checked(ROOT / "fixtures" / "controls" / "seed-era", tmp_path / "report.json", "--scope", "quick")
    assert (report["verdict"], failing(report)) == ("non-conformant", {"DATASET-011"})


def test_a_run_with_controls_says_so(tmp_path):
    report = checked(FAST, tmp_path / "report.json", "--controls", "--only", "IMAGE-002")
    assert report["notes"]["controls"] == ("golden is conformant, do-nothing is non-conformant, liar is non-conformant")


def reference(report, *arguments):
    sample = f"source_data={ROOT / 'fixtures' / 'sample_reviews.json'}"
    return checked(ROOT / "example_generator", report, "--dataset", sample, *arguments)


@pytest.fixture(scope="session")
def golden(tmp_path_factory):
    """The whole check of the reference container, its evidence kept: the report, and the folder."""
    kept = tmp_path_factory.mktemp("golden")
    return reference(kept / "report.json", "--evidence", kept / "evidence"), kept


@pytest.mark.xdist_group("golden")
def test_the_reference_container_is_conformant(golden):
    report, _ = golden
    assert (report["verdict"], report["exit_code"]) == ("conformant", 0), failing(report)


@pytest.mark.xdist_group("golden")
def test_the_reference_container_was_judged_with_and_without_systems_within_its_budget(golden):
    report, _ = golden
    rows = {row["name"]: row for row in report["scenarios"]}
    assert rows["baseline"]["requests"] > 0
    assert (rows["without-systems"]["exit_code"], rows["without-systems"]["requests"]) == (0, 0)
    assert int(report["notes"]["runs"]) <= 90


@pytest.mark.xdist_group("golden")
def test_kept_evidence_gives_the_same_verdict_again(golden, tmp_path):
    report, kept = golden
    again = tmp_path / "again.json"
    done = kit("judge", kept / "evidence", "--output", again, "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(again.read_text())["requirements"] == report["requirements"]


@pytest.mark.xdist_group("golden")
def test_a_report_on_a_real_image_is_what_its_schema_says(golden, tmp_path):
    import jsonschema

    _, kept = golden
    schema = json.loads(kit("schema", "report").stdout)
    document = json.loads((kept / "report.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    assert load_reports(kept / "report.json")[0].verdict == "conformant"


@pytest.mark.xdist_group("golden")
def test_as_it_stands_the_reference_container_leaves_hosts_of_the_seeds_era_nothing_to_wish_for(golden, tmp_path):
    _, kept = golden
    done = kit("judge", kept / "evidence", "--profile", "seed", "--strict", "--output", tmp_path / "seed.json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_with_parquet_the_reference_container_leaves_todays_host_nothing_to_wish_for(tmp_path):
    settings = ROOT / "conformance" / "templates" / "llm" / "sdg-conformance.toml"
    report = reference(tmp_path / "report.json", "--strict", "--config", settings)
    assert (report["verdict"], report["exit_code"]) == ("conformant", 0), failing(report)


def test_the_reference_container_is_conformant_for_hosts_of_the_seeds_era(tmp_path):
    report = reference(tmp_path / "report.json", "--profile", "seed", "--scope", "quick")
    assert (report["verdict"], report["profile"]) == ("conformant", "seed"), failing(report)


def without_times(path):
    document = json.loads(path.read_text("utf-8"))
    document["started"], document["seconds"], document["target"]["digest"] = "", 0, ""
    for row in document["scenarios"]:
        row["seconds"], row["peak_memory_bytes"] = 0, 0
    return json.dumps(document)


def test_two_checks_of_one_image_give_equal_reports_but_for_times(tmp_path):
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    checked(FAST, first, "--scope", "quick", "--jobs", "1")
    checked(FAST, second, "--scope", "quick", "--jobs", "2")
    assert without_times(first) == without_times(second)
