"""PARAM: keys, defaults, values, null, refusals, effects, numbers that are not finite."""

from __future__ import annotations

import pytest
from builders import document, evidence, manifest, produced, request, run

from conformance.checks.param import (
    accepts_what_the_host_lets_through,
    applies_its_own_defaults,
    applies_the_declared_defaults,
    ignores_keys_that_are_no_parameters,
    parameters_have_an_effect,
    refuses_invalid_values,
    survives_numbers_that_are_not_finite,
    takes_null_as_absent,
)
from conformance.contract.model import Parameter
from conformance.evidence import Run
from conformance.findings import NotApplicable, NotTested

COUNT = Parameter("count", "integer", has_default=True, default=2)
MODE = Parameter("mode", "enum", choices=("plain", "loud"))
FACTOR = Parameter("factor", "float")
FLAG = Parameter("flag", "boolean")
LIMITS = Parameter("limits", "list", items=Parameter("limit", "float"))
COLUMNS = Parameter("columns", "list", items=Parameter("column", "object", properties=(Parameter("title"),)))


def declared(*parameters: Parameter):
    return manifest(parameters=parameters)


def refused(scenario: str, error: str, **parameters: object) -> Run:
    said = document(results={"success": False, "error": error})
    return run(scenario, stdout=said, exit_code=1, parameters=parameters)


def crashed(scenario: str, **parameters: object) -> Run:
    return run(scenario, stdout="", stderr="Traceback: boom", exit_code=1, parameters=parameters)


def metrics(scenario: str, datasets=(), parameters=None, **results: object) -> Run:
    said = document(results={"success": True, **results})
    return run(scenario, stdout=said, produced=tuple(datasets), parameters=parameters or {})


def same_thrice(**fields: object) -> list[Run]:
    return [metrics(name, **fields) for name in ("baseline", "repeat", "re-run")]


def rows(*texts: str, **fields: object):
    facts = {
        "rows": len(texts),
        "row_hashes": tuple(f"hash of {text}" for text in texts),
        "sample": tuple({"text": text} for text in texts),
        "fingerprint": "/".join(texts),
    }
    return produced(**{**facts, **fields})


def test_an_image_that_works_only_without_the_hosts_keys_fails_PARAM_001():
    seen = evidence(refused("baseline", "extra keys: volumes"), run("diagnose-bare-parameters"))
    (finding,) = ignores_keys_that_are_no_parameters(seen, manifest())
    assert finding.scenario == "baseline"
    assert "extra keys: volumes" in finding.message


def test_an_unknown_key_that_is_refused_fails_PARAM_001():
    seen = evidence(run(), refused("unknown-parameter", "unexpected kit_unknown_key"))
    (finding,) = ignores_keys_that_are_no_parameters(seen, manifest())
    assert finding.scenario == "unknown-parameter"


def test_metadata_alone_that_hinders_is_left_to_META_001():
    seen = evidence(refused("baseline", "no"), run("diagnose-bare-parameters"), run("diagnose-no-metadata"))
    assert isinstance(ignores_keys_that_are_no_parameters(seen, manifest()), NotTested)


def test_volumes_that_are_taken_for_paths_are_left_to_DSIN_003():
    healed = [run("diagnose-bare-parameters"), run("diagnose-container-volumes")]
    judgement = ignores_keys_that_are_no_parameters(evidence(refused("baseline", "no"), *healed), manifest())
    assert isinstance(judgement, NotTested)


def test_an_image_that_ignores_unknown_keys_passes_PARAM_001():
    assert ignores_keys_that_are_no_parameters(evidence(run(), run("unknown-parameter")), manifest()) == []


@pytest.mark.parametrize("healer", ["diagnose-defaults", "diagnose-optional-parameters"])
def test_an_optional_parameter_that_must_be_given_fails_PARAM_002(healer):
    (finding,) = applies_its_own_defaults(evidence(refused("baseline", "count"), run(healer)), declared(COUNT))
    assert finding.scenario == "baseline"


def test_a_baseline_that_fails_for_another_reason_leaves_PARAM_002_open():
    seen = evidence(refused("baseline", "disk"), refused("diagnose-defaults", "disk"))
    assert isinstance(applies_its_own_defaults(seen, declared(COUNT)), NotTested)


def test_PARAM_002_concerns_optional_parameters_only():
    assert isinstance(applies_its_own_defaults(evidence(), declared(Parameter("n", required=True))), NotApplicable)
    assert applies_its_own_defaults(evidence(), declared(COUNT)) == []


def test_another_number_of_rows_with_the_declared_defaults_fails_PARAM_003():
    given = metrics("defaults", [rows("a")], {"count": 2})
    (finding,) = applies_the_declared_defaults(
        evidence(*same_thrice(datasets=[rows("a", "b")]), given), declared(COUNT)
    )
    assert finding.message == (
        "With the declared defaults given, the dataset “augmented_data” has 1 rows instead of 2; expected the same as "
        "without them."
    )


