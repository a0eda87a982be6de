"""Names of scenarios hold names from manifests, which may be anything."""

import pytest

from conformance.contract.model import EnvironmentVariable, InputDataset, Manifest, Parameter
from conformance.scenarios.model import safe_name
from conformance.scenarios.plan import plan
from conformance.scenarios.recipe import Recipe


@pytest.mark.parametrize("name", ["baseline", "missing-dataset-source_data", "wrong-type-top_p", "fault-429"])
def test_an_ordinary_name_stays(name):
    assert safe_name(name) == name


def test_two_odd_names_stay_two():
    assert safe_name("missing-dataset-größe") != safe_name("missing-dataset-gröβe")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "x" * 500, "größe", "a b", "\ud800", "a\nb"])
def test_no_name_of_a_manifest_leads_out_of_the_folder(name):
    hostile = Manifest(
        name="hostile",
        version="1.0.0",
        input_datasets=(InputDataset(name),),
        parameters=(Parameter(name, "integer", required=True),),
        environment=(EnvironmentVariable(name),),
    )
    names = [scenario.name for scenario in plan(hostile, Recipe()).scenarios]
    assert any(one.startswith("missing-dataset-") for one in names)
    assert all(one.isascii() and "/" not in one and len(one) < 100 for one in names)
    assert len(set(names)) == len(names)
