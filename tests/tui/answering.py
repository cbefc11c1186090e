"""Networks that answer at once by rules of their own, for tests of the page that asks them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nnlab.tui.predict.client import Answer, Question

NUMBER = {"kind": "number", "typical": 0.25, "low": -1, "high": 1, "decimal": "."}
FLAT: dict[str, Any] = {
    **{"row": 1, "task": "binary", "target": "label", "classes": ["no", "yes"], "image": None},
    "inputs": [{"name": "x1", **NUMBER}, {"name": "x2", **NUMBER}],
}
HOUSES = {
    **{"row": 1, "task": "regression", "target": "price", "classes": [], "image": None},
    "inputs": [
        {"name": "area", "kind": "number", "typical": 80, "low": 40, "high": 160, "decimal": "."},
        {"name": "town", "kind": "category", "values": ["Bern", "Wien"]},
        *({"name": f"score {number}", **NUMBER} for number in range(30)),
    ],
}
DIGITS = {
    **{"row": 1, "task": "multiclass", "target": "label", "inputs": []},
    **{"classes": [str(digit) for digit in range(10)], "image": [1, 28, 28]},
}
WARD = {
    **FLAT,
    "inputs": [
        *FLAT["inputs"],
        {"name": "town", "kind": "category", "values": ["Bern", "Wien"]},
        {"name": "born", "kind": "date", "values": ["1950-01-01", "1980-01-01"], "typical": "1980-01-01"}
        | {"low": "1945-05-08", "high": "1999-12-31"},
    ],
    **{"threshold": 0.3, "margins": [0.3 + place / 100 for place in range(46)]},
}
FLATS = {**HOUSES, "margins": [100.0 * place for place in range(50)]}
LARGE = {**DIGITS, "image": [3, 224, 224]}
NETWORKS: dict[str, dict[str, Any]] = {
    **{"flat": FLAT, "houses": HOUSES, "digits": DIGITS, "large": LARGE},
    **{"ward": WARD, "flats": FLATS},
}
NAMES = (None, "Bern", "Wien", "W", "Wi", "Wie")


@dataclass
class Scripted:
    """Answers at once: a class by the sign of x1 * x2, a price by the area, a digit by how much ink there is."""

    told: dict[str, Any]
    words: Sequence[str] = ()
    answers: list[Answer] = field(default_factory=list[Answer])
    asked: list[Question] = field(default_factory=list[Question])
    gone: str = ""
    epoch: int = 3
    closed: bool = False

    def send(self, kind: str, question: Question) -> None:
        self.asked.append(question)
        self.answers.append(Answer(kind, question, self.answered(question)))

    def poll(self) -> list[Answer]:
        answers, self.answers = self.answers, []
        return answers

    def failure(self) -> str | None:
        return self.gone or None

    def close(self) -> None:
        self.closed = True

    def answered(self, question: Question) -> dict[str, Any]:
        if isinstance(question, str):
            return {**self.told, "epoch": self.epoch}
        if "pixels" in question:
            ink = sum(map(sum, question["pixels"])) / 255
            best = min(9, int(ink / 20))
            return {"prediction": str(best), "probabilities": {str(d): 0.91 if d == best else 0.01 for d in range(10)}}
        rows = max(len(value) for value in question.values() if isinstance(value, list))
        columns = [value if isinstance(value, list) else [value] * rows for value in question.values()]
        try:
            first, second = ([0.0 if value in NAMES else float(value) for value in column] for column in columns[:2])
        except ValueError:
            return {"row": 7, "error": "Question 7, row 1: the column 'area' is 'wide', which is not a number."}
        if not self.told["classes"]:
            return {"prediction": [1000 * area for area in first]}
        yes = [1 / (1 + math.exp(-9 * a * b)) for a, b in zip(first, second, strict=True)]
        no = [1 - share for share in yes]
        from_ = self.told.get("threshold", 0.5)
        best = ["yes" if share > from_ else "no" for share in yes]
        return {"prediction": best, "probabilities": {"no": no, "yes": yes}}
