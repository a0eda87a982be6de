"""The mock server in a container of its own, for networks that the kit's machine is not on.

It has the methods of `MockOpenAI`, spoken over ``/_control``: what uses one can use the other. The container is on the
engine's default network, where its control port is published to the kit, and on the network of the containers under
test, where it answers to its alias. It carries the kit's label and owner, so that the kit's sweep removes it when an
interrupted run left it behind; testcontainers' own reaper is off.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from time import monotonic
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from conformance.mock_openai import image
from conformance.mock_openai.control import new_token
from conformance.mock_openai.faults import FaultRule
from conformance.mock_openai.ledger import Entry, Ledger
from conformance.mock_openai.schedule import rules
from conformance.mock_openai.script import ScriptRule, load
from conformance.mock_openai.spaces import DEFAULT

PORT = 8000
START_SECONDS = 60.0


class Sidecar:
    """The mock server as a container, running from `start` to `stop` (or within ``with``).

    ``network`` is the name of the network of the containers under test (None: the default network alone), ``alias``
    what they call it. ``tag`` is an image built before (None: it is built).
    """

    def __init__(
        self,
        network: str | None = None,
        *,
        alias: str = "mock-openai",
        tag: str | None = None,
        base: str | None = None,
    ):
        self.network = network
        self.alias = alias
        self.control_token = new_token()
        self._tag = tag
        self._base = base
        self._container: Any = None
        self._url = ""
        self._ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> Self:
        """Build the image if need be, start the container and wait until it answers. Raises `image.ImageError`."""
        from testcontainers.core.config import testcontainers_config
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.docker_client import DockerClient
        from testcontainers.core.wait_strategies import HttpWaitStrategy

        from conformance.engines.labels import labels

        testcontainers_config.ryuk_disabled = True
        tag = self._tag or image.build(DockerClient().client, self._base)
        ready = HttpWaitStrategy(PORT, "/_control/health").with_header("x-control-token", self.control_token)
        container = (
            DockerContainer(tag)
            .with_exposed_ports(PORT)
            .with_env("MOCK_OPENAI_CONTROL_TOKEN", self.control_token)
            .with_kwargs(labels=labels(), read_only=True, cap_drop=["ALL"])
            .waiting_for(ready.with_startup_timeout(int(START_SECONDS)))
        )
        self._container = container
        try:
            container.start()
            if self.network is not None:
                wrapped = container.get_wrapped_container()
                wrapped.client.networks.get(self.network).connect(wrapped, aliases=[self.alias])
        except BaseException:
            self.stop()
            raise
        self._url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(PORT)}"
        return self

    def stop(self) -> None:
        """Remove the container."""
        container, self._container = self._container, None
        if container is not None and container.get_wrapped_container() is not None:
            container.stop(force=True)

    def base_url(self, scenario: str = DEFAULT, host: str | None = None) -> str:
        """The base URL of a scenario for the containers on the network (``host``: as somebody else calls it)."""
        port = self._ports.get(scenario, PORT)
        return f"http://{host or self.alias}:{port}/s/{quote(scenario)}/v1"

    def outside_url(self, scenario: str = DEFAULT) -> str:
        """The base URL of a scenario for this machine."""
        return f"{self._url}/s/{quote(scenario)}/v1"

    def open(
        self,
        scenario: str = DEFAULT,
        *,
        key: str | None = None,
        faults: Iterable[str | Mapping[str, Any] | FaultRule] = (),
        script: Iterable[Mapping[str, Any] | ScriptRule] | None = None,
        models: Iterable[str] | None = None,
        accept_any: bool = False,
        require_key: bool = True,
    ) -> None:
        """Open a scenario's space, as `MockOpenAI.open` does; a script must be a list of rules here."""
        if callable(script):
            raise ValueError("a script for a sidecar is a list of rules: a function cannot be sent to it")
        load(script)
        settings = {
            "key": key,
            "faults": [asdict(rule) for rule in rules(faults)],
            "script": None if script is None else [_plain(rule) for rule in script],
            "models": None if models is None else list(models),
            "accept_any": accept_any,
            "require_key": require_key,
        }
        self._ports[scenario] = int(self._control("PUT", f"/spaces/{quote(scenario)}", settings)["port"])

    def close_space(self, scenario: str) -> None:
        """Forget a scenario."""
        self._control("DELETE", f"/spaces/{quote(scenario)}")

    def ledger(self, scenario: str = DEFAULT, start: int = 0) -> Ledger:
        """What a scenario's space has seen, from index ``start`` on."""
        found = self._control("GET", f"/spaces/{quote(scenario)}/ledger?start={start}")
        return Ledger(tuple(Entry(**entry) for entry in found["entries"]), found["dropped"])

    def release(self, scenario: str = DEFAULT) -> None:
        """Let the held requests of a scenario go on."""
        self._control("POST", f"/spaces/{quote(scenario)}/release")

    def hold(self, scenario: str = DEFAULT) -> None:
        """Hold requests again after a `release`."""
        self._control("POST", f"/spaces/{quote(scenario)}/hold")

    def wait_for_request(self, scenario: str = DEFAULT, timeout: float = 30.0, count: int = 1) -> bool:
        """Wait until ``count`` requests have come to a scenario; False when ``timeout`` seconds were over first."""
        end = monotonic() + timeout
        while (left := end - monotonic()) > 0:
            piece = min(left, 20.0)
            if self._control("GET", f"/spaces/{quote(scenario)}/wait?count={count}&timeout={piece}")["arrived"]:
                return True
        return False

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = HttpRequest(f"{self._url}/_control{path}", data=data, method=method)  # noqa: S310  our own container
        request.add_header("x-control-token", self.control_token)
        try:
            with urlopen(request, timeout=60) as answer:  # noqa: S310  our own container
                return json.load(answer)
        except HTTPError as error:
            raise ValueError(json.load(error).get("error", str(error))) from error


def _plain(rule: Mapping[str, Any] | ScriptRule) -> dict[str, Any]:
    if isinstance(rule, ScriptRule):
        return {key: value for key, value in asdict(rule).items() if value is not None}
    return dict(rule)
