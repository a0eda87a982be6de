"""DSIN-001 to -006, -008 to -010, -016, -018 to -021: places, formats and layouts of the input."""

import json
from dataclasses import replace

import pytest
from builders import evidence, manifest, produced, run

from conformance.checks.all import REGISTRY
from conformance.contract.model import InputDataset
from conformance.evidence import FedDataset
from conformance.findings import NotApplicable, NotTested

WORDS = [f"Order {number} arrived early" for number in range(4211, 4217)]
INPUT = manifest(input_datasets=(InputDataset("reviews"),))
LISTED = manifest(input_datasets=(InputDataset("paper", types=("pdf", "txt")),))
ROWS = ["004", "005", "006", "010", "016", "019", "020", "021"]


def fed(builder="parquet", files=("reviews.parquet",), **fields):
    definition = {"type": "huggingface", "loader_params": {"builder_name": builder}}
    sample = tuple({"text": word} for word in WORDS)
    values = {"files": files, "columns": ("text", "label"), "rows": 6, "sample": sample, "builder": builder}
    return FedDataset("reviews", "huggingface", definition, **{**values, **fields})


def made(scenario="baseline", words=WORDS, given=None, rows=6, **fields):
    facts = produced(sample=tuple({"text": word} for word in words), rows=rows, fingerprint="f")
    return run(scenario, datasets=(given or fed(),), produced=(facts,), **fields)


def refused(scenario="baseline", error="cannot do it", given=None, **fields):
    stdout = {"results": {"success": False, "error": error}}
    return run(scenario, stdout=stdout, exit_code=1, datasets=(given or fed(),), **fields)


def crashed(scenario="baseline", given=None):
    stderr = "Traceback (most recent call last):\nValueError\n"
    return run(scenario, stdout=b"", stderr=stderr, exit_code=1, datasets=(given or fed(),))


def judged(number, *runs, by=INPUT, **fields):
    return REGISTRY[f"DSIN-{number}"].function(evidence(*runs, **fields), by)


BOTH = (made(), made("repeat"))


def as_format(builder):
    return fed(builder, (f"reviews.{builder}",))


@pytest.mark.parametrize("number", ["001", "002", "008", "009", *ROWS])
def test_an_image_without_inputs_is_not_concerned(number):
    assert isinstance(judged(number, run(), by=manifest()), NotApplicable)


def test_datasets_that_are_told_apart_by_their_order_fail_DSIN_001():
    assert judged("001", *BOTH) == judged("001", *BOTH, made("dataset-order")) == []
    (finding,) = judged("001", *BOTH, refused("dataset-order", "no column text"))
    assert finding.scenario == "dataset-order"
    (finding,) = judged("001", *BOTH, made("dataset-order", ["Unrelated remark 1."] * 6))
    assert "in another order" in finding.message


@pytest.mark.parametrize("number", ROWS)
def test_an_image_that_reads_documents_alone_has_no_formats(number):
    assert isinstance(judged(number, run(), by=LISTED), NotApplicable)


@pytest.mark.parametrize("number", ["001", "002", "003", "004", "008", "021"])
def test_a_baseline_that_fails_for_another_reason_decides_nothing(number):
    assert isinstance(judged(number, refused(error="num_rows must be at least 10")), NotTested)


@pytest.mark.parametrize("number", ["001", "002", "003", "004", "008", "021"])
def test_a_baseline_that_never_ends_decides_nothing(number):
    assert isinstance(judged(number, made(status="timeout")), NotTested)


@pytest.mark.parametrize("number", ["001", "002", "003", "004", "008", "010", "018", "021"])
def test_a_good_image_is_not_blamed(number):
    good = (*BOTH, made("kubernetes"), made("legacy-host"), made("newer-host"), made("streaming"))
    assert judged(number, *good) == []


@pytest.mark.parametrize("error", ["source 'reviews' is missing in input_datasets", "'reviews'", "reviews not found"])
def test_a_given_dataset_that_is_said_to_be_missing_fails_DSIN_001(error):
    (finding,) = judged("001", refused(error=error))
    assert finding.message.startswith("It was given “reviews” in input_datasets and did not find it; ")


@pytest.mark.parametrize("error", ["reviews: file reviews.parquet not found", "reviews: column text is missing"])
def test_a_missing_file_or_column_is_no_missing_dataset(error):
    assert isinstance(judged("001", refused(error=error)), NotTested)


