"""Simple augmentation: what the transformations do to texts of any script, and which row gets which."""

import unicodedata

import pytest

WILD = [
    "straße",
    "ﬁne ﬂow",
    "e\u0301te\u0301 chaud",
    "שלום עולם",
    "👩‍👩‍👧 hi 👍🏽",
    "ΐ ŉ ǆ",
    "",
    " ",
    "\n",
    "第一句。",
    "i̇",
]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("upper", "straße ﬁn", "STRASSE FIN"),
        ("lower", "ÉTÉ", "été"),
        ("title", "it isn't BIG", "It Isn't Big"),
        ("title", "ǆ e\u0301cole", "ǅ E\u0301cole"),
        ("prefix", "good", "Note: good"),
        ("punctuation", "good.", "good!"),
        ("punctuation", "第一句。", "第一句!"),
        ("separators", "very good", "very_good"),
        ("word_order", "one two three", "three two one"),
        ("spacing", "very good", "very  good"),
    ],
)
def test_transformation(workspace, name, text, expected):
    from generator.augment import TRANSFORMATIONS

    assert TRANSFORMATIONS[name](text) == expected


def test_there_are_at_least_eight_transformations(workspace):
    from generator.augment import TRANSFORMATIONS

    assert len(TRANSFORMATIONS) >= 8


@pytest.mark.parametrize("text", WILD)
def test_every_variation_differs_from_its_text_and_can_be_written(workspace, text):
    from generator.augment import shuffled, vary

    for variation in range(20):
        varied = vary(text, 0, variation, shuffled(0))
        assert varied != text
        varied.encode("utf-8")


def test_moving_words_keeps_combined_characters_together(workspace):
    from generator.augment import word_order

    text = "e\u0301te\u0301 👩‍👩‍👧 ok"
    assert sorted(word_order(text).split()) == sorted(text.split())
    assert not unicodedata.combining(word_order(text)[0])


@pytest.mark.parametrize(("first", "variation"), [(0, 0), (5, 1), (8192, 7), (3, 9), (1, 30)])
def test_pieces_give_what_single_rows_give(workspace, first, variation):
    from generator.augment import shuffled, simple_variations, vary

    expected = [vary(text, first + row, variation, shuffled(7)) for row, text in enumerate(WILD)]
    assert simple_variations(WILD, first, variation, seed=7) == expected


def test_the_seed_changes_the_result_and_nothing_else_does(workspace):
    first, again, other = (workspace.rows(seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_variations_follow_their_original(workspace):
    rows = workspace.rows(num_variations=3)
    assert [(row["source_index"], row["is_synthetic"]) for row in rows] == [
        (index, number > 0) for index in (0, 1) for number in range(4)
    ]
    assert [row["label"] for row in rows] == ["positive"] * 4 + ["negative"] * 4


@pytest.mark.parametrize("count", [0, 1, 8, 9, 100])
def test_num_variations_is_the_number_of_variations(workspace, count):
    results = workspace.run(num_variations=count)["results"]
    assert (results["generated_count"], results["total_count"]) == (2 * count, 2 + 2 * count)
