"""PARAM: what an image does with its user parameters.

The manifest states types, choices and defaults, but no ranges, no meaning and no combinations. So a clean refusal is a
finding only where the manifest alone shows that it is wrong: a choice, a truth value, a whole number for a float, a
list or an object of the declared kind. Whether a default is the declared one is judged by what stays the same from run
to run (`conformance.checks.observable`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks import check
from conformance.checks.common import each, how_it_ended, matching, must_succeed, quote
from conformance.checks.observable import differences
from conformance.checks.reading import heals, succeeded
from conformance.contract.model import Manifest, Parameter
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

NO_BASELINE = "the baseline did not succeed, and the kit found no parameter that is the reason"
SAME_INPUT = ("baseline", "repeat", "re-run")
CONDITIONS = re.compile(
    r"\b(requires?|needs?|only|together|without|unless|combin\w+|conflicts?|gpus?|cuda|devices?|install\w*|network|"
    r"keys?|tokens?|credentials?|systems?|models?)\b"
)
"""Words of a refusal that speaks of something else than the value: what a choice needs, or goes with."""
SCALARS = re.compile(r"\b(strings?|str|texts?|numbers?|ints?|integers?|floats?|scalars?)\b")
OBJECTS = re.compile(r"\b(objects?|dicts?|dictionary|dictionaries|mappings?|maps?)\b")
LISTS = re.compile(r"\b(lists?|arrays?|sequences?)\b")
AMOUNTS = re.compile(r"\b(two|three|four|five|exactly|pairs?|both|elements?|entries|length)\b|\b[2-9] (\w+ )?\w+s\b")
"""Words of a refusal that is about how many elements there are: two numbers are a list, and no manifest can say two."""
FLOATS = re.compile(r"\b(floats?|floating|decimals?|doubles?|reals?|fractions?|fractional|numbers?)\b")
BOUNDS = re.compile(
    r"\b(between|range|within|inside|outside|at (least|most)|less|more|greater|larger|smaller|lower|higher|above|below|"
    r"under|over|up to|from|positive|negative|zero|exclusive|inclusive|min(imum)?|max(imum)?|exceeds?)\b|"
    r"[<>≤≥\[(]=?\s*-?\d|\d\s*(-|to|\.\.+|,)\s*\d"
)
"""What a refusal says that is about how large a number is, not about how it is written."""
TRUTHS = re.compile(r"\b(bool|booleans?|types?|strings?|str|numbers?|int|integers?|truth|invalid)\b")


def _no_parameters(manifest: Manifest) -> NotApplicable | None:
    if manifest.parameters:
        return None
    return NotApplicable(f"no parameter is declared ({manifest.line_of('input_schema')})")


@check("PARAM-001", "baseline", "diagnose-bare-parameters", "diagnose-no-metadata", "unknown-parameter")
def ignores_keys_that_are_no_parameters(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The host adds ``volumes``, ``input_datasets`` and ``metadata``; later hosts may add more."""
    baseline = evidence.run("baseline")
    others = ("diagnose-no-metadata", "diagnose-container-volumes")  # META-001's and DSIN-003's
    heeds_them = heals(evidence, "diagnose-bare-parameters") and not any(heals(evidence, one) for one in others)
    if heeds_them and baseline:
        message = "It succeeds only without the keys “volumes” and “metadata” that the host adds to the parameters"
        return [Finding(f"{message}; observed with them: {how_it_ended(baseline)}.", "baseline", "argv")]
    expectation = "Expected a key that is no parameter of its own to be ignored"
    if not succeeded(evidence):
        return NotTested(NO_BASELINE)
    return must_succeed(evidence, manifest, "unknown-parameter", expectation)


