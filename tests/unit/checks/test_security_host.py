"""SECURITY-004, -005 and -009: what an image needs of, and does to, the machine that it runs on."""

import pytest
from builders import evidence, image, manifest, run

from conformance.checks.security import listens_on_no_port, needs_no_privileges, runs_without_root
from conformance.findings import NotTested

FAILED = {"stdout": {"results": {"success": False, "error": "chroot: Operation not permitted"}}, "exit_code": 1}


def test_a_baseline_that_capabilities_heal_fails_SECURITY_004():
    (found,) = needs_no_privileges(evidence(run(**FAILED), run("diagnose-capabilities")), manifest())
    assert "with the engine's usual ones it succeeds" in found.message


def test_a_baseline_that_nothing_heals_is_no_matter_of_privileges():
    seen = evidence(run(**FAILED), run("diagnose-capabilities", **FAILED))
    assert isinstance(needs_no_privileges(seen, manifest()), NotTested)


def test_a_baseline_that_succeeds_needs_no_privileges():
    assert needs_no_privileges(evidence(), manifest()) == []


@pytest.mark.parametrize("user", ["", "root", "0:0", "root:root"])
def test_an_image_that_works_as_root_only_fails_SECURITY_005(user):
    seen = evidence(run(), run("arbitrary-user", **FAILED), image=image(user=user, user_id=0))
    (found,) = runs_without_root(seen, manifest())
    assert found.location == "USER"


def test_an_image_of_root_that_works_as_anybody_passes():
    assert runs_without_root(evidence(run(), run("arbitrary-user"), image=image(user="")), manifest()) == []


@pytest.mark.parametrize(("user", "number"), [("app", 1000), ("1000", 1000), ("app", None)])
def test_an_image_with_a_user_of_its_own_need_not_work_as_another(user, number):
    seen = evidence(run(), run("arbitrary-user", **FAILED), image=image(user=user, user_id=number))
    assert runs_without_root(seen, manifest()) == []


def test_a_user_whose_number_is_0_is_root_whatever_its_name():
    seen = evidence(run(), run("arbitrary-user", **FAILED), image=image(user="toor", user_id=0))
    assert len(runs_without_root(seen, manifest())) == 1


def test_whether_root_is_needed_is_not_tested_without_the_run():
    judged = runs_without_root(evidence(skipped={"arbitrary-user": "the quick scope leaves it out"}), manifest())
    assert isinstance(judged, NotTested)
    assert "quick scope" in judged.reason


def listening(*sockets):
    return evidence(run(), run("kubernetes", observed={"listening": sockets}))


@pytest.mark.parametrize("socket", [("0.0.0.0", 8000), ("::", 40_000), ("127.0.0.1", 8000), ("10.0.0.2", 50_051)])
def test_a_listening_port_fails_SECURITY_009(socket):
    (found,) = listens_on_no_port(listening(socket), manifest())
    assert str(socket[1]) in found.message


@pytest.mark.parametrize("socket", [("127.0.0.1", 40_123), ("::1", 60_000)])
def test_a_free_port_on_the_loopback_address_disturbs_nobody(socket):
    assert listens_on_no_port(listening(socket), manifest()) == []


def test_no_port_is_no_finding():
    assert listens_on_no_port(listening(), manifest()) == []


def test_sockets_that_cannot_be_seen_are_not_tested():
    seen = evidence(run(), run("kubernetes", observed={"listening": None}))
    assert isinstance(listens_on_no_port(seen, manifest()), NotTested)
    assert isinstance(listens_on_no_port(evidence(), manifest()), NotTested)
