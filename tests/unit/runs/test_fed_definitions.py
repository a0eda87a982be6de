"""The definitions of datasets as a run is given them, where a scenario changes them."""

from types import SimpleNamespace

from builders import manifest

from conformance.contract.model import Feature, InputDataset
from conformance.inputs.plan import DatasetPlan
from conformance.runs.feeding import UNKNOWN_KEY, write_inputs
from conformance.scenarios.model import Scenario

DECLARED = manifest(
    input_datasets=(
        InputDataset("reviews", features=(Feature("text", dtype="string"),)),
        InputDataset("paper", ("txt",)),
    )
)
PLANS = {"reviews": DatasetPlan(), "paper": DatasetPlan(type="txt")}


def definitions(folder, **options):
    scenario = Scenario("newer-host", "S26", "Does it?", datasets=PLANS, options=options)
    fed = write_inputs(SimpleNamespace(manifest=DECLARED), scenario, SimpleNamespace(input=folder))
    return {one.name: one.definition for one in fed}


def test_a_newer_host_sends_keys_that_nobody_knows(tmp_path):
    usual, newer = definitions(tmp_path), definitions(tmp_path, unknown_keys=True)
    for name, plain in usual.items():
        assert set(newer[name]) - set(plain) == {UNKNOWN_KEY}
    loader = newer["reviews"]["loader_params"]
    assert set(loader) - set(usual["reviews"]["loader_params"]) == {UNKNOWN_KEY}


def test_absolute_paths_lead_to_the_input_mount(tmp_path):
    found = definitions(tmp_path, absolute_paths=True)
    assert found["reviews"]["loader_params"]["data_files"] == "/input/reviews.parquet"
    assert found["paper"]["file_path"] == "/input/paper.txt"