@check("PARAM-002", "baseline", "diagnose-defaults", "diagnose-optional-parameters")
def applies_its_own_defaults(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No host fills in defaults: the baseline gives required parameters only."""
    if all(parameter.required for parameter in manifest.parameters):
        return NotApplicable(f"no optional parameter is declared ({manifest.line_of('input_schema')})")
    baseline = evidence.run("baseline")
    for name in ("diagnose-defaults", "diagnose-optional-parameters"):
        if baseline is not None and heals(evidence, name):
            message = "It succeeds only when its optional parameters are given; expected defaults of its own"
            return [Finding(f"{message}. Observed without them: {how_it_ended(baseline)}.", "baseline", "argv")]
    return [] if succeeded(evidence) else NotTested(NO_BASELINE)


@check("PARAM-003", *SAME_INPUT, "defaults")
def applies_the_declared_defaults(evidence: Evidence, manifest: Manifest) -> Judgement:
    """With the declared defaults given, everything that can be compared is as without them."""
    if not any(one.has_default and one.default is not None and not one.required for one in manifest.parameters):
        return NotApplicable(f"no optional parameter declares a default ({manifest.line_of('input_schema')})")
    baseline, run = evidence.run("baseline"), evidence.run("defaults")
    if baseline is None or run is None or not baseline.claims_success:
        return NotTested(evidence.skipped.get("defaults", NO_BASELINE))
    if not run.claims_success:
        message = "It does not work with its declared defaults, though it works when none is given"
        return [Finding(f"{message}; observed: {how_it_ended(run)}.", run.scenario, "argv")]
    return _unlike_the_baseline(evidence, manifest, run, "the declared defaults given", "without them")


def _unlike_the_baseline(evidence: Evidence, manifest: Manifest, run: Run, given: str, otherwise: str) -> list[Finding]:
    """A finding for all that differs in a run that was to give what the baseline gives, and that can be compared."""
    baseline = evidence.run("baseline")
    if baseline is None or not baseline.claims_success:
        return []
    names = frozenset(parameter.name for parameter in manifest.parameters)
    return [
        Finding(
            f"With {given}, {difference}; expected the same as {otherwise}.", run.scenario,
            manifest.line_of("input_schema"),
        )
        for difference in differences(same_input(evidence, baseline), run, names)
    ]  # fmt: skip


def same_input(evidence: Evidence, baseline: Run) -> tuple[Run, ...]:
    """The successful runs that were given what the baseline was given, the baseline first."""
    runs = (baseline, *matching(evidence, *SAME_INPUT[1:]))
    same = [run for run in runs if run.claims_success and run.parameters == baseline.parameters]
    return tuple(run for run in same if run.systems == baseline.systems)


@check("PARAM-004", "parameters-*", "fewer-parameters", "explore-*")
def accepts_what_the_host_lets_through(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Every kind of valid value is accepted; a clean refusal of what the manifest cannot state is no failure."""
    if (nothing := _no_parameters(manifest)) is not None:
        return nothing
    tried = matching(evidence, "parameters-*", "fewer-parameters", "explore-*")
    runs = [run for run in tried if run.status == "done" and not run.out_of_memory]
    taken = [run for run in runs if run.claims_success]
    findings = [finding for run in runs if not run.claims_success for finding in _refusals(run, taken, manifest)]
    if findings or taken:
        return findings
    return NotTested("every set of values that the kit could guess was refused; give values in sdg-conformance.toml")


def _refusals(run: Run, taken: list[Run], manifest: Manifest) -> Iterator[Finding]:
    if run.refused_cleanly:
        yield from (finding for finding in [_wrong_refusal(run, taken, manifest)] if finding is not None)
    elif run.document is None or run.observed.get("smallest"):
        values = ", ".join(f"{name} = {value!r}" for name, value in run.parameters.items())
        message = f"It neither works with valid values nor refuses them in a document ({quote(values)})"
        yield Finding(f"{message}; observed: {how_it_ended(run)}.", run.scenario, "argv")


def _wrong_refusal(run: Run, taken: list[Run], manifest: Manifest) -> Finding | None:
    """The refusal of a value that the manifest alone shows to be right, if it speaks of that parameter only."""
    said = run.error_text
    named = [one for one in manifest.parameters if one.name in run.parameters and _names(said, one.name)]
    if len(named) != 1:
        return None
    (parameter,) = named
    value = run.parameters[parameter.name]
    if any(_same(other.parameters.get(parameter.name), value) for other in taken):
        return None
    rest = re.sub(rf"\b{re.escape(parameter.name)}\b", " ", said).lower()
    if not _contradicts(parameter, value, rest, taken):
        return None
    message = f"It refuses {value!r} for the {parameter.type} “{parameter.name}”, which the manifest allows"
    return Finding(f"{quote(message)}; observed: {how_it_ended(run)}.", run.scenario, "argv")


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _contradicts(parameter: Parameter, value: Any, said: str, taken: list[Run]) -> bool:
    """Whether a refusal contradicts the manifest, whatever the value means."""
    if parameter.type == "enum":
        return not CONDITIONS.search(said)
    if parameter.type == "boolean":
        return bool(TRUTHS.search(said)) and not CONDITIONS.search(said)
    if parameter.type == "float" and type(value) is int:
        as_float = any(_same(run.parameters.get(parameter.name), float(value)) for run in taken)
        return as_float or (bool(FLOATS.search(said)) and not BOUNDS.search(said))
    if parameter.type == "list" and parameter.items is not None and parameter.items.type == "object":
        inner = any(_names(said, one.name.lower()) for one in parameter.items.properties)
        return bool(SCALARS.search(said)) and not OBJECTS.search(said) and not inner
    if parameter.type in ("list", "object"):
        elements = parameter.type == "list" and bool(AMOUNTS.search(said))
        own = LISTS if parameter.type == "list" else OBJECTS
        inner = elements or any(_names(said, one.name.lower()) for one in parameter.properties)
        return bool(SCALARS.search(said)) and not own.search(said) and not inner and bool(value)
    return False


@check("PARAM-005", *SAME_INPUT, "null-parameters")
def takes_null_as_absent(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The host lets null through for an optional parameter: it is to give what the lack of the parameter gives."""
    if all(parameter.required for parameter in manifest.parameters):
        return NotApplicable(f"no optional parameter is declared ({manifest.line_of('input_schema')})")
    judged = must_succeed(
        evidence, manifest, "null-parameters", "Expected null for an optional parameter to count as absent"
    )
    run = evidence.run("null-parameters")
    if judged != [] or run is None or not run.claims_success:
        return judged
    return _unlike_the_baseline(evidence, manifest, run, "null for every optional parameter", "without them")


@check("PARAM-006", "wrong-type-*", "unknown-choice-*", "missing-parameter-*")
def refuses_invalid_values(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A value of a wrong type, a choice that is none, a required parameter that is missing."""
    if (nothing := _no_parameters(manifest)) is not None:
        return nothing
    runs = matching(evidence, "wrong-type-*", "unknown-choice-*", "missing-parameter-*")
    return each((run for run in runs if run.status == "done"), _accepted, "no invalid value was given")


def _accepted(run: Run) -> Iterator[Finding]:
    if run.claims_success:
        name = run.scenario.removeprefix("wrong-type-").removeprefix("unknown-choice-")
        name = name.removeprefix("missing-parameter-")
        given = f"{run.parameters[name]!r} for" if name in run.parameters else "the lack of"
        message = f"It succeeded with {quote(given)} “{quote(name, 80)}”; expected an error that names the parameter."
        yield Finding(message, run.scenario, "argv")


@check("PARAM-007", *SAME_INPUT, "effect-*")
def parameters_have_an_effect(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A number of rows or variations that changes must show; of other parameters nobody can tell from outside."""
    if (nothing := _no_parameters(manifest)) is not None:
        return nothing
    baseline, tried = evidence.run("baseline"), matching(evidence, "effect-*")
    if succeeded(evidence) and not tried and not any(name.startswith("effect-") for name in evidence.skipped):
        return NotTested("no parameter is declared whose effect must be visible from outside", observable=False)
    runs = [run for run in tried if run.status == "done" and run.claims_success]
    if baseline is None or not runs:
        return NotTested("no parameter whose effect must be visible from outside could be varied")
    return [finding for run in runs if not _shows(baseline, run) for finding in [_without_effect(baseline, run)]]


def _shows(baseline: Run, run: Run) -> bool:
    """Whether anything at all differs: files, rows, values of the document, requests."""
    if [request.body for request in baseline.requests] != [request.body for request in run.requests]:
        return True
    given = frozenset(run.parameters)
    return bool(list(differences((baseline,), run, given, echoes=False)))


def _without_effect(baseline: Run, run: Run) -> Finding:
    changed = {name: value for name, value in run.parameters.items() if baseline.parameters.get(name) != value}
    given = ", ".join(f"{name} = {value!r}" for name, value in changed.items())
    message = f"{quote(given)} changes nothing that can be seen; expected other rows, metrics or requests."
    return Finding(message, run.scenario, "argv")


@check("PARAM-008", "nan-parameter")
def survives_numbers_that_are_not_finite(evidence: Evidence, manifest: Manifest) -> Judgement:
    """NaN in the arguments ends in a document, whichever."""
    if not any(parameter.type == "float" for parameter in manifest.parameters):
        line = manifest.line_of("input_schema")
        return NotApplicable(f"no float is declared, so no host writes NaN ({line})")
    runs = [run for run in matching(evidence, "nan-parameter") if run.status == "done"]
    return each(runs, _no_document, "no run with NaN ended by itself")


def _no_document(run: Run) -> Iterator[Finding]:
    if run.document is None:
        yield Finding(f"Expected NaN to end in a result document; observed: {how_it_ended(run)}.", run.scenario, "argv")
