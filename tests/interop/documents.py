"""Result documents and their entries at random from a seed: nearly right, wrong in every place that a host reads."""

import random
from typing import Any

VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -2,
    1.0,
    2.5,
    float("nan"),
    "",
    " ",
    "\n\u2003",
    "text",
    "huggingface",
    "pdf",
    "txt",
    "csv",
    "Txt",
    "html",
    "json",
    "parquet",
    "/output/d",
    "\ud800",
    "\U0001f600",
    "a" * 5000,
    [],
    [1],
    ["huggingface"],
    {},
    {"a": 1},
    {"\ud800": 1},
    {"a": "\ud800"},
    {"columns": []},
    {"columns": [], "row_count": -2},
    {"columns": [{"name": "text", "dtype": "string"}], "row_count": 3, "size_bytes": 10},
    {"columns": "x", "row_count": "3"},
    {"row_count": 10**30},
    10**30,
]


def entry(dice: random.Random, kind: str) -> Any:
    """An entry of generated_datasets (kind "dataset") or generated_reports (kind "report")."""
    if dice.random() < 0.03:
        return dice.choice(VALUES)
    types = {"dataset": ["huggingface", "pdf", "txt"], "report": ["html", "pdf", "json"]}[kind]
    fields: dict[str, Any] = {
        f"{kind}_name": dice.choice(["augmented_data", "ä", " x "]),
        f"{kind}_type": dice.choice(types),
        f"{kind}_path": dice.choice(["/output/d", "relative", "/output/../x"]),
    }
    for optional in ("format", "metadata", "num_rows", "unknown"):
        if dice.random() < 0.4:
            fields[optional] = dice.choice(VALUES)
    for name in sorted(fields):
        chance = dice.random()
        if chance < 0.1:
            fields[name] = dice.choice(VALUES)
        elif chance < 0.13:
            del fields[name]
    return fields


def entries(dice: random.Random, kind: str) -> Any:
    """The value of generated_datasets or generated_reports."""
    if dice.random() < 0.1:
        return dice.choice(VALUES)
    return [entry(dice, kind) for _ in range(dice.randrange(4))]


def results(dice: random.Random) -> Any:
    """The value of results or test_results."""
    if dice.random() < 0.25:
        return dice.choice(VALUES)
    return {"success": dice.choice(VALUES), "error": dice.choice(VALUES), "n": dice.choice(VALUES)}


def document(dice: random.Random) -> dict[str, Any]:
    """A result document, structured or flat."""
    makers = {
        "results": lambda: results(dice),
        "test_results": lambda: results(dice),
        "generated_datasets": lambda: entries(dice, "dataset"),
        "generated_reports": lambda: entries(dice, "report"),
        "success": lambda: dice.choice(VALUES),
        "unknown": lambda: dice.choice(VALUES),
    }
    return {name: makers[name]() for name in dice.sample(sorted(makers), dice.randrange(len(makers) + 1))}
