"""The errors a user can meet, each in Chinese and English.

GongshiError
├── UsageError       wrong use: exit code 2
└── ProblemError     right use, but something is wrong with what was found: exit code 1
"""


class GongshiError(Exception):
    """An error that says in Chinese and in English what is wrong and what to do.

    Attributes:
        zh: the message in Chinese.
        en: the message in English.
        exit_code: what the command line exits with.
    """

    exit_code = 1

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class UsageError(GongshiError):
    """The command, a setting or a path is not what it must be."""

    exit_code = 2


class ProblemError(GongshiError):
    """The data or the state is not what it must be."""
