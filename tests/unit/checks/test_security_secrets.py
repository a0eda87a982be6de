"""SECURITY-001 and SECURITY-008: secrets in what a run leaves, and in what the image consists of."""

import base64

import pytest
from builders import evidence, image, manifest, run

from conformance.checks.image import no_baked_in_secrets
from conformance.checks.security import secrets_stay_secret
from conformance.contract.model import System
from conformance.findings import NotApplicable, NotTested

KEY = "sk-sdgc-key-0123456789ab"


def given(**fields):
    return run(secrets=(KEY,), systems=("generation_system",), **fields)


def test_a_key_in_the_log_fails_SECURITY_001_with_its_line():
    (found,) = secrets_stay_secret(evidence(given(stderr=f"started\nkey {KEY}\n")), manifest())
    assert found.location == "stderr:2"
    assert found.message == "The key of a system is in the log; expected it nowhere."


@pytest.mark.parametrize("written", [KEY, base64.b64encode(f"Bearer {KEY}!".encode()).decode()])
def test_a_key_in_any_spelling_is_found(written):
    (found,) = secrets_stay_secret(evidence(given(stderr=f"authorization: {written}\n")), manifest())
    assert found.scenario == "baseline"


def test_a_key_in_the_result_document_is_a_finding():
    said = {"results": {"success": False, "error": f"401 for {KEY}"}}
    (found,) = secrets_stay_secret(evidence(given(stdout=said)), manifest())
    assert found.location == "stdout:1"


def test_a_key_in_the_output_is_a_finding_that_names_the_place():
    where = {"canary": 0, "where": "a.parquet, column text"}
    (found,) = secrets_stay_secret(evidence(given(observed={"secrets_found": [where]})), manifest())
    assert found.message == "The key of a system is in the output (a.parquet, column text); expected it nowhere."


def test_a_variable_in_the_log_is_not_called_a_key():
    (found,) = secrets_stay_secret(
        evidence(run(secrets=("sdgc-region-0123456789ab",), stderr="sdgc-region-0123456789ab")), manifest()
    )
    assert found.message.startswith("A secret value that the run was given")


def test_a_message_never_quotes_the_secret():
    (found,) = secrets_stay_secret(evidence(given(stderr=KEY)), manifest())
    assert KEY not in found.message + found.location


@pytest.mark.parametrize("log", ["", "sk-sdgc-key-0123456789a", "key: sk-s...(24 characters)", "sk-other-0123456789"])
def test_part_of_a_key_or_another_one_is_no_leak(log):
    assert secrets_stay_secret(evidence(given(stderr=log)), manifest()) == []


def test_a_search_that_died_blames_nobody():
    died = {"canary": -1, "where": "the search did not end: killed"}
    assert secrets_stay_secret(evidence(given(observed={"secrets_found": [died]})), manifest()) == []


def test_an_image_that_is_given_no_secret_is_not_concerned_by_SECURITY_001():
    assert isinstance(secrets_stay_secret(evidence(), manifest()), NotApplicable)


def test_a_token_of_a_dataset_is_a_secret_of_an_image_without_systems_too():
    (found,) = secrets_stay_secret(
        evidence(run(secrets=("hf_sdgc-token-0123456789ab",), stderr="hf_sdgc-token-0123456789ab")), manifest()
    )
    assert found.location == "stderr:1"


def test_without_a_run_that_holds_secrets_SECURITY_001_is_not_tested():
    assert isinstance(secrets_stay_secret(evidence(), manifest(systems=(System("generation_system"),))), NotTested)


def test_a_secret_of_a_layer_fails_SECURITY_008():
    seen = evidence(image=image(secrets=("/app/.env: an OpenAI key (sk-..., 51 characters)",)))
    (found,) = no_baked_in_secrets(seen, manifest())
    assert "/app/.env: an OpenAI key" in found.message


def test_the_value_of_a_variable_that_is_no_secret_by_its_name_may_be_data_but_not_be_logged():
    region = ("sdgc-catalogue-region-0123456789ab",)
    found = {"secrets_found": [{"canary": 0, "where": "a.parquet, column region"}]}
    assert secrets_stay_secret(evidence(run(secrets=region, observed=found)), manifest()) == []
    logged = run(secrets=region, stderr=f"environment: REGION={region[0]}\n")
    assert len(secrets_stay_secret(evidence(logged), manifest())) == 1
