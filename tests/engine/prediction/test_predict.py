import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import Config
from nnlab.engine.data.columns.encoders import Bucket, Embedding, Number, OneHot
from nnlab.engine.data.reading import rows_csv, rows_json
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.errors import UsageError
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.prediction.predict import predict
from nnlab.engine.prediction.write import write_csv, write_json

NUMBERS = [Number(name="x1", fill=0.25, mean=0.5, std=2), Number(name="x2", fill=0)]
POINTS = Schema(task="binary", target="label", classes=["no", "yes"], columns=[*NUMBERS])
CARS = Schema(
    task="regression",
    target="MPG",
    target_mean=23,
    target_std=7,
    columns=[
        Number(name="Weight", fill=2800, mean=2900, std=800),
        Bucket(name="Model Year", fill=76, boundaries=[73, 76, 79]),
        OneHot(name="Origin", categories=["3", "1", "2"]),
        Embedding(name="Maker", categories=["Saab, AB", "NA"], width=2),
    ],
)
CAR = 'Maker,Note,Origin,Weight,MPG,Model Year\n"Saab, AB",new,2,2900,?,76\nNA,,1,,20,71\nFiat,old,,1900.5,,80\n'


def network(schema: Schema, **changes: object) -> Checkpoint:
    torch.manual_seed(3)
    spec = ModelSpec.model_validate(
        {
            "family": "mlp",
            "hidden": [10, 6],
            "activation": "sigmoid",
            "in_features": schema.in_features,
            "out_features": max(1, len(schema.classes)),
            "image_shape": schema.image.shape if schema.image else None,
            "embeddings": schema.embeddings,
            **changes,
        }
    )
    return Checkpoint(Config(), schema, spec, build(spec).state_dict(), 0, [])


def lines(
    checkpoint: Checkpoint,
    source: str | Path | None = None,
    *,
    text: str | bytes = "",
    rows: Sequence[str] = (),
    as_json: bool = False,
    notes: list[str] | None = None,
) -> list[str]:
    """What is written for a file, for text on standard input, or for written rows."""
    out = io.BytesIO()
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    name = str(source) if source is not None else None if rows else "-"
    noted: list[str] = [] if notes is None else notes
    predictions = predict(checkpoint, name, noted.append, rows=rows, stdin=stream)
    write = write_json if as_json else write_csv
    write(predictions, checkpoint.schema.classes, out, images=checkpoint.schema.image is not None)
    return out.getvalue().decode().splitlines()


def refusal(checkpoint: Checkpoint, text: str | bytes) -> str:
    with pytest.raises(UsageError) as caught:
        lines(checkpoint, text=text)
    return str(caught.value)


def points(rows: int) -> tuple[np.ndarray, str]:
    values = np.random.default_rng(0).uniform(-3, 3, (rows, 2))
    return values, "x1,x2\n" + "".join(f"{a!r},{b!r}\n" for a, b in values.tolist())