def test_a_file_that_is_not_found_or_found_by_an_absolute_path_fails_DSIN_002():
    (finding,) = judged("002", refused(error="No such file: reviews.parquet"))
    assert finding.message.startswith("It does not find its input below /input; ")
    (finding,) = judged("002", refused(error="no"), made("diagnose-absolute-paths"))
    assert finding.message == "It needs absolute paths; expected: relative ones, joined to /input."


def test_a_column_that_is_not_found_in_a_file_is_no_missing_file():
    assert isinstance(judged("002", refused(error="column text not found in reviews.parquet")), NotTested)


def test_a_path_with_a_space_that_is_not_read_fails_DSIN_002():
    (finding,) = judged("002", *BOTH, refused("odd-path"))
    assert finding.scenario == "odd-path"


def test_container_paths_in_volumes_that_heal_the_baseline_fail_DSIN_003():
    (finding,) = judged("003", refused(), made("diagnose-container-volumes"))
    assert finding.message.startswith("It works only where volumes names paths of the container; ")


def test_writing_to_the_path_of_the_host_fails_DSIN_003():
    arguments = ("--generation-params", json.dumps({"volumes": {"output": "/home/me/out"}}))
    (finding,) = judged("003", made(arguments=arguments, rootfs_changes=("A /home/me/out/a.parquet",)))
    assert finding.message == "It writes to /home/me/out in the container, a path of the host."
    assert judged("003", made(arguments=("--generation-params", "{"), rootfs_changes=("A /tmp/x",))) == []


@pytest.mark.parametrize(
    "error",
    [
        "builder csv is not supported",
        "only parquet is supported, got reviews.csv",
        "cannot read reviews.csv as csv",
        "column text is large_string",
    ],
)
def test_a_format_that_is_refused_by_name_is_within_DSIN_004(error):
    assert judged("004", *BOTH, refused("format-csv", error, as_format("csv"))) == []


@pytest.mark.parametrize("error", ["cannot do it", "reviews.csv cannot be read as json"])
def test_a_format_that_is_not_named_or_read_as_another_fails_DSIN_004(error):
    (finding,) = judged("004", *BOTH, refused("format-csv", error, as_format("csv")))
    assert finding.message.startswith("It was given csv files and neither reads them nor refuses them by name: ")


def test_a_format_that_ends_in_a_traceback_fails_DSIN_004():
    (finding,) = judged("004", *BOTH, crashed("format-json", as_format("json")))
    assert finding.scenario == "format-json"


def test_a_header_among_the_rows_shows_that_csv_was_read_as_text():
    (finding,) = judged("004", *BOTH, made("format-csv", ["text,label", *WORDS], as_format("csv")))
    assert finding.message == "It reads csv as another format: its output holds “text,label”."


def test_a_quote_before_a_text_shows_that_csv_was_split_at_its_commas():
    (finding,) = judged("004", *BOTH, made("format-csv", [f'"{word}' for word in WORDS], as_format("csv")))
    assert finding.message.endswith(f'its output holds “"{WORDS[0]}”.')
    quoting = [made(name, [f'"{word}"' for word in WORDS]) for name in ("baseline", "repeat", "format-csv")]
    assert judged("004", *quoting[:2], replace(quoting[2], datasets=(as_format("csv"),))) == []


def test_rows_that_do_not_come_out_show_that_a_format_was_not_read():
    (finding,) = judged("004", *BOTH, made("format-json", WORDS[:1], as_format("json")))
    assert "of the 6 values of “text”" in finding.message


def test_an_image_that_cannot_write_a_parquet_file_does_not_refuse_the_format():
    unwritten = "/output/rows/part-0.parquet cannot be written"
    offers = (refused(error=unwritten), refused("offer-1", "no builder csv", as_format("csv")))
    assert isinstance(judged("004", *offers), NotTested)


def test_an_image_that_refuses_every_format_by_name_fails_DSIN_004():
    offers = (refused(error="no parquet"), refused("offer-1", "no csv", as_format("csv")))
    (finding,) = judged("004", *offers)
    assert finding.message.startswith("No format works; it was offered csv, parquet.")


def test_files_that_are_not_found_in_any_format_are_not_DSIN_004():
    offers = (refused(error="no file reviews.parquet"), refused("offer-1", "no file reviews.csv", as_format("csv")))
    assert isinstance(judged("004", *offers), NotTested)


LIST = fed(files=("reviews-part-1.parquet", "reviews-part-2.parquet"))


