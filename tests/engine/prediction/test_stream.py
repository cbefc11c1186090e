"""Questions in a stream: each line is answered by itself, wrong ones in a sentence, and inputs are described."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import Config
from nnlab.engine.data.columns.encoders import Bucket, Curve, Date, Embedding, Flag, Hashed, Missing, Number, OneHot
from nnlab.engine.data.derived import Derived, Source
from nnlab.engine.data.drift import Seen
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.errors import UsageError
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.prediction.inputs import describe
from nnlab.engine.prediction.predict import predict
from nnlab.engine.prediction.stream import answer_stream
from nnlab.engine.prediction.write import write_json

NUMBERS = [Number(name="x1", fill=0.25, mean=0.5, std=2), Number(name="x2", fill=0)]
POINTS = Schema(task="binary", target="label", classes=["no", "yes"], columns=[*NUMBERS])
VALUES = Schema(task="regression", target="MPG", target_mean=23, target_std=7, columns=[*NUMBERS])
GREY = Schema(task="binary", target="label", classes=["0", "1"], image=Image(shape=(1, 4, 3), scale=1 / 255))
COLOUR = Schema(task="binary", target="label", classes=["0", "1"], image=Image(shape=(3, 4, 3), scale=1 / 255))


def network(schema: Schema) -> Checkpoint:
    torch.manual_seed(3)
    sizes = {"in_features": schema.in_features, "out_features": max(1, len(schema.classes))}
    image = schema.image.shape if schema.image else None
    spec = ModelSpec.model_validate({"family": "mlp", "hidden": [10], **sizes, "image_shape": image})
    return Checkpoint(Config(), schema, spec, build(spec).state_dict(), 0, [])


def asked(schema: Schema, *questions: object, notes: list[str] | None = None) -> list[dict[str, Any]]:
    lines = [(q if isinstance(q, str) and q[:1] in "{ [" else json.dumps(q)).encode() + b"\n" for q in questions]
    out = io.BytesIO()
    answer_stream(network(schema), lines, out, [].append if notes is None else notes.append)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("schema", [POINTS, VALUES])
def test_a_row_is_answered_as_predict_answers_it(schema: Schema) -> None:
    rows = [{"x1": 0.3, "x2": -0.5}, {"x2": "2", "x1": None}]
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    out = io.BytesIO()
    write_json(predict(network(schema), "-", [].append, stdin=io.BytesIO(text)), schema.classes, out)
    assert asked(schema, *rows) == [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_checkpoint_is_read_once_more_where_that_is_asked_for() -> None:
    first, out = network(POINTS), io.BytesIO()
    other = {name: weight + 1 for name, weight in first.weights.items()}
    newer = replace(first, weights=other, epoch=7)
    lines = [json.dumps(question).encode() for question in ({"x1": 1, "x2": 2}, "reload", {"x1": 1, "x2": 2}, "inputs")]
    answer_stream(first, lines, out, [].append, lambda: newer)
    before, told, after, inputs = map(json.loads, out.getvalue().splitlines())
    assert told["epoch"] == inputs["epoch"] == 7
    assert [one["name"] for one in told["inputs"]] == ["x1", "x2"]
    assert before["probabilities"] != after["probabilities"]
    assert asked(POINTS, "reload")[0]["epoch"] == 0


def test_threshold_and_margins_are_told_with_the_inputs() -> None:
    bare, out = network(POINTS), io.BytesIO()
    told = asked(POINTS, "inputs")[0]
    assert (told["threshold"], told["margins"]) == (None, [])
    kept = replace(bare, threshold=0.3, margins=[0.25, 0.5])
    answer_stream(bare, [b'"inputs"', b'"reload"'], out, [].append, lambda: kept)
    before, after = map(json.loads, out.getvalue().splitlines())
    assert (before["threshold"], before["margins"]) == (None, [])
    assert (after["threshold"], after["margins"]) == (0.3, [0.25, 0.5])


def test_dates_are_told_with_those_between_which_most_were() -> None:
    days = Seen(name="sold", rows=100, low=10_957.0, high=18_262.0, date=True)
    schema = Schema(task="regression", target="price", columns=[Date(name="sold", mean=14_000, std=1_000)])
    assert "low" not in describe(schema)["inputs"][0]
    known = describe(schema.model_copy(update={"seen": [days]}))["inputs"][0]
    assert (known["kind"], known["low"], known["high"]) == ("date", "2000-01-01", "2020-01-01")


def test_what_cannot_be_read_once_more_leaves_the_network_as_it_was() -> None:
    def gone() -> Checkpoint:
        raise UsageError("best.pt is gone.")

    out = io.BytesIO()
    lines = [json.dumps(question).encode() for question in ({"x1": 1, "x2": 2}, "reload", {"x1": 1, "x2": 2})]
    answer_stream(network(POINTS), lines, out, [].append, gone)
    before, told, after = map(json.loads, out.getvalue().splitlines())
    assert told["error"] == "best.pt is gone."
    assert before["probabilities"] == after["probabilities"]


def test_columns_of_lists_are_many_rows() -> None:
    one, two, both = asked(POINTS, {"x1": 1, "x2": 5}, {"x1": 2, "x2": 5}, {"x1": [1, 2], "x2": 5})
    assert both["prediction"] == [one["prediction"], two["prediction"]]
    for name in ("no", "yes"):
        assert both["probabilities"][name] == [one["probabilities"][name], two["probabilities"][name]]
    assert len(asked(VALUES, {"x1": [1, 2], "x2": 5})[0]["prediction"]) == 2


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("{nope", "Question 1 is not a JSON object"),
        ([1, 2], "Question 1 is not a JSON object"),
        ("describe", "Question 1 is not a JSON object"),
        ({"x1": 1}, "Question 1 has no column 'x2'"),
        ({}, "has no columns 'x1', 'x2'"),
        ({"x1": "a", "x2": 1}, "the column 'x1' is 'a', which is not a number"),
        ({"x1": [1, 2], "x2": [1]}, "lists of different lengths: 'x1' has 2, 'x2' has 1."),
        ({"x1": [], "x2": 5}, "lists without a value"),
        ({"x1": {"a": 1}, "x2": 1}, "which is not a number"),
    ],
)
def test_a_wrong_line_is_answered_in_a_sentence_and_the_next_one_too(question: object, said: str) -> None:
    wrong, right = asked(POINTS, question, {"x1": 1, "x2": 1})
    assert said in wrong["error"]
    assert wrong["error"].endswith(".")
    assert right["row"] == 2
    assert right["prediction"] in ("no", "yes")


def test_each_warning_is_given_once() -> None:
    notes: list[str] = []
    asked(POINTS, *[{"x1": 1, "x2": 1, "spare": 2}] * 3, notes=notes)
    assert len({note.split("ignored")[1] for note in notes}) == 1


def test_images_are_pixels_or_files(tmp_path: Path) -> None:
    import PIL.Image

    pixels = (np.arange(12).reshape(4, 3) * 20).astype(np.uint8)
    file = tmp_path / "image.png"
    PIL.Image.fromarray(pixels).save(file)
    for schema in (GREY, COLOUR):
        by_pixels, by_file = asked(schema, {"pixels": pixels.tolist()}, {"file": str(file)})
        assert by_pixels["probabilities"] == by_file["probabilities"]
    three = asked(COLOUR, {"pixels": [pixels.tolist()] * 3})[0]
    assert three["probabilities"] == asked(COLOUR, {"pixels": pixels.tolist()})[0]["probabilities"]


@pytest.mark.parametrize("pixels", [None, "dark", [[1, 2]], [[300] * 3] * 4, [[-1] * 3] * 4, [[1, 2], [1]], {}])
def test_what_is_no_image_is_refused(pixels: object) -> None:
    assert "4 rows of 3 numbers from 0 to 255" in asked(GREY, {"pixels": pixels})[0]["error"]


def test_inputs_are_described_with_all_that_a_form_needs() -> None:
    schema = Schema(
        task="regression",
        target="price",
        columns=[
            Number(name="area", fill=80, usual=(40, 160), mean=90, std=30, decimal=","),
            Missing(name="area", decimal=","),
            Number(name="floor", fill=1, mean=2, std=0.5),
            Curve(name="income", fill=2, knots=[1, 2, 7]),
            Bucket(name="year", fill=1990, boundaries=[1950, 2000]),
            Number(name="lone^2", fill=1, usual=(0, 9)),
            Flag(name="lift"),
            Date(name="sold", style="%d.%m.%Y", mean=10_957, std=100),
            Hashed(name="text"),
            OneHot(name="town", categories=["Bern", "Wien"]),
            Embedding(name="street", categories=["A", "B"], width=2),
        ],
        derived=[Derived(name="lone^2", form="square", of=[Source(name="lone")])],
    )
    told = describe(schema)
    found = {field["name"]: field for field in told["inputs"]}
    assert (told["task"], told["target"], told["image"]) == ("regression", "price", None)
    assert list(found) == schema.inputs
    area = found["area"]
    assert (area["kind"], area["typical"], area["low"], area["high"], area["decimal"]) == ("number", 80, 40, 160, ",")
    limits = {name: (field["low"], field["high"]) for name, field in found.items() if field["kind"] == "number"}
    assert limits["floor"] == (1, 3)
    assert limits["income"] == (1, 7)
    assert limits["year"] == (1950, 2000)
    assert limits["lone"] == (-3, 3)
    assert found["town"] == {"name": "town", "kind": "category", "values": ["Bern", "Wien"]}
    assert found["street"]["values"] == ["A", "B"]
    assert found["lift"] == {"name": "lift", "kind": "flag", "values": ["no", "yes"]}
    assert found["text"] == {"name": "text", "kind": "text"}
    assert found["sold"]["typical"] == "01.01.2000"
    assert found["sold"]["values"][0] == "15.06.1999"
    assert asked(GREY, "inputs")[0]["image"] == [1, 4, 3]


def test_dates_beyond_the_calendar_are_held_at_its_ends() -> None:
    column = Date(name="sold", mean=1e9, std=1)
    schema = Schema(task="regression", target="price", columns=[column])
    assert describe(schema)["inputs"][0]["typical"].startswith("9999")