def test_answers_are_the_networks_own() -> None:
    checkpoint = network(POINTS)
    values, text = points(50)
    written = [line.split(",") for line in lines(checkpoint, text=text)]
    module = build(checkpoint.spec).eval()
    module.load_state_dict(checkpoint.weights)
    x = torch.tensor((values - [0.5, 0]) / [2, 1], dtype=torch.float32)
    expected = torch.softmax(module(x), 1)
    assert written[0] == ["prediction", "probability_no", "probability_yes"]
    assert [row[0] for row in written[1:]] == [["no", "yes"][index] for index in expected.argmax(1).tolist()]
    given = torch.tensor([[float(p) for p in row[1:]] for row in written[1:]])
    torch.testing.assert_close(given, expected.detach(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("changes", [{}, {"hidden": [100, 9]}, {"family": "noisy-mlp", "noise": 0.3, "dropout": 0.5}])
def test_a_row_has_the_same_answer_alone_in_a_file_in_other_columns_and_formats(changes: dict[str, object]) -> None:
    checkpoint = network(POINTS, **changes)
    values, text = points(500)
    whole = lines(checkpoint, text=text)
    swapped = "x2,spare,x1\n" + "".join(f"{b!r},z,{a!r}\n" for a, b in values.tolist())
    assert lines(checkpoint, text=swapped) == whole
    objects = "".join(json.dumps({"x2": b, "x1": a}) + "\n" for a, b in values.tolist())
    assert lines(checkpoint, text=objects) == whole
    for row in (0, 7, 499):
        a, b = values[row].tolist()
        assert lines(checkpoint, text=f"x1,x2\n{a!r},{b!r}\n")[1] == whole[row + 1]
        assert lines(checkpoint, rows=[f"x2={b!r}, x1={a!r}"])[1] == whole[row + 1]


def test_json_has_row_prediction_and_probabilities() -> None:
    first, second = (json.loads(line) for line in lines(network(POINTS), text="x1,x2\n0,1\n2,3\n", as_json=True))
    assert (first["row"], second["row"]) == (1, 2)
    assert set(first) == {"row", "prediction", "probabilities"}
    assert first["prediction"] == max(first["probabilities"], key=first["probabilities"].get)
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=2e-6)


def test_regression_answers_in_the_targets_own_units() -> None:
    checkpoint = network(CARS)
    header, *values = lines(checkpoint, text=CAR)
    assert header == "prediction"
    module = build(checkpoint.spec)
    module.load_state_dict(checkpoint.weights)
    x = torch.tensor([[0, 2, 0, 0, 1, 0], [-0.125, 0, 0, 1, 0, 1], [-1.249375, 3, 0, 0, 0, 2]])
    expected = module(x).detach()[:, 0] * 7 + 23
    assert [float(value) for value in values] == pytest.approx(expected.tolist(), rel=1e-5)
    assert json.loads(lines(checkpoint, text=CAR, as_json=True)[1]) == {"row": 2, "prediction": float(values[1])}


def test_categories_and_gaps_read_alike_in_json() -> None:
    objects = [
        {"Maker": "Saab, AB", "Origin": 2, "Weight": 2900, "Model Year": "76"},
        {"Maker": "NA", "Origin": 1.0, "Weight": None, "Model Year": 71},
        {"Maker": "Fiat", "Weight": 1900.5, "Model Year": 80.0},
    ]
    text = "\n\n".join(map(json.dumps, objects))
    assert lines(network(CARS), text=text) == lines(network(CARS), text=CAR)


def test_a_file_longer_than_a_block_is_answered_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = network(POINTS)
    _, text = points(2000)
    whole = lines(checkpoint, text=text)
    monkeypatch.setattr(rows_csv, "BLOCK", 4000)
    file = tmp_path / "points.csv"
    file.write_text(text)
    assert lines(checkpoint, file) == whole
    rows = [json.loads(line)["row"] for line in lines(checkpoint, file, as_json=True)]
    assert rows == list(range(1, 2001))


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffx1,x2\n0,1\n",
        "x1;x2\n0;1\n",
        "x1\tx2\r\n0\t1\r\n",
        '\n"x1", x2\n"0",1',
        'x1,"a\nb",x2\n0,"c\n\nd",1\n',
        "x1,,,x2\n0,5,6,1\n",
        '{"x1": 0, "x2": "1", "extra": [1, {"a": 2}]}',
    ],
)
def test_dialects_are_understood(text: str) -> None:
    checkpoint = network(POINTS)
    assert lines(checkpoint, text=text) == lines(checkpoint, rows=["x1=0,x2=1"])


def test_unknown_columns_are_passed_over_with_one_warning_and_the_target_with_none() -> None:
    notes: list[str] = []
    lines(network(POINTS), text="a,x1,label,b,x2\n1,0,yes,2,1\n" * 1, notes=notes)
    assert notes == ["standard input: ignored the columns 'a', 'b', which the network does not use"]
    notes.clear()
    lines(network(POINTS), text="x1,label,x2\n0,no,1\n", notes=notes)
    assert not notes


