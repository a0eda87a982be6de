"""RUNTIME-007 to -009: another locale, the same job again, the same seed again."""

import pytest
from builders import evidence, manifest, produced, run

from conformance.checks.runtime import a_seed_makes_it_repeatable, is_safe_to_run_again, works_in_any_locale
from conformance.contract.model import Parameter
from conformance.findings import NotApplicable, NotTested

FAILED = {"stdout": {"results": {"success": False, "error": "'ascii' codec can't encode"}}, "exit_code": 1}
SEEDED = manifest(parameters=(Parameter("seed", "integer"),))


def data(*texts, **columns):
    rows = tuple(
        {"text": text, **{name: values[n] for name, values in columns.items()}} for n, text in enumerate(texts)
    )
    hashes = tuple(str(row) for row in rows)
    return produced(rows=len(rows), sample=rows, row_hashes=hashes, fingerprint=str(rows))


def wrote(name, *facts, **fields):
    return run(name, produced=facts, **fields)


def test_a_failure_in_the_c_locale_fails_RUNTIME_007():
    (found,) = works_in_any_locale(evidence(run(), run("wild-text"), run("other-locale", **FAILED)), manifest())
    assert "'ascii' codec" in found.message


def test_text_that_is_refused_in_any_locale_says_nothing_of_locales():
    seen = evidence(run(), run("wild-text", **FAILED), run("other-locale", **FAILED))
    assert isinstance(works_in_any_locale(seen, manifest()), NotTested)


def test_documents_have_no_wild_run_to_compare_with():
    assert len(works_in_any_locale(evidence(run(), run("other-locale", **FAILED)), manifest())) == 1


def test_an_image_that_needs_its_systems_in_any_locale_is_not_blamed_for_the_locale():
    seen = evidence(run(systems=("s",)), run("wild-text", systems=("s",)), run("other-locale", **FAILED))
    assert isinstance(works_in_any_locale(seen, manifest()), NotTested)


def test_what_works_without_systems_elsewhere_must_work_without_them_in_the_c_locale():
    usual = (run(systems=("s",)), run("without-systems"), run("wild-text", systems=("s",)))
    assert len(works_in_any_locale(evidence(*usual, run("other-locale", **FAILED)), manifest())) == 1


def test_values_of_runs_with_other_systems_are_not_compared():
    same = data("a")
    seen = evidence(
        wrote("baseline", same),
        wrote("repeat", same),
        wrote("wild-text", data("b"), systems=("s",)),
        wrote("other-locale", data("c")),
    )
    assert works_in_any_locale(seen, manifest()) == []


def locales(usual, other, repeat=None):
    same = data("a", "b")
    return evidence(
        wrote("baseline", same),
        wrote("repeat", repeat or same),
        wrote("wild-text", usual),
        wrote("other-locale", other),
    )


def test_other_values_in_another_locale_fail_RUNTIME_007():
    (found,) = works_in_any_locale(locales(data("Zoë"), data("Zo?")), manifest())
    assert "column text" in found.message


def test_an_image_that_never_writes_the_same_twice_is_not_blamed_for_its_locale():
    assert works_in_any_locale(locales(data("Zoë 1"), data("Zoë 2"), repeat=data("c", "d")), manifest()) == []


def test_equal_values_in_any_locale_pass():
    assert works_in_any_locale(locales(data("Zoë"), data("Zoë")), manifest()) == []
    assert isinstance(works_in_any_locale(evidence(), manifest()), NotTested)


@pytest.mark.parametrize("name", ["re-run", "after-kill"])
def test_a_second_run_that_fails_fails_RUNTIME_008(name):
    (found,) = is_safe_to_run_again(evidence(run(), run(name, **FAILED)), manifest())
    assert found.scenario == name


def test_a_second_run_that_succeeds_passes():
    assert is_safe_to_run_again(evidence(run(), run("re-run"), run("after-kill")), manifest()) == []
    assert isinstance(is_safe_to_run_again(evidence(), manifest()), NotTested)


def seeded(one, other):
    parameters = {"seed": 20_240}
    return evidence(
        run(), wrote("seeded", one, parameters=parameters), wrote("seeded-again", other, parameters=parameters)
    )


def test_other_values_with_the_same_seed_fail_RUNTIME_009():
    (found,) = a_seed_makes_it_repeatable(seeded(data("a", "b"), data("a", "c")), SEEDED)
    assert "Two runs with seed 20240" in found.message
    assert "column text" in found.message


def test_another_number_of_rows_and_another_order_are_differences():
    (rows,) = a_seed_makes_it_repeatable(seeded(data("a", "b"), data("a")), SEEDED)
    (order,) = a_seed_makes_it_repeatable(seeded(data("a", "b"), data("b", "a")), SEEDED)
    assert "2 and 1 rows" in rows.message
    assert "another order" in order.message


@pytest.mark.parametrize(
    "stamps",
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:09.123456+00:00"),
        ("0b5c2e0e-6d1c-4a73-9d0c-5b6f7a8b9c0d", "1b5c2e0e6d1c4a739d0c5b6f7a8b9c0d"),
        (1764075286.5, 1764075299.25),
        (1764075286123, 1764075299456),
    ],
)
def test_moments_and_unique_identifiers_may_differ_under_a_seed(stamps):
    one, other = data("a", made=[stamps[0]]), data("a", made=[stamps[1]])
    assert a_seed_makes_it_repeatable(seeded(one, other), SEEDED) == []


def test_a_column_of_ordinary_numbers_is_no_column_of_moments():
    one, other = data("a", score=[17]), data("a", score=[18])
    (found,) = a_seed_makes_it_repeatable(seeded(one, other), SEEDED)
    assert "column score" in found.message


def test_rows_beyond_the_sample_count_too():
    same = tuple({"text": str(number)} for number in range(20))
    one, other = (produced(rows=40, sample=same, fingerprint=print_) for print_ in ("x", "y"))
    (found,) = a_seed_makes_it_repeatable(seeded(one, other), SEEDED)
    assert "rows after the first ones" in found.message


def test_the_same_values_pass():
    assert a_seed_makes_it_repeatable(seeded(data("a"), data("a")), SEEDED) == []


def test_without_a_seed_RUNTIME_009_does_not_apply():
    assert isinstance(a_seed_makes_it_repeatable(evidence(), manifest()), NotApplicable)


def test_a_seed_that_could_not_be_tried_is_not_tested():
    assert isinstance(a_seed_makes_it_repeatable(evidence(), SEEDED), NotTested)
    refused = evidence(run(), run("seeded", **FAILED), run("seeded-again", **FAILED))
    assert isinstance(a_seed_makes_it_repeatable(refused, SEEDED), NotTested)
    assert isinstance(
        a_seed_makes_it_repeatable(evidence(run(), run("seeded"), run("seeded-again")), SEEDED), NotTested
    )
