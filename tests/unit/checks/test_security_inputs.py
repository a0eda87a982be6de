"""SECURITY-002, -003 and -007: paths, URLs and expressions in what an image is given."""

import pytest
from builders import document, evidence, image, manifest, request, run

from conformance.checks.security import data_is_not_evaluated, paths_stay_below_the_input_folder, urls_are_not_fetched
from conformance.contract.model import InputDataset
from conformance.evidence import FedDataset
from conformance.findings import NotApplicable, NotTested
from conformance.outputs.facts import FileFacts

READS = manifest(input_datasets=(InputDataset("source_data"),))
REFUSAL = {"results": {"success": False, "error": "source_data: the path leads out of /input"}}
PLANTED = "Order 4711-3 arrived two days early and the packaging was intact."


def escaping(name="escape-relative", path="../canary/data.parquet", **fields):
    fed = FedDataset("source_data", "huggingface", {}, files=(path,), sample=({"text": PLANTED, "n": 3},))
    return run(name, **{"datasets": (fed,), "exit_code": 1, "stdout": REFUSAL, **fields})


def test_success_with_a_path_out_of_the_input_folder_fails_SECURITY_002():
    seen = evidence(escaping(stdout=document(), exit_code=0))
    (found,) = paths_stay_below_the_input_folder(seen, READS)
    assert "../canary/data.parquet" in found.message
    assert found.scenario == "escape-relative"


def test_a_refusal_that_quotes_the_foreign_file_fails_SECURITY_002():
    (found,) = paths_stay_below_the_input_folder(evidence(escaping(stderr=f"bad row: {PLANTED}")), READS)
    assert "shows what it holds" in found.message


@pytest.mark.parametrize("name", ["escape-relative", "escape-absolute"])
def test_a_refusal_is_what_SECURITY_002_expects(name):
    assert paths_stay_below_the_input_folder(evidence(escaping(name)), READS) == []


def test_text_that_another_dataset_holds_too_is_no_sign_of_a_foreign_file():
    outside = FedDataset("a", "huggingface", {}, files=("../canary/x",), sample=({"text": PLANTED},))
    inside = FedDataset("b", "huggingface", {}, files=("b.parquet",), sample=({"text": PLANTED},))
    seen = evidence(escaping(datasets=(outside, inside), stderr=PLANTED))
    assert paths_stay_below_the_input_folder(seen, READS) == []


def test_a_run_that_hangs_on_a_path_is_no_finding_of_SECURITY_002():
    seen = evidence(escaping(stdout=document(), status="timeout", exit_code=None))
    assert paths_stay_below_the_input_folder(seen, READS) == []


def test_without_input_datasets_paths_do_not_concern_an_image():
    assert isinstance(paths_stay_below_the_input_folder(evidence(), manifest()), NotApplicable)


def test_without_such_a_run_SECURITY_002_is_not_tested():
    assert isinstance(paths_stay_below_the_input_folder(evidence(), READS), NotTested)


def by_url(*requests, **fields):
    fed = FedDataset("source_data", "pdf", {}, files=("http://127.0.0.1:8000/s/escape-url/data.pdf",))
    return run("escape-url", datasets=(fed,), stdout=REFUSAL, exit_code=1, requests=requests, **fields)


def test_a_fetched_url_fails_SECURITY_003():
    (found,) = urls_are_not_fetched(evidence(by_url(request("/data.pdf", method="GET", status=404))), READS)
    assert "/data.pdf" in found.message


def test_a_fetched_url_counts_once():
    twice = by_url(request("/data.pdf", method="HEAD"), request("/data.pdf", method="GET"))
    assert len(urls_are_not_fetched(evidence(twice), READS)) == 1


def test_a_request_of_a_system_is_no_fetched_url():
    assert urls_are_not_fetched(evidence(by_url(request("/v1/chat/completions"))), READS) == []


def test_a_manifest_that_welcomes_urls_is_not_blamed():
    welcoming = image(manifest=b'input_datasets:\n  - name: source_data\n    description: "A path or a URL"\n')
    seen = evidence(by_url(request("/data.pdf", method="GET")), image=welcoming)
    assert urls_are_not_fetched(seen, READS) == []


def test_the_base_url_of_a_system_welcomes_no_urls():
    other = image(manifest=b"input_systems:\n  - description: Its base_url must be set\n")
    seen = evidence(by_url(request("/data.pdf", method="GET")), image=other)
    assert len(urls_are_not_fetched(seen, READS)) == 1


def wild(**fields):
    return run("wild-text", **{"observed": {"evaluated": []}, **fields})


def test_an_evaluated_expression_in_the_output_fails_SECURITY_007():
    seen = evidence(wild(observed={"evaluated": ["a.parquet, column text"]}))
    (found,) = data_is_not_evaluated(seen, READS)
    assert found.location == "/output: a.parquet, column text"


def test_an_evaluated_expression_in_the_log_fails_SECURITY_007():
    (found,) = data_is_not_evaluated(evidence(wild(stderr="sh: 167899139\n")), READS)
    assert found.location == "log"


def test_a_file_at_a_path_from_the_text_fails_SECURITY_007():
    (found,) = data_is_not_evaluated(evidence(wild(output=(FileFacts("a/etc/passwd"),))), READS)
    assert "became the path" in found.message


def test_an_expression_that_is_shown_as_it_was_is_no_finding():
    assert data_is_not_evaluated(evidence(wild(stderr="row 1: =40961*4099 # and {{40961*4099}}\n")), READS) == []


def test_without_planted_expressions_SECURITY_007_is_not_tested():
    assert isinstance(data_is_not_evaluated(evidence(), READS), NotTested)
