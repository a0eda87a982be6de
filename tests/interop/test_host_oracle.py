"""The real host as an oracle: what the kit says of a log or an entry is what the host's own code says.

A disagreement is a fault of the kit, or a divergence that is written down here with its reason. How many cases were
tried is printed.
"""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from interop import documents, logs
from interop.host import Oracle

from conformance.contract.result import (
    ResultError,
    dataset_entry_problems,
    parse_p1,
    parse_p2,
    read_result,
    report_entry_problems,
)

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
    parser: Callable[[str], dict[str, Any]], oracle: Oracle, older_oracle: Oracle, say_tried: Callable[[str], None]
) -> None:
    host = {parse_p1: older_oracle, parse_p2: oracle}[parser]
    cases = [*logs.NOISE, *random_logs(8_000)]

    assert disagreements(host, parser, cases) == []

    read = sum(kit_answer(parser, log) != "refused" for log in cases)
    assert read > len(cases) / 6, "most of the logs hold nothing: the generator is broken"
    assert len(cases) - read > len(cases) / 20, "nearly every log holds a document: the generator is broken"
    say_tried(f"{parser.__name__}: {len(cases)} logs tried, {read} with a document, no disagreement")


@pytest.mark.parametrize(("kind", "problems"), [("dataset", dataset_entry_problems), ("report", report_entry_problems)])
def test_the_kit_finds_a_problem_in_exactly_the_entries_that_the_host_drops(
    kind: str, problems: Callable[[object], list[str]], oracle: Oracle, say_tried: Callable[[str], None]
) -> None:
    dice = random.Random(kind)
    cases = [*documents.VALUES, *(documents.entry(dice, kind) for _ in range(8_000))]

    answers = oracle.ask(f"{kind}_entry", cases)
    kept = ["value" in answer for answer in answers]

    assert [
        (case, answer) for case, answer, host in zip(cases, answers, kept, strict=True) if host == bool(problems(case))
    ] == []
    assert len(cases) / 5 < sum(kept) < len(cases) * 4 / 5, "the generator is broken"
    say_tried(f"{kind} entries: {len(cases)} tried, {sum(kept)} kept by the host, no disagreement")


def test_the_kit_reads_out_of_a_document_what_the_host_does(oracle: Oracle, say_tried: Callable[[str], None]) -> None:
    dice = random.Random(3)
    cases = [documents.document(dice) for _ in range(8_000)]

    answers = oracle.ask("output", cases)

    assert [
        (case, answer, kit_output(case))
        for case, answer in zip(cases, answers, strict=True)
        if as_text(answer.get("value", "refused")) != as_text(kit_output(case))
    ] == []
    read = sum("value" in answer for answer in answers)
    assert len(cases) / 5 < read < len(cases) * 19 / 20, "the generator is broken"
    say_tried(f"result documents: {len(cases)} tried, {read} read by the host, no disagreement")


def kit_output(document: dict[str, Any]) -> Any:
    """What the kit's view of a document comes to, in the host's words."""
    result = read_result(document)
    chosen = document.get("results") or document.get("test_results")
    if result.form == "flat":
        return {"results": document, "datasets": [], "reports": []} if document else "refused"
    if chosen is not None and not isinstance(chosen, dict):
        return "refused"
    lists = (document.get("generated_datasets"), document.get("generated_reports"))
    entries = (*result.datasets, *result.reports)
    if any(value and not isinstance(value, list) for value in lists) or not all(isinstance(e, dict) for e in entries):
        return "refused"
    return {
        "results": result.results,
        "datasets": [entry["dataset_name"] for entry in result.datasets if not dataset_entry_problems(entry)],
        "reports": [entry["report_name"] for entry in result.reports if not report_entry_problems(entry)],
    }
