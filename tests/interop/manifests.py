"""Manifests at random from a seed: good ones, and good ones with something changed where a host looks."""

import copy
import datetime
import random
from typing import Any

import yaml

FEATURES: list[dict[str, Any]] = [
    {"name": "text", "dtype": "string"},
    {"name": "score", "dtype": "float64", "required": True, "description": "a score"},
    {"name": "stamp", "feature_type": "Value", "dtype": "timestamp[us]"},
    {"name": "tags", "feature_type": "List", "feature": "string", "length": -1},
    {"name": "pictures", "feature_type": "List", "feature": "Image"},
    {"name": "kind", "feature_type": "ClassLabel", "names": ["good", "bad"]},
    {"name": "picture", "feature_type": "Image", "required": False},
    {"name": "sound", "feature_type": "Audio"},
    {
        "name": "place",
        "feature_type": "Dict",
        "fields": [
            {"name": "x", "feature_type": "Value", "dtype": "int64"},
            {"name": "inner", "feature_type": "Dict", "fields": [{"name": "film", "feature_type": "Video"}]},
        ],
    },
]
PARAMETERS: list[dict[str, Any]] = [
    {"name": "count", "type": "integer", "required": False, "default": 2},
    {"name": "share", "type": "float", "default": 0.5, "ui_config": {"step": 0.1}},
    {"name": "title", "type": "string", "required": True, "description": "a title"},
    {"name": "loud", "type": "boolean", "default": False},
    {"name": "mode", "type": "enum", "choices": ["a", "b", 3], "default": "a"},
    {"name": "words", "type": "list", "items": "string", "default": ["x"]},
    {"name": "rules", "type": "list", "items": {"name": "rule", "type": "enum", "choices": [1, 2.5]}},
    {
        "name": "options",
        "type": "object",
        "properties": [{"name": "depth", "type": "integer"}, {"name": "more", "type": "object", "properties": []}],
        "default": {"depth": 1},
    },
]
MANIFEST: dict[str, Any] = {
    "name": "image",
    "version": "1.0",
    "description": "an image",
    "host_access": False,
    "input_systems": [
        {"name": "generation_system", "type": "llm_api", "required": False},
        {"name": "other", "type": ["llm_api", "rest_api"], "description": "another"},
    ],
    "input_schema": PARAMETERS,
    "input_datasets": [
        {"name": "source_data", "type": "huggingface", "required": True, "features": FEATURES},
        {"name": "corpus", "type": ["huggingface", "pdf", "txt"], "features": [{"name": "text", "dtype": "string"}]},
        {"name": "paper", "type": "pdf"},
    ],
    "output_metrics": [
        {"name": "success", "type": "boolean"},
        {"name": "info", "type": "object", "description": "more"},
    ],
    "output_artifacts": [{"name": "log", "path": "/output/log.txt"}],
    "environment_variables": [{"name": "TOKEN", "required": False}],
    "output_reports": [{"name": "page", "type": "html"}],
    "output_datasets": [
        {"name": "made", "type": "huggingface", "features": FEATURES},
        {"name": "prose", "type": "txt"},
    ],
}
WORDS = [
    "text",
    "string",
    "str",
    "int",
    "int8",
    "integer",
    "number",
    "float",
    "float16",
    "boolean",
    "bool",
    "list",
    "array",
    "object",
    "dict",
    "enum",
    "null",
    "none",
    "huggingface",
    "csv",
    "pdf",
    "txt",
    "html",
    "json",
    "Value",
    "List",
    "Dict",
    "ClassLabel",
    "Image",
    "Audio",
    "Video",
    "Sequence",
    "llm_api",
    "string_view",
    "timestamp[us]",
    "time64[s]",
    "decimal128(10,2)",
    "timestamp[us,tz=UTC]",
    "yes",
    "no",
    "on",
    "off",
    "true",
    "false",
    "1",
    "0",
    "1.0",
    "-1",
    "2.5",
    "t",
    "f",
    "Y",
]
KEYS = [
    "name",
    "version",
    "type",
    "required",
    "description",
    "dtype",
    "feature_type",
    "feature",
    "fields",
    "names",
    "length",
    "items",
    "properties",
    "choices",
    "default",
    "features",
    "input_schema",
    "output_metrics",
    "output_datasets",
    "ui_config",
    "host_access",
    "unknown",
]
SCALARS: list[Any] = [
    *WORDS,
    *WORDS,
    "",
    " ",
    "ä\u2028",
    None,
    None,
    True,
    False,
    0,
    1,
    -1,
    -2,
    3,
    2**70,
    1.0,
    2.5,
    0.0,
    float("nan"),
    float("inf"),
    datetime.date(2024, 1, 1),
    datetime.datetime(2024, 1, 1, 12),
    b"bytes",
    b"\xff",
    {1, 2},
    (1, 2),
]
TEXT_CHANGES = [
    ("\n", "\n\t"),
    ("\n", "\r\n"),
    ("name: image", "name: image\nname: twice"),
    ("name: image", "name: &a image"),
    ("version: '1.0'", "version: 1.0"),
    ("version: '1.0'", "version: 1.0.0"),
    ("version: '1.0'", "version: 0x10"),
    ("version: '1.0'", "version: 12:30:45"),
    ("version: '1.0'", "version: 1_000"),
    ("version: '1.0'", "version: ~"),
    ("version: '1.0'", "version: !!str 1.0"),
    ("version: '1.0'", "version: !!binary MS4w"),
    ("'", '"'),
    ("version: '1.0'", "version: !custom 1.0"),
    ("version: '1.0'", "version: !!python/tuple [1]"),
    ("version: '1.0'", "1: 2"),
    ("version: '1.0'", "version: '1.0'\n1: 2"),
    ("version: '1.0'", "version: '1.0'\non: x"),
    ("version: '1.0'", "<<: {version: '2'}"),
    ("version: '1.0'", "version: '1.0'\n---\n{}"),
    ("version: '1.0'", "version: '1.0'\n...\n"),
    ("version: '1.0'", "version: '1.0'\n---"),
    ("version: '1.0'", "version: '\\x00'"),
    ("version: '1.0'", 'version: "\\ud800"'),
    ("version: '1.0'", 'version: "\\x00"'),
    ("version: '1.0'", "version: *unknown"),
    ("version: '1.0'", "? [a]\n: b"),
    ("version: '1.0'", "version: |\n  1.0"),
    ("image", "\x07"),
    ("image", "\ufeff"),
    ("image", "im\x85age"),
    ("description", "Description"),
    ("false", "no"),
    ("false", "'false'"),
    ("true", "TRUE"),
]
WHOLE = [
    b"",
    b"\n",
    b"# nothing\n",
    b"---\n",
    b"null\n",
    b"[]\n",
    b"text\n",
    b"1\n",
    b"{}\n",
    b"- name: image\n",
    b"\xff\xfe\n",
    b"---\n...\n",
    b"\xef\xbb\xbfname: image\nversion: '1.0'\n",
    b"name: \xe9\nversion: '1'\n",
    "name: image\nversion: '1'\n".encode("utf-16"),
    b"name: image\nversion: '1'\n",
    b"--- {name: image, version: '1'}\n--- {name: image, version: '1'}\n",
    b"%YAML 1.1\n---\nname: a\nversion: b\n",
    b"%YAML 2.0\n---\nname: a\nversion: b\n",
    b"name: a\nversion: b\nself: &x [*x]\n",
    b"name: a\nversion: b\noutput_metrics: &x [*x]\n",
    b"!!set {name, version}\n",
    b"!!omap [name: a, version: b]\n",
    b"!!pairs [name: a, version: b]\n",
    b"name: a\nversion: b\ndescription: =\n",
    b"name: !!timestamp 2024-01-01\nversion: b\n",
    b"name: a\nversion: 2024-13-01\n",
    b"name: 2024-13-45\nversion: '1'\n",
    b"name: a\nversion: b\x00\n",
    b"name: a\nversion: b\ninput_systems: !!set {}\n",
    b"name: a\nversion: b\noutput_metrics: !!set {a, b}\n",
    b"name: a\nversion: b\n1.5: c\n",
    b"name: a\nversion: b\ninput_systems: !!omap [name: a]\n",
    b"name: a\nversion: b\n~: c\n",
    b"name: .nan\nversion: b\n",
    b"{name: a, version: b",
]


