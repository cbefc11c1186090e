"""Errors that a user can mend, and the exit codes they end in."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import IntEnum

LONGEST = 2000  # characters of a sentence; what to type instead stands at its end


class ExitCode(IntEnum):
    """How every `nnlab` process ends."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class NnlabError(Exception):
    """The work failed: diverged, disk full, device missing. The message is one sentence for the user, however long the
    names and values in it are."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, sentence: str) -> None:
        cut = len(sentence) > LONGEST
        super().__init__(f"{sentence[: LONGEST // 2]} … {sentence[-LONGEST // 2 :]}" if cut else sentence)


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
        shown = text.encode(errors="replace").decode()[:200]
        raise UsageError(f"{what} {shown!r} is not written in UTF-8: {instead}.") from None


def first_line(error: BaseException) -> str:
    """What an error of a library says, as a part of a sentence: its first line, of bounded length, without the stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that `word` most likely meant, or None when nothing is close."""
    by_lower = {choice.lower(): choice for choice in choices}
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
        hint = "choose from " + ", ".join(options) + "."
    if see:
        hint = f"{hint} `{see}` lists them all." if hint else f"`{see}` lists them all."
    sentence = f"There is no {kind} {word!r}"
    return UsageError(f"{sentence}: {hint}" if hint else f"{sentence}.")
