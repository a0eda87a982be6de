"""OUTPUT: the result document and the log around it (contract.md sections 4 and 6).

Checks of success look at every run that says success, and at every run that ended with exit code 0 and says nothing.
OUTPUT-018 to -021, which look at the whole log, are in `conformance.checks.output_log`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from conformance.checks import check
from conformance.checks.common import each, quote
from conformance.checks.logs import ReadLog, read_log, read_stdout, unlike
from conformance.contract.model import Manifest
from conformance.contract.result import (
    STRUCTURED_KEYS,
    ResultError,
    dataset_entry_problems,
    intended_text,
    parse_p1,
    parse_p2,
)
from conformance.contract.strict_json import strict_problems
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable

LARGEST_DOCUMENT = 1024**2
MOST_TRIES = 20
"""How many places of a log are tried for the bytes of a document, from the end: a hostile log repeats its beginning."""
NO_SUCCESS = "no run ended in success, so no result of a success could be judged"
NO_DOCUMENT = "no run printed a result document"
Examine = Callable[[Run], Iterator[Finding]]


def meant_as_success(evidence: Evidence) -> list[Run]:
    """Runs that say success, and runs that ended well and say nothing at all."""
    ended = [run for run in evidence.runs if run.status == "done" and not run.reason]
    return [run for run in ended if run.claims_success or (run.exit_code == 0 and run.document is None)]


def with_document(evidence: Evidence) -> list[Run]:
    """Runs that printed a result document, of success or of failure."""
    return [run for run in evidence.runs if run.status == "done" and run.document is not None]


def _on_success(requirement: str) -> Callable[[Examine], Examine]:
    """Register a check of every success."""

    def register(examine: Examine) -> Examine:
        @check(requirement, "*")
        def judged(evidence: Evidence, manifest: Manifest) -> Judgement:
            del manifest
            return each(meant_as_success(evidence), examine, NO_SUCCESS)

        return examine

    return register


def on_document(requirement: str) -> Callable[[Examine], Examine]:
    """Register a check of every result document, whatever it says."""

    def register(examine: Examine) -> Examine:
        @check(requirement, "*")
        def judged(evidence: Evidence, manifest: Manifest) -> Judgement:
            del manifest
            return each(with_document(evidence), examine, NO_DOCUMENT)

        return examine

    return register


def _at(run: Run, read: ReadLog) -> str:
    return f"{'log' if run.joined else 'stdout'}:{read.line}" if read.line else "log"


@_on_success("OUTPUT-001")
def a_result_stands_on_stdout(run: Run) -> Iterator[Finding]:
    """Every success prints its result document on standard output."""
    if run.joined or read_stdout(run).span is not None:
        return
    if intended_text(run.stdout):
        return  # there is one, but it is no JSON: OUTPUT-002 and OUTPUT-006
    if run.document is not None:
        yield Finding("The result document stands on stderr; expected on stdout.", run.scenario, "stderr")
    else:
        said = quote(run.stdout, 120)
        yield Finding(
            f"It ended with exit code {run.exit_code} and printed no result document"
            + (f"; stdout says only: {said}" if said else "; stdout is empty") + ".",
            run.scenario, "stdout",
        )  # fmt: skip


@_on_success("OUTPUT-002")
def every_host_reads_what_the_image_meant(run: Run) -> Iterator[Finding]:
    """P1, P2 and the last JSON object on stdout are the same document."""
    read = read_log(run)
    meant = run.document
    if meant is None and not intended_text(run.merged):
        return  # nothing was meant: OUTPUT-001
    for name, parser in (("0.3.5 to 0.5.8", parse_p1), ("0.5.9", parse_p2)):
        try:
            parsed: dict[str, Any] | None = parser(read.text)
            seen = f"reads {quote(json.dumps(parsed), 120)}"
        except ResultError as error:
            parsed, seen = None, f"finds none ({error})"
        if parsed is None or meant is None or unlike(parsed, meant):
            expected = "the result document" if meant is not None else "an error, because the document is cut off"
            if parsed is None and meant is None:
                continue
            yield Finding(f"In the merged log a host {name} {seen}; expected {expected}.", run.scenario, _at(run, read))
    if meant is None and intended_text(run.merged):
        yield Finding(
            f"The result document is no complete JSON: {quote(intended_text(run.merged), 120)}", run.scenario, "stdout"
        )


@_on_success("OUTPUT-003")
def the_document_begins_its_line(run: Run) -> Iterator[Finding]:
    """Nothing but white space stands before the document on its line, in the merged log."""
    read = read_log(run)
    if read.before.strip() and not read.before.strip().startswith("["):
        yield Finding(
            f"The result document does not begin its line; before it stands: {quote(read.before, 80)}",
            run.scenario, _at(run, read),
        )  # fmt: skip


@_on_success("OUTPUT-004")
def no_brace_follows_the_document(run: Run) -> Iterator[Finding]:
    """Nothing that contains ``{`` or ``}`` follows the document in the merged log."""
    after = read_log(run).after
    if "{" in after or "}" in after:
        line = next(line for line in after.splitlines() if "{" in line or "}" in line)
        yield Finding(f"A line with braces follows the result document: {quote(line, 120)}", run.scenario, "log")


@_on_success("OUTPUT-005")
def the_document_is_the_last_word(run: Run) -> Iterator[Finding]:
    """Nothing follows the document but the end of its line."""
    read = read_log(run)
    if read.span is None:
        return
    rest = read.after.strip().lstrip("]").strip()
    if rest:
        yield Finding(f"Text follows the result document: {quote(rest, 120)}", run.scenario, "log")
    elif not read.after.startswith(("\n", "\r\n")) and not read.after.strip():
        yield Finding("The result document does not end with a newline.", run.scenario, _at(run, read))


@check("OUTPUT-006", "*")
def the_document_is_strict_json(evidence: Evidence, manifest: Manifest) -> Judgement:
    """RFC 8259, as every reader of the host's own output file needs it."""
    del manifest

    def examine(run: Run) -> Iterator[Finding]:
        text = intended_text(run.stdout) or intended_text(run.merged)
        for problem in strict_problems(_original(run, text)) if text else ():
            yield Finding(f"The result document is no strict JSON: {quote(problem, 200)}", run.scenario, "stdout")

    runs = [run for run in evidence.runs if run.status == "done" and intended_text(run.merged)]
    return each(runs, examine, NO_DOCUMENT)


