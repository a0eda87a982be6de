"""The catalogue: whole, well formed, frozen.

To change an edition before its first release: edit `catalogue.yaml`, run
``python -c "from conformance.contract.catalogue import fingerprint; print(fingerprint())"`` and put the hash
below (and the level into the table, if it changed). Once an edition is
released neither changes again; add an edition instead.
"""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from conformance.contract.catalogue import BASES, PROFILES, Level, find, fingerprint, load_catalogue, select

FINGERPRINTS = {"1": "fd3b27b85b1eff7d5afb66367923d16bf3609358418d4cdbab15ef7f84358c2c"}

EXPECTED = """\
IMAGE MUST 1 2 4
IMAGE SHOULD 3 5 6 7
MANIFEST MUST 1 2 4 5 6 7 8 10 11 12 13 15 16 17 18 19 21 26
MANIFEST SHOULD 3 9 14 20 22 23 24 25
MANIFEST MAY 27
CLI MUST 1 2 3 6 7 9
CLI SHOULD 4 5 8
PARAM MUST 1 2 3 4
PARAM SHOULD 5 6 7 8
DSIN MUST 1 2 3 4 5 6 7 8 9 11 12 13 14 17 18
DSIN SHOULD 10 15 16 20 21 22
DSIN MAY 19
SYSTEM MUST 1 2 3 4 6 7 9 12 15
SYSTEM SHOULD 5 8 10 11 13 14 16
META MUST 1 2
META SHOULD 3
MOUNT MUST 1 2 3 4
MOUNT SHOULD 5 6 7 8 9 10 11 12 13
ENV MUST 1 2 3
ENV SHOULD 4 6
ENV MAY 5
OUTPUT MUST 1 2 3 4 6 7 8 10 12 13 14 16 18 19
OUTPUT SHOULD 5 9 11 15 17 20 21
OUTPUT MAY 22
DATASET MUST 1 2 3 4 5 7 9 11 12 14 17 18 22
DATASET SHOULD 6 8 10 13 15 16 19 20 21
METRIC MUST 1 2 3
METRIC SHOULD 5 6 7
METRIC MAY 4
REPORT MUST 1 2 3
REPORT SHOULD 4
ERROR MUST 1 2 4 6 7 10
ERROR SHOULD 3 5 8 9 11 12
SECURITY MUST 1
SECURITY SHOULD 2 3 4 5 6 7 8 9
RUNTIME MUST 1 2
RUNTIME SHOULD 3 4 5 6 7 8 9
CHAIN SHOULD 1
CHAIN MAY 2
"""


def expected_levels() -> dict[str, str]:
    rows = (line.split() for line in EXPECTED.splitlines())
    return {f"{group}-{int(number):03}": level for group, level, *numbers in rows for number in numbers}


def test_the_catalogue_has_every_requirement_at_its_level() -> None:
    assert {row.id: row.level for row in load_catalogue()} == expected_levels()


@pytest.mark.parametrize(("edition", "expected"), FINGERPRINTS.items())
def test_an_edition_demands_what_it_always_did(edition: str, expected: str) -> None:
    assert fingerprint(edition) == expected


def test_ids_and_titles_are_unique() -> None:
    rows = load_catalogue()
    assert len({row.id for row in rows}) == len({row.title for row in rows}) == len(rows)


@pytest.mark.parametrize("row", load_catalogue(), ids=lambda row: row.id)
def test_a_row_says_everything_an_author_needs(row) -> None:
    assert row.bases
    assert set(row.bases) <= set(BASES)
    for text in (row.title, row.statement, row.source, row.checked, row.hint):
        assert text.strip() == text != ""
    assert row.statement.endswith(".")
    assert len(row.title) <= 60
    assert row.codes or row.level is not Level.MUST
    assert row.violators or row.level is Level.MAY or not row.codes
    assert all(code[0] == "S" and code[1:].isdigit() for code in row.codes)
    assert bool(row.note) == bool(row.profiles)
    hash(row)
    assert pickle.loads(pickle.dumps(row)) == row


@pytest.mark.parametrize("group", ["OUTPUT", "CLI", "DSIN", "DATASET", "ERROR"])
def test_requirements_on_words_and_forms_have_examples(group: str) -> None:
    assert [row.id for row in select([group]) if row.level is not Level.MAY and not row.example_bad] == []
    assert [row.id for row in select([group]) if row.level is not Level.MAY and not row.example_good] == []


def test_profiles_have_levels_of_their_own() -> None:
    assert find("DATASET-006").level_in("current") == "SHOULD"
    assert find("DATASET-006").level_in("seed") == "MAY"
    assert find("IMAGE-003").level_in("kubernetes") == find("MOUNT-011").level_in("kubernetes") == "MUST"
    assert PROFILES == ("current", "seed", "kubernetes")


def test_no_profile_relaxes_a_must() -> None:
    assert [row.id for row in load_catalogue() if row.level is Level.MUST and row.profiles] == []


def test_an_unknown_profile_or_edition_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is no profile 'legacy'; profiles are current, seed, kubernetes"):
        find("CLI-001").level_in("legacy")
    with pytest.raises(ValueError, match="there is no edition '0'; editions are 1"):
        load_catalogue("0")


def test_an_unknown_id_is_an_error_that_names_near_ones() -> None:
    with pytest.raises(ValueError, match=r"there is no requirement 'OUTPT-004'; did you mean OUTPUT-004"):
        find("OUTPT-004")


def test_patterns_select_rows_in_the_catalogues_order() -> None:
    assert [row.id for row in select(["cli-00[21]", "IMAGE-004"])] == ["IMAGE-004", "CLI-001", "CLI-002"]
    assert select(["CHAIN"]) == select(["CHAIN-*"]) == load_catalogue()[-2:]
    assert select([]) == load_catalogue()


def test_a_pattern_that_matches_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no requirement matches 'OUTPU-\*'; did you mean OUTPUT"):
        select(["CLI-001", "OUTPU-*"])


def test_bases_are_read_from_every_notation() -> None:
    assert find("IMAGE-003").bases == ("E", "P")
    assert find("OUTPUT-003").bases == ("E",)
    assert find("MANIFEST-007").bases == ("E", "L")


def test_requirements_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        find("CLI-001").level = Level.MAY
