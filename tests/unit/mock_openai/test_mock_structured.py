"""Generated values obey their JSON Schema, whatever is in it, and recursion ends."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conformance.mock_openai.dice import Dice, seed
from conformance.mock_openai.errors import ApiError
from conformance.mock_openai.structured import generate

TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            },
            "required": ["value", "children", "next"],
            "additionalProperties": False,
        }
    },
}
SCHEMAS = {
    "object": {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "number"}},
        "required": ["a", "b", "c"],
        "additionalProperties": False,
    },
    "enum and const": {"properties": {"a": {"enum": ["x", 1, None]}, "b": {"const": "only"}}, "required": ["a", "b"]},
    "bounds": {"type": "integer", "minimum": 7, "maximum": 9},
    "open bounds": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    "only a maximum": {"type": "integer", "maximum": -5},
    "multiples": {"type": "integer", "minimum": 10, "maximum": 30, "multipleOf": 7},
    "multiples of a tenth": {"type": "number", "minimum": 9, "multipleOf": 0.1},
    "decimal multiples": {"type": "number", "minimum": 1, "maximum": 2, "multipleOf": 0.25},
    "lengths": {"type": "string", "minLength": 500, "maxLength": 510},
    "short": {"type": "string", "maxLength": 3},
    "patterns": {"type": "string", "pattern": "^[A-Z]{2}-\\d{3,5}(-(north|south))?$"},
    "pattern with length": {"type": "string", "pattern": "^\\w+$", "minLength": 12, "maxLength": 20},
    "negated pattern": {"type": "string", "pattern": "^[^a-z]+$"},
    **{
        f"format {name}": {"type": "string", "format": name}
        for name in ("date", "date-time", "time", "email", "uuid", "ipv4", "ipv6", "uri", "hostname", "duration")
    },
    "arrays": {"type": "array", "items": {"type": "boolean"}, "minItems": 4, "maxItems": 4},
    "unique": {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
    "tuples": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "any of": {"anyOf": [{"type": "string", "maxLength": 2}, {"type": "integer", "minimum": 1000}]},
    "one of": {
        "oneOf": [{"type": "object", "properties": {"kind": {"const": "a"}}, "required": ["kind"]}, {"type": "null"}]
    },
    "all of": {
        "allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": {"minimum": 3, "type": "integer"}}}]
    },
    "type lists": {"type": ["null", "string"]},
    "dictionary": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
    "required without property": {"type": "object", "required": ["x"]},
    "recursion": TREE,
    "optional recursion": {
        "type": "object",
        "properties": {"self": {"$ref": "#"}, "name": {"type": "string"}},
        "required": ["name"],
    },
    "reference with siblings": {"$ref": "#/$defs/a", "maxLength": 5, "$defs": {"a": {"type": "string"}}},
    "nothing": {},
    "true": {"type": "object", "properties": {"a": True}, "required": ["a"]},
}


def dice(turn):
    return Dice(seed(b"body", turn), b"body", turn)


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_generated_is_valid(name):
    validator = Draft202012Validator(SCHEMAS[name], format_checker=Draft202012Validator.FORMAT_CHECKER)
    Draft202012Validator.check_schema(SCHEMAS[name])
    for turn in range(30):
        value = generate(SCHEMAS[name], dice(turn), "A good product.")
        assert list(validator.iter_errors(value)) == []
        assert json.loads(json.dumps(value)) == value


def test_texts_are_about_the_prompt_and_differ_from_each_other():
    schema = {"type": "array", "items": {"type": "string"}, "minItems": 5}
    texts = generate(schema, dice(0), "A sturdy bicycle.")
    assert len(set(texts)) == len(texts)
    assert all("sturdy bicycle" in text for text in texts)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "thing"},
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "https://example.com/x"},
        {"$ref": "#"},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "string", "pattern": "("},
        {"enum": []},
        {"type": "object", "properties": {"a": 7}, "required": ["a"]},
    ],
)
def test_a_schema_that_nothing_can_meet_is_a_400(schema):
    with pytest.raises(ApiError) as refused:
        generate(schema, dice(0), "x")
    assert refused.value.status == 400


def test_hostile_schemas_end_quickly(post, name):
    wide = {"type": "array", "items": {"type": "string"}, "minItems": 10**9}
    deep = {"type": "string"}
    for _ in range(300):
        deep = {"type": "object", "properties": {"a": deep}, "required": ["a"]}
    malformed = [{"type": "object", "properties": [1]}, {"type": "string", "minLength": "x"}, {"anyOf": 3}]
    for schema in (wide, deep, *malformed):
        form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
        body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "response_format": form}
        assert post(name, body=body).status_code == 400


def objects(parts):
    """Schemas of objects, some of their properties required."""
    properties = st.dictionaries(st.text(min_size=1, max_size=6), parts, max_size=4)
    return properties.flatmap(
        lambda known: st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.just(known),
                "required": st.lists(st.sampled_from(sorted(known)), unique=True) if known else st.just([]),
                "additionalProperties": st.booleans(),
            }
        )
    )


LEAVES = st.sampled_from([SCHEMAS[name] for name in SCHEMAS if "$" not in json.dumps(SCHEMAS[name])])
NESTED = st.recursive(
    LEAVES,
    lambda parts: (
        objects(parts)
        | parts.map(lambda part: {"type": "array", "items": part, "minItems": 2, "maxItems": 4})
        | st.lists(parts, min_size=1, max_size=3).map(lambda options: {"anyOf": options})
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(NESTED, st.integers(0, 5))
def test_what_is_generated_for_schemas_within_schemas_is_valid(schema, turn):
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert list(validator.iter_errors(generate(schema, dice(turn), "A good product."))) == []
