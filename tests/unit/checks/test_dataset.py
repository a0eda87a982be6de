"""DATASET: each defect is found, by its own requirement and no other MUST."""

import pytest
from builders import document, evidence, manifest, produced, run

from conformance.checks.all import REGISTRY
from conformance.contract.model import Feature, InputDataset, OutputDataset
from conformance.evidence import FedDataset
from conformance.findings import Finding, NotApplicable, NotTested
from conformance.outputs.facts import ColumnFacts

TEXT = Feature("text", dtype="string", required=True)
COUNT = Feature("count", dtype="int32")
LABEL = Feature("label", kind="ClassLabel", names=("a", "b"))
DECLARED = manifest(output_datasets=(OutputDataset("augmented_data", features=(TEXT, COUNT, LABEL)),))
MUSTS = [f"DATASET-{number:03}" for number in (1, 2, 3, 4, 5, 7, 9, 11, 12, 14, 17, 18, 22)]
SHOULDS = [f"DATASET-{number:03}" for number in (6, 8, 10, 13, 15, 16, 19, 20, 21)]


def columns(**changed):
    """Good columns, some of them changed, replaced or (None) left out."""
    good = {
        "text": ColumnFacts("text", {"kind": "Value", "dtype": "string"}),
        "count": ColumnFacts("count", {"kind": "Value", "dtype": "int32"}, minimum=0, maximum=5),
        "label": ColumnFacts("label", {"kind": "ClassLabel", "names": ["a", "b"]}),
    }
    return tuple(column for column in {**good, **changed}.values() if column is not None)


def entry(**changed):
    good = {
        "dataset_name": "augmented_data",
        "dataset_type": "huggingface",
        "dataset_path": "/output/a.parquet",
        "format": "parquet",
        "metadata": {
            "row_count": 6,
            "columns": [
                {"name": name, "dtype": kind}
                for name, kind in (("text", "string"), ("count", "int32"), ("label", "ClassLabel"))
            ],
            "size_bytes": 100,
        },
    }
    return {**good, **changed}


def facts(path="/output/a.parquet", **changed):
    return produced(path=path, **{"size": 100, "columns": columns(), "reloads": "", **changed})


def good_run(*entries, files=None, scenario="baseline", **fields):
    listed = list(entries) or [entry()]
    fed = FedDataset("source", "huggingface", {}, columns=("text",), rows=6)
    seen = (facts(),) if files is None else files
    defaults = {"produced": seen, "datasets": (fed,)}
    return run(scenario, stdout=document(generated_datasets=listed), **{**defaults, **fields})


def judged(requirement, *runs, by=DECLARED):
    return REGISTRY[requirement].function(evidence(*(runs or (good_run(),))), by)


def failing(*runs, by=DECLARED, among=MUSTS):
    said = {requirement: judged(requirement, *runs, by=by) for requirement in among}
    return [requirement for requirement, judgement in said.items() if isinstance(judgement, list) and judgement]


def only(requirement, *runs, by=DECLARED):
    """The findings of a defect, once it is sure that no other MUST finds it."""
    assert [name for name in failing(*runs, by=by) if name != requirement] == []
    return judged(requirement, *runs, by=by)


def test_a_good_run_has_no_finding_at_all():
    assert failing(good_run(), good_run(scenario="repeat", code="S28"), among=MUSTS + SHOULDS) == []


def test_a_run_that_failed_is_not_judged():
    failed = run(stdout={"results": {"success": False, "error": "e"}, "generated_datasets": [entry()]})
    assert judged("DATASET-001", failed) == NotTested(
        "no run ended in success, so nothing that a success produces could be judged"
    )


def test_an_image_that_declares_and_lists_nothing_is_not_concerned():
    nothing = manifest(output_datasets=(), lines={("output_datasets",): 9})
    assert judged("DATASET-005", run(), by=nothing) == NotApplicable("no output dataset is declared (manifest.yaml:9)")


def test_a_declared_dataset_that_is_not_listed_fails_DATASET_001():
    (finding,) = only("DATASET-001", run())
    assert finding == Finding(
        "The declared dataset “augmented_data” is not listed in generated_datasets, which lists nothing.",
        scenario="baseline",
        location="manifest.yaml",
    )


