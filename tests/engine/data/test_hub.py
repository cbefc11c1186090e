"""Folders of images, and data sets in the Hub's layout, read where they lie and without a network."""

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pyarrow as pa
import pytest
import torch
from pyarrow import parquet

from nnlab.engine.config import DataConfig, validate
from nnlab.engine.data import storage
from nnlab.engine.data.overview.inspect import inspect
from nnlab.engine.data.overview.view import read_view
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.reading.names import is_file_name, stem_of
from nnlab.engine.data.schema import Image
from nnlab.engine.data.sources import load, load_like, read_table
from nnlab.engine.errors import NnlabError, NoTargetError, UsageError
from nnlab.engine.prediction.images import read_images
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run

CARD = """---
configs:
- config_name: small
  data_files:
  - split: train
    path: small/train-*.parquet
  - split: test
    path: small/test-*.parquet
- config_name: large
  data_files: large/*.parquet
---
# Flowers
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def picture(folder: Path, name: str, value: int, size: tuple[int, int] = (8, 6), mode: str = "L") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    colour = value if mode == "L" else (value, 0, 255 - value)
    PIL.Image.new(mode, size, colour).save(folder / name)


def flowers(folder: Path) -> Path:
    for config, split, rows in (("small", "train", 40), ("small", "test", 10), ("large", "all", 90)):
        place = folder / config
        place.mkdir(parents=True, exist_ok=True)
        for shard in range(2):
            values = np.arange(shard, rows, 2)
            table = pa.table({"width": values / 3, "colour": [["red", "blue"][value % 2] for value in values]})
            parquet.write_table(table.append_column("kind", pa.array(values % 3)), place / f"{split}-{shard}.parquet")
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return folder


def test_a_folder_of_images_has_a_class_a_subfolder(tmp_path: Path):
    for row in range(6):
        picture(tmp_path / "pics" / "cat", f"{row}.png", row)
        picture(tmp_path / "pics" / "dog", f"{row}.png", 100 + row)
    dataset = load(DataConfig(name=str(tmp_path / "pics")))
    assert (dataset.name, dataset.task, dataset.classes, dataset.target) == ("pics", "binary", ("cat", "dog"), "label")
    assert dataset.images is not None
    assert dataset.images.shape == (12, 1, 6, 8)
    labels: Any = dataset.table["label"].to_pylist()
    assert [label == "dog" for label in labels] == [image[0, 0, 0] >= 100 for image in dataset.images]
    assert prepare(dataset, validate({"data": {"name": "x"}}, source="test")).train.x.shape[1:] == (1, 6, 8)


def test_images_of_several_sizes_and_modes_are_made_one(tmp_path: Path):
    for row in range(4):
        picture(tmp_path / "pics" / "a", f"{row}.png", row, (8, 8))
        picture(tmp_path / "pics" / "b", f"{row}.png", row, (16, 12), "RGB")
    config = DataConfig(name=str(tmp_path / "pics"))
    dataset = load(config)
    assert dataset.images is not None
    assert dataset.images.shape == (8, 3, 8, 8)
    assert "images of 2 sizes are resized to 8 x 8 pixels" in dataset.notes[0]
    small = load(config.model_copy(update={"image_size": 5})).images
    assert small is not None
    assert small.shape == (8, 3, 5, 5)


def noise(folder: Path, rows: int = 24) -> Path:
    """Pictures of noise in two classes and two sizes."""
    generator = np.random.default_rng(0)
    for row in range(rows):
        place = folder / "ab"[row % 2]
        place.mkdir(parents=True, exist_ok=True)
        values = generator.integers(0, 255, (8 + row % 3, 8, 3), dtype=np.uint8)
        PIL.Image.fromarray(values).save(place / f"{row:02}.png")
    return folder


def test_what_is_too_large_for_the_memory_trains_from_the_disk_to_the_same_weights(
    tmp_path: Path, own_world: Path, monkeypatch: pytest.MonkeyPatch
):
    data = {"name": str(noise(tmp_path / "pics"))}
    model = {"family": "cnn", "channels": [2], "hidden": [4]}
    config = validate({"data": data, "model": model, "training": {"epochs": 2, "batch_size": 5}}, source="test")
    weights: list[dict[str, torch.Tensor]] = []
    for free in (storage.PLENTY, 0):
        monkeypatch.setattr(storage, "free_memory", lambda free=free: free)
        dataset = load(config.data)
        assert isinstance(dataset.images, np.memmap) == (free == 0)
        session = begin(config, dataset=dataset)
        list(run(session))
        weights.append(session.weights())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not list(own_world.iterdir())


def test_a_disk_without_room_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "free_memory", lambda: 0)
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(NnlabError, match=r"decoded images take .* has room \(No space left on device\)"):
        load(DataConfig(name=str(noise(tmp_path / "pics"))))


def test_rows_are_taken_alike_from_memory_and_disk(monkeypatch: pytest.MonkeyPatch):
    rows = np.array([5, 0, 5, 2])
    for free in (storage.PLENTY, 0):
        monkeypatch.setattr(storage, "free_memory", lambda free=free: free)
        monkeypatch.setattr(storage, "PART", 12)
        images = storage.empty_images((6, 1, 2, 3))
        images[:] = np.arange(36).reshape(6, 1, 2, 3)
        assert storage.take_rows(images, rows)[:, 0, 0, 0].tolist() == [30, 0, 30, 12]


def test_a_picture_is_seen_alike_in_training_and_predicting_however_the_camera_was_held(tmp_path: Path):
    folder = noise(tmp_path / "pics", 8)
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    for file in sorted(folder.rglob("*.png")):
        PIL.Image.open(file).save(file, exif=exif)
    config = DataConfig(name=str(folder), image_size=5)
    images = load(config).images
    assert images is not None
    shape = Image(shape=(3, 5, 5))
    notes: list[str] = []
    files = sorted(folder.rglob("*.png"))
    ((_, seen),) = read_images(files, shape, notes.append)
    assert (seen == images).all()
    assert "has 8 x 8 pixels" in notes[0]


def test_a_damaged_picture_is_named(tmp_path: Path):
    folder = noise(tmp_path / "pics", 8)
    (folder / "a" / "06.png").write_bytes((folder / "a" / "06.png").read_bytes()[:60])
    with pytest.raises(UsageError, match=r"The image .*06.png cannot be read"):
        load(DataConfig(name=str(folder)))


def test_folders_of_splits_are_splits(tmp_path: Path):
    for split, count in (("train", 4), ("test", 2)):
        for name in ("a", "b"):
            for row in range(count):
                picture(tmp_path / "pics" / split / name, f"{row}.png", row)
    dataset = load(DataConfig(name=str(tmp_path / "pics")))
    assert {name: len(rows) for name, rows in dataset.native.items()} == {"train": 8, "test": 4}


def test_a_hub_data_set_with_configs_splits_and_shards(tmp_path: Path):
    name = f"hf:{flowers(tmp_path / 'flowers')}"
    dataset = load(DataConfig(name=f"{name}:small", target="kind"))
    assert (dataset.name, dataset.task, dataset.classes) == ("flowers", "multiclass", ("0", "1", "2"))
    assert {split: len(rows) for split, rows in dataset.native.items()} == {"train": 40, "test": 10}
    assert len(load(DataConfig(name=f"{name}:large", target="width")).table) == 90
    with pytest.raises(UsageError, match="cannot be loaded"):
        load(DataConfig(name=f"{name}:medium", target="kind"))
    with pytest.raises(UsageError, match="Which column of flowers should be predicted"):
        load(DataConfig(name=f"{name}:small"))


def test_other_rows_are_read_for_the_network(tmp_path: Path):
    config = DataConfig(name=f"hf:{flowers(tmp_path / 'flowers')}:small", target="kind")
    schema = prepare(load(config), validate({"data": config.model_dump()}, source="test")).schema
    other = load_like(config.model_copy(update={"name": config.name.replace("small", "large"), "target": None}), schema)
    assert (other.target, other.classes) == ("kind", ("0", "1", "2"))


def test_folders_without_anything_to_learn_are_one_sentence(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="empty"):
        load(DataConfig(name=str(tmp_path / "empty")))
    picture(tmp_path / "one" / "a", "1.png", 1)
    picture(tmp_path / "one" / "a", "2.png", 1)
    with pytest.raises(UsageError):
        load(DataConfig(name=str(tmp_path / "one")))


def test_without_a_network_it_is_said_at_once(monkeypatch: pytest.MonkeyPatch):
    def refused(*_: Any) -> Any:
        raise OSError

    def unreached(*_: Any) -> Any:
        raise ConnectionError("no way")

    monkeypatch.setattr("socket.getaddrinfo", refused)
    monkeypatch.setattr("datasets.load_dataset_builder", unreached)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    with pytest.raises(NnlabError, match=r"cannot be fetched \(no way\).*HF_HOME"):
        load(DataConfig(name="hf:owner/name"))


def test_names():
    assert is_file_name("hf:owner/name")
    assert stem_of("hf:owner/name:config") == "name"


def test_a_table_of_the_hub_is_looked_at_before_anybody_says_what_to_predict(tmp_path: Path):
    config = DataConfig(name=f"hf:{flowers(tmp_path / 'flowers')}:small")
    with pytest.raises(NoTargetError, match="Use --target 'kind'"):
        load(config)
    table = read_table(config)
    assert (len(table), table.column_names) == (50, ["width", "colour", "kind"])
    found = inspect(validate({"data": {"name": config.name}}, source="test"))
    assert {name: kind.kind for name, kind in found.kinds.items()} == {
        "width": "number",
        "colour": "category",
        "kind": "number",
    }
    dataset = read_view(config.name)
    assert (dataset.rows, dataset.target) == (50, "")
