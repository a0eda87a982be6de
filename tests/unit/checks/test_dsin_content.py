"""DSIN-007, -011 to -015, -017, -022: columns, documents, and inputs that are not right."""

import pytest
from builders import evidence, manifest, produced, run

from conformance.checks.all import REGISTRY
from conformance.contract.model import EnvironmentVariable, Feature, InputDataset
from conformance.evidence import FedDataset
from conformance.findings import NotApplicable, NotTested

WORDS = [f"Order {number} arrived early" for number in range(4211, 4217)]
TEXT = Feature("text", dtype="string", required=True)
INPUT = manifest(input_datasets=(InputDataset("reviews", features=(TEXT,)),))
OPTIONAL = (InputDataset("reviews", features=(TEXT,)), InputDataset("examples", required=False))
PAPER = manifest(input_datasets=(InputDataset("paper", types=("txt",)),))


def fed(**fields):
    sample = tuple({"text": word, "stars": number * 7} for number, word in enumerate(WORDS))
    values = {"columns": ("text", "stars"), "rows": 6, "sample": sample, "builder": "parquet"}
    return FedDataset("reviews", "huggingface", {}, **{**values, **fields})


def paper(*words, **fields):
    sample = tuple({"text": word} for word in words)
    return FedDataset("paper", "txt", {"file_path": "paper.txt"}, ("paper.txt",), sample=sample, **fields)


def made(scenario="baseline", words=WORDS, given=None, stars=(), **fields):
    sample = tuple({"text": word, **({"stars": stars[at]} if stars else {})} for at, word in enumerate(words))
    return run(scenario, datasets=(given or fed(),), produced=(produced(sample=sample),), **fields)


def refused(scenario, error="cannot do it", given=None):
    stdout = {"results": {"success": False, "error": error}}
    return run(scenario, stdout=stdout, exit_code=1, datasets=(given or fed(),))


def crashed(scenario, given=None):
    stderr = "Traceback (most recent call last):\nZeroDivisionError\n"
    return run(scenario, stdout=b"", stderr=stderr, exit_code=1, datasets=(given or fed(),))


def judged(number, *runs, by=INPUT, **fields):
    return REGISTRY[f"DSIN-{number}"].function(evidence(*runs, **fields), by)


BOTH = (made(), made("repeat"))


@pytest.mark.parametrize("number", ["007", "011", "012", "013", "014", "015", "017", "022"])
def test_an_image_without_inputs_has_nothing_to_misread(number):
    assert isinstance(judged(number, run(), by=manifest()), NotApplicable)


@pytest.mark.parametrize("number", ["007", "011", "012", "013", "014", "015", "022"])
def test_runs_that_were_not_made_decide_nothing(number):
    assert isinstance(judged(number, *BOTH), NotTested)


@pytest.mark.parametrize(("number", "scenario"), [("007", "mapping"), ("014", "extra-columns")])
def test_rows_in_another_shape_are_read_or_fail(number, scenario):
    assert judged(number, *BOTH, made(scenario, [f"*{word}*" for word in WORDS])) == []
    (finding,) = judged(number, *BOTH, refused(scenario, "column text is missing"))
    assert finding.scenario == scenario
    (finding,) = judged(number, *BOTH, made(scenario, ["Unrelated remark 1."] * 6))
    assert "the output shows 0 where the baseline shows all" in finding.message


@pytest.mark.parametrize(("number", "scenario"), [("007", "mapping"), ("014", "extra-columns")])
def test_an_image_that_invents_its_words_is_believed(number, scenario):
    inventive = [made(name, [f"{name} words"]) for name in ("baseline", "repeat", scenario)]
    assert judged(number, *inventive) == []


def test_a_missing_column_must_be_named_by_the_error():
    broken = fed(note="text")
    assert judged("011", *BOTH, refused("missing-column", "reviews lacks Text", broken)) == []
    for wrong in (refused("missing-column", "bad data", broken), made("missing-column", given=broken)):
        (finding,) = judged("011", *BOTH, wrong)
        assert finding.message.startswith("Expected an error that names the column: the required column “text” ")


def test_a_missing_column_of_a_second_dataset_must_be_named_too():
    broken = fed(note="text")
    first = refused("missing-column", "no column text", broken)
    assert judged("011", *BOTH, first, refused("missing-other-column", "no column text", broken)) == []
    (finding,) = judged("011", *BOTH, first, made("missing-other-column", given=broken))
    assert finding.scenario == "missing-other-column"


def test_an_image_that_requires_no_column_has_none_to_miss():
    by = manifest(input_datasets=(InputDataset("reviews", features=(Feature("text", dtype="string"),)),))
    assert isinstance(judged("011", *BOTH, by=by), NotApplicable)


def test_a_document_that_could_be_rows_has_no_column_to_miss():
    either = InputDataset("either", types=("pdf", "huggingface"), features=(TEXT,))
    by = manifest(input_datasets=(InputDataset("reviews"), either))
    assert isinstance(judged("011", *BOTH, by=by), NotApplicable)


