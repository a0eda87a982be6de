"""The published JSON Schemas: every one stands alone, and what the kit writes satisfies them."""

from __future__ import annotations

import json

import jsonschema
import pytest
from builders import finding, report
from click.testing import CliRunner

from conformance.cli import cli
from conformance.commands.schema import PACKAGE, SCHEMAS
from conformance.report import document


def printed(name):
    result = CliRunner().invoke(cli, ["schema", name])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_a_schema_of_its_draft_that_stands_alone(name):
    schema = printed(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    list(jsonschema.Draft202012Validator(schema).iter_errors({"reports": [{}, {}], "generated_datasets": [{}]}))


def test_every_schema_of_the_package_is_published():
    files = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.schema.json")}
    assert files == set(SCHEMAS.values())


@pytest.mark.parametrize(("name", "number"), [("report", 1), ("campaign", 2)])
def test_reports_satisfy_their_schema_and_a_report_without_verdict_does_not(name, number):
    reports = [report(), report(findings={"OUTPUT-001": [finding()]})][:number]
    validator = jsonschema.Draft202012Validator(printed(name))
    made = document(reports)
    validator.validate(made)
    (made["reports"][0] if number > 1 else made).pop("verdict")
    assert not validator.is_valid(made)


def test_an_unknown_schema_is_an_error_that_names_those_that_are():
    result = CliRunner().invoke(cli, ["schema", "repport"])
    assert result.exit_code == 2
    assert "report" in result.output