def test_a_dataset_listed_twice_fails_DATASET_001():
    (finding,) = only("DATASET-001", good_run(entry(), entry(), files=(facts(), facts(index=1))))
    assert finding.message == "The dataset “augmented_data” is listed 2 times in generated_datasets, not once."


def test_entries_that_are_no_objects_are_not_called_missing_as_well():
    assert failing(run(stdout=document(generated_datasets=["/output/a.parquet"]))) == []


def test_the_same_defect_in_two_runs_is_one_finding():
    (finding,) = judged("DATASET-001", run(), run("minimal"))
    assert finding.scenario == "baseline"


def test_an_undeclared_dataset_fails_DATASET_002():
    extra = entry(dataset_name="docs_qa_v1", dataset_path="/output/b.parquet")
    (finding,) = only(
        "DATASET-002", good_run(entry(), extra, files=(facts(), facts("/output/b.parquet", name="docs_qa_v1", index=1)))
    )
    assert finding.message == "generated_datasets lists “docs_qa_v1”, which the manifest does not declare."


def test_another_type_fails_DATASET_003():
    (finding,) = only("DATASET-003", good_run(entry(dataset_type="txt")))
    assert finding.message == "The dataset “augmented_data” has dataset_type txt; the manifest says huggingface."


def test_a_type_that_no_host_knows_is_not_this_groups_business():
    assert failing(good_run(entry(dataset_type="csv"))) == []


@pytest.mark.parametrize("path", ["/tmp/x", "a.parquet", "/output/../x", "/output", "https://host/x", "/outputs/x"])
def test_a_path_outside_the_mount_fails_DATASET_004(path):
    missing = facts(path, form="missing", problem="the path is wrong", columns=(), rows=0)
    (finding,) = only("DATASET-004", good_run(entry(dataset_path=path), files=(missing,)))
    assert finding.message.startswith(f"The dataset_path “{path}” of “augmented_data” is ")


@pytest.mark.parametrize("form", ["missing", "link-out", "empty"])
def test_nothing_behind_the_path_fails_DATASET_005(form):
    nothing = facts(form=form, problem="nothing is there" if form != "empty" else "", columns=(), rows=0, size=0)
    (finding,) = only("DATASET-005", good_run(entry(metadata={}), files=(nothing,)))
    assert finding.location == "/output/a.parquet"


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.json"])
def test_a_text_table_without_rows_may_be_an_empty_file(name):
    path = f"/output/{name}"
    empty = facts(path, form="empty", columns=(), rows=0, size=0)
    stated = entry(dataset_path=path, format=name[2:], metadata={"row_count": 0, "size_bytes": 0})
    assert failing(good_run(stated, files=(empty,))) == []


def test_a_folder_fails_DATASET_006_alone():
    saved = facts("/output/d", form="save_to_disk", inner="arrow-stream")
    listed = entry(dataset_path="/output/d", format=None)
    assert failing(good_run(listed, files=(saved,))) == []
    (finding,) = judged("DATASET-006", good_run(listed, files=(saved,)))
    assert (
        finding.message == "The dataset “augmented_data” is a save_to_disk folder; today's hosts take it for missing."
    )


def test_a_torn_file_fails_DATASET_007_alone():
    torn = facts(problem="the footer is not there", columns=(), rows=0)
    (finding,) = only("DATASET-007", good_run(files=(torn,)))
    assert finding.message == "The dataset “augmented_data” (parquet) cannot be read whole: the footer is not there."


def test_a_csv_that_is_named_parquet_fails_DATASET_007():
    (finding,) = only("DATASET-007", good_run(files=(facts(form="csv", self_describing=False),)))
    assert finding.message == (
        "The dataset “augmented_data” is a csv file or folder, but its format says parquet and its name says parquet."
    )


@pytest.mark.parametrize(
    ("path", "stated", "form"),
    [
        ("a.json", "json", "jsonl"),
        ("a.json", "json", "json"),
        ("a.jsonl", "jsonl", "jsonl"),
        ("a.jsonl", "json", "jsonl"),
        ("a", "csv", "csv"),
        ("a.arrow", "arrow", "arrow-stream"),
        ("a.csv", "CSV", "csv"),
        ("a.data", None, "parquet"),
        ("a.txt", "csv", "csv"),
        ("a.csv.gz", "csv", "csv"),
        ("a.bin", "xlsx", "parquet"),
    ],
)
def test_forms_that_agree_with_what_is_said_are_fine(path, stated, form):
    where = f"/output/{path}"
    seen = facts(where, form=form, self_describing=form == "parquet")
    assert failing(good_run(entry(dataset_path=where, format=stated), files=(seen,)), among=["DATASET-007"]) == []