def _original(run: Run, text: str) -> str | bytes:
    """The document's own bytes where they can be found, so that invalid UTF-8 is seen."""
    if "\ufffd" not in text:
        return text
    log = run.stdout if intended_text(run.stdout) else run.merged
    start, tries = log.rfind(b"{"), 0
    while start != -1 and tries < MOST_TRIES:
        if log[start : start + 160].decode("utf-8", "replace").startswith(text[:40]):
            tries += 1
            for candidate in (_with_braces(log[start:], text.count("}")), log[start:].rstrip()):
                if candidate.decode("utf-8", "replace") == text:
                    return candidate
        start = log.rfind(b"{", 0, start)
    return text


def _with_braces(data: bytes, number: int) -> bytes:
    """Up to the closing brace of that number: what stands behind the document is not its own."""
    end = -1
    for _ in range(number):
        end = data.find(b"}", end + 1)
    return data[: end + 1]


@check("OUTPUT-007", "*")
def the_top_level_is_an_object(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Neither a list around the document nor a string that holds it."""
    del manifest

    def examine(run: Run) -> Iterator[Finding]:
        read = read_stdout(run)
        if read.span is not None:
            before, after = read.text[: read.span.start].rstrip()[-1:], read.after.lstrip()[:1]
            if before == "[" and after in ("]", ","):
                yield Finding("The top level of the result is a list; expected an object.", run.scenario, "stdout")
        elif run.document is None and _is_string_of_document(read.text):
            yield Finding(
                "The result is a JSON string that holds a document; expected an object.", run.scenario, "stdout"
            )

    return each([run for run in evidence.runs if run.status == "done"], examine, NO_DOCUMENT)


def _is_string_of_document(text: str) -> bool:
    lines = text.strip().splitlines()
    try:
        value = json.loads(lines[-1]) if lines else None
        return isinstance(value, str) and isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


@on_document("OUTPUT-008")
def results_is_an_object_with_content(run: Run) -> Iterator[Finding]:
    """``results`` (or ``test_results``) is there and is a non-empty object."""
    document = run.document or {}
    if not any(key in document for key in STRUCTURED_KEYS):
        return  # the flat form: OUTPUT-011
    values = {key: document[key] for key in ("results", "test_results") if document.get(key) is not None}
    if not values:
        yield Finding("The document has neither “results” nor “test_results”.", run.scenario, "stdout")
    for key, value in values.items():
        if not isinstance(value, dict) or not value:
            yield Finding(
                f"“{key}” is {quote(json.dumps(value), 80)}; expected an object that is not empty.",
                run.scenario, "stdout",
            )  # fmt: skip


@on_document("OUTPUT-009")
def the_current_key_is_used(run: Run) -> Iterator[Finding]:
    """``results``, not only its deprecated alias."""
    document = run.document or {}
    if document.get("results") is None and document.get("test_results") is not None:
        yield Finding("Only the deprecated “test_results” is there; expected “results”.", run.scenario, "stdout")


@on_document("OUTPUT-010")
def both_keys_say_the_same(run: Run) -> Iterator[Finding]:
    """``results`` and ``test_results`` are equal where both are there."""
    document = run.document or {}
    one, other = document.get("results"), document.get("test_results")
    if one is not None and other is not None and one != other and repr(one) != repr(other):
        keys = sorted(_different(one, other))
        detail = f" in {', '.join(keys[:5])}" if keys else ""
        yield Finding(f"“results” and “test_results” differ{detail}.", run.scenario, "stdout")


def _different(one: Any, other: Any) -> set[str]:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return set()
    return {str(key) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


@_on_success("OUTPUT-011")
def produced_datasets_are_not_lost_in_the_flat_form(run: Run) -> Iterator[Finding]:
    """The flat form has no place for datasets."""
    document = run.document
    if document is not None and not any(key in document for key in STRUCTURED_KEYS):
        yield Finding(
            "The document has the flat form (no “results”), in which the host finds no datasets.",
            run.scenario,
            "stdout",
        )


@on_document("OUTPUT-012")
def success_is_a_boolean(run: Run) -> Iterator[Finding]:
    """``results.success`` is there and is true or false."""
    if not run.results:
        return  # OUTPUT-008
    if "success" not in run.results:
        yield Finding("“success” is missing in the results.", run.scenario, "stdout")
    elif not isinstance(run.results["success"], bool):
        value = quote(json.dumps(run.results["success"]), 60)
        yield Finding(f"“success” is {value}; expected true or false.", run.scenario, "stdout")


@check("OUTPUT-013", "*")
def success_ends_with_exit_code_zero(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A document that says success comes with exit code 0."""
    del manifest

    def examine(run: Run) -> Iterator[Finding]:
        if run.exit_code not in (0, None) and not run.error_text:
            yield Finding(
                f"The document says success but the exit code is {run.exit_code}; the host then fails the job "
                "with an empty message.", run.scenario, "exit code",
            )  # fmt: skip

    runs = [run for run in evidence.runs if run.status == "done" and run.claims_success]
    return each(runs, examine, NO_SUCCESS)


@on_document("OUTPUT-014")
def generated_datasets_is_a_list_of_objects(run: Run) -> Iterator[Finding]:
    """Anything else makes the host's own step crash or loses the datasets."""
    listed = (run.document or {}).get("generated_datasets")
    if listed is None:
        return
    if not isinstance(listed, list):
        yield Finding(
            f"“generated_datasets” is {quote(json.dumps(listed), 80)}; expected a list of objects.",
            run.scenario, "stdout",
        )  # fmt: skip
        return
    for index, entry in enumerate(listed):
        if not isinstance(entry, dict):
            yield Finding(
                f"generated_datasets[{index}] is {quote(json.dumps(entry), 80)}; expected an object.",
                run.scenario, "stdout",
            )  # fmt: skip


@on_document("OUTPUT-015")
def both_lists_are_always_there(run: Run) -> Iterator[Finding]:
    """``generated_reports`` and ``generated_datasets``, empty if there is nothing."""
    absent = [key for key in ("generated_datasets", "generated_reports") if key not in (run.document or {})]
    if absent:
        yield Finding(f"The document has no {' and no '.join(absent)}.", run.scenario, "stdout")


@on_document("OUTPUT-016")
def every_entry_is_one_that_the_host_keeps(run: Run) -> Iterator[Finding]:
    """The host drops an entry that does not validate, and says success."""
    for index, entry in enumerate(run.entries()):
        for problem in dataset_entry_problems(entry):
            message = f"generated_datasets[{index}] would be dropped by the host: {quote(problem)}."
            yield Finding(message, run.scenario, "stdout")


@on_document("OUTPUT-017")
def the_document_is_of_moderate_size(run: Run) -> Iterator[Finding]:
    """Logs rotate and long lines are split; rows belong into files."""
    size = len(intended_text(run.stdout).encode("utf-8", "replace"))
    if size >= LARGEST_DOCUMENT:
        yield Finding(f"The result document has {size} bytes; expected less than 1 MiB.", run.scenario, "stdout")


@check("OUTPUT-022", "*")
def extra_keys_are_allowed(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Extra top-level keys never fail: this requirement is a permission."""
    del manifest
    return [] if with_document(evidence) else NotApplicable("no document was printed")
