"""The mock server as a container: reached from an internal network by its alias, controlled from this machine."""

import os

import docker
import httpx
import pytest

from conformance.engines.labels import LABEL, labels
from conformance.mock_openai import MockOpenAI, analysis, image
from conformance.mock_openai.sidecar import Sidecar

pytestmark = pytest.mark.engine

CLIENT = """
import json, sys, urllib.request, urllib.error
body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Good day."}]}).encode()
for _ in range(int(sys.argv[2])):
    headers = {"authorization": "Bearer sk-1"}
    request = urllib.request.Request(sys.argv[1] + "/chat/completions", data=body, headers=headers)
    try:
        print(urllib.request.urlopen(request, timeout=10).read().decode())
    except urllib.error.HTTPError as error:
        print(error.code)
    except urllib.error.URLError as error:
        print(error.reason)
"""


@pytest.fixture(scope="module")
def engine():
    return docker.from_env()


@pytest.fixture(scope="module")
def base(engine):
    """The base image: what the server's own image is built on."""
    return image.base_image(engine)


@pytest.fixture(scope="module")
def network(engine):
    made = engine.networks.create(f"sdg-mock-test-{os.getpid()}", internal=True, labels=labels())
    yield made.name
    made.remove()


@pytest.fixture(scope="module")
def sidecar(network, base):
    with Sidecar(network, base=base) as running:
        yield running


@pytest.fixture
def ask(engine, network, base):
    """Run a client in a container on the internal network; gives the lines that it prints."""

    def run(url, times=1):
        command = ["python3", "-c", CLIENT, url, str(times)]
        out = engine.containers.run(base, command, network=network, remove=True, labels=labels(), entrypoint="")
        return out.decode().splitlines()

    return run


def test_a_container_on_an_internal_network_gets_the_same_answers_as_here(sidecar, ask):
    sidecar.open("same", key="sk-1")
    (there,) = ask(sidecar.base_url("same"))
    with MockOpenAI() as server:
        here = httpx.post(
            server.base_url("x") + "/chat/completions",
            content='{"model": "m", "messages": [{"role": "user", "content": "Good day."}]}',
            headers={"authorization": "Bearer sk-1"},
        )
    assert here.text == there


def test_the_ledger_is_read_from_this_machine(sidecar, ask):
    sidecar.open("seen", key="sk-1", faults=["429-retry-after*1"])
    assert ask(sidecar.base_url("seen"), times=2)[0] == "429"
    seen = sidecar.ledger("seen").as_requests()
    assert [(one.path, one.status) for one in seen] == [("/chat/completions", 429), ("/chat/completions", 200)]
    assert len(analysis.retried_before_retry_after(seen)) == 1


def test_a_connection_can_be_refused_there_too(sidecar, ask):
    sidecar.open("refused", faults=["refused"])
    assert ask(sidecar.base_url("refused")) == ["[Errno 111] Connection refused"]


def test_scripts_and_wrong_faults(sidecar):
    sidecar.open("script", script=[{"answer": "Fixed."}])
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    url = sidecar.outside_url("script") + "/chat/completions"
    answer = httpx.post(url, json=body, headers={"authorization": "Bearer x"})
    assert answer.json()["choices"][0]["message"]["content"] == "Fixed."
    with pytest.raises(ValueError, match="unknown fault"):
        sidecar.open("script", faults=["nonsense"])


def test_waiting_and_releasing(sidecar):
    sidecar.open("held", faults=["hold"])
    assert sidecar.wait_for_request("held", timeout=0.1) is False
    sidecar.release("held")
    url = sidecar.outside_url("held") + "/models"
    assert httpx.get(url, headers={"authorization": "Bearer x"}).status_code == 200
    assert sidecar.wait_for_request("held", timeout=5)


def test_the_control_api_is_closed_to_the_containers_under_test(sidecar):
    assert httpx.get(sidecar.outside_url("x").removesuffix("/s/x/v1") + "/_control/health").status_code == 404


def test_the_container_carries_the_labels_of_the_kit_and_goes_when_it_is_stopped(engine, base):
    with Sidecar(base=base) as running:
        found = [
            one
            for one in engine.containers.list(filters={"label": LABEL}, ignore_removed=True)
            if image.REPOSITORY in str(one.image.tags)
        ]
        assert found
        own = running._container.get_wrapped_container().id
        assert own in [one.id for one in found]
    assert own not in [one.id for one in engine.containers.list(all=True, ignore_removed=True)]