def test_another_value_of_a_row_with_the_declared_defaults_fails_PARAM_003():
    given = metrics("defaults", [rows("a", "c")])
    (finding,) = applies_the_declared_defaults(
        evidence(*same_thrice(datasets=[rows("a", "b")]), given), declared(COUNT)
    )
    assert "has other values" in finding.message


def test_a_repeated_parameter_of_another_value_fails_PARAM_003():
    given = metrics("defaults", parameters_used={"count": 2})
    (finding,) = applies_the_declared_defaults(
        evidence(*same_thrice(parameters_used={"count": 5}), given), declared(COUNT)
    )
    assert "“parameters_used.count” is 2 instead of 5" in finding.message


def test_defaults_that_are_refused_fail_PARAM_003():
    seen = evidence(*same_thrice(), refused("defaults", "count is out of range"))
    (finding,) = applies_the_declared_defaults(seen, declared(COUNT))
    assert "does not work with its declared defaults" in finding.message


@pytest.mark.parametrize(
    ("without", "given"),
    [
        ({"seconds": 1}, {"seconds": 2}),
        ({"finished_at": "x"}, {"finished_at": "y"}),
        ({"speedup": 1.5}, {"speedup": 1.6}),
        ({"given": {}}, {"given": {"count": 2}}),
        ({"given": {"count": None}}, {"given": {"count": 2}}),
        ({"note": "made 2026-01-02 03:04"}, {"note": "made 2026-01-02 03:05"}),
    ],
)
def test_what_tells_the_time_or_repeats_the_given_passes_PARAM_003(without, given):
    seen = evidence(*same_thrice(**without), metrics("defaults", **given))
    assert applies_the_declared_defaults(seen, declared(COUNT)) == []


def test_an_image_that_draws_without_a_seed_passes_PARAM_003():
    drawn = [
        metrics(name, [rows(*texts)], words=number)
        for number, (name, texts) in enumerate(
            [("baseline", "ab"), ("repeat", "cd"), ("re-run", "efg"), ("defaults", "hi")]
        )
    ]
    assert applies_the_declared_defaults(evidence(*drawn), declared(COUNT)) == []


def test_rows_in_another_order_or_of_another_minute_pass_PARAM_003():
    made = [rows("a at 12:01", "b"), rows("b", "a at 12:02", row_hashes=("1", "2"), fingerprint="other")]
    seen = evidence(*same_thrice(datasets=made[:1]), metrics("defaults", made[1:]))
    assert applies_the_declared_defaults(seen, declared(COUNT)) == []


def test_PARAM_003_concerns_declared_defaults_only():
    assert isinstance(applies_the_declared_defaults(evidence(), declared(MODE)), NotApplicable)
    assert isinstance(applies_the_declared_defaults(evidence(), declared(COUNT)), NotTested)


@pytest.mark.parametrize(
    ("parameter", "value", "error"),
    [
        (MODE, "loud", "mode loud is not available"),
        (FLAG, True, "flag must be a string"),
        (FACTOR, 1, "factor must be a float"),
        (FACTOR, 1, "factor must be a number (got <class 'int'>)"),
        (COLUMNS, [{"title": "a"}], "columns must be a list of strings"),
        (LIMITS, [0.5], "limits must be a number, not [0.5]"),
    ],
)
def test_a_value_that_the_manifest_allows_and_that_is_refused_fails_PARAM_004(parameter, value, error):
    seen = evidence(run(), refused("parameters-1", error, **{parameter.name: value}), run("parameters-2"))
    (finding,) = accepts_what_the_host_lets_through(seen, declared(parameter))
    assert error in finding.message


@pytest.mark.parametrize(
    ("parameter", "value", "error"),
    [
        (COUNT, 3, "count must be an even integer"),
        (FACTOR, 1, "factor must be below 1"),
        (FACTOR, 1, "factor must be a float between 0 and 0.9"),
        (FACTOR, 1, "factor must be a fraction in [0, 1)"),
        (FACTOR, 1, "factor: the number 1 is not < 1.0"),
        (FACTOR, 1, "factor must be a float (0 to 0.9)"),
        (MODE, "loud", "mode loud needs an installed voice"),
        (MODE, "loud", "count must be given with mode loud"),
        (FLAG, True, "flag needs a GPU, of which there is none"),
        (COLUMNS, [{"title": "a"}], "columns: there is no title a"),
        (LIMITS, [0.5], "limits: two finite numbers expected"),
        (LIMITS, [0.5], "limits must hold 2 numbers"),
        (Parameter("path"), "a", "path must be a string that names a file"),
    ],
)
def test_a_clean_refusal_of_what_no_manifest_can_state_passes_PARAM_004(parameter, value, error):
    values = {"count": 3, parameter.name: value}
    seen = evidence(run(), refused("parameters-1", error, **values), run("parameters-2"))
    names = dict.fromkeys((parameter, COUNT))
    assert accepts_what_the_host_lets_through(seen, declared(*names)) == []