def test_an_array_that_is_called_json_lines_fails_DATASET_007():
    array = facts("/output/a.jsonl", form="json", self_describing=False)
    (finding,) = only("DATASET-007", good_run(entry(dataset_path="/output/a.jsonl", format="jsonl"), files=(array,)))
    assert "its format says jsonl and its name says jsonl" in finding.message


def test_no_format_and_a_format_unknown_downstream_fail_DATASET_008():
    (finding,) = judged("DATASET-008", good_run(entry(format=None)))
    assert "states no format" in finding.message
    (finding,) = judged("DATASET-008", good_run(entry(format="excel")))
    assert "states the format “excel”" in finding.message


def test_a_missing_value_in_a_required_column_fails_DATASET_009():
    (finding,) = only("DATASET-009", good_run(files=(facts(columns=columns(text=ColumnFacts("text", nulls=2))),)))
    assert finding.message == "The required column “text” of “augmented_data” has 2 missing values in 6 rows."


def test_a_required_column_that_is_absent_fails_DATASET_009():
    (finding,) = only("DATASET-009", good_run(entry(metadata={}), files=(facts(columns=columns(text=None)),)))
    assert finding.message == "The required column “text” of “augmented_data” is absent."


def test_missing_values_in_other_columns_are_fine():
    assert failing(good_run(files=(facts(columns=columns(count=ColumnFacts("count", nulls=2))),))) == []


def test_another_column_that_is_absent_fails_DATASET_010_alone():
    shown = good_run(entry(metadata={}), files=(facts(columns=columns(count=None)),))
    assert failing(shown) == []
    (finding,) = judged("DATASET-010", shown)
    assert finding.message == "The declared column “count” of “augmented_data” is absent."


def test_another_dtype_fails_DATASET_011():
    wrong = ColumnFacts("count", {"kind": "Value", "dtype": "int64"}, type_misfit="declared int32, the file has int64")
    (finding,) = only("DATASET-011", good_run(files=(facts(columns=columns(count=wrong)),)))
    assert (
        finding.message
        == "The column “count” of “augmented_data” has another type: declared int32, the file has int64."
    )


def test_values_that_do_not_cast_fail_DATASET_011():
    wrong = ColumnFacts("count", misfits=("row 1: '5' is no int32", "row 2: 1.5 is no int32"))
    (finding,) = only("DATASET-011", good_run(files=(facts(columns=columns(count=wrong)),)))
    assert finding.message.endswith("is declared int32: row 1: '5' is no int32; row 2: 1.5 is no int32.")


def test_a_label_out_of_range_fails_DATASET_012():
    wrong = ColumnFacts("label", misfits=("row 3: label 7 is not one of the 2 names (0 to 1)",))
    (finding,) = only("DATASET-012", good_run(files=(facts(columns=columns(label=wrong)),)))
    assert finding.message == (
        "The column “label” of “augmented_data” is declared ClassLabel(a, b): "
        "row 3: label 7 is not one of the 2 names (0 to 1)."
    )


@pytest.mark.parametrize("metadata", [None, {}, {"num_rows": 6}, {"columns": ["text"]}, "text"])
def test_metadata_without_rows_or_columns_fail_DATASET_013(metadata):
    (finding,) = judged("DATASET-013", good_run(entry(metadata=metadata)))
    assert finding.message.startswith("The metadata of “augmented_data” do not state ")


@pytest.mark.parametrize(
    "stated",
    [{"row_count": 7}, {"num_rows": 5}, {"row_count": -2}, {"row_count": "6"}, {"row_count": True}, {"size_bytes": 99},
     {"num_columns": 4}, {"columns": ["text", "count"]}, {"columns": [{"name": "text"}]},
     {"columns": {"text": "string"}}, {"columns": 9}],
)  # fmt: skip
@pytest.mark.parametrize("place", ["metadata", "top"])
def test_a_wrong_statement_fails_DATASET_014(stated, place):
    wrong = entry(metadata=stated) if place == "metadata" else entry(metadata={}, **stated)
    (finding,) = only("DATASET-014", good_run(wrong))
    assert finding.message.startswith("metadata." if place == "metadata" else next(iter(stated)))


