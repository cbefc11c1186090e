"""Every kind of column, every layer, clean values and dirty ones: onnxruntime answers as nnlab does."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
import pytest
import torch

from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import Config
from nnlab.engine.data.columns.encoders import (
    Bucket,
    Column,
    Curve,
    Date,
    Embedding,
    Flag,
    Hashed,
    Missing,
    Number,
    OneHot,
    Smooth,
)
from nnlab.engine.data.derived import Derived, Source
from nnlab.engine.data.reading.readings import (
    BooleanReading,
    CategoryReading,
    DateReading,
    NumberReading,
    Reading,
)
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.errors import UsageError
from nnlab.engine.export.onnx_file import onnx_model
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.network import load

DIRTY = [0, 1, -3, 2.5, 10, 1e-9, -1e-20, 1e6, -1e9, 1e30, -1e300, np.nan, np.inf, -np.inf, -999]
ACTIVATIONS = ("relu", "sigmoid", "tanh", "gelu", "silu", "leaky-relu", "elu", "selu", "mish")
ROWS = 60


def everything() -> tuple[list[Column], list[Derived], list[Reading]]:
    columns: list[Column] = [
        Number(name="a", fill=1, mean=2, std=3),
        Number(name="a*b", fill=0, mean=1, std=2),
        Number(name="sin(b)", fill=0, mean=0.1, std=0.7),
        Curve(name="l", fill=1, mean=0.5, std=2),
        Curve(name="q", fill=1, knots=[0, 1, 3, 10], mean=0.5, std=0.2),
        Curve(name="one", fill=1, knots=[3], mean=0.5, std=0.2),
        Smooth(name="s", fill=1, median=2, width=3),
        Missing(name="a"),
        Bucket(name="k", fill=3, boundaries=[1, 2.5, 10]),
        Flag(name="f"),
        Flag(name="g"),
        Flag(name="sex"),
        Date(name="d", mean=18000, std=300, timed=True),
        Date(name="ymd", mean=18000, std=300),
        Date(name="excel", mean=18000, std=300),
        Date(name="unix", mean=18000, std=300, timed=True),
        OneHot(name="o", categories=["x", "NA", "y", "ü,"], other=True),
        OneHot(name="z", categories=["1", "2.5", "3"]),
        OneHot(name="t", categories=["false", "true"]),
        OneHot(name="truth", categories=["false", "true"]),
        Embedding(name="e", categories=["p", "q"], width=2),
        Embedding(name="zip", categories=["8001", "8002"], width=3),
    ]
    derived = [
        Derived(name="a*b", form="product", of=[Source(name="a"), Source(name="b")]),
        Derived(name="sin(b)", form="sine", of=[Source(name="b")]),
    ]
    readings: list[Reading] = [
        *(NumberReading(name=name) for name in ("a", "b", "l", "q", "one", "s")),
        NumberReading(name="k", missing=["", "-999"]),
        BooleanReading(name="f"),
        BooleanReading(name="g", counted=True),
        BooleanReading(name="sex", yes=["male"], no=["female"]),
        DateReading(name="d"),
        DateReading(name="ymd", unit="ymd"),
        DateReading(name="excel", unit="excel"),
        DateReading(name="unix", unit="s"),
        CategoryReading(name="o"),
        CategoryReading(name="z", whole=True),
        CategoryReading(name="t", truths=True),
        BooleanReading(name="truth"),
        CategoryReading(name="e", missing=["", "-9"]),
        CategoryReading(name="zip", whole=True),
    ]
    return columns, derived, readings


def values() -> dict[str, np.ndarray]:
    """Rows of these columns, clean and dirty."""
    generator = np.random.default_rng(0)

    def some(*values: object) -> np.ndarray:
        kind = object if isinstance(values[0], str) else np.float64
        return generator.choice(np.array(values, kind), ROWS)

    return {
        **{name: some(*DIRTY) for name in ("a", "b", "l", "q", "one", "s", "k")},
        "f": some("yes", "No", "TRUE", " on ", "1", "01.0", "", "?", "nein"),
        "g": some(0.0, 1.0, np.nan, 2.0),
        "sex": some("male", "FEMALE", "Female", "MALE", ""),
        "d": some(
            *("2024-02-29", "2023-12-31T23:59:59.25", "1969-01-01 00:30", "", "0001-01-01", "9999-12-31", "NA"),
            *("2000-03-01T10:00:00Z", "1900-03-01 23:59:60", "2100-02-28T07:08Z"),
        ),
        "ymd": some(20240229.0, 19990101.0, np.nan, 20200131.0),
        "excel": some(45000.0, 45000.25, 1.0, np.nan),
        "unix": some(1.7e9, -1.5, 0.0, np.nan),
        "o": some("x", "y", "NA", "", "unheard", "ü,", "X"),
        "z": some(1.0, 2.5, 3.0, 4.0, np.nan),
        "t": some("True", "false", "TRUE", "", "maybe"),
        "truth": some("yes", "no", "", "1"),
        "e": some("p", "q", "", "-9", "-9.0", "r"),
        "zip": some(8001.0, 8002.0, 9000.0, np.nan),
    }


def network(schema: Schema, **changes: object) -> Checkpoint:
    torch.manual_seed(3)
    spec = ModelSpec.model_validate(
        {
            "family": "mlp",
            "hidden": [8, 5],
            "in_features": schema.in_features,
            "out_features": max(1, len(schema.classes)),
            "image_shape": schema.image.shape if schema.image else None,
            "embeddings": schema.embeddings,
            **changes,
        }
    )
    return Checkpoint(Config(), schema, spec, build(spec).state_dict(), 0, [])


def whole_schema(**changes: Any) -> Schema:
    columns, derived, readings = everything()
    told: dict[str, Any] = {"task": "multiclass", "target": "t", "classes": ["u", "v", "w"], **changes}
    return Schema(columns=columns, derived=derived, readings=readings, **told)


def run(model: onnx.ModelProto, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, feed), strict=True))  # pyright: ignore


def table(feed: dict[str, np.ndarray]) -> pa.Table:
    def plain(value: object) -> object:
        return None if isinstance(value, float) and np.isnan(value) else value

    return pa.table({name: pa.array(list(map(plain, column.tolist()))) for name, column in feed.items()})


def compare(checkpoint: Checkpoint, feed: dict[str, np.ndarray]) -> None:
    """onnxruntime's answers beside nnlab's."""
    answers = run(onnx_model(checkpoint, "net"), feed)
    with pytest.warns(UserWarning, match="counts? as missing"):
        [expected] = load(checkpoint).predictions(table(feed))
    if expected.probabilities is None:
        np.testing.assert_allclose(answers["prediction"], expected.answers, rtol=1e-6)
        return
    found = np.stack([answers[f"probability_{name}"] for name in expected.classes])
    np.testing.assert_allclose(found, expected.probabilities, rtol=1e-6, atol=1e-9)
    assert answers["prediction"].tolist() == np.array([*expected.classes, ""])[expected.answers].tolist()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_kind_of_column_and_every_activation_answers_alike(activation: str):
    compare(network(whole_schema(), activation=activation), values())


FAMILIES: list[dict[str, object]] = [
    {"family": "linear", "hidden": []},
    {"family": "noisy-mlp", "noise": 0.1, "dropout": 0.2},
    *(
        {"family": "tabm", "members": members, "embedding": embedding, "own_weights": own}
        for members in (1, 4)
        for embedding in ("none", "periodic", "piecewise", "both")
        for own in (False, True)
        if members > 1 or embedding != "both"
    ),
]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: " ".join(map(str, family.values())))
def test_every_family_answers_alike(family: dict[str, object]):
    schema = whole_schema()
    more: dict[str, Any] = {} if family.get("embedding", "none") == "none" else {"numbers": schema.numbers}
    if family.get("embedding") in ("piecewise", "both"):
        more["bins"] = [[-1, 0, 1, 2], [0, 3], *[[-2.0, 0.5, 1]] * (schema.numbers - 2)]
    compare(network(schema, **family, **more), values())


def test_a_number_is_answered_in_the_targets_units_and_kept_within_limits():
    schema = whole_schema(task="regression", classes=[], target_mean=20, target_std=7)
    compare(network(schema), values())
    compare(network(schema, family="tabm", members=3, limits=(-0.1, 0.1)), values())


def test_a_threshold_and_intervals_travel():
    schema = whole_schema(task="binary", classes=["no", "yes"])
    checkpoint = replace(network(schema), threshold=0.2, margins=[0.3] * 41)
    answers = run(onnx_model(checkpoint, "net", 90), values())
    shares = answers["probability_yes"]
    known = ~np.isnan(shares)
    assert answers["prediction"][known].tolist() == np.where(shares >= 0.2, "yes", "no")[known].tolist()
    both = np.stack([answers["probability_no"], shares])
    expected = (both >= 0.7) | (both == both.max(0))
    assert np.array_equal(np.stack([answers["set_no"], answers["set_yes"]])[:, known], expected[:, known])


def test_what_is_not_understood_or_was_never_seen_is_counted():
    columns, _, readings = everything()
    kept = {"a", "o", "f", "d", "zip", "e"}
    schema = Schema(
        task="regression",
        target="y",
        columns=[column for column in columns if column.name in kept],
        readings=[reading for reading in readings if reading.name in kept],
    )
    feed = {
        "a": np.array([1, np.nan, np.inf]),
        "o": np.array(["x", "", "unheard"], object),
        "f": np.array(["yes", "?", "maybe"], object),
        "d": np.array(["2024-02-29", "", "2023-02-29"], object),
        "zip": np.array([8001, np.nan, 1.0]),
        "e": np.array(["p", "-9", "r"], object),
    }
    assert run(onnx_model(network(schema), "net"), feed)["unknown"].tolist() == [0, 0, 6]


@pytest.mark.parametrize("family", ["cnn", "mlp", "linear"])
def test_images_go_in_as_bytes(family: str):
    schema = Schema(
        task="multiclass", target="digit", classes=list("abc"), image=Image(shape=(1, 9, 8), shift=3, scale=0.1)
    )
    shape: dict[str, object] = {"channels": [3, 4]} if family == "cnn" else {}
    checkpoint = network(schema, family=family, hidden=[] if family == "linear" else [7], **shape)
    pixels = np.random.default_rng(0).integers(0, 256, (5, 1, 9, 8)).astype(np.uint8)
    answers = run(onnx_model(checkpoint, "net"), {"pixels": pixels})
    expected = load(checkpoint).predict_proba(pixels)
    np.testing.assert_allclose(np.stack([answers[f"probability_{name}"] for name in "abc"], 1), expected, atol=1e-6)
    assert answers["prediction"].tolist() == load(checkpoint).predict(pixels).tolist()


def test_columns_may_be_named_like_anything():
    names = ["prediction", "_0_0", "_c1", "probability_u", "__"]
    columns: list[Column] = [Number(name=name, fill=0) for name in names]
    schema = Schema(task="multiclass", target="t", classes=["u", "v"], columns=columns)
    answers = run(onnx_model(network(schema), "net"), {name: np.array([1.0, 2.0]) for name in names})
    assert list(answers) == ["prediction_", "probability_u_", "probability_v", "unknown"]


def test_what_onnx_cannot_express_is_refused_by_name():
    schema = Schema(task="regression", target="y", columns=[Hashed(name="review", width=4)])
    with pytest.raises(UsageError, match=r"'review' is text whose words are hashed.*--drop 'review'"):
        onnx_model(network(schema), "net")


def test_onnxruntime_alone_answers(tmp_path: Path):
    """In a process in which neither torch nor nnlab can be imported."""
    (tmp_path / "net.onnx").write_bytes(onnx_model(network(whole_schema()), "net").SerializeToString())
    np.savez(tmp_path / "rows.npz", **values())  # pyright: ignore[reportArgumentType]
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['torch', 'nnlab', 'onnx', 'pyarrow']))\n"
        "import numpy, onnxruntime\n"
        "rows = numpy.load('rows.npz', allow_pickle=True)\n"
        "print(len(onnxruntime.InferenceSession('net.onnx').run(['prediction'], dict(rows))[0]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == [str(ROWS)], done.stderr
