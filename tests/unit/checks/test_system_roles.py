"""SYSTEM: roles, absent and incomplete systems, keys, types, networks, and whether a system is used at all."""

import json

import pytest
from builders import Row, evidence, manifest, request, run

from conformance.checks.all import REGISTRY
from conformance.contract.model import System
from conformance.findings import NotApplicable, NotTested
from conformance.scenarios.plan import OUT_OF_SCOPE
from conformance.verdict import judge

WRITER = {"type": "llm_api", "base_url": "http://h/s/x/v1", "model": "kit-chat", "api_key": "sk-secret-key"}
DECLARED = manifest(systems=(System("writer"),))
OPTIONAL = manifest(systems=(System("writer", required=False),))
FOREIGN = manifest(systems=(System("writer", ("rest_api",)),))
ASKED = (request("/chat/completions", body={"model": "kit-chat", "messages": []}, key="sk-secret-key"),)


def success(scenario="baseline", systems=None, **fields):
    roles = {"writer": WRITER} if systems is None else systems
    arguments = ("--systems-params", json.dumps(roles), "--generation-params", "{}") if roles else ()
    return run(scenario, **{"arguments": arguments, "systems": tuple(roles), "requests": ASKED, **fields})


def failure(scenario, error="the system writer has no such key", **fields):
    document = {"results": {"success": False, "error": error}, "generated_datasets": []}
    return success(scenario, **{"stdout": document, "exit_code": 1, "requests": (), **fields})


def crash(scenario, **fields):
    return success(
        scenario, **{"stdout": "Traceback (most recent call last):", "exit_code": 1, "requests": (), **fields}
    )


def judged(requirement, *runs, declared=DECLARED, **fields):
    return REGISTRY[requirement].function(evidence(*runs, **fields), declared)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16])
def test_without_declared_systems_no_row_of_SYSTEM_concerns_an_image(number):
    assert isinstance(judged(f"SYSTEM-{number:03}", run(), declared=manifest()), NotApplicable)


@pytest.mark.parametrize("number", [5, 8])
def test_a_system_with_a_protocol_of_its_own_is_not_judged_by_the_rules_of_another(number):
    told = judged(f"SYSTEM-{number:03}", failure("baseline"), declared=FOREIGN)
    assert isinstance(told, NotTested)
    assert "rest_api" in told.reason


@pytest.mark.parametrize("number", [4, 15])
def test_rows_about_the_keys_of_a_language_model_do_not_concern_other_protocols(number):
    told = judged(f"SYSTEM-{number:03}", failure("baseline"), declared=FOREIGN)
    assert isinstance(told, NotApplicable)


def test_requests_that_reach_a_system_with_another_protocol_keep_SYSTEM_007():
    rest = {"writer": {"type": "rest_api", "base_url": "http://h/s/x/v1"}}
    asking = success(systems=rest, requests=(request("/items", body={"any": "thing"}),))
    assert judged("SYSTEM-007", asking, declared=FOREIGN) == []


def test_an_image_that_asks_its_system_reads_the_role():
    assert judged("SYSTEM-001", success()) == []


def test_an_image_that_works_only_with_the_role_of_test_containers_fails_SYSTEM_001():
    (finding,) = judged("SYSTEM-001", failure("baseline"), success("diagnose-default-role"))
    assert "writer" in finding.message


def test_a_baseline_that_a_variable_heals_as_well_says_nothing_of_the_role():
    runs = failure("baseline"), success("diagnose-default-role"), success("diagnose-variables")
    assert isinstance(judged("SYSTEM-001", *runs), NotTested)


def test_an_image_that_asked_its_system_in_vain_found_its_role():
    asked = failure("baseline", "HTTP status 401", requests=(request(status=401),))
    assert isinstance(judged("SYSTEM-001", asked, success("diagnose-default-role")), NotTested)


def test_an_image_that_gets_further_with_the_other_role_alone_fails_SYSTEM_001():
    further = failure("diagnose-default-role", "builder parquet is not supported")
    unread = failure("diagnose-one-token", "--generation-params is missing")
    runs = failure("baseline", "no system"), further, failure("diagnose-no-metadata", "no system"), unread
    assert len(judged("SYSTEM-001", *runs)) == 1


def test_an_image_that_dislikes_a_strange_role_is_not_blamed_for_it():
    strange = failure("diagnose-default-role", "unknown role system_under_test")
    runs = failure("baseline", "no format"), strange, failure("diagnose-no-metadata", "no format")
    assert isinstance(judged("SYSTEM-001", *runs), NotTested)


def test_an_image_that_never_asks_shows_nothing_of_its_roles_unless_it_misses_one():
    silent = success(requests=())
    assert isinstance(judged("SYSTEM-001", silent), NotTested)
    assert judged("SYSTEM-001", silent, failure("missing-system-writer")) == []


