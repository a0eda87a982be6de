"""What can go wrong."""


class GeneratorError(Exception):
    """Something that the person who started the run can mend; the text says what."""


class StoppedError(BaseException):
    """The host asked the container to stop (SIGTERM)."""
