"""What is generated. Change this file first."""


def variation(text, number):
    """Variation ``number`` (0, 1, ...) of one text; a further round adds an exclamation mark."""
    ways = (str.upper, str.lower, as_note, reversed_words)
    varied = ways[number % len(ways)](text) + "!" * (number // len(ways))
    return varied if varied != text else as_note(text)


def as_note(text):
    """``good`` -> ``Note: good``."""
    return f"Note: {text}"


def reversed_words(text):
    """``very good`` -> ``good very``."""
    return " ".join(reversed(text.split()))