@pytest.mark.parametrize("as_json", [False, True])
def test_each_value_that_is_no_category_is_told_however_few_they_are(as_json: bool) -> None:
    rows = [{"Maker": "NA", "Origin": 1, "Weight": 9, "Model Year": 71}] * 200
    rows += [{"Maker": "Ford", "Origin": 1, "Weight": 9, "Model Year": 71}]
    text = "\n".join(map(json.dumps, rows))
    if not as_json:
        text = "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)])
    notes: list[str] = []
    lines(network(CARS), text=text, notes=notes)
    assert notes == [
        "standard input: 1 of 201 values of the column 'Maker' is not a category that the network knows, as no train "
        "row had them, or hardly one: 'Ford'"
    ]


def test_what_cannot_be_read_is_refused_by_row_and_column() -> None:
    checkpoint = network(POINTS)
    assert refusal(checkpoint, "x1,X2\n1,2\n") == (
        "standard input has no column 'x2', which the network needs (is it 'X2'?)."
    )
    assert refusal(checkpoint, "x2,x1\n1,2\n\n3,oops\n") == (
        "standard input, row 2: the column 'x1' is 'oops', which is not a number."
    )
    assert refusal(checkpoint, "x1,x2\n1,2\n3\n") == (
        "standard input, row 2: it has 1 value, and the header has 2 columns."
    )
    assert "2 columns named 'x1'" in refusal(checkpoint, "x1,x2,x1\n1,2,3\n")
    assert "is empty" in refusal(checkpoint, "")
    assert "no column 'x2'" in refusal(checkpoint, b"x1,\xff\n1,2\n")
    assert "not text" in refusal(checkpoint, b"PAR1\0\0")
    assert "line 2 is not a JSON object" in refusal(checkpoint, '{"x1": 1, "x2": 2}\n{"x1": 1,')
    assert "line 2 is not a JSON object" in refusal(checkpoint, '{"x1": 1, "x2": 2}\n[1, 2]\n')
    assert "nested" in refusal(checkpoint, '{"x1":' + "[" * 100_000)
    assert "row 2: the column 'x2' is [1]" in refusal(checkpoint, '{"x1":1,"x2":2}\n{"x1":1,"x2":[1]}\n')


def test_written_rows_are_checked_too() -> None:
    checkpoint = network(POINTS)
    for row, problem in [("x1=1", "no column 'x2'"), ("x1 1", "column=value"), ("x1=1,x2=b", "row 1.*'b'")]:
        with pytest.raises(UsageError, match=problem):
            lines(checkpoint, rows=[row])
    assert (
        lines(network(CARS), rows=['Weight=2900,Model Year=76,Origin=2,"Maker=Saab, AB"'])[1:]
        == (lines(network(CARS), text=CAR)[1:2])
    )


def test_a_wrong_row_is_named_by_its_place_in_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rows_csv, rows_json):
        monkeypatch.setattr(module, "BLOCK", 1000)
    _, text = points(300)
    assert "row 301:" in refusal(network(POINTS), text + "1,x\n")
    objects = "".join('{"x1": 1, "x2": 2}\n' for _ in range(300))
    assert "row 301:" in refusal(network(POINTS), objects + '{"x1": 1, "x2": "x"}\n')


def test_a_source_that_does_not_fit_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    checkpoint = network(POINTS)
    with pytest.raises(UsageError, match="no column"):
        predict(checkpoint, "-", print, stdin=io.BytesIO(b"a\n1\n"))
    with pytest.raises(UsageError, match="There is no file"):
        predict(checkpoint, str(tmp_path / "none.csv"), print)
    with pytest.raises(UsageError, match="rows of a table"):
        predict(checkpoint, str(tmp_path), print)
    with pytest.raises(UsageError, match="--row"):
        predict(checkpoint, None, print)


def test_a_header_alone_gives_a_header_alone() -> None:
    assert lines(network(POINTS), text="x1,x2\n") == ["prediction,probability_no,probability_yes"]


def test_missing_values_take_the_train_rows_median() -> None:
    checkpoint = network(POINTS)
    assert lines(checkpoint, text="x1,x2\n,1\nNA,1\n?,1\n")[1:] == lines(checkpoint, rows=["x1=0.25,x2=1"])[1:] * 3


