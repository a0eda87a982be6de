"""The one exception that means "the person who started this run can fix it"."""


class GeneratorError(Exception):
    """A failure whose message says what is wrong, where, and what to do; it becomes ``results.error``."""


class StoppedError(SystemExit):
    """SIGTERM arrived. A ``SystemExit``, because event loops let that one through at once and unchanged."""
