"""CHAIN: outputs that are inputs."""

from builders import document, evidence, manifest, produced, run

from conformance.checks.all import REGISTRY
from conformance.contract.model import Feature, InputDataset, OutputDataset
from conformance.findings import NotApplicable, NotTested
from conformance.outputs.facts import ColumnFacts

TEXT = Feature("text", dtype="string", required=True)
ENTRY = {"dataset_name": "augmented_data", "dataset_type": "huggingface", "dataset_path": "/output/a.parquet"}


def declared(*readable):
    outputs = (OutputDataset("augmented_data", features=(TEXT,)),)
    return manifest(output_datasets=outputs, input_datasets=(InputDataset("source", features=readable),))


def judged(requirement, by=None, **seen):
    facts = produced(**{"columns": (ColumnFacts("text"),), "reloads": "", **seen})
    made = run(stdout=document(generated_datasets=[ENTRY]), produced=(facts,))
    return REGISTRY[requirement].function(evidence(made), by or declared(TEXT))


def test_a_table_with_its_columns_serves_as_an_input():
    assert judged("CHAIN-001") == []


def test_a_folder_of_the_first_dialect_serves_by_a_pattern_of_its_files():
    assert judged("CHAIN-001", form="save_to_disk", reloads="it is a folder, and a downstream job names files") == []


def test_a_table_that_does_not_load_or_lacks_a_type_does_not():
    for seen in (
        {"reloads": "it is a folder"},
        {"columns": (ColumnFacts("other"),)},
        {"columns": (ColumnFacts("text", null_type=True),)},
        {"columns": (ColumnFacts("text", type_misfit="declared string, the file has int64"),)},
    ):
        (finding,) = judged("CHAIN-001", **seen)
        assert finding.message.startswith("“augmented_data” cannot serve as a downstream input: ")


def test_an_image_that_reads_other_columns_is_not_asked_to_read_its_own():
    other = Feature("question", dtype="string")
    assert isinstance(judged("CHAIN-002", declared(other)), NotApplicable)


def test_an_image_that_could_read_its_own_output_but_was_not_given_it_is_not_tested():
    assert isinstance(judged("CHAIN-002"), NotTested)


def test_an_image_that_refuses_its_own_output_fails_CHAIN_002():
    refused = run("chain", stdout={"results": {"success": False, "error": "no"}}, exit_code=1)
    (finding,) = REGISTRY["CHAIN-002"].function(evidence(refused), declared(TEXT))
    assert finding.scenario == "chain"
