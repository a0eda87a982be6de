"""What a prompt asks for in plain words: JSON like an example, so many lines, a number, one of some labels.

Many generators do not use ``response_format`` but describe the wanted form in the prompt. A mock that ignores this
makes a good container look broken, so the commonest ways of asking are understood. Nothing here is guessed from the
text that the prompt is about, only from what is said around it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conformance.mock_openai import wire
from conformance.mock_openai.dice import Dice
from conformance.mock_openai.variation import LONGEST, payload, vary

_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=2)
}
_SEVERAL = re.compile(
    rf"\b(\d{{1,3}}|{'|'.join(_NUMBER_WORDS)})\b[^.:\n]{{0,60}}?\b(?:variations?|variants|versions|paraphrases|examples|"
    r"questions|sentences|lines|items|alternatives|rows|samples|reviews|texts|pairs|records|entries|titles|names|"
    r"answers|prompts|rewrites|messages|comments|statements)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\bnumbered\b|\b1\.\s", re.IGNORECASE)
_ONLY_NUMBER = re.compile(
    r"\b(?:only|just|single|nothing but)\b[^.\n]{0,20}\b(?:number|digit|integer|score|rating)\b", re.IGNORECASE
)
_RANGE = re.compile(r"(\d{1,3})\s*(?:-|\u2013|to|and|through)\s*(\d{1,3})")
_YES_NO = re.compile(r"\b(yes or no|yes/no|true or false|true/false)\b", re.IGNORECASE)
_ONE_OF = re.compile(r"\b(?:one of|either)\b[^:\n\[({]{0,60}[:\[({]\s*([^\n.\])}]+)", re.IGNORECASE)
_KEY = re.compile(r"[\"'`](\w{1,60})[\"'`]\s*:")
_NAMED_KEYS = re.compile(r"\b(?:keys?|fields?|propert(?:y|ies)|attributes?)\b([^.\n]{1,300})", re.IGNORECASE)
_QUOTED_NAME = re.compile(r"[\"'`](\w{1,60})[\"'`]")
_LIST = re.compile(r"\b(?:json\s+)?(?:list|array)\b", re.IGNORECASE)
_MOST = 50


@dataclass(frozen=True, slots=True)
class Form:
    """The form that a prompt asks for: ``kind`` is json, number, choice, lines or numbered; empty for none."""

    kind: str = ""
    low: int = 0
    high: int = 0
    choices: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def form(prompt: str, setting: str) -> Form:
    """The form that the words around the payload ask for."""
    words = _instructions(prompt, setting)
    lowered = words.lower()
    if "json" in lowered:
        return Form("json")
    if _mentions(lowered, "number", "digit", "integer", "score", "rating") and _ONLY_NUMBER.search(words):
        bounds = _RANGE.search(words)
        low, high = sorted((int(bounds[1]), int(bounds[2]))) if bounds else (1, 5)
        return Form("number", low, high)
    if _mentions(lowered, "yes", "true") and (asked := _YES_NO.search(words)):
        return Form("choice", choices=tuple(word.capitalize() for word in re.split(r" or |/", asked[1].lower())))
    if _mentions(lowered, "one of", "either") and (asked := _ONE_OF.search(words)):
        labels = tuple(filter(None, (label.strip(" \"'`") for label in re.split(r",|\||/| or ", asked[1]))))
        if len(labels) > 1:
            return Form("choice", choices=labels)
    if (number := _several(words)) > 1:
        return Form("numbered" if _NUMBERED.search(words) else "lines", number, number)
    return Form()


def _mentions(lowered: str, *hints: str) -> bool:
    """Whether a text has any of these in it: much quicker than the expression that then looks closely."""
    return any(hint in lowered for hint in hints)


def wanted_text(prompt: str, setting: str, dice: Dice) -> str | None:
    """The answer in the form that the words ask for, or None when they ask for no form."""
    wanted = form(prompt, setting)
    if not wanted.kind:
        return None
    if wanted.kind == "json":
        return wire.dumps(wanted_json(prompt, setting, dice)).decode()
    if wanted.kind == "number":
        return str(dice.between(wanted.low, wanted.high))
    if wanted.kind == "choice":
        return dice.pick(wanted.choices)
    lines = _variations(prompt, wanted.low, dice)
    return (
        "\n".join(f"{at}. {line}" for at, line in enumerate(lines, 1))
        if wanted.kind == "numbered"
        else "\n".join(lines)
    )


def wanted_json(prompt: str, setting: str, dice: Dice) -> Any:
    """A JSON value like the example or the keys that the words give."""
    words = _instructions(prompt, setting)
    about = payload(prompt)
    number = _several(words)
    example = _example(words) or _example(prompt[-LONGEST:])
    if example is not None:
        return _like(example, about, dice, number)
    keys = list(dict.fromkeys(_KEY.findall(words))) or _named_keys(words)
    if keys:
        several = number if _LIST.search(words) or "[" in words else 0
        items = [_object(keys, about, dice.child(f"item {at}")) for at in range(max(several, 1))]
        return items if several or _LIST.search(words) else items[0]
    if _LIST.search(words):
        return _variations(prompt, max(number, 3), dice)
    return {"text": vary(about, dice)}


def _instructions(prompt: str, setting: str) -> str:
    """What is said around the text that the prompt is about."""
    text = prompt[-LONGEST:] if len(prompt) <= LONGEST else prompt[: LONGEST // 2] + prompt[-LONGEST // 2 :]
    around = text.replace(payload(prompt), " ").strip()
    return f"{setting[-LONGEST:]}\n{around or text}"


def _several(words: str) -> int:
    found = _SEVERAL.search(words)
    if not found:
        return 0
    said = found[1].lower()
    return min(_NUMBER_WORDS.get(said) or int(said), _MOST)


def _variations(prompt: str, number: int, dice: Dice) -> list[str]:
    about = " ".join(payload(prompt).split())
    return [vary(about, dice.child(f"line {at}")) for at in range(number)]


def _named_keys(words: str) -> list[str]:
    found = [name for phrase in _NAMED_KEYS.findall(words) for name in _QUOTED_NAME.findall(phrase)]
    return list(dict.fromkeys(found))


def _example(words: str) -> Any:
    """The largest JSON object or array in a text."""
    best: Any = None
    size = 0
    at = 0
    decoder = json.JSONDecoder()
    for _ in range(200):
        starts = [found for found in (words.find("{", at), words.find("[", at)) if found >= 0]
        if not starts:
            break
        at = min(starts)
        try:
            value, end = decoder.raw_decode(words, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        if value and end - at > size:
            best, size = value, end - at
        at = end
    return best


def _object(keys: list[str], about: str, dice: Dice) -> dict[str, str]:
    return {key: vary(about, dice.child(key)) for key in keys}


def _like(example: Any, about: str, dice: Dice, number: int = 0) -> Any:
    if isinstance(example, dict):
        return {key: _like(value, about, dice.child(key)) for key, value in example.items()}
    if isinstance(example, list):
        wanted = max(number, len(example), 1)
        return (
            [_like(example[at % len(example)], about, dice.child(str(at))) for at in range(wanted)] if example else []
        )
    if isinstance(example, bool) or example is None:
        return example
    if isinstance(example, int):
        return abs(example + dice.below(3) - 1)
    if isinstance(example, str):
        return _string_like(example, about, dice)
    return example


def _string_like(example: str, about: str, dice: Dice) -> str:
    if "|" in example:
        return dice.pick([choice.strip() for choice in example.split("|")])
    if len(example.split()) > 4 and not example.startswith(("<", "[", "{")):
        return vary(example, dice)
    return vary(about, dice)