@pytest.mark.parametrize("form", ["save_to_disk", "directory"])
@pytest.mark.parametrize(
    ("size", "blamed"), [(60, False), (100, False), (101, True), (0, True), (-1, True), (60.5, True)]
)
def test_a_folder_may_hold_more_than_the_stated_bytes_of_its_data_but_not_fewer(form, size, blamed):
    run = good_run(entry(metadata={"size_bytes": size}), files=(facts(form=form),))
    assert bool(judged("DATASET-014", run)) == blamed


def test_a_stated_dtype_that_is_not_the_files_fails_DATASET_014():
    stated = [{"name": "text", "dtype": "string"}, {"name": "count", "dtype": "int64"}, {"name": "label"}]
    (finding,) = only("DATASET-014", good_run(entry(metadata={"columns": stated})))
    assert "says that “count” is int64" in finding.message


@pytest.mark.parametrize(
    "stated",
    [
        {"row_count": 6.0},
        {"rows": "many"},
        {"columns": [{"name": "text", "dtype": "object"}, {"name": "count", "dtype": "integer"}, "label"]},
        {"columns": ["label", "count", "text"]},
        {"columns": {"text": 1, "count": 2, "label": 3}},
        {"size": 7},
        {"row_count": None},
    ],
)
def test_right_and_vague_statements_are_fine(stated):
    assert failing(good_run(entry(metadata=stated))) == []


def test_an_undeclared_column_fails_DATASET_015_alone():
    more = facts(columns=columns(index=ColumnFacts("__index_level_0__")))
    assert failing(good_run(entry(metadata={}), files=(more,))) == []
    (finding,) = judged("DATASET-015", good_run(entry(metadata={}), files=(more,)))
    assert finding.message == "“augmented_data” has undeclared columns: “__index_level_0__”."


def test_no_rows_from_rows_fail_DATASET_016_alone():
    none = good_run(entry(metadata={}), files=(facts(rows=0),))
    assert failing(none) == []
    (finding,) = judged("DATASET-016", none)
    assert finding.message == "The dataset “augmented_data” has no rows, although the input had some."


def test_no_rows_from_no_rows_or_from_extreme_parameters_are_fine():
    asked = manifest(input_datasets=(InputDataset("source"),), output_datasets=DECLARED.output_datasets)
    unfed = good_run(files=(facts(rows=0),), datasets=(FedDataset("source", "huggingface", {}),))
    extreme = good_run(files=(facts(rows=0),), code="S03", scenario="parameters-1")
    assert judged("DATASET-016", unfed, extreme, by=asked) == []


def test_rows_of_nothing_fail_DATASET_016():
    (finding,) = judged("DATASET-016", good_run(files=(facts(columns=(ColumnFacts("text", nulls=6),)),)))
    assert finding.message == "Every value of the dataset “augmented_data” is missing."


@pytest.mark.parametrize(
    ("kind", "path", "seen"),
    [
        ("pdf", "a.pdf", {"form": "html"}),
        ("pdf", "a.bin", {"form": "pdf"}),
        ("txt", "a.txt", {"form": "unknown"}),
        ("txt", "a.txt", {"form": "text", "problem": "it is not UTF-8"}),
        ("txt", "a.text", {"form": "text"}),
        ("pdf", "d", {"form": "directory", "inner": "mixed"}),
    ],
)
def test_a_document_of_another_kind_fails_DATASET_017(kind, path, seen):
    documents = manifest(output_datasets=(OutputDataset("augmented_data", type=kind),))
    file = produced(path=f"/output/{path}", rows=0, self_describing=False, **seen)
    listed = {"dataset_name": "augmented_data", "dataset_type": kind, "dataset_path": f"/output/{path}"}
    (finding,) = only("DATASET-017", good_run(listed, files=(file,)), by=documents)
    assert finding.location == f"/output/{path}"


def test_a_cut_off_pdf_fails_DATASET_007_alone():
    documents = manifest(output_datasets=(OutputDataset("augmented_data", type="pdf"),))
    file = produced(path="/output/a.pdf", form="pdf", problem="it is cut off", rows=0)
    listed = {"dataset_name": "augmented_data", "dataset_type": "pdf", "dataset_path": "/output/a.pdf"}
    (finding,) = only("DATASET-007", good_run(listed, files=(file,)), by=documents)
    assert finding.message == "The dataset “augmented_data” (pdf) cannot be read whole: it is cut off."


