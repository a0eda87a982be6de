"""The argument list is the host's, byte for byte, for every manifest."""

import json

import pytest
from hypothesis import HealthCheck, given, settings

from conformance.contract.model import System
from conformance.evidence import FedDataset
from conformance.inputs.datasets import write_dataset
from conformance.inputs.environment import canaries_in, variable_values
from conformance.inputs.explore import manifests
from conformance.inputs.parameters import full_sets, required_only
from conformance.inputs.payload import METADATA, ArgumentTooLongError, arguments, generation_params
from conformance.inputs.plan import DatasetPlan
from conformance.inputs.systems import system_definition

VOLUMES = {"input": "/host/in", "output": "/host/out"}
DATASET = FedDataset("source_data", "huggingface", {"type": "huggingface"})


def test_the_captured_argument_list_is_reproduced():
    params = generation_params({"num": 2}, [DATASET], VOLUMES, {})
    assert arguments(params, {}) == (
        "--generation-params",
        (
            '{"num": 2, "volumes": {"input": "/host/in", "output": "/host/out"}, '
            '"input_datasets": {"source_data": {"type": "huggingface"}}, '
            f'"metadata": {json.dumps(METADATA)}}}'
        ),
    )


def test_systems_come_first_and_only_if_there_are_some():
    assert arguments({}, {"judge": {"type": "llm_api"}})[::2] == ("--systems-params", "--generation-params")
    assert arguments({}, {})[::2] == ("--generation-params",)


def test_text_is_escaped_and_nan_stays_nan():
    assert arguments({"a": "é", "b": float("nan")}, {})[1] == '{"a": "\\u00e9", "b": NaN}'


def test_host_keys_replace_parameters_of_their_names():
    params = generation_params({"volumes": 1, "metadata": 2, "input_datasets": 3}, [], VOLUMES, {})
    assert params == {"volumes": VOLUMES, "metadata": METADATA, "input_datasets": 3}


def test_metadata_of_none_is_left_out_as_are_no_datasets_and_no_volumes():
    assert generation_params({"a": 1}, [], None, None) == {"a": 1}


def test_configured_metadata_joins_the_tags_of_the_host():
    made = generation_params({}, [], None, {"user_id": "u", "tags": {"team": "x"}, "job_id": "no", "extra": [1]})
    assert made["metadata"]["tags"] == {**METADATA["tags"], "team": "x"}
    assert (made["metadata"]["user_id"], made["metadata"]["extra"]) == ("u", [1])


def test_the_longest_argument_passes_and_one_byte_more_does_not():
    room = 131_071 - len('{"a": ""}')
    assert len(arguments({"a": "x" * room}, {})[1]) == 131_071
    with pytest.raises(ArgumentTooLongError, match="131072 bytes"):
        arguments({"a": "x" * (room + 1)}, {})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(manifests(3))
def test_any_manifest_gives_arguments_that_parse_back(tmp_path_factory, manifest):
    folder = tmp_path_factory.mktemp("input")
    fed = [write_dataset(one, DatasetPlan(type=one.types[0], rows=2), folder) for one in manifest.input_datasets]
    systems = {
        one.name: system_definition(one, one.types[0], "http://mock/v1", "m", "k") for one in manifest.systems
    }  # fmt: skip
    base = required_only(manifest)
    for values in ({}, base, *full_sets(manifest, base)):
        params = generation_params(values, fed, VOLUMES, {})
        made = arguments(params, systems)
        assert json.loads(made[-1]) == params
        assert not systems or json.loads(made[1]) == systems
    assert set(canaries_in(variable_values(manifest, "baseline"))) <= set(
        variable_values(manifest, "baseline").values()
    )


ROLE = System("writer")


def test_an_llm_api_has_the_keys_of_the_host():
    assert system_definition(ROLE, "llm_api", "http://m/v1", "gpt", "k") == {
        "type": "llm_api", "description": "System for the role writer", "provider": "openai",
        "base_url": "http://m/v1", "model": "gpt", "api_key": "k",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("vlm_api", {"base_url", "model", "api_key", "supports_vision"}), ("custom", {"base_url", "api_key", "extra"}),
        ("agent_cli", {"base_url", "model", "api_key"}), ("embedding_api", {"base_url", "model", "api_key"}),
        ("rest_api", {"url", "base_url", "method", "headers", "api_key"}), ("new", {"base_url", "model", "api_key"}),
    ],
)  # fmt: skip
def test_every_type_of_system_has_its_keys(kind, keys):
    made = system_definition(ROLE, kind, "http://m/v1", "gpt", "k")
    assert set(made) == {"type", "description", "provider", *keys}
    assert made["type"] == kind
