"""Texts made from a text: the same facts in other words, different every turn, never equal to the input."""

from __future__ import annotations

import re
from functools import lru_cache

from conformance.mock_openai.dice import Dice

LONGEST = 4_000
"""Of a longer prompt only the end is varied."""

_OPENERS = (
    "In other words, ", "Put differently, ", "To say it another way, ", "Seen from another side, ", "In short, ",
    "As some would say, ", "Simply put, ", "To be precise, ", "On reflection, ", "In my experience, ",
    "Truth be told, ", "All things considered, ", "By all accounts, ", "For what it is worth, ",
    "Looking at it again, ", "Speaking plainly, ", "From where I stand, ", "After some thought, ",
    "Without exaggeration, ", "If you ask me, ", "As it turned out, ", "Generally speaking, ", "To sum up, ",
)  # fmt: skip
_CLOSERS = (
    "", " That is the gist of it.", " Nothing more to add.", " Others may see it the same way.", " At least so far.",
    " And that says a lot.", " It is worth noting.", " That much is clear.", " So it seems to me.",
    " This still holds today.", " That was my impression.", " I would say it again.", " The details bear it out.",
)  # fmt: skip
_SYNONYMS = {
    "good": ("fine", "solid", "decent"), "great": ("excellent", "superb", "terrific"), "bad": ("poor", "weak"),
    "terrible": ("awful", "dreadful"), "excellent": ("outstanding", "first-rate"), "love": ("adore", "enjoy"),
    "loved": ("adored", "enjoyed"), "hate": ("dislike", "detest"), "hated": ("disliked", "detested"),
    "like": ("appreciate", "enjoy"), "product": ("item", "article"), "quality": ("standard", "workmanship"),
    "fast": ("quick", "speedy"), "slow": ("sluggish", "tardy"), "cheap": ("inexpensive", "affordable"),
    "expensive": ("costly", "pricey"), "happy": ("pleased", "glad"), "sad": ("unhappy", "downcast"),
    "big": ("large", "sizeable"), "small": ("little", "compact"), "very": ("really", "truly"),
    "really": ("truly", "indeed"), "buy": ("purchase", "get"), "bought": ("purchased", "ordered"),
    "recommend": ("suggest", "endorse"), "broken": ("damaged", "defective"), "works": ("functions", "operates"),
    "work": ("function", "operate"), "use": ("employ", "apply"), "important": ("essential", "significant"),
    "problem": ("issue", "difficulty"), "help": ("support", "assistance"), "quickly": ("swiftly", "rapidly"),
    "amazing": ("astonishing", "remarkable"), "service": ("support", "assistance"), "many": ("numerous", "several"),
    "show": ("display", "present"), "start": ("begin", "commence"), "end": ("finish", "conclude"),
    "price": ("cost", "rate"), "nice": ("pleasant", "agreeable"), "easy": ("simple", "effortless"),
    "hard": ("difficult", "tough"), "new": ("recent", "fresh"), "old": ("former", "earlier"),
}  # fmt: skip
_KNOWN_WORD = re.compile(rf"\b(?:{'|'.join(word for known in _SYNONYMS for word in (known, known.capitalize()))})\b")
_QUOTES = ('"', "\u201c", "```", "<")
_QUOTED = re.compile(
    r'(?<!\w)"(?=\S)([^"\n]{12,})"|“([^”\n]{12,})”|```\w*\n(.+?)```|<(\w+)>\s*(.+?)\s*</\4>', re.DOTALL
)
_LABELLED = re.compile(r"(?:^|\n)[^\n:]{1,80}:\s*\n?(.{3,})\Z", re.DOTALL)


@lru_cache(maxsize=512)
def payload(prompt: str) -> str:
    """The part of a prompt that it is about: what is quoted, else what follows the last label, else all of it."""
    text = prompt[-LONGEST:].strip()
    quoted = _quoted(text) if any(mark in text for mark in _QUOTES) else []
    if quoted:
        return quoted[-1].strip()
    last = text.rsplit("\n\n", 1)[-1]
    labelled = _LABELLED.search(last)
    return (labelled[1] if labelled else last).strip() or text


def _quoted(text: str) -> list[str]:
    return [
        next(group for group in (found[1], found[2], found[3], found[5]) if group)
        for found in _QUOTED.finditer(text)
        if not text[: found.start()].rstrip().endswith(('":', "':"))  # a value in an example of JSON
    ]


def vary(text: str, dice: Dice) -> str:
    """The text in other words.

    The first few hundred turns are different from each other for certain: they walk through the openers and closers
    from a place that the body fixes.
    """
    place = int.from_bytes(dice.base[:4], "big") + dice.turn
    opener = _OPENERS[place % len(_OPENERS)]
    closer = _CLOSERS[(place // len(_OPENERS)) % len(_CLOSERS)]
    said = "".join([piece if type(piece) is str else dice.pick(piece) for piece in _pieces(text)])
    return f"{opener}{said}{closer}"


@lru_cache(maxsize=512)
def _pieces(text: str) -> tuple[str | tuple[str, ...], ...]:
    """The text cut at the words that have synonyms: what stays, and what there is to choose from."""
    said = text.strip() or "there is nothing to add"
    if said[0].isupper() and not said[:2].isupper() and said.split(" ", 1)[0] != "I":
        said = said[0].lower() + said[1:]
    if said[-1] not in _ENDS:
        said += "."
    pieces: list[str | tuple[str, ...]] = []
    at = 0
    for found in _KNOWN_WORD.finditer(said):
        options = _SYNONYMS[found[0].lower()]
        chosen = tuple(word.capitalize() for word in options) if found[0][0].isupper() else options
        pieces += [said[at : found.start()], chosen]
        at = found.end()
    return (*pieces, said[at:])


_ENDS = ".!?\u2026\"'"