def value(dice: random.Random, depth: int = 0) -> Any:
    """Something to put into a manifest, now and then a list or a mapping that would be right elsewhere."""
    chance = dice.random()
    if chance < 0.7 or depth > 2:
        return dice.choice(SCALARS)
    if chance < 0.8:
        return copy.deepcopy(dice.choice([*FEATURES, *PARAMETERS, FEATURES, PARAMETERS, ["success", "n"], [], {}]))
    if chance < 0.9:
        return [value(dice, depth + 1) for _ in range(dice.randrange(3))]
    return {dice.choice(KEYS): value(dice, depth + 1) for _ in range(dice.randrange(4))}


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with every key or index in it."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found: list[tuple[Any, Any]] = []
    for key, child in items:
        found += [(node, key), *places(child)]
    return found


def changed(dice: random.Random, document: dict[str, Any]) -> None:
    """Change one thing: replace, remove, add or repeat something anywhere."""
    node, key = dice.choice(places(document) or [(document, "name")])
    chance = dice.random()
    if chance < 0.55:
        node[key] = value(dice)
    elif chance < 0.7:
        node.pop(key, None) if isinstance(node, dict) else node.pop(key)
    elif chance < 0.9 and isinstance(node, dict):
        node[dice.choice(KEYS)] = value(dice)
    elif isinstance(node, list):
        node.insert(key, value(dice) if dice.random() < 0.7 else copy.deepcopy(node[key]))


def thinned(dice: random.Random, node: Any) -> Any:
    """A copy with at most two entries of each list, so that thousands are parsed in seconds."""
    if isinstance(node, list):
        return [thinned(dice, entry) for entry in dice.sample(node, min(len(node), 2))]
    return {key: thinned(dice, entry) for key, entry in node.items()} if isinstance(node, dict) else node


def manifest(dice: random.Random) -> bytes:
    """The bytes of a manifest."""
    document = {
        key: thinned(dice, part) for key, part in MANIFEST.items() if key in {"name", "version"} or dice.random() < 0.4
    }
    for _ in range(dice.choice([0, 1, 1, 1, 1, 2, 3])):
        changed(dice, document)
    try:
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=dice.random() < 0.5)
    except yaml.YAMLError:  # a tuple cannot be written safely
        text = yaml.dump(document, sort_keys=False)
    if dice.random() < 0.1:
        text = text.replace(*dice.choice(TEXT_CHANGES), dice.choice([1, 1, -1]))
    return text.encode("utf-8", errors="surrogatepass")
