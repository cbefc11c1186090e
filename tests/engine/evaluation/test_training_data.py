"""A run's own data are judged as they were divided, whatever has become of them since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from pyarrow import csv, parquet

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import DataConfig, validate
from nnlab.engine.data import known_rows
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.sources import load
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.evaluate import Evaluation, evaluate
from nnlab.engine.models.families import build, spec_for

Lines = list[str]
HEADER = "size,colour,day,y"


def untrained(name: Path, **data: Any) -> Checkpoint:
    """A checkpoint of a network that was given the rows and has learnt nothing of them."""
    config = validate({"data": {"name": str(name), **data}}, source="test")
    prepared = prepare(load(config.data, config.prepare), config)
    torch.manual_seed(1)
    spec = spec_for(config.model, prepared.schema)
    return Checkpoint(config, prepared.schema, spec, dict(build(spec).state_dict()), 0, [], known=prepared.known)


def lines_of(count: int, seed: int = 0) -> Lines:
    draw = np.random.default_rng(seed)
    return [
        f"{draw.normal():.4f},{draw.choice(['red', 'green', 'blue'])},2024-0{1 + n % 9}-11,{draw.normal():.4f}"
        for n in range(count)
    ]


def write(path: Path, lines: Lines) -> Path:
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def judged(checkpoint: Checkpoint, split: str | None = None) -> Evaluation:
    return evaluate(checkpoint, split=split, trusted=True)


@pytest.fixture
def lines() -> Lines:
    return lines_of(60)


@pytest.fixture
def checkpoint(tmp_path: Path, lines: Lines) -> Checkpoint:
    return untrained(write(tmp_path / "rows.csv", lines), target="y")


def test_data_that_are_as_they_were_are_judged_without_a_word(checkpoint: Checkpoint) -> None:
    found = judged(checkpoint)
    assert (found.notes, found.changes, found.rows) == ((), None, 12)


def shuffled(lines: Lines) -> Lines:
    return [lines[n] for n in np.random.default_rng(5).permutation(len(lines))]


@pytest.mark.parametrize("split", ["train", "valid", "test", "test[:5]", "train+test"])
def test_rows_in_another_order_are_judged_as_before(checkpoint: Checkpoint, lines: Lines, split: str) -> None:
    before = judged(checkpoint, split)
    write(Path(checkpoint.config.data.name), shuffled(lines))
    after = judged(checkpoint, split)
    assert (after.metrics, after.baseline) == (pytest.approx(before.metrics), before.baseline)
    assert "rows.csv has changed since the training (its rows stand in another order)" in after.notes[0]
    assert after.notes[1:] == before.notes


@pytest.mark.parametrize("kind", ["crlf", "semicolons", "quoted", "parquet", "gzip"])
def test_the_same_values_written_otherwise_are_the_same_rows(
    checkpoint: Checkpoint, lines: Lines, kind: str, tmp_path: Path
) -> None:
    before, path = judged(checkpoint), Path(checkpoint.config.data.name)
    text = path.read_text(encoding="utf-8")
    name = path
    match kind:
        case "crlf":
            path.write_bytes(text.replace("\n", "\r\n").encode("utf-16"))
        case "semicolons":
            path.write_text(text.replace(",", ";").replace(".", ","), encoding="utf-8")
        case "quoted":
            path.write_text("\n".join('"' + line.replace(",", '","') + '"' for line in [HEADER, *lines]))
        case "gzip":
            import gzip

            path.write_bytes(gzip.compress(text.encode()))
        case _:
            name = tmp_path / "rows.parquet"
            parquet.write_table(csv.read_csv(path), name)
    data = checkpoint.config.data.model_copy(update={"name": str(name)})
    after = judged(replace(checkpoint, config=checkpoint.config.model_copy(update={"data": data})))
    assert (after.metrics, after.notes) == (before.metrics, before.notes)


CHANGES: dict[str, tuple[Callable[[Lines], Lines], dict[str, int], int, str]] = {
    "rows behind": (lambda rows: rows + lines_of(20, 1), {}, 20, "(20 rows are new (--split new))"),
    "rows before": (lambda rows: lines_of(1, 1) + rows, {}, 1, "(1 row is new (--split new))"),
    "rows among others": (lambda rows: shuffled(rows + lines_of(20, 1)), {}, 20, "(20 rows are new (--split new))"),
    "rows twice": (lambda rows: rows + rows, {}, 60, "(60 rows are new (--split new))"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_new_rows_are_in_no_split_of_the_training(checkpoint: Checkpoint, lines: Lines, change: str) -> None:
    make, gone, new, said = CHANGES[change]
    before = judged(checkpoint)
    write(Path(checkpoint.config.data.name), make(lines))
    after = judged(checkpoint)
    assert after.metrics == pytest.approx(before.metrics)
    assert after.changes is not None
    assert ({name: count for name, count in after.changes.gone.items() if count}, after.changes.new) == (gone, new)
    assert said in after.notes[0]
    assert judged(checkpoint, "new").rows == new
    assert after.to_json()["changes"] == {
        "rows": {"train": 40, "valid": 8, "test": 12},
        "gone": dict.fromkeys(after.changes.gone, 0),
        "new": new,
    }


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_are_gone_or_edited_are_counted_by_split(checkpoint: Checkpoint, lines: Lines, seed: int) -> None:
    draw = np.random.default_rng(seed)
    kept = sorted(draw.choice(60, 45, replace=False))
    edited = [lines[n].rpartition(",")[0] + ",9.5" if n < 5 else lines[n] for n in kept]
    write(Path(checkpoint.config.data.name), shuffled(edited))
    found = judged(checkpoint)
    assert found.changes is not None
    assert sum(found.changes.gone.values()) == 15 + sum(n < 5 for n in kept)
    assert found.changes.new == sum(n < 5 for n in kept)
    assert found.rows == 12 - found.changes.gone["test"]


def test_no_row_that_was_trained_on_is_judged_as_another(checkpoint: Checkpoint, lines: Lines) -> None:
    write(Path(checkpoint.config.data.name), shuffled(lines[:40] + lines_of(30, 3)))
    for split in ("valid", "test", "new"):
        assert not [note for note in judged(checkpoint, split).notes if "trained on" in note]
    assert judged(checkpoint, "train").notes[1].endswith("rows were trained on")


def test_a_split_of_which_nothing_is_left_is_refused_saying_why(checkpoint: Checkpoint) -> None:
    write(Path(checkpoint.config.data.name), lines_of(60, 4))
    with pytest.raises(
        UsageError,
        match=r"'test' holds no rows: .*40 of 40 train, 8 of 8 valid and 12 of 12 test rows are no .* 60 rows",
    ):
        judged(checkpoint)
    assert judged(checkpoint, "new").rows == 60


def test_rows_that_were_left_aside_are_not_called_new(tmp_path: Path, lines: Lines) -> None:
    checkpoint = untrained(write(tmp_path / "rows.csv", lines), target="y", train_split="train[:20]")
    assert not judged(checkpoint).notes
    write(tmp_path / "rows.csv", shuffled(lines))
    assert "28 rows are new or in none of its splits (--split new)" in judged(checkpoint).notes[0]


def test_of_too_many_rows_changed_data_are_refused(
    tmp_path: Path, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_rows, "MOST", 50)
    checkpoint = untrained(write(tmp_path / "rows.csv", lines), target="y")
    assert not judged(checkpoint).notes
    write(tmp_path / "rows.csv", shuffled(lines))
    with pytest.raises(UsageError, match=r"has changed since the training, .* name a file of rows"):
        judged(checkpoint)


def test_an_older_checkpoint_answers_and_says_that_it_cannot_tell(checkpoint: Checkpoint) -> None:
    found = judged(replace(checkpoint, known={}))
    assert found.metrics == judged(checkpoint).metrics
    assert "cannot be told" in found.notes[0]
    assert len(found.notes) == 1


def test_bundled_and_drawn_data_never_change() -> None:
    for name in ("iris", "xor"):
        assert (untrained(Path(name)).known, judged(untrained(Path(name))).notes) == ({}, ())


def test_rows_of_other_data_that_were_trained_on_are_told(checkpoint: Checkpoint, lines: Lines, tmp_path: Path) -> None:
    copy = write(tmp_path / "copy.csv", lines)
    assert (
        "40 of these 60 rows were trained on"
        in evaluate(checkpoint, DataConfig(name=str(copy), target="y"), trusted=True).notes
    )
    fresh = write(tmp_path / "fresh.csv", lines_of(30, 8))
    assert not evaluate(checkpoint, DataConfig(name=str(fresh), target="y"), trusted=True).notes


def test_classes_and_groups_are_divided_as_they_were(tmp_path: Path) -> None:
    lines = [f"{n},{'red' if n % 2 else 'blue'},2024-01-0{1 + n % 5},{'yes' if n % 3 else 'no'}" for n in range(60)]
    for choices in ({}, {"group": "day"}, {"time": "size"}, {"folds": 3, "fold": 2}):
        checkpoint = untrained(write(tmp_path / "rows.csv", lines), target="y", features=["size", "colour"], **choices)
        before = judged(checkpoint)
        assert not before.notes
        write(tmp_path / "rows.csv", [*shuffled(lines)[1:], "99,red,2024-01-09,yes"])
        after = judged(checkpoint)
        assert after.changes is not None
        assert (sum(after.changes.gone.values()), after.changes.new) == (1, 1)


@pytest.mark.parametrize(("one", "two", "third"), [("cat", "dog", "fox"), ("no", "yes", "perhaps"), ("1", "2", "3")])
def test_rows_of_a_new_class_are_new_and_refused_only_where_they_are_judged(
    tmp_path: Path, lines: Lines, one: str, two: str, third: str
) -> None:
    lines = [line.rpartition(",")[0] + f",{two if n % 3 else one}" for n, line in enumerate(lines)]
    checkpoint = untrained(write(tmp_path / "rows.csv", lines), target="y")
    before = judged(checkpoint)
    write(tmp_path / "rows.csv", [f"7.5,red,2024-01-09,{third}", *lines, f"8.5,red,2024-01-09,{third}"])
    after = judged(checkpoint)
    assert after.metrics == pytest.approx(before.metrics)
    assert "(2 rows are new" in after.notes[0]
    with pytest.raises(UsageError, match=f"'{third}', which is no"):
        judged(checkpoint, "new")


def test_what_reading_the_changed_data_says_is_told(tmp_path: Path, lines: Lines) -> None:
    checkpoint = untrained(write(tmp_path / "rows.csv", [*lines, "hello,red,2024-01-11,1.5"]), target="y")
    write(tmp_path / "rows.csv", [*lines, "hallo,red,2024-01-11,2.5"])
    assert any("hallo" in note for note in judged(checkpoint).notes)


def test_folders_of_images_are_known_by_their_pixels(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for n in range(15):
            pixels = draw.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"b{n}.png")
    checkpoint = untrained(tmp_path / "photos")
    before = judged(checkpoint)
    assert not before.notes
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "photos" / "cat" / "a.png")
    after = judged(checkpoint)
    assert after.metrics == pytest.approx(before.metrics)
    assert "(1 row is new (--split new))" in after.notes[0]


def test_what_is_known_of_the_rows_travels_in_the_checkpoint(checkpoint: Checkpoint, tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "kept.pt", checkpoint)
    read = checkpoints.load(tmp_path / "kept.pt")
    assert {name: split.mark for name, split in read.known.items()} == {
        name: split.mark for name, split in checkpoint.known.items()
    }
    assert all(np.array_equal(split.ids, checkpoint.known[name].ids) for name, split in read.known.items())


KEPT: dict[str, tuple[str, Callable[[int], str]]] = {  # rows that tell how a column is read, the others do not
    "day and month": (",", lambda row: f"{row % 28 + 1}/{row % 12 + 1}/2022"),
    "decimal commas": (";", lambda row: f"{row % 9 + 1},{100 + row % 80}" + "5" * (row % 28 > 11)),
    "hardly any number": (",", lambda row: f"{row % 28}" if row % 28 < 2 else f"{row % 28}.5"),
    "yes and no": (",", lambda row: "01"[row % 2] if row % 28 < 12 else "yes"),
    "codes": (",", lambda row: f"{row % 5 + 10}" if row % 28 < 12 else "007"),
    "percent": (",", lambda row: f"{row % 28}" + " %" * (row % 28 > 11)),
    "times": (",", lambda row: f"{row % 28 * 60}" if row % 28 < 2 else f"{row % 24}:{row % 60:02}"),
}


@pytest.mark.parametrize("case", KEPT)
@pytest.mark.parametrize("more", [0, 2])
def test_rows_that_are_left_are_read_as_they_were(case: str, more: int, tmp_path: Path) -> None:
    separator, value = KEPT[case]
    rows = [separator.join((value(row), str(row % 7), str(row))) for row in range(120)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([separator.join("xzy"), *rows]) + "\n")
    checkpoint = untrained(path, target="y")
    left = [line for row, line in enumerate(rows) if row % 28 < 12]
    new = [separator.join((value(row), "3", "999")) for row in range(more)]
    path.write_text("\n".join([separator.join("xzy"), *left, *new]) + "\n")
    found = judged(checkpoint, "train")
    assert found.changes is not None
    assert found.changes.new == more
    assert sum(found.changes.gone.values()) == len(rows) - len(left)


def test_what_can_no_longer_be_read_is_refused_by_its_row(checkpoint: Checkpoint, lines: Lines) -> None:
    lines[6] = "oops" + lines[6][lines[6].index(",") :]
    write(Path(checkpoint.config.data.name), lines)
    with pytest.raises(UsageError, match=r"ow 7: the column 'size' is 'oops', which is not a number"):
        judged(checkpoint)
