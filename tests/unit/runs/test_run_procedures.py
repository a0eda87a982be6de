"""Twins, and signals in mid-run: the moment is found, and what was left is read."""

import http.client
import json
import threading
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from unit.runs.stages import FILE, READS_TEXTS, Functions, lists, scenario, stage, write_rows

from conformance.contract.model import System
from conformance.engines.protocol import Outcome
from conformance.evidence import LogChunk
from conformance.inputs.plan import SystemPlan
from conformance.mock_openai import MockOpenAI
from conformance.runs.procedures import has_content


@pytest.fixture(scope="module")
def mock():
    with MockOpenAI() as server:
        yield server


def perform(engine, tmp_path, mock, what, **fields):
    return stage(tmp_path, engine, mock, **fields).perform(what)


def terminated(rows=2000, **options):
    return scenario("terminated", rows, options={"interrupt": "SIGTERM", **options})


def killed(rows=2000, **options):
    return scenario("killed", rows, options={"interrupt": "SIGKILL", **options})


def steps(number=3):
    yield from range(number)


def test_a_run_is_interrupted_when_its_first_output_appears(tmp_path, mock):
    def program(output, rows):
        yield
        write_rows(output, 1, ".part")
        yield
        write_rows(output, rows)

    (run,) = perform(Functions(program), tmp_path, mock, terminated())
    assert (run.status, run.exit_code, run.observed["moment"]) == (
        "interrupted",
        143,
        "it had begun to write its output",
    )
    assert [left["path"] for left in run.observed["left"]] == [".part"]
    assert run.observed["stop_seconds"] == 0.1


@pytest.mark.parametrize(("cpu", "met"), [(0.6, False), (0.7, True)])
def test_a_run_that_writes_at_its_end_is_met_by_its_processor_time(tmp_path, mock, cpu, met):
    engine = Functions(lambda *_: steps(), cpu_seconds=cpu)  # the baseline took 0.5 seconds
    (run,) = perform(engine, tmp_path, mock, terminated())
    assert (run.status == "interrupted", bool(run.observed["moment"])) == (met, met)


@pytest.mark.parametrize(("cpu", "met"), [(0.1, False), (0.3, True), (None, True)])
def test_a_file_that_is_there_at_the_start_is_no_moment(tmp_path, mock, cpu, met):
    def program(output, rows):
        write_rows(output, 1, "run.log")
        yield

    (run,) = perform(Functions(program, cpu_seconds=cpu), tmp_path, mock, terminated())  # the baseline took 0.5 seconds
    assert bool(run.observed["moment"]) is met


def test_processor_time_is_no_moment_for_a_kill(tmp_path, mock):
    (run,) = perform(Functions(lambda *_: steps(), cpu_seconds=9.0), tmp_path, mock, killed())
    assert (run.status, run.observed["moment"]) == ("done", "")


def test_without_a_baseline_only_output_shows_that_it_works(tmp_path, mock):
    (run,) = perform(Functions(lambda *_: steps(), cpu_seconds=9.0), tmp_path, mock, terminated(), baseline=None)
    assert run.observed["moment"] == ""


def test_an_image_that_is_too_fast_gets_ten_times_as_many_rows(tmp_path, mock):
    def program(output, rows):
        if rows > 10_000:
            write_rows(output, rows)
            yield

    engine = Functions(program)
    (run,) = perform(engine, tmp_path, mock, terminated())
    assert engine.rows == [2000, 20_000]
    assert (run.datasets[0].rows, run.status) == (20_000, "interrupted")


def test_an_image_that_is_still_too_fast_was_met_at_no_moment(tmp_path, mock):
    engine = Functions(lambda *_: ())
    (run,) = perform(engine, tmp_path, mock, terminated())
    assert (len(engine.requests), run.status, run.observed["moment"]) == (2, "done", "")


class Deaf(Functions):
    """A container that works on for some seconds after a signal."""

    def __init__(self, seconds):
        super().__init__(lambda *_: steps(), cpu_seconds=9.0)
        self._seconds = seconds

    def _stopped(self, interruption, began):
        said = LogChunk("stdout", 0.1, json.dumps(lists()).encode())
        return replace(super()._stopped(interruption, began), exit_code=0, stop_seconds=self._seconds, log=(said,))


@pytest.mark.parametrize(("seconds", "attempts"), [(0.2, 2), (4.0, 1)])
def test_an_image_that_ends_in_success_was_met_if_it_went_on_for_long(tmp_path, mock, seconds, attempts):
    engine = Deaf(seconds)
    perform(engine, tmp_path, mock, terminated())
    assert len(engine.requests) == attempts


def test_inputs_that_cannot_grow_are_tried_once(tmp_path, mock):
    engine = Functions(lambda *_: ())
    perform(engine, tmp_path, mock, terminated(rows=6))
    assert len(engine.requests) == 1


def test_a_large_input_does_not_grow(tmp_path, mock, monkeypatch):
    monkeypatch.setattr("conformance.runs.procedures.LARGEST_FIRST_INPUT", 100)
    engine = Functions(lambda *_: ())
    perform(engine, tmp_path, mock, terminated())
    assert engine.rows == [2000]


def test_what_a_first_attempt_left_is_gone_in_the_second(tmp_path, mock):
    def program(output, rows):
        assert not list(output.iterdir())
        write_rows(output, rows)
        return ()

    assert len(perform(Functions(program), tmp_path, mock, terminated())) == 1