@pytest.mark.parametrize("scenario", ["missing-file", "missing-other-file", "corrupt-file", "empty-directory"])
def test_files_that_cannot_be_read_end_in_an_error(scenario):
    assert judged("012", refused(scenario)) == []
    for wrong in (made(scenario), crashed(scenario)):
        (finding,) = judged("012", wrong)
        assert finding.scenario == scenario


def test_bytes_that_are_some_text_may_be_read_by_a_tolerant_reader():
    loose = manifest(input_datasets=(InputDataset("reviews"),))
    assert judged("012", made("corrupt-file", given=paper()), by=PAPER) == []
    assert judged("012", made("corrupt-file", given=fed(builder="csv")), by=loose) == []
    (finding,) = judged("012", made("missing-file", given=paper()), by=PAPER)
    assert finding.message.startswith("An input file is missing; ")


@pytest.mark.parametrize("scenario", ["missing-dataset-reviews", "no-datasets"])
def test_a_required_dataset_that_is_missing_is_told(scenario):
    assert judged("013", refused(scenario)) == []
    for wrong in (made(scenario), crashed(scenario)):
        (finding,) = judged("013", wrong)
        assert finding.message.startswith("A required dataset is missing; ")


def test_an_optional_dataset_that_is_missed_fails_DSIN_013():
    by = manifest(input_datasets=OPTIONAL)
    (finding,) = judged("013", refused("minimal"), by=by)
    assert finding.message.startswith("It does not work without its optional dataset (“examples”); ")
    assert judged("013", made("minimal"), by=by) == []


def test_an_optional_variable_that_is_missed_is_not_DSIN_013():
    by = manifest(input_datasets=OPTIONAL, environment=(EnvironmentVariable("REGION", required=False),))
    assert judged("013", refused("minimal", "REGION is not set"), by=by) == []
    (finding,) = judged("013", refused("minimal", "examples is not set"), by=by)
    assert finding.scenario == "minimal"


@pytest.mark.parametrize("scenario", ["no-rows", "null-cells"])
def test_empty_inputs_may_be_read_or_refused_but_not_crashed_over(scenario):
    assert judged("015", made(scenario)) == judged("015", refused(scenario)) == []
    (finding,) = judged("015", crashed(scenario))
    assert finding.scenario == scenario


def test_a_document_in_a_folder_that_is_not_found_fails_DSIN_017():
    (finding,) = judged("017", made(given=paper()), refused("document-folders", given=paper()), by=PAPER)
    assert finding.message.startswith("It does not read a document in a sub-folder; ")
    assert judged("017", made(given=paper()), made("document-folders", given=paper()), by=PAPER) == []
    assert isinstance(judged("017", made(given=paper()), by=PAPER), NotTested)


def test_text_that_cannot_be_decoded_fails_DSIN_017():
    (finding,) = judged("017", refused("baseline", "'ascii' codec can't decode byte", paper()), by=PAPER)
    assert finding.message.startswith("It does not read UTF-8 text; ")


def test_garbled_letters_in_the_output_fail_DSIN_017():
    (finding,) = judged("017", made(words=["the crÃ¨me"], given=paper("the crème")), by=PAPER)
    assert finding.message == "It reads UTF-8 text as Latin-1: its output shows “crÃ¨me”."
    whole = made(words=["the crème"], given=paper("the crème"))
    assert judged("017", whole, made("document-folders", given=paper()), by=PAPER) == []


def test_an_image_of_rows_alone_reads_no_documents():
    assert isinstance(judged("017", *BOTH), NotApplicable)


def test_another_type_that_is_refused_must_be_refused_by_name():
    broken = fed(note="text")
    assert judged("022", *BOTH, refused("wrong-dtype", "text is a struct", broken)) == []
    (finding,) = judged("022", *BOTH, refused("wrong-dtype", "no", broken))
    assert finding.message.startswith("It does not name the column that has values of another type")
    assert isinstance(judged("022", *BOTH, made("wrong-dtype")), NotTested)


def test_another_type_that_becomes_garbage_fails_DSIN_022():
    (finding,) = judged("022", *BOTH, made("wrong-dtype", ["0"] * 6, fed(note="text")))
    assert finding.message.startswith("It succeeds with values of another type in the column “text”")
    assert judged("022", *BOTH, made("wrong-dtype", ["{'unexpected': [0, 1]}"] * 6, fed(note="text"))) == []


def test_numbers_that_are_passed_on_and_then_replaced_fail_DSIN_022():
    numbers = [0, 7, 14, 21, 28, 35]
    both = [made(name, stars=numbers) for name in ("baseline", "repeat")]
    broken = fed(note="stars")
    (finding,) = judged("022", *both, made("wrong-dtype", stars=[0] * 6, given=broken))
    assert "“stars”" in finding.message
    assert judged("022", *both, made("wrong-dtype", stars=["not a number 1"] * 6, given=broken)) == []
    assert judged("022", *BOTH, made("wrong-dtype", given=broken)) == []
