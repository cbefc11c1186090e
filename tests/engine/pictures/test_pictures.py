import json
from base64 import b64decode
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch import nn

from nnlab.engine.data.columns.encoders import Embedding, Number, OneHot, Smooth
from nnlab.engine.data.derived import Derived, Form, Source
from nnlab.engine.data.prepared import Prepared, Rows
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.errors import UsageError
from nnlab.engine.pictures.pictures import pictures, worst_images
from nnlab.engine.pictures.planes import plane_of

A = Number(name="a", fill=0, mean=10, std=2)
B = Number(name="b", fill=0, mean=-1, std=0.5)
C = Number(name="c", fill=0)
KIND = OneHot(name="kind", categories=["u", "v"])
CITY = Embedding(name="city", categories=["r", "s"], width=3)
CLASSES = Schema(task="binary", target="y", classes=["left", "right"], columns=[A, B])


class Side(nn.Module):
    """Says 'right' where the first feature, in the network's units, is positive."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.stack([-x[:, 0], x[:, 0]], 1) * 100


class First(nn.Module):
    """Answers the first feature."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :1]


def prepared(schema: Schema, x: torch.Tensor, y: torch.Tensor) -> Prepared:
    return Prepared("tiny", schema.task, schema, Rows(x, y), None, Rows(x, y))


def grid(data: dict[str, Any], key: str = "cells") -> np.ndarray:
    return np.frombuffer(b64decode(data[key]), np.uint8).reshape(data["height"], data["width"])


def test_two_features_give_a_map_in_their_own_units_and_a_matrix() -> None:
    x = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [0.5, -1.0]])
    data = prepared(CLASSES, x, torch.tensor([0, 1, 0]))
    (kind, picture), (second, table) = pictures(Side(), data, "test", size=(10, 4))
    assert (kind, second) == ("map", "matrix")
    assert (picture["x"], picture["y"], picture["method"]) == ("a", "b", "features")
    assert picture["x_range"] == pytest.approx([8 - 0.2, 12 + 0.2])
    assert picture["y_range"] == pytest.approx([-1.5 - 0.05, -0.5 + 0.05])
    assert (grid(picture) == [0] * 5 + [1] * 5).all()
    assert grid(picture, "confidence").min() > 200
    assert picture["points"] == [[8, -1.5, 0, 1], [12, -0.5, 1, 1], [11, -1.5, 0, 0]]
    assert table == {"classes": ["left", "right"], "counts": [[1, 1], [0, 1]]}


def derived(form: Form, *of: str) -> Derived:
    name = {"square": f"{of[0]}^2", "product": "*".join(of), "sine": f"sin({of[0]})"}[form]
    return Derived(name=name, form=form, of=[Source(name=part, typical=3) for part in of])


