"""What the predict page knows: the network that is asked, the row or drawing, and the newest answers. No textual."""

from __future__ import annotations

import base64
import json
import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...engine.evaluation.conformal import LEAST, margin_at, set_of
from ...engine.runs.folder import RunFolder
from ...engine.runs.log import map_of
from .client import Answer, Client, NullClient, PredictClient, Question
from .form import Field, Form
from .networks import read_trained, written_at
from .pad import LARGEST, Pad, can_draw, is_of_digits

Connect = Callable[[Sequence[str]], Client]
SEEN = 40  # fields whose effects are asked for at once
MARGIN = 0.05  # of the usual values, around a decision map
LEVELS = 255
RELOAD = "reload"  # the kind and the text of the question for new weights
NUMBERS = 2  # columns that make a plane
FINEST = 200  # places along a map's side that can be told apart, at least
OFFERED = (80, 90, 95)  # percent of the truths that an interval is to hold
FIRST = 90  # that is shown unless another is chosen


@dataclass(frozen=True)
class Prediction:
    """An answer: the class's name or the value, the probabilities by class, and by the number of a field how the
    probability of that class, or the value, changes over the field's sweep."""

    answer: str | float | None
    probabilities: Mapping[str, float | None]
    effects: Mapping[int, list[float | None]] = field(default_factory=dict[int, list[float | None]])


