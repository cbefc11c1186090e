"""Questions as JSON, one a line, each answered as it comes: for programs that keep a network at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ..checkpoint import Checkpoint
from ..data.reading.matching import Note
from ..data.reading.strict_json import parse
from ..errors import NnlabError, UsageError, shown
from .answering import UNFORESEEN, answer_question
from .inputs import describe
from .predict import Predictor, predictor_of

INPUTS, RELOAD = "inputs", "reload"
LONGEST_LINE = 2**25  # bytes
PIECE = 2**16  # bytes of a line too long that are passed over at a time
MOST_NOTES = 100  # different warnings that are told


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """A stream's lines as they come. Of one longer than `LONGEST_LINE` no more than the beginning is held, which is
    longer still; the rest is passed over."""
    while line := stream.readline(LONGEST_LINE + 1):
        rest = line
        while len(line) > LONGEST_LINE and rest and not rest.endswith(b"\n"):
            rest = stream.readline(PIECE)
        yield line


def answer_stream(
    checkpoint: Checkpoint,
    lines: Iterable[bytes],
    out: BinaryIO,
    note: Note,
    again: Callable[[], Checkpoint] | None = None,
    interval: int | None = None,
) -> None:
    """Write a line of JSON for each line that is not blank, at once: `row` (from 1) and the answer, or `error`.

    A row is an object of values by column; one whose values are lists is many rows, and its answer has lists too. An
    image is `{"pixels": rows of numbers from 0 to 255}` (channels of those where it has three), or `{"file": name}`.
    The text `"inputs"` is answered by `describe` with `epoch`, `threshold` and `margins` of the weights; `"reload"`
    likewise, once `again` has read the checkpoint anew. With an `interval` come `lower` and `upper`, or `set`. `note`
    takes each warning once. Whatever a line is, it is answered, and nothing of it is kept.
    """
    network, told = _Network(checkpoint, predictor_of(checkpoint, interval), again, interval), set[str]()

    def once(text: str) -> None:
        if text not in told and len(told) < MOST_NOTES:
            told.add(text)
            note(text if len(told) < MOST_NOTES else "further warnings are not told")

    for number, line in enumerate((line for line in lines if not line.isspace()), 1):
        body = {"row": number, **_answered(line, f"Question {number}", network, once)}
        out.write(json.dumps(body, allow_nan=False).encode("ascii") + b"\n")
        out.flush()


@dataclass
class _Network:
    """The network that answers, and how its checkpoint is read once more."""

    checkpoint: Checkpoint
    predictor: Predictor
    again: Callable[[], Checkpoint] | None
    interval: int | None = None

    def reload(self) -> None:
        """Take the weights that are in the file now."""
        if self.again is not None:
            checkpoint = self.again()
            self.predictor, self.checkpoint = predictor_of(checkpoint, self.interval), checkpoint


def _answered(line: bytes, name: str, network: _Network, note: Note) -> dict[str, Any]:
    """The answer to a line, or what is wrong with it. All that is known to go wrong is a UsageError where it arises;
    what is not known yet shall not end the stream either."""
    try:
        return _answer(line, name, network, note)
    except NnlabError as error:
        return {"error": str(error)}
    except UNFORESEEN as error:
        return {"error": f"{name} cannot be answered ({type(error).__name__}: {shown(str(error))})."}


def _answer(line: bytes, name: str, network: _Network, note: Note) -> dict[str, Any]:
    question = _question(line, name)
    if question == RELOAD:
        network.reload()
    schema, predictor = network.checkpoint.schema, network.predictor
    if isinstance(question, str):
        return {**describe(schema), **_state(network.checkpoint)}
    return answer_question(question, name, schema, predictor, note)


def _state(checkpoint: Checkpoint) -> dict[str, Any]:
    """What may be another after each epoch: of which one the weights are, from which probability on the second of two
    classes is answered (None: the most probable one is), and the margins of 50, 51 and more percent."""
    margins = list(checkpoint.margins)
    return {"epoch": checkpoint.epoch, "threshold": checkpoint.threshold, "margins": margins}


def _question(line: bytes, name: str) -> dict[str, Any] | str:
    """What a line asks: an object, `INPUTS` or `RELOAD`."""
    if len(line) > LONGEST_LINE:
        raise UsageError(f"{name} is longer than {LONGEST_LINE // 2**20} MiB: ask in several lines, or name files.")
    try:
        question = parse(line)
    except ValueError as error:
        raise UsageError(
            f'{name} is not a JSON object: {error}. Write a row as {{"column": value}}, or "{INPUTS}".'
        ) from None
    if not isinstance(question, dict) and question not in (INPUTS, RELOAD):
        raise UsageError(
            f'{name} is not a JSON object: write a row as {{"column": value}}, or "{INPUTS}"; '
            "tables are answered without --stream."
        )
    return question
