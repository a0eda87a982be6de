"""Plausible texts for a text parameter, guessed from its name and description."""

from __future__ import annotations

import re

from conformance.contract.model import Parameter
from conformance.inputs.words import has_word

_BY_NAME: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"language|lang|locale", ("en", "English", "de", "fr", "en-US", "German")),
    (r"date|day|since|until|start|end", ("2024-01-15", "2024-02-28", "2024-01-15T10:00:00Z")),
    (r"time|timestamp|datetime", ("2024-01-15T10:00:00Z", "10:00:00", "2024-01-15")),
    (r"timezone|tz", ("UTC", "Europe/Berlin")),
    (r"encoding|charset", ("utf-8", "latin-1")),
    (r"url|uri|endpoint|link|website", ("https://example.com/", "http://localhost/")),
    (r"email|mail", ("reader@example.com", "editor@example.org")),
    (r"model|engine|llm", ("gpt-4o-mini", "default", "small")),
    (r"format|extension|filetype", ("json", "parquet", "csv", "text", "jsonl", "markdown")),
    (r"separator|delimiter|sep", (",", ";", "|")),
    (r"pattern|regex|regexp", (".*", "[a-z]+", "^.+$")),
    (r"country", ("DE", "Norway", "US")),
    (r"currency", ("EUR", "USD")),
    (r"colou?r", ("blue", "#336699", "red")),
    (r"log|verbosity|log_level", ("INFO", "DEBUG", "info")),
    (r"level|difficulty|severity|priority", ("medium", "low", "high", "easy")),
    (r"version|revision", ("1.0.0", "1.0", "main")),
    (r"split|subset", ("train", "test", "validation")),
    (r"tone|style|mood", ("neutral", "formal", "friendly", "casual")),
    (r"template", ("Rewrite this text in other words: {text}", "{text}", "Rewrite this text in other words.")),
    (r"prompt|instruction|question|query", ("Rewrite this text in other words.", "Write a short review.")),
    (r"topic|subject|theme|domain", ("customer reviews", "travel", "cooking")),
    (r"mode|method|type|kind|strategy|algorithm|approach|augmentation|operation|action",
     ("simple", "default", "basic", "random", "standard", "auto")),
    (r"json|config|schema", ("{}", '{"key": "value"}', "[]")),
    (r"path|file|filename|output|dir|directory|folder", ("sample", "sample.txt", "result.json")),
    (r"id|uuid|key", ("item-1", "sample-2", "3f2504e0-4f89-41d3-9a0c-0305e82c3301")),
    (r"number|count|size|amount", ("2", "3", "1")),
)  # fmt: skip

ANY_TEXT = ("sample", "simple", "default", "test", "a", "1")
_QUOTED = re.compile(r"""['"`“‘]([^'"`“”‘’\n]{1,40})['"`”’]""")  # noqa: RUF001
_LISTED = re.compile(
    r"(?:one of|e\.?g\.?|either|allowed values|options|choices|values|such as)[:\s(\[{]+([^.;)\]}\n]{1,200})",
    re.IGNORECASE,
)
_CLOSED = (
    "mode|method|type|kind|strategy|algorithm|approach|operation|action|augmentation|language|lang|locale|format|style|"
    "level|difficulty|encoding|model|engine|column|col|field|feature|path|file|url|uri|date|time|timezone|tz|pattern|"
    "regex|country|currency|colou?r|version|split|subset|json|config|schema|template|number|count|size|endpoint|id"
)
"""Words of names whose values form a set that only the image's author knows."""
MOST = 8


def texts_for(parameter: Parameter, columns: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Plausible values of a text parameter, the likeliest first.

    What the description quotes or lists comes first ("one of: simple, advanced"), then what the name suggests, then
    plain words. ``columns`` are the names of the input columns, for parameters that name one.
    """
    found = [*_described(parameter.description[:2000])]
    if has_word(parameter.name, "column|col|field|feature") and columns:
        found = [*columns[:4], *found]
    found += next((texts for words, texts in _BY_NAME if has_word(parameter.name, words)), ())
    return tuple(dict.fromkeys([*found, *ANY_TEXT]))[:MOST]


def open_texts_for(parameter: Parameter) -> tuple[str, ...]:
    """The plausible texts that an image has no reason to refuse: those that its description names, or any words.

    Empty where the name tells of a set that the manifest does not state (``mode``, ``language``, ``path``).
    """
    if described := _described(parameter.description[:2000]):
        return tuple(described)
    return () if has_word(parameter.name, _CLOSED) else texts_for(parameter)[:2]


def is_prose(parameter: Parameter) -> bool:
    """Whether the parameter takes any sentence: nothing in its description narrows it, and its name says text."""
    free = has_word(parameter.name, "prompt|text|title|prefix|suffix|message|note|comment|greeting|topic|instruction")
    return free and not _described(parameter.description[:2000])


def _described(description: str) -> list[str]:
    """The values that a description names: a list after words such as "one of", or several quoted words."""
    quoted = [text for text in _QUOTED.findall(description) if text.strip()]
    listed = _LISTED.search(description)
    if listed:
        parts = re.split(r",|\||/|\bor\b|\band\b", listed[1])
        words = [part.strip(" '\"`“”‘’()[]{}*") for part in parts]  # noqa: RUF001
        found = [word for word in words if word and re.fullmatch(r"[\w.+-]{1,30}", word)]
        if found:
            return list(dict.fromkeys(found))[:6]
    return quoted[:6] if len(quoted) > 1 else []
