"""``sdg-conformance list`` and ``explain``: the catalogue, for people."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands.check import PROFILES

if TYPE_CHECKING:
    from conformance.contract.catalogue import Requirement

MUTANTS = Path(__file__).parents[2] / "fixtures" / "mutants"
"""Where the kit's sources describe the defective images; an installed kit has none."""


@dataclass(frozen=True)
class _Shown:
    requirement: Requirement
    level: str
    scenarios: tuple[str, ...]


def _rows(only: tuple[str, ...], profile: str, edition: str | None) -> list[_Shown]:
    from conformance.checks.all import REGISTRY
    from conformance.contract.selection import chosen

    return [
        _Shown(one, one.level_in(profile), REGISTRY[one.id].scenarios if one.id in REGISTRY else ())
        for one in chosen(only, edition)
    ]


@click.command("list")
@click.option("--profile", type=click.Choice(PROFILES), default="current", show_default=True)
@click.option("--only", multiple=True, metavar="PATTERN", help="Requirements, such as 'OUTPUT-*'. Repeatable.")
@click.option("--edition", help="An older edition of the catalogue.")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
def list_requirements(profile: str, only: tuple[str, ...], edition: str | None, format_: str) -> int:
    """List the requirements of the catalogue, with what shows each."""
    rows = _rows(only, profile, edition)
    if format_ == "json":
        import json

        listed = [
            {"id": row.requirement.id, "level": row.level, "title": row.requirement.title, "scenarios": row.scenarios}
            for row in rows
        ]
        click.echo(json.dumps(listed, indent=2))
        return 0
    for row in rows:
        aside = "" if row.scenarios else "  (not built yet)"
        click.echo(f"{row.requirement.id:<14} {row.level:<7} {row.requirement.title}{aside}")
    return 0


@click.command()
@click.argument("identifier", metavar="ID")
@click.option("--edition", help="An older edition of the catalogue.")
def explain(identifier: str, edition: str | None) -> int:
    """Explain one requirement: what it asks, why, what shows it, how to meet it."""
    import textwrap

    from conformance.checks.all import REGISTRY
    from conformance.contract.catalogue import BASES
    from conformance.contract.selection import chosen

    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    for requirement in chosen((identifier,), edition):
        levels = {profile: requirement.level_in(profile) for profile in PROFILES}
        check = REGISTRY.get(requirement.id)
        parts = {
            "Asks": requirement.statement,
            "Level": ", ".join(f"{level} ({profile})" for profile, level in levels.items()),
            "": requirement.note,
            "Why": "; ".join(BASES[basis] for basis in requirement.bases),
            "Source": requirement.source,
            "Judged": requirement.checked,
            "Shown by": _shown_by(check.scenarios) if check else "not built yet",
            "Violated by": "; ".join(requirement.violators),
            "Mutants": proofs(requirement.id),
            "Fix": requirement.hint,
            "Good": requirement.example_good,
            "Bad": requirement.example_bad,
        }
        click.echo(f"{requirement.id}: {requirement.title}\n")
        for name, text in parts.items():
            if text:
                label = f"{name}:" if name else ""
                click.echo(textwrap.fill(f"{label:<13}{text}", width, subsequent_indent=" " * 13))
    return 0


def _shown_by(scenarios: tuple[str, ...]) -> str:
    return ", ".join({"*": "every run", "static": "the image and its manifest"}.get(name, name) for name in scenarios)


def proofs(identifier: str, folder: Path = MUTANTS) -> str:
    """The defective images that prove the requirement's check, or why none can; empty where the sources are not."""
    import yaml

    named = []
    for path in sorted(folder.glob("*.yaml")):
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(entries, dict) and identifier in entries:
            named.append(f"no mutant ({entries[identifier]})")
        mutants = entries if isinstance(entries, list) else []
        named += [f"{one['id']} ({one['defect'].rstrip('.')})" for one in mutants if one["requirement"] == identifier]
    return "; ".join(named)
