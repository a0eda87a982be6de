"""The host's manifest model and the kit's rules on thousands of manifests, good and damaged.

The kit says that a host refuses a manifest when a MUST that rests on enforcement alone (basis E) is violated; the
host's own code says it by raising. The known differences are in `known_difference`, with their reasons.
"""

import base64
import random
from collections import Counter
from collections.abc import Callable

import pytest
from interop import manifests
from interop.host import Oracle

from conformance.contract.catalogue import load_catalogue
from conformance.contract.manifest_rules import manifest_violations

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("host-manifests")]

ENFORCED = {row.id for row in load_catalogue() if row.group == "MANIFEST" and row.level == "MUST" and row.basis == "E"}


def known_difference(case: bytes, *, host_refuses: bool) -> str:
    """Why the kit and the host may differ on a manifest; empty if they may not."""
    violations = manifest_violations(case)
    requirements = {violation.requirement for violation in violations} & ENFORCED
    if host_refuses:
        # The host checks no default but an enum's; only values that JSON cannot say does its model refuse as such.
        refused_default = any(violation.requirement == "MANIFEST-008" for violation in violations)
        return "a default that JSON cannot say, which rests on MANIFEST-008" if refused_default else ""
    if requirements == {"MANIFEST-012"} and b"type: []" in case:
        return "no dataset type: the model takes the empty list, but nothing can ever be given for it"
    if requirements == {"MANIFEST-002"} and rb"\ud800" in case:
        return "half a character: the model takes it, but nothing that prints or stores the text can"
    if requirements == {"MANIFEST-001"} and b"*x" in case:
        return "an alias that leads back to itself: the model ignores the key, the kit reads no endless documents"
    return ""


def random_manifests(count: int) -> list[bytes]:
    dice = random.Random(17)
    return [manifests.manifest(dice) for _ in range(count)]


def test_the_kit_refuses_exactly_the_manifests_that_the_host_refuses(
    oracle: Oracle, say_tried: Callable[[str], None]
) -> None:
    tried = [*manifests.WHOLE, *random_manifests(2_500)]
    answers = oracle.ask("manifest", [base64.b64encode(case).decode() for case in tried])

    known: Counter[str] = Counter()
    wrong = []
    for case, answer in zip(tried, answers, strict=True):
        violated = {violation.requirement for violation in manifest_violations(case)} & ENFORCED
        if ("error" in answer) == bool(violated):
            continue
        if reason := known_difference(case, host_refuses="error" in answer):
            known[reason] += 1
        else:
            wrong.append((case.decode(errors="replace"), answer, violated))

    assert wrong == []
    accepted = sum("value" in answer for answer in answers)
    assert len(tried) / 5 < accepted < len(tried) * 4 / 5, "the generator is broken"
    say_tried(f"manifests: {len(tried)} tried, {accepted} accepted by the host; known differences: {dict(known)}")
