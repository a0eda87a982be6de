"""The mutants are data: what can be said of them without an engine."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from kill_matrix.mutants import (
    Mutant,
    MutantError,
    build_context,
    fingerprint,
    load_exclusions,
    load_mutants,
)

CATALOGUE = Path(__file__).parents[3] / "conformance/contract/catalogue.yaml"
MUTANTS = load_mutants()


def catalogue() -> Mapping[str, str]:
    rows = yaml.safe_load(CATALOGUE.read_text("utf-8"))["requirements"]
    return {row["id"]: row["level"] for row in rows}


def mutant(**values: object) -> Mutant:
    defaults = {"id": "m", "requirement": "CLI-001", "defect": "A defect.", "base": "image:pyarrow-only", "make": {}}
    return Mutant(**{**defaults, **values})


def test_every_requirement_has_a_mutant_or_a_written_exclusion():
    shown = {one.requirement for one in MUTANTS}
    assert set(catalogue()) - shown == set(load_exclusions())


def test_mutants_name_only_requirements_of_the_catalogue():
    named = {one.requirement for one in MUTANTS} | {name for one in MUTANTS for name in one.also_fails}
    assert named <= set(catalogue())


def test_every_exclusion_and_every_further_failure_has_a_reason():
    reasons = [*load_exclusions().values(), *(why for one in MUTANTS for why in one.also_fails.values())]
    assert [why for why in reasons if len(str(why).split()) < 2] == []


def test_no_mutant_explains_its_own_requirement():
    assert [one.id for one in MUTANTS if one.requirement in one.also_fails] == []


@pytest.mark.parametrize("one", MUTANTS, ids=[one.id for one in MUTANTS])
def test_a_mutant_differs_from_its_base_and_its_code_is_python(one):
    context = build_context(one)
    base = build_context(mutant(base=one.base))
    assert context != base or one.make.get("platform")
    for statements in ("before", "after", "print"):
        compile(one.make.get("wrap", {}).get(statements, ""), one.id, "exec")
    for name, content in context.items():
        if name.endswith(".py") and content != base.get(name):
            compile(content, name, "exec")


def test_a_patch_that_matches_nowhere_is_an_error_with_the_name_of_the_mutant():
    patch = {"file": "manifest.yaml", "find": "no such text", "replace": ""}
    with pytest.raises(MutantError, match=r"m: manifest\.yaml has 'no such text' 0 times"):
        build_context(mutant(make={"patch": [patch]}))


def test_a_patch_that_matches_twice_is_an_error():
    patch = {"file": "manifest.yaml", "find": "required: false", "replace": ""}
    with pytest.raises(MutantError, match="times, not once"):
        build_context(mutant(make={"patch": [patch]}))


def test_an_unknown_kind_of_change_is_an_error(tmp_path):
    (tmp_path / "a.yaml").write_text("[{id: a, requirement: CLI-001, defect: D., make: {pathc: []}}]")
    with pytest.raises(MutantError, match=r"a.yaml: a: make knows .* not \['pathc'\]"):
        load_mutants(tmp_path)


def test_an_id_used_twice_is_an_error(tmp_path):
    entry = "{id: a, requirement: CLI-001, defect: D., make: {dockerfile: [USER root]}}"
    (tmp_path / "a.yaml").write_text(f"[{entry}, {entry}]")
    with pytest.raises(MutantError, match="used twice: a"):
        load_mutants(tmp_path)


def test_the_wrapper_runs_the_entrypoint_of_the_base():
    context = build_context(mutant(make={"wrap": {"after": "code = 3"}}))
    assert b'"/app/entrypoint.py"' in context["mutant-wrapper/defect.json"]
    assert context["Dockerfile"].rstrip().endswith(b'ENTRYPOINT ["python3", "/mutant/wrapper.py"]')


def test_a_file_can_be_added_and_taken_away():
    context = build_context(mutant(make={"file": {"llm.py": None, "new.txt": "x"}}))
    assert "llm.py" not in context
    assert context["new.txt"] == b"x"


def test_the_fingerprint_depends_on_names_and_contents():
    assert fingerprint({"a": b"1"}) == fingerprint({"a": b"1"})
    assert len({fingerprint(files) for files in ({"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b""})}) == 4
