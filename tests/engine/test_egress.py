"""Whom an image tries to reach, on a real engine: one that phones home is found out, a quiet one is not blamed."""

import textwrap

import pytest
from kill_matrix.building import build, client

from conformance import Options, check
from conformance.egress.watch import Watch
from conformance.engines.docker import DockerEngine
from conformance.engines.labels import OWNER_LABEL, owner
from conformance.engines.protocol import RunRequest

pytestmark = pytest.mark.engine

MANIFEST = """
name: "quiet_generator"
version: "1.0.0"
output_metrics:
  - name: "success"
    type: "boolean"
"""
DOCKERFILE = """
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE}
COPY . /app
USER 1000
ENTRYPOINT ["python", "/app/program.py"]
"""
PROGRAM = """
import json, socket, urllib.request

%s
print(json.dumps({"results": {"success": True}, "generated_datasets": []}), flush=True)
"""
PHONES = """
try:
    urllib.request.urlopen("https://telemetry.example.com/ping", timeout=2)
except OSError:
    pass
"""
LISTENS = """
import time
listener = socket.create_server(("0.0.0.0", 18765))
time.sleep(1)
"""


def image(what, code=""):
    program = PROGRAM % textwrap.dedent(code)
    files = {"manifest.yaml": MANIFEST, "Dockerfile": DOCKERFILE, "program.py": program}
    return build({name: text.strip().encode() + b"\n" for name, text in files.items()}, f"egress-{what}")


def judged(tag, *requirements):
    checked = check(tag, Options(only=requirements, jobs=1))
    return {row.id: row for row in checked.report.requirements}, checked.evidence


def test_an_image_that_phones_home_is_found_out():
    rows, _ = judged(image("phones", PHONES), "SECURITY-006", "SYSTEM-014")
    assert rows["SYSTEM-014"].status == "fail"
    (found,) = rows["SECURITY-006"].findings
    assert "asked for telemetry.example.com once and connected to its port 443" in found.message


def test_a_quiet_image_is_not_blamed_and_its_silence_is_proved():
    rows, evidence = judged(image("quiet"), "SECURITY-006", "SYSTEM-014", "IMAGE-007")
    assert {row.status for row in rows.values()} == {"pass"}
    run = evidence.run("egress")
    assert run is not None
    assert run.observed["egress"] == {"watched": True, "proved": True, "names": [], "connections": []}


def test_a_taken_port_is_a_reason_and_no_verdict(monkeypatch):
    def refuse(_watch):
        raise OSError("Address already in use")

    monkeypatch.setattr(Watch, "__enter__", refuse)
    rows, _ = judged(image("quiet"), "SECURITY-006")
    assert rows["SECURITY-006"].status == "not-tested"
    assert "Address already in use" in (rows["SECURITY-006"].reason or "")


def test_no_network_of_the_kit_is_left():
    judged(image("quiet"), "SECURITY-006")
    assert client().networks.list(filters={"label": f"{OWNER_LABEL}={owner()}"}) == []


def test_a_listening_port_is_seen_and_a_silent_image_has_none():
    rows, _ = judged(image("listens", LISTENS), "SECURITY-009")
    (found,) = rows["SECURITY-009"].findings
    assert "port 18765 of 0.0.0.0" in found.message
    rows, _ = judged(image("quiet"), "SECURITY-009")
    assert rows["SECURITY-009"].status == "pass"


def test_what_a_container_uses_is_measured_where_the_kit_has_groups_of_its_own():
    engine = DockerEngine()
    code = "block = b'x' * (100 * 1024 ** 2); sum(range(3_000_000))"
    outcome = engine.run(RunRequest(image("quiet"), ("-c", code), entrypoint=("python3",), network="none", name="use"))
    figures = (outcome.peak_memory_bytes, outcome.cpu_seconds)
    if engine.measures:
        assert outcome.peak_memory_bytes is not None
        assert 100 * 1024**2 < outcome.peak_memory_bytes < 300 * 1024**2
        assert outcome.cpu_seconds is not None
        assert 0.02 < outcome.cpu_seconds < 20
    else:
        assert figures == (None, None)
