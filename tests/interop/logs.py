"""Logs as containers write them, and worse: built of pieces at random from a seed, then damaged at random."""

import json
import random
from typing import Any

NOISE = [
    "INFO starting",
    "  progress 100%\r",
    "\r50%|#####     |",
    "done.",
    "",
    " ",
    "\t",
    "stats: {'a': 1}",
    "headers={}",
    "usage: e.py [-h] {a,b}",
    'resp {"status": 200}',
    "{",
    "}",
    "{}",
    "[]",
    '[{"a": 1}]',
    "{{",
    "}}",
    "{'a': 1}",
    "{a: 1}",
    '{"level": "info", "msg": "bye"}',
    "INFO:root:",
    "\x1b[32mok\x1b[0m",
    "\ufeff",
    "```json",
    "```",
    "null",
    '"{"',
    "a { b } c",
    "f(x) = {x | x > 0}",
    '{"open": ',
    '{"open": [1, 2',
    '"}',
    "\\",
    '{"a": 1}{"b": 2}',
    '{"a": 1},',
    "\x0b",
    '\x0c{"formfeed": 1}',
    "\u2028",
    '\xa0{"nbsp": 1}',
    "\x1c",
    "\x85",
    "\ufffd",
    "\x00",
    "💥 {💥}",
    '{"k"}',
    '{"k": }',
    '{"k": 01}',
    '{"k": 1e400}',
    '{"k": -}',
    '{"k": .5}',
    '{"k": 1,}',
    "{,}",
    '{"a": "tab\there"}',
    '{"a": "\\x"}',
    '{"a": "\\u12"}',
    '{"a": NaN}',
    '{"a": -Infinity, "a": 2}',
    '{"a": tru',
    '{"a": Infinit',
    '{"a": "\\ud800"}',
    '{"big": ' + "9" * 400 + "}",
    '{ \n\t"spaced" \r\n:\n1 }',
    '// {"comment": 1}',
    '{"a": {"b": {',
]
SEPARATORS = ["\n", "\n", "\n", "\n", "\r\n", "", " ", "\n\n", "\r"]
ALPHABET = '{}[]":,\\ \n\r\ta1.eE-ué\u2028'


def value(dice: random.Random, depth: int = 0) -> Any:
    """A value that JSON (as Python writes it) can say."""
    scalars = [
        None,
        True,
        False,
        0,
        -1,
        5,
        2.5,
        1e308,
        float("nan"),
        float("-inf"),
        "",
        "text",
        "{",
        "}",
        "a\nb",
        "\u20ac\U0001f600",
    ]
    if depth > 3 or dice.random() < 0.5:
        return dice.choice(scalars)
    size = dice.randrange(4)
    if dice.random() < 0.5:
        return [value(dice, depth + 1) for _ in range(size)]
    return {dice.choice(["a", "b", "success", "{", '"', "é"]): value(dice, depth + 1) for _ in range(size)}


def document(dice: random.Random) -> dict[str, Any]:
    """A result document, more or less."""
    fields = {
        "results": {"success": dice.choice([True, False, "true", 1, None]), "n": value(dice)},
        "test_results": value(dice),
        "generated_datasets": [{"dataset_name": "d", "dataset_path": "/output/d", "metadata": value(dice)}],
        "generated_reports": [],
        "success": True,
        "error": "Traceback {…}",
    }
    kept = dice.sample(sorted(fields), dice.randrange(1, len(fields)))
    return {key: fields[key] for key in kept}


def printed(dice: random.Random) -> str:
    """A document as some container prints it."""
    text = json.dumps(
        document(dice),
        ensure_ascii=dice.random() < 0.7,
        indent=dice.choice([None, None, 0, 2, "\t"]),
        separators=dice.choice([None, (",", ":"), (" , ", " : ")]),
    )
    return text.replace("\n", "\r\n") if dice.random() < 0.1 else text


def piece(dice: random.Random) -> str:
    """One piece of a log: noise, a document, the like of it cut short, or something long."""
    chance = dice.random()
    if chance < 0.6:
        return dice.choice(NOISE)
    if chance < 0.85:
        return printed(dice)
    if chance < 0.97:
        text = printed(dice)
        return text[: dice.randrange(len(text))]
    return json.dumps({"long": dice.choice(["x", "{", "é\\"]) * dice.randrange(5_000, 40_000)})


def log(dice: random.Random) -> str:
    """A whole merged log."""
    text = "".join(piece(dice) + dice.choice(SEPARATORS) for _ in range(dice.randrange(0, 8)))
    for _ in range(dice.choice([0, 0, 1, 3])):
        text = damaged(dice, text)
    return text


def damaged(dice: random.Random, text: str) -> str:
    """The text with one stretch left out, doubled, or a character put in."""
    place = dice.randrange(len(text) + 1)
    end = place + dice.choice([0, 1, 1, 5, 50])
    return text[:place] + dice.choice(["", dice.choice(ALPHABET), text[place:end] * 2]) + text[end:]