class InCircle(nn.Module):
    """Says 'right' where the two features, squares, sum to more than 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.ones(len(x)), x[:, 0] + x[:, 1]], 1) * 100


def test_features_that_all_derive_from_two_columns_are_shown_over_these() -> None:
    of = [derived("square", "a"), derived("square", "b")]
    schema = CLASSES.model_copy(
        update={"columns": [Number(name=column.name, fill=0) for column in of], "derived": of},
    )
    rows = Rows(torch.tensor([[4.0, 0.0], [0.0, 0.25]]), torch.tensor([1, 0]), torch.tensor([[-2.0, 0.0], [0.0, -0.5]]))
    data = Prepared("tiny", "binary", schema, rows, None, rows)
    picture = dict(pictures(InCircle(), data, "train", size=(41, 41)))["map"]
    assert (picture["x"], picture["y"], picture["method"]) == ("a", "b", "features")
    assert picture["points"] == [[-2, 0, 1, 1], [0, -0.5, 0, 1]]
    (left, right), (bottom, top) = picture["x_range"], picture["y_range"]
    x, y = np.linspace(left, right, 83)[1::2], np.linspace(top, bottom, 83)[1::2]
    assert (grid(picture) == (x[None] ** 2 + y[:, None] ** 2 > 1)).all()


def test_named_axes_carry_what_derives_from_them_and_the_rest_is_typical() -> None:
    of = [derived("product", "a", "b"), derived("product", "b", "c")]
    columns = [A, B, *(Number(name=column.name, fill=0) for column in of)]
    schema = CLASSES.model_copy(update={"columns": columns, "derived": of})
    x = torch.tensor([[0.0, 0.0, -10.0, 0.0], [1.0, 2.0, 0.0, 3.0]])
    plane = plane_of(schema, x, ["a", "c"])
    lifted = plane.lift(torch.tensor([[12.0, 5.0], [8.0, 0.0]], dtype=torch.float64))
    assert lifted.tolist() == [[1, 1, 36, 15], [-1, 1, 24, 0]]
    unseen = torch.tensor([[7.0], [9.0]])
    assert plane.place(Rows(x, torch.zeros(2), unseen)).tolist() == [[10, 7], [12, 9]]
    with pytest.raises(UsageError, match=r"no column of numbers 'a\*b'"):
        plane_of(schema, x, ["a*b", "a"])


def test_the_maps_first_row_is_the_top() -> None:
    class Up(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.stack([-x[:, 1], x[:, 1]], 1)

    x = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    (_, picture), _ = pictures(Up(), prepared(CLASSES, x, torch.tensor([0, 1])), "test", size=(3, 4))
    assert grid(picture)[:, 0].tolist() == [1, 1, 0, 0]


def test_regression_gives_predicted_against_true_in_the_targets_units_and_a_map_of_values() -> None:
    schema = Schema(task="regression", target="mpg", target_mean=20, target_std=5, columns=[A, B])
    x, y = torch.tensor([[0.0, 0.0], [1.0, 2.0]]), torch.tensor([0.0, 2.0])
    (kind, field), (second, points) = pictures(First(), prepared(schema, x, y), "train", size=(4, 2))
    assert (kind, second) == ("map", "scatter")
    assert (field["value_range"], field["classes"], "confidence" in field) == ([20, 30], [], False)
    assert grid(field)[0].tolist() == sorted(grid(field)[0].tolist())
    assert field["points"] == [[10, -1, 20, 1], [12, 0, 30, 1]]
    assert points == {"target": "mpg", "points": [[20, 20], [30, 25]]}


def test_more_features_are_seen_along_their_principal_components() -> None:
    schema = Schema(task="binary", target="y", classes=["l", "r"], columns=[A, B, C, KIND])
    x = torch.cat([torch.randn(60, 3) * torch.tensor([5.0, 2.0, 0.1]), torch.eye(2)[torch.arange(60) % 2]], 1)
    (_, picture), _ = pictures(Side(), prepared(schema, x, (x[:, 0] > 0).long()), "train", size=(20, 4))
    assert picture["method"] == "components"
    assert picture["x"].startswith("component 1 (")
    assert picture["y"].startswith("component 2 (")
    assert grid(picture)[0, [0, -1]].tolist() == [0, 1]
    assert all(point[3] for point in picture["points"])
    assert all((point[0] > 3) <= (point[2] == 1) for point in picture["points"])  # beyond any shift of the mean


def test_two_chosen_features_are_mapped_with_the_others_at_their_usual_values() -> None:
    seen: list[torch.Tensor] = []

    class Listen(Side):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            return super().forward(x)

    schema = Schema(task="binary", target="y", classes=["l", "r"], columns=[A, B, C, KIND, CITY])
    x = torch.tensor([[0.0, 0.0, 3.0, 1, 0, 2], [1.0, 1.0, 6.0, 0, 1, 1], [2.0, 3.0, 0.0, 0, 1, 1]])
    data = prepared(schema, x, torch.tensor([0, 1, 1]))
    (_, picture), _ = pictures(Listen(), data, "train", size=(5, 5), axes=("c", "a"))
    assert (picture["x"], picture["y"], picture["x_range"]) == ("c", "a", pytest.approx([-0.3, 6.3]))
    inputs = seen[-1]
    assert (inputs[:, 1] == x[:, 1].mean()).all()
    assert (inputs[:, 3:] == torch.tensor([0.0, 1.0, 1.0])).all()


def test_axes_that_are_no_numbers_are_refused_by_name() -> None:
    data = prepared(CLASSES, torch.zeros(2, 2), torch.tensor([0, 1]))
    with pytest.raises(UsageError, match="no column of numbers 'aa': did you mean 'a'"):
        pictures(Side(), data, "train", axes=("aa", "b"))
    with pytest.raises(UsageError, match="two different features"):
        pictures(Side(), data, "train", axes=("a", "a"))


def test_images_show_the_worst_mistakes_most_confident_first() -> None:
    schema = Schema(task="binary", target="y", classes=["0", "1"], image=Image(shape=(1, 1, 2)))
    rows = Rows(torch.tensor([[[[0, 8]]], [[[16, 0]]], [[[4, 4]]]], dtype=torch.uint8), torch.tensor([0, 0, 0]))
    picture = worst_images(torch.tensor([[0.0, 1.0], [0.0, 3.0], [2.0, 0.0]]), rows, schema)
    assert (picture["what"], picture["shape"], len(picture["items"])) == ("worst mistakes", [1, 1, 2], 2)
    worst = picture["items"][0]
    assert (worst["truth"], worst["answer"], b64decode(worst["pixels"])) == ("0", "1", bytes([255, 0]))
    assert worst["probability"] == pytest.approx(0.952574)


def test_images_without_mistakes_show_the_least_certain() -> None:
    schema = Schema(task="binary", target="y", classes=["0", "1"], image=Image(shape=(1, 1, 1)))
    rows = Rows(torch.tensor([1, 2], dtype=torch.uint8).view(2, 1, 1, 1), torch.tensor([0, 0]))
    picture = worst_images(torch.tensor([[9.0, 0.0], [1.0, 0.0]]), rows, schema)
    assert picture["what"] == "least certain"
    assert b64decode(picture["items"][0]["pixels"]) == bytes([255])


def test_large_images_are_averaged_down() -> None:
    schema = Schema(task="binary", target="y", classes=["0", "1"], image=Image(shape=(3, 256, 20)))
    rows = Rows(torch.full((2, 3, 256, 20), 9, dtype=torch.uint8), torch.tensor([0, 0]))
    picture = worst_images(torch.zeros(2, 2), rows, schema)
    assert picture["shape"] == [3, 64, 20]
    assert b64decode(picture["items"][0]["pixels"]) == bytes([255]) * (3 * 64 * 20)


def test_a_table_of_one_feature_has_no_map() -> None:
    schema = Schema(task="binary", target="y", classes=["l", "r"], columns=[A])
    data = prepared(schema, torch.tensor([[1.0], [-1.0]]), torch.tensor([1, 0]))
    assert [kind for kind, _ in pictures(Side(), data, "train")] == ["matrix"]


def test_pictures_stay_small_and_survive_a_diverged_network() -> None:
    class Nan(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.full((len(x), 2), torch.nan)

    x = torch.randn(5000, 2)
    taken = dict(pictures(Nan(), prepared(CLASSES, x, (x[:, 0] > 0).long()), "train", most=1000))
    assert len(taken["map"]["points"]) == 300
    assert sum(map(sum, taken["matrix"]["counts"])) == 1000
    json.dumps(taken, allow_nan=False)


def test_taking_pictures_draws_no_random_numbers() -> None:
    schema = CLASSES.model_copy(update={"columns": [A, B, C]})
    module = nn.Sequential(nn.Dropout(), nn.Linear(3, 2))
    state = torch.get_rng_state()
    x = torch.linspace(-1, 1, 60).view(20, 3)
    pictures(module, prepared(schema, x, torch.zeros(20, dtype=torch.int64)), "train", size=(5, 5))
    assert torch.equal(torch.get_rng_state(), state)
    assert module.training


def test_a_map_of_smoothly_scaled_columns_has_their_own_units() -> None:
    a, b = Smooth(name="a", fill=10, median=10, width=2), Smooth(name="b", fill=0, median=-1, width=0.5)
    schema = Schema(task="binary", target="y", classes=["left", "right"], columns=[a, b])
    raw = torch.linspace(-20, 40, 60).double()[:, None] * torch.tensor([1.0, 0.1]).double()
    table = pa.table({"a": raw[:, 0].numpy(), "b": raw[:, 1].numpy()})
    rows = Rows(torch.from_numpy(schema.transform(table)), torch.zeros(60, dtype=torch.int64))
    plane = plane_of(schema, rows.x[:], None)
    assert (plane.method, plane.names) == ("features", ("a", "b"))
    torch.testing.assert_close(plane.place(rows), raw, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(plane.lift(plane.place(rows)), rows.x[:], rtol=0, atol=1e-5)
