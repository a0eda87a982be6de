"""The watched run: what it needs of the engine and the machine, and when a silence is believed."""

import socket
from contextlib import contextmanager
from functools import partial

import pytest
from unit.runs.stages import lists, scenario, stage

from conformance.egress.names import query
from conformance.egress.watch import Watch
from conformance.engines.protocol import EngineFacts, IsolatedNetwork, Outcome
from conformance.errors import EngineFailure
from conformance.evidence import LogChunk
from conformance.mock_openai import MockOpenAI
from conformance.runs import egress

EGRESS = {"egress": True}


@pytest.fixture(scope="module")
def mock():
    with MockOpenAI() as server:
        yield server


class Machine:
    """Stands for an engine: containers are functions of the watch's own port for names."""

    def __init__(self, *programs, shares_kernel=True):
        self.facts = EngineFacts("functions", "1", "amd64", shares_kernel=shares_kernel)
        self.programs, self.requests, self.watch = list(programs), [], None

    @contextmanager
    def isolated_network(self):
        yield IsolatedNetwork("kit-network", "127.0.0.1")

    def run(self, request):
        self.requests.append(request)
        outcome = self.programs.pop(0)(self.watch, request) if self.programs else None
        said = LogChunk("stdout", 0.1, str(lists()).encode())
        return outcome or Outcome(0, (said,), seconds=0.1)


@pytest.fixture
def performed(tmp_path, mock, monkeypatch):
    def perform(machine):
        def watch(address):
            machine.watch = Watch(address, name_port=0, ports=(0, 0))
            return machine.watch

        monkeypatch.setattr(egress, "Watch", watch)
        (run,) = stage(tmp_path, machine, mock).perform(scenario("egress", options=EGRESS))
        return run.observed["egress"]

    return perform


def quiet(watch, request):
    return None


def asks(name="telemetry.example.com"):
    def program(watch, request):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(2)
            asker.sendto(query(name), ("127.0.0.1", watch.name_port))
            asker.recv(512)

    return program


def looks_up(watch, request):
    asks(request.arguments[-1])(watch, request)


def missing(watch, request):
    return Outcome(None, start_error="exec: getent: not found")


def test_a_name_that_was_asked_for_is_recorded_and_proof_enough(performed):
    machine = Machine(asks())
    seen = performed(machine)
    assert (seen["watched"], seen["proved"]) == (True, True)
    assert seen["names"] == [{"name": "telemetry.example.com", "type": "A", "count": 1}]
    assert len(machine.requests) == 1


def test_a_silence_is_proved_by_a_container_on_the_same_network(performed):
    machine = Machine(quiet, looks_up)
    seen = performed(machine)
    assert (seen["proved"], seen["names"]) == (True, [])
    assert {request.network for request in machine.requests} == {"kit-network"}
    assert [request.mounts[-1].target for request in machine.requests] == ["/etc/resolv.conf"] * 2


def test_a_program_that_the_image_lacks_is_followed_by_the_next(performed):
    machine = Machine(quiet, missing, looks_up)
    assert performed(machine)["proved"]
    assert [request.entrypoint for request in machine.requests] == [None, ("getent",), ("python3",)]


def test_a_question_that_never_arrives_proves_that_a_silence_says_nothing(performed):
    assert not performed(Machine(quiet, quiet))["proved"]


def test_an_image_without_any_such_program_proves_nothing(performed):
    assert not performed(Machine(quiet, missing, missing, missing))["proved"]


def test_an_engine_of_another_machine_is_a_reason_and_the_run_is_made_without_a_network(performed):
    machine = Machine(quiet, shares_kernel=False)
    seen = performed(machine)
    assert not seen["watched"]
    assert "another machine" in seen["reason"]
    assert [request.network for request in machine.requests] == ["none"]


def test_an_engine_that_makes_no_such_network_is_a_reason(performed, monkeypatch):
    machine = Machine(quiet)

    def refuse():
        raise EngineFailure("the engine cannot make a network")

    monkeypatch.setattr(machine, "isolated_network", refuse)
    assert "cannot make a network" in performed(machine)["reason"]


def test_a_port_that_is_taken_is_a_reason(tmp_path, mock, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(egress, "Watch", partial(Watch, name_port=0, ports=(taken.getsockname()[1],)))
        (run,) = stage(tmp_path, Machine(quiet), mock).perform(scenario("egress", options=EGRESS))
    assert "in use" in run.observed["egress"]["reason"]
