"""What is generated. Change this file first."""

import re

SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+")


def sentences(pages):
    """The sentences of a document; line breaks inside of a sentence are no more than spaces."""
    texts = (" ".join(page.split()) for page in pages)
    return [sentence for text in texts for sentence in SENTENCE_END.split(text) if sentence]


def question_about(sentence):
    """The question whose answer is the sentence: here simply what stands in the place of its second half."""
    words = sentence.split()
    return "How does this go on: " + " ".join(words[: (len(words) + 1) // 2]) + " ...?"
