"""SECURITY-006, SYSTEM-014, IMAGE-006 and IMAGE-007: the world outside, and where an image stands."""

import pytest
from builders import evidence, image, manifest, request, run

from conformance.checks.image import leaves_its_own_folder_alone
from conformance.checks.network import contacts_no_undeclared_host, looks_up_nothing_else, needs_no_network
from conformance.contract.model import System
from conformance.findings import NotTested

FAILED = {"stdout": {"results": {"success": False, "error": "cannot download"}}, "exit_code": 1}


def watched(names=(), connections=(), **fields):
    asked = [{"name": name, "type": kind, "count": count} for name, kind, count in names]
    seen = {"watched": True, "proved": True, "names": asked, "connections": list(connections), **fields}
    return evidence(run(), run("egress", observed={"egress": seen}))


def test_a_name_that_was_looked_up_fails_both_requirements():
    seen = watched([("telemetry.example.com", "A", 2), ("telemetry.example.com", "AAAA", 2)])
    (one,) = looks_up_nothing_else(seen, manifest())
    (other,) = contacts_no_undeclared_host(seen, manifest())
    assert one.message.startswith("Given no system, it asked for telemetry.example.com twice;")
    assert other.location == "telemetry.example.com"


def test_who_tells_a_strange_host_of_its_failures_alone_fails_too():
    seen = {"watched": True, "proved": True, "connections": [], "names": []}
    told = {**seen, "names": [{"name": "errors.example.com", "type": "A", "count": 1}]}
    failed = run("egress-failure", observed={"egress": told}, **FAILED)
    (found,) = looks_up_nothing_else(evidence(run(), run("egress", observed={"egress": seen}), failed), manifest())
    assert (found.scenario, found.location) == ("egress-failure", "errors.example.com")
    (found,) = looks_up_nothing_else(evidence(run(), run("egress", observed={"egress": told}), failed), manifest())
    assert found.scenario == "egress"


def test_a_connection_is_told_with_its_name():
    hello = {"port": 443, "protocol": "tls", "host": "stats.example.com"}
    (found,) = looks_up_nothing_else(watched([("stats.example.com", "A", 1)], [hello]), manifest())
    assert "asked for stats.example.com once and connected to its port 443" in found.message


def test_a_connection_without_a_look_up_counts_too():
    sent = {"port": 80, "protocol": "http", "host": "stats.example.com:80", "request": "GET /"}
    (found,) = contacts_no_undeclared_host(watched((), [sent]), manifest())
    assert "connected to stats.example.com, port 80" in found.message


def test_the_hub_is_allowed_by_SECURITY_006_and_a_finding_of_SYSTEM_014():
    seen = watched([("huggingface.co", "A", 2), ("cdn-lfs.hf.co", "A", 1)])
    assert looks_up_nothing_else(seen, manifest()) == []
    assert len(contacts_no_undeclared_host(seen, manifest())) == 2


@pytest.mark.parametrize(
    "name", ["localhost", "3f2a1b0c9d8e", "1.0.17.172.in-addr.arpa", "printer.local", "app.localhost"]
)
def test_names_of_the_machine_itself_are_nobodys_business(name):
    assert looks_up_nothing_else(watched([(name, "A", 1)]), manifest()) == []


def test_a_host_whose_name_only_ends_like_the_hub_is_not_the_hub():
    assert len(looks_up_nothing_else(watched([("nothuggingface.co", "A", 1)]), manifest())) == 1


def test_silence_counts_only_when_the_kit_would_have_heard():
    assert looks_up_nothing_else(watched(), manifest()) == []
    assert isinstance(looks_up_nothing_else(watched(proved=False), manifest()), NotTested)


def test_where_nobody_can_listen_the_reason_is_given():
    seen = evidence(run(), run("egress", observed={"egress": {"watched": False, "reason": "port 53 is taken"}}))
    judged = contacts_no_undeclared_host(seen, manifest())
    assert isinstance(judged, NotTested)
    assert "port 53 is taken" in judged.reason
    assert isinstance(looks_up_nothing_else(evidence(), manifest()), NotTested)


def test_an_image_that_only_fails_without_a_network_fails_IMAGE_007():
    (found,) = needs_no_network(evidence(run(), run("no-network", **FAILED)), manifest())
    assert "with one it succeeds" in found.message


def test_an_image_that_cannot_do_without_its_systems_is_not_judged_by_the_network():
    optional = manifest(systems=(System("generation_system", required=False),))
    seen = evidence(run(systems=("generation_system",)), run("without-systems", **FAILED), run("no-network", **FAILED))
    assert isinstance(needs_no_network(seen, optional), NotTested)


NEEDS = manifest(systems=(System("s"),))


def left_its_system(**fields):
    return run("egress", **{"systems": ("s",), "requests": (request(),), **fields})


def test_an_image_that_needs_more_than_its_system_fails_IMAGE_007():
    (found,) = needs_no_network(evidence(run(systems=("s",)), left_its_system(**FAILED)), NEEDS)
    assert found.scenario == "egress"


def test_an_image_that_needs_only_its_system_passes():
    assert needs_no_network(evidence(run(systems=("s",)), left_its_system()), NEEDS) == []


def test_a_system_that_was_out_of_reach_says_nothing_of_the_image():
    seen = evidence(run(systems=("s",)), left_its_system(requests=(), **FAILED))
    assert isinstance(needs_no_network(seen, NEEDS), NotTested)


def test_silence_of_a_run_that_failed_says_nothing():
    seen = {"watched": True, "proved": True, "names": [], "connections": []}
    failed = evidence(run(), run("egress", observed={"egress": seen}, **FAILED))
    assert isinstance(looks_up_nothing_else(failed, manifest()), NotTested)


def test_an_image_that_works_without_a_network_passes():
    assert needs_no_network(evidence(run(), run("no-network")), manifest()) == []
    assert isinstance(needs_no_network(evidence(), manifest()), NotTested)


def test_a_cache_in_app_that_a_read_only_root_forbids_fails_IMAGE_006():
    baseline = run(rootfs_changes=("C /app", "A /app/cache", "A /tmp/x"))
    seen = evidence(baseline, run("read-only-root", **FAILED))
    (found,) = leaves_its_own_folder_alone(seen, manifest())
    assert "/app/cache" in found.message


@pytest.mark.parametrize("changes", [(), ("A /tmp/x",), ("A /var/tmp/app/x",), ("C /app",)])
def test_a_read_only_root_that_fails_for_other_reasons_is_another_requirement(changes):
    seen = evidence(run(rootfs_changes=changes), run("read-only-root", **FAILED))
    assert leaves_its_own_folder_alone(seen, manifest()) == []


def test_bytecode_that_is_written_but_not_needed_is_no_finding():
    baseline = run(rootfs_changes=("A /app/__pycache__/x.pyc",))
    assert leaves_its_own_folder_alone(evidence(baseline, run("read-only-root")), manifest()) == []


def test_the_images_own_working_directory_counts_like_app():
    baseline = run(rootfs_changes=("A /srv/program/cache",))
    seen = evidence(baseline, run("read-only-root", **FAILED), image=image(working_directory="/srv/program"))
    assert len(leaves_its_own_folder_alone(seen, manifest())) == 1


def test_without_either_run_IMAGE_006_is_not_tested():
    assert isinstance(leaves_its_own_folder_alone(evidence(), manifest()), NotTested)
