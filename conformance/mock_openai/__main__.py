"""``python -m conformance.mock_openai``: the server without the kit around it."""

from conformance.mock_openai.command import mock_openai

if __name__ == "__main__":
    mock_openai()
