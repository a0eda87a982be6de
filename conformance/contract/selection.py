"""Which requirements a person means: patterns and editions, mistakes named with what is near."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.contract.catalogue import EDITION, Requirement, load_catalogue, select
from conformance.errors import NothingTested, UsageError


def chosen(patterns: Iterable[str] = (), edition: str | None = None) -> tuple[Requirement, ...]:
    """The requirements that match any of the patterns; all of them if there is no pattern.

    Raises `UsageError` for a pattern that matches nothing or an unknown edition.
    """
    patterns = tuple(patterns)
    if any(not pattern.strip() for pattern in patterns):
        raise UsageError("An empty pattern selects nothing.", "See: sdg-conformance list")
    try:
        selected = select(patterns, edition or EDITION)
    except ValueError as error:
        text = str(error)
        raise UsageError(text[:1].upper() + text[1:], "See: sdg-conformance list") from None
    if not selected:
        raise NothingTested("No requirement is selected.", "See: sdg-conformance list")
    return selected


def known_ids(edition: str | None = None) -> tuple[str, ...]:
    """Every requirement's id. Raises `UsageError` for an unknown edition."""
    chosen((), edition)
    return tuple(requirement.id for requirement in load_catalogue(edition or EDITION))
