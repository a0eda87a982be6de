"""Plausible words: what a text column or a text parameter of a given name is likely to hold.

Nothing here is random. A choice is made by a checksum of a key (seed, dataset, column, row), so the same plan gives
the same words on every machine.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

SENTENCES = (
    "Order {number} arrived two days early and the packaging was intact.",
    "The battery of device {number} lasts a whole weekend without charging.",
    "Customer {number} asked for a refund because the colour did not match the picture.",
    "Report {number} describes a slow response of the service on Monday morning.",
    "The manual of product {number} is short, clear and easy to follow.",
    "Ticket {number} was closed after the technician replaced the cable.",
    "Nobody at desk {number} could explain why the invoice was sent twice.",
    "The fabric of item {number} feels thin, but the stitching is excellent.",
    "Visitor {number} enjoyed the guided tour and would recommend it to friends.",
    "Delivery {number} was left with a neighbour although somebody was at home.",
)
QUESTIONS = (
    "How do I return item {number} if the box is already open?",
    "When will order {number} leave the warehouse?",
    "Which warranty applies to device {number} outside the country?",
    "Why does product {number} switch itself off after an hour?",
)
ANSWERS = (
    "Item {number} can be returned within thirty days, with or without its box.",
    "Order {number} leaves the warehouse on the next working day.",
    "Device {number} carries the manufacturer's warranty for two years.",
    "Product {number} saves energy; the timer can be changed in its settings.",
)
PEOPLE = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Mary Shelley", "Jean Bartik", "Karl Steinbuch")

CANARIES = (
    "=40961*4099 #",
    "$((40961*4099))",
    "{{40961*4099}}",
    "../../etc/passwd",
    "cos\nsystem\n(S'echo $((40961*4099))'\ntR.",
    "<script>alert(1)</script>",
    "'; DROP TABLE reviews; --",
    "%s %d {0} {text}",
)
"""Text that some program might evaluate or follow: a formula (and Python), a shell's sum, a template, a path, a pickle,
a script, a query, a pattern. To a container it is data."""

EVALUATED = (str(40961 * 4099),)
"""What comes out only where one of the canaries was evaluated."""

WILD = (
    "Zoë naïvely paid 5 € for crème brûlée: “très bien”",
    "日本語のレビュー、とても良い",
    "מוצר מצוין, ממליצה בחום: منتج ممتاز",
    "🎉👩‍👩‍👧 five stars ⭐⭐⭐⭐⭐",
    'she said "it\'s fine", twice, and left',
    "first line\nsecond line\n\nfourth line",
    "tab\there, back\\slash, semi;colon",
    "Straße in Łódź, Ελλάδα, Москва",
)
"""Text of many languages and with every character that file formats quote."""

_SMALL_SETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"sentiment|polarity", ("positive", "negative", "neutral")),
    (r"language|lang|locale", ("en", "de", "fr")),
    (r"country", ("Norway", "Japan", "Kenya")),
    (r"city|place|location", ("Oslo", "Kyoto", "Nairobi")),
    (r"difficulty|severity|priority", ("low", "medium", "high")),
    (r"gender|sex", ("female", "male", "other")),
    (r"role", ("user", "reviewer", "editor")),
    (r"label|category|class|intent|topic|type|kind|status|tag|genre|group|split", ("positive", "negative", "neutral")),
)

_FORMS = (
    (r"url|uri|link|href|website", "https://example.com/items/{number}"),
    (r"email|mail", "reader.{number}@example.com"),
    (r"time", "{hour:02d}:{minute:02d}:00"),
    (r"phone|telephone|mobile", "+1-555-{number}"),
    (r"path|file|filename|folder|directory", "documents/item-{number}.txt"),
    (r"author|user|username|customer|person|speaker|reviewer", "{person} {number}"),
    (r"version", "v1.{number}"),
)
_BANKS = (
    (r"question|query|prompt|instruction|input", QUESTIONS),
    (r"answer|response|completion|output|reply", ANSWERS),
    (r"name|title|heading|subject|headline", ("Review of item {number}",)),
)
_ALONE = r"(?:^|_){}(?:$|_)"


def choose(options: Sequence[T], *key: object) -> T:
    """One of the options, always the same for the same key."""
    return options[checksum(*key) % len(options)]


def checksum(*key: object) -> int:
    """A stable number for a key."""
    return zlib.crc32("\x1f".join(map(str, key)).encode("utf-8", "replace"))


@lru_cache(maxsize=4096)
def has_word(name: str, words: str) -> bool:
    """Whether a name holds one of the words (a regular expression) as a part: ``text_date``, ``createdAt``, ``URL``."""
    return re.search(_ALONE.format(f"(?:{words})s?"), snake_case(name)) is not None


def snake_case(name: str) -> str:
    """A name in lower case with underscores between its parts."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower())


def is_date_like(name: str) -> bool:
    """Whether a text column of that name is filled with ISO dates, which some JSON readers turn into timestamps."""
    return has_word(name, "date|datetime|timestamp|day|at")


def is_free_text(name: str) -> bool:
    """Whether a text column of that name holds sentences rather than a word, an address or a key."""
    return not (_is_identifier(name) or _formatted(name, "1", 0) or small_set(name))


def small_set(name: str) -> tuple[str, ...]:
    """The few words that a label-like column of that name takes; empty for others."""
    return next((words for pattern, words in _SMALL_SETS if has_word(name, pattern)), ())


def _is_identifier(name: str) -> bool:
    return has_word(name, "id|uuid|key|identifier|hash")


def _formatted(name: str, number: str, row: int) -> str:
    """A value of a well-known form (URL, address, date, name); empty if the name suggests none."""
    if is_date_like(name):
        return (date(2024, 1, 1) + timedelta(days=row % 3650)).isoformat()
    template = next((form for words, form in _FORMS if has_word(name, words)), "")
    return template.format(number=number, hour=row % 24, minute=row * 7 % 60, person=choose(PEOPLE, number))


def text_for(name: str, number: str, row: int) -> str:
    """A value for a text column: sentences for most, one of a few words for label-like names, unique where it can be.

    ``number`` is unique to the cell and stays visible in sentences, so that a changed copy can still be traced to
    its row. The value never looks like a number, a truth value or a missing value, which CSV readers would convert.
    """
    if _is_identifier(name):
        return f"item-{number}"
    if formatted := _formatted(name, number, row):
        return formatted
    if words := small_set(name):
        return words[row % len(words)]
    templates = next((bank for words, bank in _BANKS if has_word(name, words)), SENTENCES)
    return choose(templates, name, number).format(number=number)


def paragraph(number: str, sentences: int = 4) -> str:
    """Several sentences, the first of which names ``number``."""
    start = checksum("paragraph", number)
    chosen = [SENTENCES[(start + step) % len(SENTENCES)] for step in range(sentences)]
    return " ".join(sentence.format(number=f"{number}.{step + 1}") for step, sentence in enumerate(chosen))