@pytest.mark.parametrize("requirement", ["SYSTEM-001", "SYSTEM-007", "SYSTEM-012", "SYSTEM-015", "ERROR-007"])
def test_an_image_that_never_asks_its_optional_system_cannot_ask_it_wrongly(requirement):
    silent = success(requests=())
    without = [success(name, requests=()) for name in ("no-base-url", "no-model")]
    told = judged(requirement, silent, *without, declared=OPTIONAL)
    assert isinstance(told, NotApplicable)
    assert "SYSTEM-016" in told.reason
    assert len(judged("SYSTEM-016", silent, declared=OPTIONAL)) == 1


def test_of_an_image_that_asked_nobody_nothing_is_known_where_runs_were_left_out():
    skipped = {"parameters-1": OUT_OF_SCOPE}
    assert isinstance(judged("SYSTEM-007", success(requests=()), declared=OPTIONAL, skipped=skipped), NotTested)


def test_an_image_that_asks_under_the_role_of_test_containers_alone_fails_SYSTEM_001():
    silent, renamed = success(requests=()), success("default-role")
    (finding,) = judged("SYSTEM-001", silent, renamed, declared=OPTIONAL)
    assert "system_under_test" in finding.message


def test_an_image_that_fails_without_its_optional_system_fails_SYSTEM_002():
    (finding,) = judged("SYSTEM-002", failure("without-systems", systems={}), declared=OPTIONAL)
    assert "writer" in finding.message


def test_the_run_with_only_what_is_required_stands_in_for_the_one_without_systems():
    assert judged("SYSTEM-002", success("minimal", systems={}), declared=OPTIONAL) == []
    assert isinstance(judged("SYSTEM-002", success("minimal"), declared=DECLARED), NotApplicable)


@pytest.mark.parametrize("ending", [crash, success])
def test_anything_but_a_clean_error_without_a_required_system_fails_SYSTEM_003(ending):
    (finding,) = judged("SYSTEM-003", ending("missing-system-writer"))
    assert "“writer”" in finding.message


def test_a_clean_error_without_a_required_system_is_right():
    assert judged("SYSTEM-003", failure("missing-system-writer", systems={})) == []
    assert isinstance(judged("SYSTEM-003", success(), declared=OPTIONAL), NotApplicable)


def test_an_image_that_needs_a_provider_fails_SYSTEM_004():
    (finding,) = judged("SYSTEM-004", failure("bare-systems", "'provider'"))
    assert finding.scenario == "bare-systems"


def test_a_doubled_slash_in_the_bare_run_is_no_matter_of_optional_keys():
    lost = (request("//chat/completions", status=404, declared=False),)
    assert judged("SYSTEM-004", failure("bare-systems", requests=lost)) == []


@pytest.mark.parametrize("error", ["KeyError: 'api_key'", "'api_key'", "unexpected TypeError: NoneType"])
def test_an_image_that_stumbles_over_a_missing_key_fails_SYSTEM_004(error):
    (finding,) = judged("SYSTEM-004", success("bare-systems"), failure("no-api-key", error))
    assert "api_key" in finding.message


def test_an_image_may_say_that_it_wants_a_key():
    wants = failure("no-api-key", "no key: give api_key or set API_KEY")
    assert judged("SYSTEM-004", success("bare-systems"), wants) == []


def test_a_key_in_the_environment_that_is_not_used_fails_SYSTEM_005():
    (finding,) = judged("SYSTEM-005", failure("environment-key", "no key"))
    assert "API_KEY" in finding.message


def test_a_key_of_the_environment_before_the_systems_own_fails_SYSTEM_005():
    decoyed = failure("full-systems", requests=(request("/chat/completions", key="sk-9876decoy", status=401),))
    (finding,) = judged("SYSTEM-005", success("environment-key"), decoyed)
    assert finding.scenario == "full-systems"


def test_the_systems_own_key_before_that_of_the_environment_is_right():
    from conformance.mock_openai.ledger import fingerprint

    own = (request("/chat/completions", key=fingerprint("sk-secret-key")),)
    assert judged("SYSTEM-005", success("environment-key"), success("full-systems", requests=own)) == []


@pytest.mark.parametrize("error", ["No such file or directory: '/home/asqi/kit-secrets.env'", "cannot read env_file"])
def test_an_image_that_opens_env_file_fails_SYSTEM_006(error):
    assert len(judged("SYSTEM-006", failure("full-systems", error))) == 1


def test_an_image_that_fails_with_an_env_file_for_another_reason_is_not_blamed():
    assert isinstance(judged("SYSTEM-006", failure("full-systems", "thinking is not supported")), NotTested)
    assert judged("SYSTEM-006", failure("full-systems", "status 401", requests=ASKED)) == []
    assert judged("SYSTEM-006", success("full-systems")) == []


