"""Which runs the declared inputs call for."""

import pytest
from builders import manifest, run

from conformance.contract.model import Feature, InputDataset
from conformance.scenarios import datasets, diagnosis
from conformance.scenarios.recipe import Recipe, builders, first_offer

TEXT = Feature("text", dtype="string", required=True)
LOOSE = Feature("note", dtype="string")
PICTURE = Feature("picture", kind="Image")
PAPER = InputDataset("paper", types=("pdf", "txt"))


def rows(name="reviews", *features, required=True):
    return InputDataset(name, required=required, features=features or (TEXT,))


def planned(*inputs, recipe=None):
    declared = manifest(input_datasets=inputs)
    made = list(datasets.scenarios(declared, recipe or first_offer(declared, Recipe())))
    names = {scenario.name: scenario for scenario in made}
    assert len(names) == len(made)
    return names


def test_an_image_without_inputs_is_asked_nothing():
    assert planned() == {}


def test_an_image_of_documents_alone_is_asked_for_no_format_layout_or_column():
    names = {"missing-dataset-paper", "missing-file", "missing-file-joined", "corrupt-file", "other-types-1"}
    more = {"document-folders", "newer-host", "escape-relative", "escape-absolute", "escape-url"}
    assert set(planned(PAPER)) == names | more


def test_an_optional_dataset_is_not_missed():
    assert not [name for name in planned(rows(required=False)) if name in ("no-datasets", "missing-dataset-reviews")]


def test_every_format_but_the_accepted_one_is_asked_for():
    found = [name for name in planned(rows(), recipe=Recipe(builder="json")) if name.startswith("format-")]
    assert found == ["format-parquet", "format-jsonl", "format-csv", "format-arrow"]


def test_where_each_dataset_has_a_format_of_its_own_every_format_is_asked_for():
    mixed = Recipe(builders={"reviews": "csv", "more": "json"})
    names = planned(rows(), rows("more"), recipe=mixed)
    assert len([name for name in names if name.startswith("format-")]) == 5
    assert names["mapping"].datasets["reviews"].builder == "csv"


def test_two_datasets_are_offered_in_the_formats_that_carry_both():
    declared = manifest(input_datasets=(rows(), rows("pictures", PICTURE)))
    assert builders(declared) == ("parquet", "arrow")
    assert [name for name in planned(rows(), rows("pictures", PICTURE)) if name.startswith("format-")] == [
        "format-arrow"
    ]


@pytest.mark.parametrize("inputs", [(), (PAPER,), (rows(required=False),), (rows(), PAPER)])
def test_every_manifest_has_a_first_offer(inputs):
    assert first_offer(manifest(input_datasets=inputs), Recipe()).builder == "parquet"


def test_the_column_that_is_left_out_is_one_of_a_dataset_that_requires_one():
    loose, strict = rows("loose", LOOSE), rows("strict", TEXT, required=False)
    plans = planned(PAPER, loose, strict)["missing-column"].datasets
    assert {name: plan.defect for name, plan in plans.items()} == {"paper": "", "loose": "", "strict": "missing-column"}
    assert "missing-column" not in planned(loose)


def test_a_second_required_dataset_lacks_a_file_and_a_column_too():
    plans = planned(rows("one", TEXT), rows("spare", TEXT, required=False), rows("two", TEXT))
    for name, defect in (("missing-other-file", "missing-file"), ("missing-other-column", "missing-column")):
        assert {key: plan.defect for key, plan in plans[name].datasets.items()} == {
            "one": "",
            "spare": "",
            "two": defect,
        }
    alone = planned(rows("one", TEXT), rows("spare", TEXT, required=False))
    assert not [name for name in alone if name.startswith("missing-other-")]


def test_two_required_datasets_are_given_in_another_order_once():
    two = planned(PAPER, rows())
    assert list(two["dataset-order"].datasets) == ["reviews", "paper"]
    assert list(two["newer-host"].datasets) == ["paper", "reviews"]
    assert "dataset-order" not in planned(PAPER, rows(required=False))


def test_rows_beside_a_required_document_are_broken_too():
    plans = planned(PAPER, rows(required=False))
    assert plans["wrong-dtype"].datasets["reviews"].defect == "wrong-dtype"
    assert plans["empty-directory"].datasets["reviews"].layout == "directory"
    assert plans["missing-file"].datasets["paper"].defect == "missing-file"


def test_documents_are_put_into_folders_as_documents():
    either = InputDataset("notes", types=("huggingface", "txt"), features=(TEXT,))
    plans = planned(rows(), either)["document-folders"].datasets
    assert (plans["notes"].type, plans["notes"].layout, plans["reviews"].layout) == ("txt", "subfolder", "file")


def test_a_failing_baseline_is_tried_without_the_keys_that_are_null():
    found = {one.name: one for one in diagnosis.scenarios(manifest(input_datasets=(rows(), PAPER)), Recipe(), run())}
    plans = found["diagnose-few-loader-keys"].datasets
    assert (plans["reviews"].legacy_definition, plans["paper"].legacy_definition) == (True, False)
    assert "diagnose-few-loader-keys" not in {one.name for one in diagnosis.scenarios(manifest(), Recipe(), run())}


def test_a_row_with_a_picture_counts_for_many():
    pictures = InputDataset("pictures", features=(Feature("shown", kind="List", element=Feature("", kind="Image")),))
    declared = manifest(input_datasets=(pictures, InputDataset("words", features=(Feature("word", dtype="string"),))))
    made = datasets.large(declared, Recipe(), 100_000)
    assert {name: plan.rows for name, plan in made.items()} == {"pictures": 5_000, "words": 100_000}


def test_a_path_that_leads_out_is_tried_with_the_first_and_with_the_last_dataset():
    made = planned(rows("first"), rows("second"), rows("loose", required=False))
    given = {name: made[name].options["escape_dataset"] for name in made if name.startswith("escape-")}
    assert given == {"escape-relative": "first", "escape-absolute": "second", "escape-url": "first"}
