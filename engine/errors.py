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


def check_utf8(text: str, what: str, instead: str) -> None:
    """Raise UsageError for a name that is not UTF-8, which a file system may allow and no file of nnlab's can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        named = shown(text.encode(errors="replace").decode())
        raise UsageError(f"{what} {named} is not written in UTF-8: {instead}.") from None


def first_line(error: BaseException) -> str:
    """What an error of a library says, as a part of a sentence: its first line, of bounded length, without the stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")


def number_of(number: int, what: str) -> str:
    """A number of things in a sentence: `1 row`, `1,200 rows`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def shown(value: object) -> str:
    """A value as it stands in a sentence: quoted, on one line, and of bounded length however long the value is."""
    if isinstance(value, int) and value.bit_length() > BITS:
        return f"a number of some {int(value.bit_length() * 0.30103):,} digits"
    limits = Repr()
    limits.maxstring = limits.maxother = 60
    limits.maxlevel = 2
    return shortened(" ".join(limits.repr(value).split()), 120)


def shortened(text: str, most: int) -> str:
    """The text on one line, or its beginning and its end where it has more characters than that."""
    tail = most // 3
    if len(text) > most:
        text = f"{text[: most - tail - 1]}…{text[-tail:]}"
    return text.replace("\n", "\\n").replace("\r", "\\r")


def expand_home(text: str) -> Path:
    """The path that a text means, `~` being the home folder. UsageError for the home of a user whom nobody knows."""
    path = Path(text)
    if not text.startswith("~"):
        return path  # of `./~x` a path remembers no dot
    try:
        return path.expanduser()
    except RuntimeError:
        raise UsageError(
            f"There is no home folder {shown(path.parts[0])} on this machine: write the whole path, or ./ before it."
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
    if not hint and 0 < len(options) <= 12:
        hint = "choose from " + ", ".join(shortened(option, 60) for option in options) + "."
    if see:
        hint = f"{hint} `{see}` lists them all." if hint else f"`{see}` lists them all."
    sentence = f"There is no {kind} {shown(word)}"
    return UsageError(f"{sentence}: {hint}" if hint else f"{sentence}.")
