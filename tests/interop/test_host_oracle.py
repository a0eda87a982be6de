"""The real host as an oracle: what the kit says of a log or an entry is what the host's own code says.

A disagreement is a fault of the kit, or a divergence that is written down here with its reason. How many cases were
tried is printed.
"""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from interop import logs
from interop.host import Oracle

from conformance.contract.result import ResultError, parse_p1, parse_p2

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("host-oracle")]


def kit_answer(parser: Callable[[str], dict[str, Any]], log: str) -> str:
    try:
        return as_text(parser(log))
    except ResultError:
        return "refused"


def host_answer(answer: dict[str, Any]) -> str:
    return "refused" if "error" in answer else as_text(answer["value"])


def as_text(value: Any) -> str:
    """One text for equal values: NaN is equal to itself here, and 1 differs from 1.0 and true."""
    return json.dumps(value, sort_keys=True)


def disagreements(
    oracle: Oracle, parser: Callable[[str], dict[str, Any]], cases: list[str]
) -> list[tuple[str, str, str]]:
    host = [host_answer(answer) for answer in oracle.ask("parse", cases)]
    kit = [kit_answer(parser, log) for log in cases]
    return [(log, h, k) for log, h, k in zip(cases, host, kit, strict=True) if h != k]


def random_logs(count: int) -> list[str]:
    dice = random.Random(20_59)
    return [logs.log(dice) for _ in range(count)]


def test_the_oracles_are_the_two_hosts_that_the_contract_names(oracle: Oracle, older_oracle: Oracle) -> None:
    assert oracle.ask("version", ["asqi-engineer"]) == [{"value": "0.5.9"}]
    assert older_oracle.ask("version", ["asqi-engineer"]) == [{"value": "0.5.8"}]


@pytest.mark.parametrize("parser", [parse_p1, parse_p2])
def test_the_kits_parsers_read_thousands_of_logs_as_the_hosts_do(
    parser: Callable[[str], dict[str, Any]], oracle: Oracle, older_oracle: Oracle, capsys: pytest.CaptureFixture[str]
) -> None:
    host = {parse_p1: older_oracle, parse_p2: oracle}[parser]
    cases = [*logs.NOISE, *random_logs(8_000)]

    assert disagreements(host, parser, cases) == []

    read = sum(kit_answer(parser, log) != "refused" for log in cases)
    assert read > len(cases) / 6, "most of the logs hold nothing: the generator is broken"
    assert len(cases) - read > len(cases) / 20, "nearly every log holds a document: the generator is broken"
    with capsys.disabled():
        print(f"\n{parser.__name__}: {len(cases)} logs tried, {read} with a document, no disagreement")
