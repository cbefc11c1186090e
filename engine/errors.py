"""Errors that a user can mend, and the exit codes they end in."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from itertools import islice
from pathlib import Path
from reprlib import Repr

LONGEST_SENTENCE = 800  # characters of an error
LONGEST_WORD = 100  # characters of a word that may be a misspelt one
MOST_CHOICES = 2_000  # words that a misspelt one is compared with
BITS = 200  # of a whole number that is written out


class ExitCode(IntEnum):
    """How every `nnlab` process ends."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class NnlabError(Exception):
    """The work failed: diverged, disk full, device missing. The message is one sentence for the user, which is
    shortened in the middle where a value in it would make it endless."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, sentence: str) -> None:
        super().__init__(shortened(sentence, LONGEST_SENTENCE))


class UsageError(NnlabError):
    """Wrong usage, config or data; the message names what, where, and what to type instead."""

    exit_code: ExitCode = ExitCode.USAGE


class NoTargetError(UsageError):
    """Nobody has said which column of a table is to be predicted."""


def shown(value: object) -> str:
    """A value as it stands in a sentence: quoted, and of bounded length however long the value is."""
    if isinstance(value, int) and value.bit_length() > BITS:
        return f"a number of some {int(value.bit_length() * 0.30103):,} digits"
    limits = Repr()
    limits.maxstring = limits.maxother = 60
    limits.maxlevel = 2
    return shortened(limits.repr(value), 120)


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and its end where it has more characters than that."""
    tail = most // 3
    return text if len(text) <= most else f"{text[: most - tail - 1]}…{text[-tail:]}"


def expand_home(text: str | Path) -> Path:
    """The path that a text means, `~` being the home folder. UsageError for the home of a user whom nobody knows."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        user = Path(text).parts[0]
        raise UsageError(
            f"There is no home folder {shown(user)} on this machine: write the whole path, or ./ before it."
        ) from None


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that `word` most likely meant, or None when nothing is close.

    Comparing takes long, so that long words are nobody's and only the first of very many choices are looked at.
    """
    from difflib import get_close_matches

    if len(word) > LONGEST_WORD:
        return None
    by_lower = {choice.lower(): choice for choice in islice(choices, MOST_CHOICES) if len(choice) <= LONGEST_WORD}
    matches = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def unknown(kind: str, word: str, choices: Iterable[str], *, see: str = "") -> UsageError:
    """Build the one-sentence error for a name that does not exist: nearest match first, else the choices.

    `see` names the command that lists the choices, used when they are too many for a sentence.
    """
    options = list(choices)
    meant = nearest(word, options)
    hint = f"did you mean {meant!r}?" if meant else ""
    if not hint and len(options) <= 12:
        hint = "choose from " + ", ".join(shortened(option, 60) for option in options) + "."
    if see:
        hint = f"{hint} `{see}` lists them all." if hint else f"`{see}` lists them all."
    sentence = f"There is no {kind} {shown(word)}"
    return UsageError(f"{sentence}: {hint}" if hint else f"{sentence}.")