@pytest.mark.parametrize(("number", "scenario"), [("005", "file-list"), ("006", "directory")])
def test_a_layout_that_fails_loses_rows_or_was_not_run(number, scenario):
    assert judged(number, *BOTH, made(scenario)) == []
    (finding,) = judged(number, *BOTH, refused(scenario))
    assert finding.scenario == scenario
    (finding,) = judged(number, *BOTH, made(scenario, WORDS[:3], LIST))
    assert "the output shows 3 where the baseline shows all" in finding.message
    assert judged(number, *BOTH, skipped={scenario: "why"}) == NotTested("why")


def test_half_of_the_rows_without_their_words_show_that_only_the_first_file_was_read():
    silent = [made(name, [], rows=12) for name in ("baseline", "repeat")]
    (finding,) = judged("005", *silent, made("file-list", [], LIST, rows=6))
    assert finding.message.startswith("Of a list of data_files only the first is used")
    assert judged("005", *silent, made("file-list", [], LIST, rows=12)) == []


def test_null_absent_and_unknown_keys_that_end_the_run_fail_DSIN_008():
    (finding,) = judged("008", refused(), made("diagnose-few-loader-keys"))
    assert finding.scenario == "baseline"
    (old, new) = judged("008", *BOTH, refused("legacy-host", "'hub_path'"), refused("newer-host"))
    assert (old.scenario, new.scenario) == ("legacy-host", "newer-host")


def test_an_image_that_misses_metadata_is_not_blamed_for_keys():
    assert judged("008", *BOTH, refused("legacy-host", "'metadata'")) == []


def test_a_declared_type_that_is_not_read_fails_DSIN_009():
    text = replace(fed(), name="paper", type="txt")
    (finding,) = judged("009", made(), refused("other-types-1", "no pdf", text), by=LISTED)
    assert finding.message.startswith("It does not read “paper” as txt, a declared type; ")
    assert judged("009", made(), made("other-types-1", given=text), by=LISTED) == []
    assert judged("009", made(), refused("other-types-1", "ascii codec", text), by=LISTED) == []
    assert isinstance(judged("009", made(), by=LISTED), NotTested)


def test_later_rows_in_the_output_show_that_a_split_is_ignored():
    (finding,) = judged("010", *BOTH, made("split", WORDS[:4]))
    assert finding.message.startswith("It was asked for split train[:1] and ignores it: ")
    assert judged("010", *BOTH, made("split", WORDS[:1] * 3)) == []


def test_a_label_of_a_later_row_may_be_the_image_s_own_word():
    sample = tuple({"text": word, "label": label} for word, label in zip(WORDS, ["positive", "negative"], strict=False))
    assert judged("010", *BOTH, made("split", [WORDS[0], "negative"], fed(sample=sample, rows=4))) == []


def test_a_split_or_stream_that_is_refused_is_within_DSIN_010_and_a_traceback_is_not():
    assert judged("010", *BOTH, refused("split"), refused("streaming")) == []
    (finding,) = judged("010", *BOTH, crashed("streaming"))
    assert finding.scenario == "streaming"


def test_text_that_is_refused_for_its_storage_fails_DSIN_016():
    (finding,) = judged("016", *BOTH, refused("format-csv", "text is large_string, not string", as_format("csv")))
    assert finding.scenario == "format-csv"
    assert judged("016", *BOTH, made("format-csv")) == []
    assert judged("016", *BOTH, refused("format-csv", "csv is not supported")).observable


def test_columns_that_no_CSV_holds_leave_DSIN_016_open_and_do_not_count():
    assert not judged("016", *BOTH).observable
    assert judged("016", *BOTH, skipped={"format-csv": "the engine stopped answering"}).observable


def test_a_changed_input_fails_DSIN_018_in_whatever_run():
    (finding,) = judged("018", made(), made("kubernetes", input_changes=("A cache.idx",)))
    assert finding.message == "It changes its input: A cache.idx."
    assert isinstance(judged("018", made()), NotTested)


@pytest.mark.parametrize("number", ["019", "020"])
def test_what_cannot_be_seen_is_not_tested_with_a_reason(number):
    assert isinstance(judged(number, made()), NotTested)


def test_DSIN_021_lists_every_format_that_is_refused():
    runs = [refused(f"format-{name}", given=as_format(name)) for name in ("csv", "arrow")]
    assert [one.scenario for one in judged("021", *BOTH, *runs, made("format-json"))] == ["format-csv", "format-arrow"]