def test_a_choice_that_another_set_was_accepted_with_passes_PARAM_004():
    good = run("parameters-2", parameters={"mode": "loud"})
    seen = evidence(run(), refused("parameters-1", "mode loud is impossible now", mode="loud"), good)
    assert accepts_what_the_host_lets_through(seen, declared(MODE)) == []


def test_a_crash_over_valid_values_fails_PARAM_004_and_names_them():
    seen = evidence(run(), crashed("parameters-1", count=3), run("parameters-2"))
    (finding,) = accepts_what_the_host_lets_through(seen, declared(COUNT))
    assert "count = 3" in finding.message


def test_only_sets_that_were_all_refused_leave_PARAM_004_open():
    seen = evidence(run(), refused("parameters-1", "count is odd", count=3))
    assert isinstance(accepts_what_the_host_lets_through(seen, declared(COUNT)), NotTested)
    assert isinstance(accepts_what_the_host_lets_through(seen, manifest()), NotApplicable)


def test_null_that_ends_the_run_fails_PARAM_005():
    (finding,) = takes_null_as_absent(evidence(run(), refused("null-parameters", "NoneType")), declared(COUNT))
    assert "NoneType" in finding.message
    assert takes_null_as_absent(evidence(run(), run("null-parameters")), declared(COUNT)) == []
    assert isinstance(takes_null_as_absent(evidence(run()), declared(COUNT)), NotTested)
    assert isinstance(takes_null_as_absent(evidence(run()), manifest()), NotApplicable)


def test_null_that_gives_something_else_than_nothing_does_fails_PARAM_005():
    given = metrics("null-parameters", [rows("a")], {"count": None}, count=None)
    (finding,) = takes_null_as_absent(
        evidence(*same_thrice(datasets=[rows("a", "b")], count=2), given), declared(COUNT)
    )
    assert finding.message == (
        "With null for every optional parameter, the dataset “augmented_data” has 1 rows instead of 2; expected the "
        "same as without them."
    )


@pytest.mark.parametrize("name", ["wrong-type-count", "unknown-choice-count", "missing-parameter-count"])
def test_an_invalid_value_that_is_taken_fails_PARAM_006(name):
    (finding,) = refuses_invalid_values(evidence(run(), run(name, parameters={})), declared(COUNT))
    assert "“count”" in finding.message


def test_a_refusal_and_a_crash_pass_PARAM_006_because_a_crash_is_for_ERROR_001():
    seen = evidence(refused("wrong-type-count", "no"), crashed("unknown-choice-mode"))
    assert refuses_invalid_values(seen, declared(COUNT, MODE)) == []
    assert isinstance(refuses_invalid_values(evidence(), declared(COUNT)), NotTested)
    assert isinstance(refuses_invalid_values(evidence(), manifest()), NotApplicable)


def test_a_count_that_changes_nothing_fails_PARAM_007():
    seen = evidence(*same_thrice(datasets=[rows("a")]), metrics("effect-count", [rows("a")], {"count": 1}))
    (finding,) = parameters_have_an_effect(seen, declared(COUNT))
    assert finding.message.startswith("count = 1 changes nothing")


def test_other_rows_or_requests_pass_PARAM_007():
    more = metrics("effect-count", [rows("a", "b")], {"count": 1})
    asked = run("effect-count", requests=(request(body={"n": 1}),), parameters={"count": 1})
    for one in (more, asked):
        assert parameters_have_an_effect(evidence(*same_thrice(datasets=[rows("a")]), one), declared(COUNT)) == []


def test_parameters_whose_effect_cannot_show_leave_PARAM_007_open_and_do_not_count():
    hidden = parameters_have_an_effect(evidence(run()), declared(MODE))
    refused_one = parameters_have_an_effect(evidence(run(), refused("effect-count", "no")), declared(COUNT))
    assert (hidden.observable, refused_one.observable) == (False, True)
    assert isinstance(parameters_have_an_effect(evidence(run()), manifest()), NotApplicable)


def test_a_program_that_NaN_ends_without_a_document_fails_PARAM_008():
    (finding,) = survives_numbers_that_are_not_finite(evidence(run(), crashed("nan-parameter")), declared(FACTOR))
    assert finding.scenario == "nan-parameter"


def test_any_document_passes_PARAM_008():
    for one in (run("nan-parameter"), refused("nan-parameter", "factor is not finite")):
        assert survives_numbers_that_are_not_finite(evidence(run(), one), declared(FACTOR)) == []
    assert isinstance(survives_numbers_that_are_not_finite(evidence(run()), declared(FACTOR)), NotTested)
    assert isinstance(survives_numbers_that_are_not_finite(evidence(run()), declared(COUNT)), NotApplicable)
