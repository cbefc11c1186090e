"""What somebody sends to be predicted, and what is sent back: JSON, CSV or an image, answered in its own form."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..checkpoint import Checkpoint
from ..config import DataConfig
from ..data.reading.matching import Note
from ..data.reading.rows import read_table
from ..data.reading.streams import MAGIC
from ..data.reading.strict_json import parse
from ..data.reading.text_format import format_like
from ..errors import NnlabError, UsageError, shown
from ..prediction.answering import MOST_ROWS, UNFORESEEN, answer_plain, answer_question, answer_rows
from ..prediction.images import read_sent
from ..prediction.inputs import describe
from ..prediction.predict import Predictions, Predictor, encode, predictor_of
from ..prediction.write import write_csv

BODY = "The body"
JSON, CSV, IMAGE, FORM = "application/json", "text/csv", "image/", "application/x-www-form-urlencoded"
MOST_NOTES = 20  # that one answer tells
LARGEST_TELLING = 2**11  # bytes of notes that a header takes


@dataclass(frozen=True)
class Reply:
    """What is sent back: the body, of which type, and the notes where the body has no place for them."""

    status: int
    body: bytes
    type: str = JSON
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Served:
    """A network that answers whoever asks, from several threads at once. `name` is what people call it; `tell` takes a
    warning that the server's own log should have."""

    checkpoint: Checkpoint
    name: str
    tell: Note
    predictor: Predictor = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "predictor", predictor_of(self.checkpoint))

    @property
    def inputs(self) -> dict[str, Any]:
        """The columns that a row must have, with what is answered and by whom."""
        return {"network": self.name, "epoch": self.checkpoint.epoch, **describe(self.checkpoint.schema)}

    def ask(self, body: bytes, type: str) -> Reply:
        """The reply to a body of this media type: 200, 400 for what is no JSON, 415 for a type that is not read, 422
        for what this network cannot answer. Whatever the body is, there is one."""
        kind = type.partition(";")[0].strip().lower() or JSON
        if kind == JSON or kind.endswith("+json"):
            return self._replied(lambda note: self._json(body, note))
        if kind == CSV:
            return self._replied(lambda note: self._csv(body, note))
        if kind.startswith(IMAGE):
            return self._replied(lambda note: self._image(body, note))
        return problem(415, f"A body of the type {shown(kind)} is not read: send {self.taken}.")

    @property
    def taken(self) -> str:
        """The media types that this network is asked in, in words."""
        return f"{JSON}, or an image as image/png" if self.checkpoint.schema.image else f"{JSON} or {CSV}"

    def row(self, values: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The answer to one row, and what somebody should know of it. Raises UsageError for what cannot be answered."""
        notes: list[str] = []
        schema = self.checkpoint.schema
        return answer_question(values, "The row", schema, self.predictor, notes.append, files=False), notes

    def picture(self, data: bytes) -> tuple[dict[str, Any], list[str]]:
        """The same for the bytes of an image file."""
        notes: list[str] = []
        image = self.checkpoint.schema.image
        if image is None:
            raise UsageError(f"This network answers rows of a table, not images: send {self.taken}.")
        return answer_plain(self.predictor(read_sent(data, "sent", image, notes.append), 1, [])), notes

    def _replied(self, work: Callable[[Note], Reply]) -> Reply:
        """What the work replies, with its notes; or what went wrong, which is told to the server's log where it is not
        the asker's fault."""
        notes: list[str] = []

        def note(text: str) -> None:
            if text not in notes and len(notes) < MOST_NOTES:
                notes.append(text)

        try:
            reply = work(note)
        except MalformedBodyError as error:
            return problem(400, str(error))
        except NnlabError as error:
            return problem(422, str(error))
        except MemoryError:
            return problem(503, "There is not enough memory for this now: ask for fewer rows, or later.")
        except UNFORESEEN as error:
            self.tell(f"a question could not be answered ({type(error).__name__}: {shown(str(error))})")
            return problem(500, f"{BODY} could not be answered: nnlab itself went wrong ({type(error).__name__}).")
        for text in notes:
            self.tell(text)
        return Reply(reply.status, reply.body, reply.type, tuple(notes))

    def _json(self, body: bytes, note: Note) -> Reply:
        try:
            question = parse(body, constants=False)
        except ValueError as error:
            raise MalformedBodyError(f"{BODY} is no JSON that can be read: {error}.") from None
        schema, told = self.checkpoint.schema, list[str]()

        def noted(text: str) -> None:
            note(text)
            told.append(text)

        if isinstance(question, dict):
            answer = answer_question(question, BODY, schema, self.predictor, noted, files=False)
        elif isinstance(question, list) and schema.image is None:
            answer = {"answers": answer_rows(question, BODY, schema, self.predictor, noted)}
        elif schema.image is None:
            raise UsageError(f'{BODY} is neither a row nor rows: write {{"column": value}}, or a list of such objects.')
        else:
            raise UsageError(f'{BODY} is not an image: write {{"pixels": ...}}, or send the file as image/png.')
        return Reply(200, plain_json(answer | ({"notes": told[:MOST_NOTES]} if told else {})))

    def _csv(self, body: bytes, note: Note) -> Reply:
        schema, classes = self.checkpoint.schema, self.checkpoint.schema.classes
        if schema.image is not None:
            raise UsageError(f"This network answers images, not CSV: send {self.taken}.")
        if any(body.startswith(magic) for magic in MAGIC):
            raise UsageError(f"{BODY} is compressed: send the CSV as it is.")
        form = format_like(DataConfig(), self.checkpoint.config.data)
        told = schema.told(form.sign)
        tables = read_table(io.BytesIO(body), BODY, told, note, form)
        answers: list[Predictions] = []
        rows = 0
        for x, _ in encode(tables, told, BODY, note, form.sign):
            rows += len(x)
            if rows > MOST_ROWS:
                raise UsageError(f"{BODY} is more than {MOST_ROWS:,} rows: send them in several parts.")
            answers.append(self.predictor(x, 1, []))
        out = io.BytesIO()
        write_csv(answers, classes, out)
        return Reply(200, out.getvalue(), f"{CSV}; charset=utf-8")

    def _image(self, body: bytes, note: Note) -> Reply:
        answer, notes = self.picture(body)
        for text in notes:
            note(text)
        return Reply(200, plain_json(answer | ({"notes": notes} if notes else {})))


class MalformedBodyError(NnlabError):
    """A body that is not what its type says."""


def problem(status: int, sentence: str) -> Reply:
    """A refusal in one sentence."""
    return Reply(status, plain_json({"error": sentence}))


def plain_json(value: Any) -> bytes:
    """JSON as every program reads it, in ASCII."""
    return json.dumps(value, allow_nan=False).encode("ascii")


def telling(notes: tuple[str, ...]) -> str:
    """Notes as a header takes them: a JSON list in ASCII, no longer than headers may be."""
    kept = list(notes)
    while len(text := json.dumps(kept)) > LARGEST_TELLING:
        kept.pop()
    return text
