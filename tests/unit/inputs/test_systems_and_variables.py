"""Systems by plan, and values of declared variables."""

from conformance.contract.model import EnvironmentVariable, Manifest, System
from conformance.inputs.environment import canaries_in, canary, key_canary, variable_values
from conformance.inputs.environment import variables as shared_variables
from conformance.inputs.plan import SystemPlan
from conformance.inputs.systems import system_definition

ROLE = System("writer")


def made(kind="llm_api", **plan):
    return system_definition(ROLE, kind, "http://m/v1", "gpt", "secret", SystemPlan(kind, **plan))


def variables(*names):
    return variable_values(Manifest(environment=tuple(map(EnvironmentVariable, names))), "baseline", "http://m/v1")


def test_omitted_keys_are_absent():
    assert {"api_key", "base_url"}.isdisjoint(made(omit=("api_key", "base_url", "thinking")))


def test_a_rest_api_without_key_does_not_show_it_in_its_headers():
    assert "secret" not in str(made("rest_api", omit=("api_key",)))
    assert "http" not in str(made("rest_api", omit=("base_url",)))


def test_extra_keys_are_added_and_null_ones_removed_at_the_top_only():
    system = made(extra={"thinking": {"budget_tokens": None}, "description": None})
    assert system["thinking"] == {"budget_tokens": None}
    assert "description" not in system


def test_a_trailing_slash_is_one_slash():
    assert made(trailing_slash=True)["base_url"] == "http://m/v1/"


def test_variables_of_the_host_are_left_to_the_host():
    assert variables("OUTPUT_MOUNT_PATH", "INPUT_MOUNT_PATH", "API_KEY") == {}


def test_variables_get_plausible_values_and_secrets_get_canaries():
    values = variables("OPENAI_API_KEY", "LOG_LEVEL", "SERVICE_URL", "MAX_RETRIES", "CUSTOM_THING", "HOME")
    assert values["LOG_LEVEL"] == "INFO"
    assert values["SERVICE_URL"] == "http://m/v1"
    assert values["MAX_RETRIES"] == "2"
    assert values["HOME"] == "/tmp"
    assert values["OPENAI_API_KEY"].startswith("sk-sdgc-")
    assert values["CUSTOM_THING"].startswith("sdgc-custom-thing-")


def test_only_canaries_are_listed_as_such():
    values = variables("OPENAI_API_KEY", "LOG_LEVEL")
    assert canaries_in({**values, "REMOVED": None}) == (values["OPENAI_API_KEY"],)


def test_canaries_differ_by_run_and_purpose_and_are_the_same_for_a_seed():
    made = {canary("a", "x"), canary("b", "x"), canary("a", "y"), canary("a", "x", seed=1), key_canary("a", "x")}
    assert len(made) == 5
    assert canary("a", "x") == canary("a", "x")


def test_the_variables_of_all_runs_change_with_the_seed_alone():
    manifest = Manifest(environment=(EnvironmentVariable("OPENAI_API_KEY"),))
    assert shared_variables(manifest, 1) == shared_variables(manifest, 1) != shared_variables(manifest, 2)
