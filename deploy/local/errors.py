"""What can go wrong on the machine itself.

Rule: whoever runs `lodestar` reads one line that says what is wrong and one that says what to do, never a traceback.
"""


class LocalError(Exception):
    """message: what is wrong, in one line. hint: what to do about it, in one line."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