@dataclass
class Conversation:
    """One network and what it is asked; at first none. `arguments` are the checkpoint and options as `nnlab predict`
    takes them, `folder` its run's; `about` says what it learnt, `taken` is a decision map that its run has drawn.
    `epoch` is that of the weights which answer; where the run writes new ones they are taken. They keep a `threshold`
    for the second of two classes, or none, and `margins` of intervals, of which that of `level` percent is shown (None:
    of no interval). `revision` grows with all that can be seen."""

    arguments: Sequence[str] = ()
    client: Client = field(default_factory=NullClient)
    folder: Path | None = None
    about: str = ""
    taken: dict[str, Any] | None = None
    target: str = ""
    classes: list[str] = field(default_factory=list[str])
    form: Form | None = None
    pad: Pad | None = None
    prediction: Prediction | None = None
    map: dict[str, Any] | None = None
    error: str = ""
    known: bool = False
    epoch: int | None = None
    threshold: float | None = None
    margins: list[float] = field(default_factory=list[float])
    level: int | None = None
    written: int = 0
    failure: str = ""
    revision: int = 0
    map_size: tuple[int, int] = (0, 0)
    map_asked: Question = ""

    @classmethod
    def begin(
        cls, words: Sequence[str], connect: Connect = PredictClient.of, folder: Path | None = None
    ) -> Conversation:
        """Start the network's process and ask what it must be told; `folder` is its run's, where it has one."""
        run = read_trained(RunFolder(folder)) if folder is not None else None
        about = f"{run.data}, {run.model}" if run is not None else ""
        conversation = cls(words, connect(words), folder, about, map_of(folder) if folder is not None else None)
        conversation.written = written_at(folder)
        conversation.client.send("inputs", "inputs")
        return conversation

    @property
    def flat(self) -> bool:
        """Whether two numbers are all that the network is told, so that there is a map of its answers."""
        return self.form is not None and [one.kind for one in self.form.fields] == ["number"] * NUMBERS

    @property
    def seen(self) -> range:
        """The fields whose effects are asked for: those around the current one."""
        if self.form is None:
            return range(0)
        start = max(0, min(self.form.at - SEEN // 2, len(self.form.fields) - SEEN))
        return range(start, min(start + SEEN, len(self.form.fields)))

    def tick(self) -> None:
        """Take the answers that have come, and notice if none will come any more."""
        for answer in self.client.poll():
            self.revision += 1
            self._receive(answer)
        if not self.failure and (lost := self.client.failure()):
            self.revision += 1
            self.failure = lost

    def follow(self) -> None:
        """Take the weights that the run has written since, if it has."""
        now = written_at(self.folder)
        if self.known and now > self.written and not self.failure:
            self.written = now
            self.client.send(RELOAD, RELOAD)

    def changed(self) -> None:
        """The row or the drawing is another one: ask about it."""
        self.revision += 1
        if self.form is not None:
            self.client.send("row", self.form.question(self.seen))
        elif self.pad is not None:
            self.client.send("row", {"pixels": self.pad.asked().tolist()})

    def want_map(self, size: tuple[int, int]) -> None:
        """Ask for a decision map of so many cells across and down, unless that was asked already."""
        if self.form is None or not self.flat or size == self.map_size:
            return
        self.map_size = size
        width, height = size
        (left, right), (low, high) = self.limits
        across = left + (np.arange(width) + 0.5) / width * (right - left)
        up = high - (np.arange(height) + 0.5) / height * (high - low)
        x, y = (one.name for one in self.form.fields)
        self.map_asked = {x: np.tile(across, height).tolist(), y: np.repeat(up, width).tolist()}
        self.client.send("map", self.map_asked)

    @property
    def limits(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The ranges of the map: the run's own where its map has these axes, else the usual values and some margin."""
        if self._has_taken and self.taken is not None:
            (left, right), (low, high) = self.taken["x_range"], self.taken["y_range"]
            return (left, right), (low, high)
        fields = self.form.fields if self.form else []
        room = [(one.high - one.low) * MARGIN or 0.5 for one in fields]
        x, y = ((one.low - more, one.high + more) for one, more in zip(fields, room, strict=True))
        return x, y

    def point(self) -> tuple[float, float] | None:
        """Where the row is on the map, if both of its values are numbers."""
        if self.form is None or not self.flat:
            return None
        x, y = (one.number(text) for one, text in zip(self.form.fields, self.form.values, strict=True))
        return None if x is None or y is None else (x, y)

    def go(self, x: float, y: float) -> None:
        """Put the row to a place on the map, held within it."""
        if self.form is None:
            return
        for place, (value, (low, high)) in enumerate(zip((x, y), self.limits, strict=True)):
            step = 10.0 ** math.floor(math.log10((high - low) / FINEST))
            self.form.values[place] = self.form.fields[place].written(round(min(max(value, low), high) / step) * step)
        self.changed()

    def move(self, across: int, down: int, *, on_map: bool) -> None:
        """Move the cursor of the pad, or the row on the map; in the form, go to another field or change this one."""
        if self.pad is not None:
            self.pad.move(across, down)
        elif on_map:
            self._move_on_map(across, down)
        elif self.form is not None and down:
            self.form.move(down)
        elif self.form is not None:
            self.form.step(across)
        self.changed()

    def pen(self) -> None:
        """Put the pen down, or take it up."""
        if self.pad is not None:
            self.pad.lift() if self.pad.down else self.pad.press(self.pad.cursor)
            self.changed()

    def centre(self) -> None:
        """Ask about the drawing centred, or as it is."""
        if self.pad is not None:
            self.pad.centred = not self.pad.centred
            self.changed()

    def erase(self) -> None:
        """Leave the current field empty, or take the last stroke back."""
        if self.form is not None:
            self.form.put("")
        elif self.pad is not None:
            self.pad.undo()
        self.changed()

    def clear(self) -> None:
        """Back to a typical row, or to an empty sheet."""
        if self.form is not None:
            self.form.reset()
        elif self.pad is not None:
            self.pad.clear()
        self.changed()

    def command(self) -> str:
        """What to type in a shell for the same answer."""
        level = [] if self.level is None else ["--interval", str(self.level)]
        network = shlex.join(["nnlab", "predict", *self.arguments, *level])
        if self.form is not None:
            return f"{network} --row {shlex.quote(self.form.written())}"
        if self.pad is not None:
            question = json.dumps({"pixels": self.pad.asked().tolist()}, separators=(",", ":"))
            return f"echo {shlex.quote(question)} | {network} --stream"
        return network

    @property
    def levels(self) -> list[int | None]:
        """The levels of an interval that can be had, None for no interval."""
        return [None, *(one for one in OFFERED if one < LEAST + len(self.margins))]

    def next_level(self) -> None:
        """Another level of the interval."""
        turn = self.levels.index(self.level) if self.level in self.levels else 0
        self.level = self.levels[(turn + 1) % len(self.levels)]
        self.revision += 1

    def interval(self) -> tuple[float, float] | list[str] | None:
        """What holds the truth of so many percent of rows: between which values it lies, or the classes in the set;
        None without a level, or an answer."""
        told = self.prediction
        if self.level is None or told is None or self.level not in self.levels:
            return None
        margin = margin_at(self.margins, self.level)
        if not self.classes:
            return (told.answer - margin, told.answer + margin) if isinstance(told.answer, float | int) else None
        shares = np.array([told.probabilities.get(name) for name in self.classes], dtype=float)
        return [name for name, held in zip(self.classes, set_of(shares[:, None], margin)[:, 0], strict=True) if held]

    def close(self) -> None:
        """Let the network go."""
        self.client.close()

    def _move_on_map(self, across: int, down: int) -> None:
        """So many cells to the right, and so many lines down."""
        (left, right), (low, high) = self.limits
        x, y = self.point() or ((left + right) / 2, (low + high) / 2)
        columns, rows = (max(size, 2) for size in self.map_size)
        self.go(x + across * (right - left) / columns, y - down * (high - low) / (rows / 2))

    def _receive(self, answer: Answer) -> None:
        body = answer.body
        if answer.kind == RELOAD and "error" in body:
            return  # it was just being written, or is gone: the weights that are known go on answering
        if "error" in body:
            said = str(body["error"]).removeprefix(f"Question {body.get('row')}, row 1: ")
            self.error, self.prediction = said[:1].upper() + said[1:], None
        elif answer.kind == RELOAD and self.known:
            self._renew(body)
        elif answer.kind == "inputs":
            self._learn(body)
        elif answer.kind == "map":
            if answer.question is self.map_asked:  # else it has another size, and the right one is on its way
                self.map = self._map(body)
        else:
            self.error = ""
            self.prediction = self._answer(answer.question, body)

    def _renew(self, body: Mapping[str, Any]) -> None:
        """The weights are others: ask again what was asked."""
        self._learn_state(body)
        self.map_size = (0, 0)
        self.changed()

    def _learn_state(self, body: Mapping[str, Any]) -> None:
        """What other weights may have otherwise. The level of the interval stays, if they have that."""
        had_none = not self.margins
        self.epoch, self.threshold = body.get("epoch"), body.get("threshold")
        self.margins = list(body.get("margins", ()))
        if had_none or self.level not in self.levels:
            self.level = max((one for one in self.levels if one is not None and one <= FIRST), default=None)

    def _learn(self, body: Mapping[str, Any]) -> None:
        """The network's inputs are known: make a form or a pad, and ask about what is in it."""
        self.known = True
        self._learn_state(body)
        self.target, self.classes = str(body["target"]), [str(name) for name in body["classes"]]
        image = body["image"]
        if image is None:
            self.form = Form([Field.of(one) for one in body["inputs"]])
            if self.flat:
                self.go(*(sum(limits) / 2 for limits in self.limits))
                return
        elif can_draw(image):
            self.pad = Pad((image[1], image[2]), centred=is_of_digits(self.classes, image))
        else:
            self.error = (
                f"Images of {image[2]} x {image[1]} pixels are too large to draw (at most {LARGEST} x {LARGEST}): "
                "name files to nnlab predict."
            )
        if self.form is not None:
            self.changed()

    def _answer(self, question: Any, body: Mapping[str, Any]) -> Prediction:
        """An answer with the effects that came with it, if it is still about the fields that are seen."""
        if self.form is None:
            return Prediction(body["prediction"], body.get("probabilities", {}))
        prediction = body["prediction"][0]
        shares: dict[str, list[float | None]] = body.get("probabilities", {})
        series = shares.get(str(prediction), []) if self.classes else body["prediction"]
        seen = [place for place, one in enumerate(self.form.fields) if isinstance(question.get(one.name), list)]
        effects = self.form.effects(range(seen[0], seen[-1] + 1), series) if seen else {}
        return Prediction(prediction, {name: values[0] for name, values in shares.items()}, effects)

    @property
    def _has_taken(self) -> bool:
        """Whether the run's own map has this network's inputs as its axes."""
        names = [one.name for one in self.form.fields] if self.form else []
        return self.taken is not None and [self.taken.get("x"), self.taken.get("y")] == names

    def _map(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answers to a grid as the data of a `map` picture, the run's points on it."""
        width, height = self.map_size
        x_range, y_range = self.limits
        names = [one.name for one in self.form.fields] if self.form else ["", ""]
        points = self.taken["points"] if self.taken is not None and self._has_taken else []
        data: dict[str, Any] = {"x": names[0], "y": names[1], "x_range": x_range, "y_range": y_range}
        data |= {"width": width, "height": height, "classes": self.classes, "points": points}
        if self.classes:
            shares = np.array([body["probabilities"][name] for name in self.classes], dtype=float)
            shares = np.nan_to_num(shares)
            places = {name: place for place, name in enumerate(self.classes)}  # a threshold may answer another class
            cells = np.array([places.get(name, 0) for name in body["prediction"]])
            return {**data, "cells": _packed(cells), "confidence": _packed(shares.max(0) * LEVELS)}
        values = np.nan_to_num(np.array(body["prediction"], dtype=float))
        low, high = float(values.min()), float(values.max())
        if self._has_taken and self.taken is not None:
            low, high = self.taken["value_range"]
        share = np.clip((values - low) / ((high - low) or 1.0), 0, 1)
        return {**data, "cells": _packed(share * LEVELS), "value_range": [low, high]}


def _packed(values: np.ndarray[Any, Any]) -> str:
    """Numbers from 0 to 255 as base64 of bytes."""
    return base64.b64encode(np.rint(values).astype(np.uint8).tobytes()).decode("ascii")
