"""A prompt that asks for a form in plain words gets it: generators without ``response_format`` work too."""

import json

import pytest

from conformance.mock_openai.dice import Dice, seed
from conformance.mock_openai.shapes import form, wanted_json, wanted_text
from conformance.mock_openai.variation import payload, vary


def dice(turn=0):
    return Dice(seed(b"body", turn), b"body", turn)


def said(prompt, setting="", turn=0):
    return wanted_text(prompt, setting, dice(turn))


def test_an_object_like_the_example():
    prompt = 'Write a question and its answer. Reply as JSON: {"question": "...", "answer": "..."}\n\nText: Cats sleep.'
    assert list(json.loads(said(prompt))) == ["question", "answer"]


def test_a_list_of_objects_in_the_number_that_was_asked_for():
    prompt = 'Write 4 questions as a JSON array like [{"q": "...", "difficulty": 3}] about cats.'
    answer = json.loads(said(prompt))
    assert [set(item) for item in answer] == [{"q", "difficulty"}] * 4


def test_keys_that_are_only_named():
    answer = json.loads(said('Return JSON with the keys "title" and "body".\n\nCats sleep a lot.'))
    assert list(answer) == ["title", "body"]


def test_an_example_with_placeholders_that_is_no_json():
    answer = json.loads(said('Answer in JSON: {"label": <positive or negative>, "score": <number>}.\n\nI like it.'))
    assert list(answer) == ["label", "score"]


def test_a_list_of_texts():
    answer = json.loads(said("Give three paraphrases as a JSON list of strings.\n\nCats sleep a lot."))
    assert len(set(answer)) == 3


def test_json_asked_for_in_the_system_message():
    answer = json.loads(said("Cats sleep a lot.", setting='Always answer with JSON: {"text": "..."}'))
    assert "sleep a lot" in answer["text"]


def test_a_choice_of_the_example():
    labels = {wanted_json('JSON: {"label": "positive|negative"}', "", dice(turn))["label"] for turn in range(20)}
    assert labels == {"positive", "negative"}


def test_so_many_lines():
    lines = said("Write five variations of this sentence, one per line:\n\nCats sleep a lot.").splitlines()
    assert len(set(lines)) == 5


def test_numbered_lines():
    lines = said("Write 3 questions as a numbered list.\n\nCats sleep a lot.").splitlines()
    assert [line[:3] for line in lines] == ["1. ", "2. ", "3. "]


def test_only_a_number_within_its_range():
    answers = {int(said("Rate the text from 2 to 4. Reply with only the number.\n\nGood.", turn=n)) for n in range(30)}
    assert answers == {2, 3, 4}


def test_yes_or_no():
    assert said("Is this polite? Answer yes or no.\n\nText: Go away.") in ("Yes", "No")


def test_one_of_some_labels():
    assert said("Classify as one of: positive, negative, neutral.\n\nText: fine") in ("positive", "negative", "neutral")


@pytest.mark.parametrize("text", ["I bought 2 items of this.", "The JSON parser is slow.", "Is it yes or no?"])
def test_the_text_itself_asks_for_nothing(text):
    assert form(f"Rewrite this review:\n\n{text}", "").kind == ""


@pytest.mark.parametrize(
    ("prompt", "about"),
    [
        ('Paraphrase "The cat sleeps all day long." in other words', "The cat sleeps all day long."),
        ("Rewrite the following text:\n\nCats sleep.", "Cats sleep."),
        ("Rewrite.\nText: Cats sleep.", "Cats sleep."),
        ("Rewrite <text>Cats sleep.</text> now", "Cats sleep."),
        ("Cats sleep.", "Cats sleep."),
    ],
)
def test_the_payload_of_a_prompt(prompt, about):
    assert payload(prompt) == about


@pytest.mark.parametrize("text", ["", " ", "I", "OK", "日本語のテキスト", "a\nb", "x" * 10_000])
def test_a_variation_is_never_the_text_itself(text):
    assert vary(text, dice()) != text


@pytest.mark.parametrize(
    "prompt", ["{" * 5000 + " json", "json " + "[" * 5000, 'json {"a": ' * 500, "a:" * 5000, '"' * 5000]
)
def test_a_hostile_prompt_is_answered_quickly(post, name, prompt):
    answer = post(name, body={"model": "m", "messages": [{"role": "user", "content": prompt}]}, timeout=2)
    assert answer.status_code == 200
