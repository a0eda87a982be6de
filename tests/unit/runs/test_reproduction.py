"""The command that makes a run again."""

from pathlib import Path

import pytest
from unit.runs.stages import Functions, scenario, stage

from conformance.engines.protocol import Mount, RunRequest
from conformance.runs.feeding import canaries
from conformance.runs.reproduction import command


def line(**fields):
    private = fields.pop("private", ())
    return command(RunRequest("sha256:1", **fields), "example:1", Path("/kept"), 8123, private)


def test_a_configured_value_stays_in_the_shell_and_its_name_is_passed():
    said = line(environment={"MY_TOKEN": "hunter2hunter2", "OUTPUT_MOUNT_PATH": "/output"}, private={"MY_TOKEN"})
    assert "--env MY_TOKEN --env OUTPUT_MOUNT_PATH=/output" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(("mebibytes", "said"), [(512, "512m"), (1536, "1536m"), (2048, "2048m")])
def test_the_limit_of_memory_is_the_runs_own(mebibytes, said):
    assert f"--memory {said} " in line(memory_bytes=mebibytes * 1024**2)


def test_folders_are_below_the_evidence_and_the_mock_server_has_a_known_port():
    said = line(mounts=(Mount(Path("/kept/baseline/input"), "/input", True),), arguments=("http://x:8123/s/a/v1",))
    assert '--volume "$EVIDENCE/baseline/input:/input:ro"' in said
    assert said.endswith("example:1 http://x:8000/s/a/v1")


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("MY_TOKEN", "hunter2hunter2", True),
        ("DATABASE_URL", "postgres://u:hunter2@db/x", True),
        ("REGION", "eu-central-1", False),
    ],
)
def test_what_a_person_configured_is_secret_by_its_name_or_a_password_in_it(tmp_path, name, value, secret):
    here = stage(tmp_path, Functions(lambda *_: ()), None, configured=frozenset({name}))
    assert canaries(here, scenario("baseline"), {name: value}, (), ()) == ((value,) if secret else ())
