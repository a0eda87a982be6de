"""Tests of a container by its author: `pytest examples --sdg-image example_generator` runs them."""

import pytest

REVIEWS = [
    {"text": "Great product!", "label": "positive"},
    {"text": "Broke after a day.", "label": "negative"},
]


@pytest.mark.parametrize("variations", [0, 3])
def test_every_review_is_varied_as_often_as_asked(sdg_run, variations):
    datasets = {"source_data": REVIEWS, "corpus": None}  # None: not given at all
    run = sdg_run(params={"num_variations": variations}, datasets=datasets, systems={})
    assert run.exit_code == 0, run.error_text
    data = next(dataset for dataset in run.produced if dataset.name == "augmented_data")
    assert data.rows == len(REVIEWS) * (1 + variations)


def test_every_prompt_holds_a_review_and_no_key_comes_out(sdg_run):
    run = sdg_run(datasets={"source_data": REVIEWS, "corpus": None}, systems=["generation_system"])
    prompts = [str(request.body) for request in run.requests]
    assert prompts
    assert all(any(review["text"] in prompt for review in REVIEWS) for prompt in prompts)
    assert not any(secret.encode() in run.merged for secret in run.secrets)


def test_the_manifest_promises_what_the_tests_rely_on(sdg_manifest):
    assert [dataset.name for dataset in sdg_manifest.input_datasets if dataset.required] == ["source_data"]


def test_a_client_waits_when_its_system_is_busy(mock_openai):
    from openai import OpenAI

    mock_openai.open("busy", key="sk-test", faults=["429-retry-after*1"])
    client = OpenAI(base_url=mock_openai.base_url("busy"), api_key="sk-test")
    client.chat.completions.create(model="any", messages=[{"role": "user", "content": "Hello"}])
    assert [entry.status for entry in mock_openai.ledger("busy").entries] == [429, 200]