def writes_in_place(output, rows):
    write_rows(output, rows // 2)
    yield
    write_rows(output, rows)


def test_after_a_kill_a_whole_run_shows_how_many_rows_there_should_be(tmp_path, mock):
    run, control = perform(Functions(writes_in_place), tmp_path, mock, killed())
    (left,) = [left for left in run.observed["left"] if left["path"] == FILE]
    assert (left["rows"], left["problem"]) == (1000, "")
    assert (control.scenario, control.status, control.produced[0].rows) == ("killed-control", "done", 2000)


def test_a_torn_file_needs_no_whole_run_beside_it(tmp_path, mock):
    def program(output, rows):
        write_rows(output, rows)
        (output / FILE).write_bytes((output / FILE).read_bytes()[:-5])
        yield

    (run,) = perform(Functions(program), tmp_path, mock, killed())
    assert run.observed["left"][-1]["problem"]


def test_a_temporary_file_needs_no_whole_run_beside_it(tmp_path, mock):
    def program(output, rows):
        write_rows(output, rows, "datasets/.new.part")
        yield

    assert len(perform(Functions(program), tmp_path, mock, killed())) == 1


def ask(system):
    """One request to a system, as an image makes it."""
    address = urlsplit(system["base_url"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    body = json.dumps({"model": "kit-chat", "messages": [{"role": "user", "content": "hi"}]})
    connection.request(
        "POST", f"{address.path}/chat/completions", body, {"Authorization": f"Bearer {system['api_key']}"}
    )
    status = connection.getresponse().status
    connection.close()
    return status


class Asking(Functions):
    """A container that asks its system so many times, and writes when it has its answers."""

    def __init__(self, number):
        super().__init__(self._program)
        self._number, self._systems, self.statuses = number, threading.local(), []

    def run(self, request):
        systems = json.loads(request.arguments[request.arguments.index("--systems-params") + 1])
        self._systems.mine, self._systems.ended = systems["writer"], threading.Event()
        try:
            return super().run(request)
        finally:
            self._systems.ended.set()  # what has ended asks no more

    def _program(self, output, rows):
        del rows
        system = self._systems.mine
        worker = threading.Thread(target=self._ask_all, args=(system, self._systems.ended), daemon=True)
        worker.start()
        while worker.is_alive():
            worker.join(0.02)
            yield
        write_rows(output, 6)

    def _ask_all(self, system, ended):
        for _ in range(self._number):
            if not ended.is_set():
                self.statuses += [ask(system)]


ASKS = {"manifest": replace(READS_TEXTS, systems=(System("writer"),))}


def with_system(what):
    return replace(what, systems={"writer": SystemPlan()})


@pytest.mark.parametrize(("what", "requests"), [(terminated, 1), (killed, 3)])
def test_an_image_that_waits_for_its_system_is_met_there(tmp_path, mock, what, requests):
    (run,) = perform(Asking(5), tmp_path, mock, with_system(what(6, hold=True)), **ASKS)
    assert (run.observed["moment"], run.observed["held"]) == ("it was waiting for an answer of its system", True)
    assert (run.status, len(run.requests)) == ("interrupted", requests)


TWINS = scenario("concurrent", options={"twin": True})


def test_twins_share_a_folder_and_what_is_in_it_belongs_to_both(tmp_path, mock):
    def program(output, rows):
        write_rows(output, 6)
        return ()

    engine = Functions(program)
    first, second = perform(engine, tmp_path, mock, TWINS)
    outputs = {mount.source for request in engine.requests for mount in request.mounts if mount.target == "/output"}
    inputs = {mount.source for request in engine.requests for mount in request.mounts if mount.target == "/input"}
    assert (len(outputs), len(inputs)) == (1, 2)
    assert (first.scenario, second.scenario) == ("concurrent", "concurrent-twin")
    assert [(run.produced, run.observed["produced"][0]["rows"]) for run in (first, second)] == [((), 6), ((), 6)]


def test_twins_that_ask_a_system_go_on_together(tmp_path, mock):
    engine = Asking(2)
    runs = perform(engine, tmp_path, mock, with_system(TWINS), **ASKS)
    first_answer = min(request.finished for run in runs for request in run.requests if request.finished)
    last_question = max(run.requests[0].arrived for run in runs)
    assert engine.statuses == [200] * 4
    assert last_question <= first_answer


class OneAsks(Asking):
    """The second of two containers ends at once."""

    def run(self, request):
        if request.name.endswith("-twin"):
            return Outcome(0, (LogChunk("stdout", 0.1, json.dumps(lists()).encode()),))
        return super().run(request)


def test_a_twin_does_not_wait_for_one_that_is_over(tmp_path, mock):
    runs = perform(OneAsks(1), tmp_path, mock, with_system(TWINS), **ASKS)
    assert [run.status for run in runs] == ["done", "done"]
    assert runs[0].seconds < 10


@pytest.mark.parametrize(("name", "content", "expected"), [("a", b"x", True), ("a", b"", False), ("b/c", b"x", True)])
def test_content_is_a_file_with_bytes_in_it(tmp_path, name, content, expected):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(content)
    assert has_content(tmp_path) is expected


def test_a_link_to_elsewhere_is_no_content(tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert has_content(tmp_path) is False