def test_two_datasets_with_one_path_fail_DATASET_018():
    two = manifest(output_datasets=(OutputDataset("augmented_data"), OutputDataset("other")))
    listed = (entry(), entry(dataset_name="other", dataset_path="/output/./a.parquet"))
    (finding,) = only("DATASET-018", good_run(*listed, files=(facts(), facts(name="other", index=1))), by=two)
    assert finding.message == "The datasets “augmented_data” and “other” share one path."


def test_what_the_library_does_not_load_fails_DATASET_019():
    (finding,) = judged("DATASET-019", good_run(files=(facts(reloads="ValueError: no"),)))
    assert finding.message == "The dataset “augmented_data” cannot be loaded downstream: ValueError: no."
    assert isinstance(judged("DATASET-019", good_run(files=(facts(reloads=None),))), NotTested)


def test_a_source_index_out_of_range_fails_DATASET_020():
    index = Feature("source_index", dtype="int32")
    declared = manifest(output_datasets=(OutputDataset("augmented_data", features=(index,)),))
    within, beyond = (ColumnFacts("source_index", minimum=low, maximum=high) for low, high in ((-1, 5), (0, 6)))
    assert judged("DATASET-020", good_run(files=(facts(columns=(within,)),)), by=declared) == []
    (finding,) = judged("DATASET-020", good_run(files=(facts(columns=(beyond,)),)), by=declared)
    assert finding.message.endswith("reaches from 0 to 6, but the input has the rows 0 to 5.")


def test_the_rows_of_all_inputs_count_and_documents_have_none_for_DATASET_020():
    index = Feature("source_index", dtype="int32")
    declared = manifest(output_datasets=(OutputDataset("augmented_data", features=(index,)),))
    rows = [FedDataset(name, "huggingface", {}, columns=("text",), rows=6) for name in ("source", "corpus")]
    paper = FedDataset("paper", "txt", {}, rows=6)
    for inputs, last, expected in ((rows, 11, 0), (rows, 12, 1), ([rows[0], paper], 40, 0)):
        seen = facts(columns=(ColumnFacts("source_index", minimum=0, maximum=last),))
        made = good_run(files=(seen,), datasets=tuple(inputs))
        assert len(judged("DATASET-020", made, by=declared)) == expected


def test_other_types_from_the_same_input_fail_DATASET_021():
    changed = facts(columns=columns(count=ColumnFacts("count", {"kind": "Value", "dtype": "null"})))
    again = good_run(files=(changed,), scenario="repeat", code="S28")
    (finding,) = judged("DATASET-021", good_run(), again)
    assert (finding.scenario, "“count”" in finding.message) == ("repeat", True)
    assert isinstance(judged("DATASET-021", good_run()), NotTested)


def test_text_that_is_called_parquet_fails_DATASET_007_alone():
    lines = facts(form="text", rows=7, columns=(ColumnFacts("text"),), self_describing=False)
    (finding,) = only("DATASET-007", good_run(files=(lines,)))
    assert finding.message.startswith("The dataset “augmented_data” is a text file or folder, but ")


def test_an_empty_file_where_no_format_allows_one_fails_DATASET_005_alone():
    (finding,) = only("DATASET-005", good_run(files=(facts(form="empty", size=0, rows=0, columns=()),)))
    assert finding.message == "The dataset “augmented_data” is empty: 0 bytes of data."


def test_a_null_type_fails_DATASET_022_alone():
    lost = ColumnFacts("count", {"kind": "Value", "dtype": "null"}, null_type=True, nulls=6)
    (finding,) = only("DATASET-022", good_run(files=(facts(columns=columns(count=lost)),)))
    assert finding.message == "The column “count” of “augmented_data” has the type null, not int32."


def test_a_table_that_lost_all_its_columns_fails_DATASET_022_alone():
    only("DATASET-022", good_run(entry(metadata={}), files=(facts(columns=(), rows=0),)))


def test_text_from_the_image_is_made_fit_for_a_sentence():
    (finding,) = judged("DATASET-002", good_run(entry(), entry(dataset_name="a\n" + "x" * 500)))
    assert "\n" not in finding.message
    assert len(finding.message) < 200