def test_a_declared_type_that_does_not_work_fails_SYSTEM_009():
    several = manifest(systems=(System("writer", ("llm_api", "vlm_api")),))
    broken = failure("other-systems-1", systems={"writer": {**WRITER, "type": "vlm_api"}})
    (finding,) = judged("SYSTEM-009", broken, declared=several)
    assert "vlm_api" in finding.message
    assert judged("SYSTEM-009", success("other-systems-1"), declared=several) == []
    assert isinstance(judged("SYSTEM-009", success()), NotApplicable)


@pytest.mark.parametrize("kind", ["rest_api", "custom", "agent_cli", "my_own_thing"])
def test_a_type_with_a_protocol_of_its_own_that_fails_is_not_judged(kind):
    several = manifest(systems=(System("writer", ("llm_api", kind)),))
    told = judged("SYSTEM-009", failure("other-systems-1", systems={"writer": {"type": kind}}), declared=several)
    assert isinstance(told, NotTested)
    assert kind in told.reason


def test_an_image_that_asks_nobody_outside_of_localhost_fails_SYSTEM_013():
    (finding,) = judged("SYSTEM-013", success(), failure("kubernetes", "base_url must be localhost"))
    assert finding.scenario == "kubernetes"
    assert judged("SYSTEM-013", success(), success("kubernetes")) == []


def test_an_image_that_fails_in_a_network_of_its_own_for_another_reason_is_not_blamed():
    told = judged("SYSTEM-013", success(), failure("kubernetes", "cannot write to /output", systems={}))
    assert isinstance(told, NotTested)


@pytest.mark.parametrize("ending", [crash, success])
@pytest.mark.parametrize("lacking", ["no-base-url", "no-model"])
def test_anything_but_a_clean_error_for_an_incomplete_system_fails_SYSTEM_015(ending, lacking):
    (finding,) = judged("SYSTEM-015", success(), ending(lacking))
    assert lacking.removeprefix("no-").replace("-", "_") in finding.message


def test_an_image_that_never_asks_its_system_need_not_look_at_it():
    runs = [success(name, requests=()) for name in ("baseline", "no-base-url", "no-model")]
    assert isinstance(judged("SYSTEM-015", *runs), NotTested)
    assert judged("SYSTEM-015", success(), failure("no-base-url"), failure("no-model")) == []


def test_an_image_that_asks_only_a_system_of_another_protocol_need_not_look_at_the_others():
    lookup = (request("/status", body=None),)
    runs = [success(name, requests=lookup) for name in ("baseline", "no-base-url", "no-model")]
    assert isinstance(judged("SYSTEM-015", *runs), NotApplicable)
    assert judged("SYSTEM-015", runs[0], failure("no-base-url"), runs[2]) == []


@pytest.mark.parametrize("asked", [ASKED, (request("/api/generate", body={"model": "kit-chat"}),)])
def test_an_image_that_asks_a_model_beside_a_system_of_another_protocol_must_look_at_it(asked):
    lookup = (request("/status", body=None),)
    (finding,) = judged("SYSTEM-015", success(requests=lookup + asked), success("no-model", requests=lookup))
    assert finding.scenario == "no-model"


@pytest.mark.parametrize("requirement", [name for name in REGISTRY if name.startswith("SYSTEM-")])
def test_the_quick_scope_leaves_no_question_of_systems_open(requirement):
    full_only = ("bare-systems", "full-systems", "parameters-1", "kubernetes", "egress", "large-arguments",
                 "missing-system-writer", "no-base-url", "environment-key", "no-api-key", "fault-dropped",
                 "other-systems-1")  # fmt: skip
    seen = evidence(
        success(requests=()), success("minimal", systems={}), skipped=dict.fromkeys(full_only, OUT_OF_SCOPE)
    )
    several = manifest(systems=(System("writer", ("llm_api", "vlm_api")),))
    (row,) = judge(seen, several, [Row(requirement, "SHOULD")], scope="quick").requirements
    assert row.counts is (row.status != "not-tested")


def test_a_role_that_is_never_asked_fails_SYSTEM_016():
    both = {"writer": WRITER, "critic": {**WRITER, "model": "kit-chat-2"}}
    (finding,) = judged("SYSTEM-016", success(systems=both))
    assert "critic" in finding.message


def test_a_role_that_is_asked_with_other_parameters_is_used():
    assert judged("SYSTEM-016", success(requests=()), success("parameters-2")) == []


def test_requests_without_a_model_may_be_for_any_role():
    both = {"writer": WRITER, "painter": {**WRITER, "model": "kit-image"}}
    forms = (*ASKED, request("/images/edits", body="a form"))
    assert judged("SYSTEM-016", success(systems=both, requests=forms)) == []


def test_every_request_counts_for_a_system_with_a_protocol_of_its_own():
    rest = {"writer": {"type": "rest_api", "url": "http://h"}}
    own = (request("/generate", body={"q": 1}),)
    assert judged("SYSTEM-016", success(systems=rest, requests=own), declared=FOREIGN) == []
