"""Quotes in a CSV that are not closed: all up to the next one, or to the end, would be one value, and the rows in it
gone without a word."""

from __future__ import annotations

import numpy as np

from ...errors import UsageError

QUOTE = ord('"')


class Quotes:
    """Looks at a text of rows as it is read, block by block, and changes nothing; `check` tells at the end what is
    wrong.

    As Arrow reads them, a quote opens a value where one begins, two of them within it are one, and elsewhere they are
    characters like others. `line` is the number of the first row's line.
    """

    def __init__(self, name: str, separator: str, line: int) -> None:
        self.name, self.line = name, line
        self.ends = np.frombuffer(b"\r\n" + separator.encode(), np.uint8)  # what stands around a value
        self.before = b"\n"  # the byte before what was not looked at yet
        self.waiting = b""  # quotes of which the next byte is not known
        self.opened: int | None = None  # the line of the quote that is open
        self.fault: str | None = None

    def __call__(self, block: bytes, final: bool) -> bytes:
        """The block as it is, looked at; the last one is `final`."""
        text = self.waiting + block + b"\n" * final
        kept = text.rstrip(b'"')
        self.waiting = text[len(kept) :]
        if kept:
            if b'"' in kept:
                self._look(kept)
            self.line += kept.count(b"\n")
            self.before = kept[-1:]
        return block

    def check(self) -> None:
        """Raise UsageError where a quote was not closed, or only by one that opens another value."""
        if self.fault is None and self.opened is not None:
            self.fault = f"opens a value in line {self.opened:,} and is not closed"
        if self.fault is not None:
            raise UsageError(
                f'A quote (") of {self.name} {self.fault}, so that rows below it would be part of that value: close '
                "it, or write it twice where it belongs to the value."
            )

    def _look(self, text: bytes) -> None:
        codes = np.frombuffer(self.before + text, np.uint8)  # the first is known, and the last is no quote
        places = np.flatnonzero(codes[1:] == QUOTE) + 1
        inside = self.opened is not None
        opening, closing = places[inside::2], places[not inside :: 2]
        usual = np.append(self.ends, np.uint8(QUOTE))
        if not (np.isin(codes[opening - 1], usual).all() and np.isin(codes[closing + 1], usual).all()):
            self._follow(codes, places)
            return
        if len(places) % 2 == inside:  # an even number leaves a value open, or none
            self.opened = None
            return
        begun = opening[codes[opening - 1] != QUOTE]
        if len(begun):
            self.opened = self._line_of(codes, int(begun[-1]))

    def _follow(self, codes: np.ndarray, places: np.ndarray) -> None:
        """Quote by quote, where some stand at odd places."""
        ends, after = set(self.ends.tolist()), -1
        for place in places.tolist():
            if place == after:  # the second of two
                continue
            if self.opened is None:
                if codes[place - 1] in ends:
                    self.opened = self._line_of(codes, place)
            elif codes[place + 1] == QUOTE:
                after = place + 1
            else:
                if codes[place + 1] not in ends and self.opened < (here := self._line_of(codes, place)):
                    told = f"opens a value in line {self.opened:,}, and the next one stands before other text in line "
                    self.fault = self.fault or f"{told}{here:,}"
                self.opened = None

    def _line_of(self, codes: np.ndarray, place: int) -> int:
        """The line of a quote in what is looked at."""
        return self.line + int((codes[1:place] == ord("\n")).sum())
