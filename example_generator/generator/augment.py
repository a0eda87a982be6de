"""Simple augmentation: eight named ways to vary a text.

**Change this file to change what the container generates.** Every function takes a text and returns a text. They are
right for any script: cases follow Unicode's full mapping (``straße`` becomes ``STRASSE``), and what is moved or joined
are whole words, so that combining marks, ligatures and emoji sequences stay together.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Transformation = Callable[[str], str]

_SENTENCE_END = ".!?…。！？؟।"  # noqa: RUF001 - the full-width marks are meant


def title_case(text: str) -> str:
    """``it isn't BIG`` -> ``It Isn't Big``: by words, because ``str.title`` would write ``Isn'T``."""
    return " ".join(map(str.capitalize, text.split(" ")))


def prefix(text: str) -> str:
    """``good`` -> ``Note: good``."""
    return "Note: " + text


def punctuation(text: str) -> str:
    """``good.`` -> ``good!``."""
    return text.rstrip().rstrip(_SENTENCE_END) + "!"


def separators(text: str) -> str:
    """``very good`` -> ``very_good``."""
    return text.replace(" ", "_")


def word_order(text: str) -> str:
    """``very good`` -> ``good very``."""
    return " ".join(text.split()[::-1])


def spacing(text: str) -> str:
    """``very good`` -> ``very  good``."""
    return text.replace(" ", "  ")


TRANSFORMATIONS: dict[str, Transformation] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": title_case,
    "prefix": prefix,
    "punctuation": punctuation,
    "separators": separators,
    "word_order": word_order,
    "spacing": spacing,
}


def shuffled(seed: int) -> list[Transformation]:
    """The transformations in the order that ``seed`` gives them."""
    names = random.Random(seed).sample(sorted(TRANSFORMATIONS), len(TRANSFORMATIONS))  # noqa: S311 - no secret
    return [TRANSFORMATIONS[name] for name in names]


def vary(text: str, index: int, variation: int, order: Sequence[Transformation]) -> str:
    """Variation ``variation`` of the text in row ``index``: transformation number ``index + variation``, in turn.

    Each full turn adds one transformation on top, so that more variations than transformations still differ. Where
    a transformation changes nothing (upper case of upper case), the prefix is added instead.
    """
    varied = order[(index + variation) % len(order)](text)
    for turn in range(1, variation // len(order) + 1):
        varied = order[(index + variation + turn) % len(order)](varied)
    return varied if varied != text else prefix(text)


def simple_variations(texts: Sequence[str], first_index: int, variation: int, seed: int) -> list[str]:
    """One variation of each text; row ``i`` is ``vary(texts[i], first_index + i, variation, ...)``.

    Rows with the same transformation are done together: a slice and a comprehension instead of a choice per row.
    """
    order = shuffled(seed)
    step = len(order)
    if variation >= step:
        return [vary(text, first_index + row, variation, order) for row, text in enumerate(texts)]
    varied = list(texts)
    for start in range(min(step, len(texts))):
        function = order[(first_index + start + variation) % step]
        varied[start::step] = [new if (new := function(text)) != text else prefix(text) for text in texts[start::step]]
    return varied