def test_class_names_are_quoted_as_their_format_wants() -> None:
    schema = POINTS.model_copy(update={"classes": ['say "no", please', "ünïcode\n🙂"]})
    checkpoint = network(schema)
    text = "x1,x2\n-9,-9\n9,9\n0,0\n"
    body = [json.loads(line) for line in lines(checkpoint, text=text, as_json=True)]
    assert all(set(row["probabilities"]) == set(schema.classes) for row in body)
    out = io.BytesIO()
    write_csv(predict(checkpoint, "-", print, stdin=io.BytesIO(text.encode())), schema.classes, out)
    header, *rows = csv.reader(io.StringIO(out.getvalue().decode(), newline=""))
    assert header[1:] == [f"probability_{name}" for name in schema.classes]
    assert [row[0] for row in rows] == [row["prediction"] for row in body]


def test_an_answer_that_is_no_number_is_empty_or_null() -> None:
    checkpoint = network(POINTS, activation="relu", hidden=[])
    weights = {name: torch.full_like(weight, torch.inf) for name, weight in checkpoint.weights.items()}
    broken = Checkpoint(Config(), POINTS, checkpoint.spec, weights, 0, [])
    assert lines(broken, rows=["x1=1,x2=1"])[1] == ",,"
    assert json.loads(lines(broken, rows=["x1=1,x2=1"], as_json=True)[0]) == {
        "row": 1,
        "prediction": None,
        "probabilities": {"no": None, "yes": None},
    }


def test_predicting_leaves_generator_and_threads_alone() -> None:
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    lines(network(POINTS), rows=["x1=1,x2=1"])
    torch.manual_seed(0)
    state = torch.get_rng_state()
    checkpoint = network(POINTS)
    torch.set_rng_state(state)
    lines(checkpoint, rows=["x1=1,x2=1"])
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_images_are_answered_by_name_and_made_to_fit(tmp_path: Path) -> None:
    from PIL import Image as Pictures

    schema = Schema(task="binary", target="y", classes=["dark", "light"], image=Image(shape=(1, 4, 6), scale=1 / 255))
    checkpoint = network(schema)
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10
    (tmp_path / "b").mkdir()
    Pictures.fromarray(pixels).save(tmp_path / "b" / "fits.PNG", format="PNG")
    Pictures.new("RGB", (60, 40), (200, 200, 200)).save(tmp_path / "large.jpg")
    (tmp_path / "notes.txt").write_text("no image")
    notes: list[str] = []
    header, *rows = lines(checkpoint, tmp_path, notes=notes)
    assert header == "file,prediction,probability_dark,probability_light"
    assert [row.split(",")[0] for row in rows] == [str(tmp_path / "b" / "fits.PNG"), str(tmp_path / "large.jpg")]
    assert len(notes) == 1
    assert "60 x 40 pixels: images are resized to the network's 6 x 4" in notes[0]
    assert lines(checkpoint, tmp_path / "large.jpg")[1] == rows[1]
    module = build(checkpoint.spec)
    module.load_state_dict(checkpoint.weights)
    expected = torch.softmax(module(torch.tensor(pixels)[None, None] / 255), 1)[0, 1].item()
    assert float(rows[0].split(",")[3]) == pytest.approx(expected, abs=1e-5)
    assert json.loads(lines(checkpoint, tmp_path / "large.jpg", as_json=True)[0])["file"].endswith("large.jpg")


def test_images_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    schema = Schema(task="binary", target="y", classes=["a", "b"], image=Image(shape=(1, 4, 4)))
    checkpoint = network(schema)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    with pytest.raises(UsageError, match=r"broken\.png cannot be read"):
        lines(checkpoint, broken)
    with pytest.raises(UsageError, match="answers images"):
        lines(checkpoint, text="x1\n1\n")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no images"):
        lines(checkpoint, tmp_path / "empty")
    with pytest.raises(UsageError, match="There is no file"):
        lines(checkpoint, tmp_path / "none.png")
