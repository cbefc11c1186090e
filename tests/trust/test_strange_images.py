"""Whatever a file with an image's name holds, it is opened as an image of a few formats and never evaluated."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import PIL.Image
import pyarrow as pa
import pytest
from pyarrow import parquet

from nnlab.engine.config import DataConfig
from nnlab.engine.data.image_files import FORMATS, SUFFIXES, read_image
from nnlab.engine.data.sources import load
from nnlab.engine.errors import UsageError

Call = Callable[..., CompletedProcess[str]]
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n(x) print\nshowpage\n%%EOF\n"


@pytest.fixture
def ghostscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a `gs` that is found first leaves when it is started."""
    place, marker = tmp_path / "bin", tmp_path / "started"
    place.mkdir()
    (place / "gs").write_text(f"#!/bin/sh\ntouch {marker}\n", encoding="utf-8")
    (place / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", None)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    return marker


def bytes_of(kind: str = "PNG", value: int = 0) -> bytes:
    sink = BytesIO()
    PIL.Image.fromarray(np.full((8, 8), value, np.uint8)).save(sink, kind)
    return sink.getvalue()


def pictures(folder: Path, odd: bytes) -> Path:
    """Two classes of pictures, one file of which holds something else."""
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        for row in range(6):
            (folder / name / f"{row}.png").write_bytes(bytes_of(value=row))
    (folder / "a" / "odd.png").write_bytes(odd)
    return folder


def test_a_png_that_is_postscript_starts_nothing_at_any_door(tmp_path: Path, ghostscript: Path, nnlab: Call):
    folder = pictures(tmp_path / "pics", EPS)
    odd = folder / "a" / "odd.png"
    assert nnlab("train", "digits", "--epochs", 1, "--name", "net", "--quiet").returncode == 0
    doors = [
        ("data", "show", folder),
        ("data", "plot", folder),
        ("train", folder, "--epochs", 1),
        ("predict", "net", odd),
    ]
    for argv in doors:
        done = nnlab(*argv)
        assert (done.returncode, "odd.png cannot be read" in done.stderr) == (2, True), done.stderr
    answer = nnlab("predict", "net", "--stream", stdin=json.dumps({"file": str(odd)}) + "\n")
    assert "cannot be read" in json.loads(answer.stdout)["error"]
    assert not ghostscript.exists()


def test_postscript_in_the_rows_of_a_parquet_file_starts_nothing(tmp_path: Path, ghostscript: Path):
    folder = image_rows(tmp_path / "rows", [{"bytes": EPS, "path": "x.png"}])
    with pytest.raises(UsageError, match=r"The image x\.png cannot be read"):
        load(DataConfig(name=str(folder)))
    assert not ghostscript.exists()


@pytest.mark.parametrize("path", ["/etc/hostname", "http://127.0.0.1:9/x.png", "../outside.png"])
def test_a_row_names_no_image_outside_of_its_folder(tmp_path: Path, ghostscript: Path, path: str):
    (tmp_path / "outside.png").write_bytes(bytes_of())
    folder = image_rows(tmp_path / "rows", [{"bytes": None, "path": path}])
    with pytest.raises(UsageError, match="not in the data set's own folder"):
        load(DataConfig(name=str(folder)))


def image_rows(folder: Path, odd: list[dict[str, Any]]) -> Path:
    """A Parquet file of pictures with labels, as `datasets` writes it, with some more rows."""
    from datasets import ClassLabel, Features, Image

    features = Features({"image": Image(), "label": ClassLabel(names=["a", "b"])})
    images = [{"bytes": bytes_of(value=row), "path": None} for row in range(8)] + odd
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    table = pa.table({"image": pa.array(images, kind), "label": pa.array([row % 2 for row in range(len(images))])})
    folder.mkdir()
    schema = features.arrow_schema
    parquet.write_table(table.replace_schema_metadata(schema.metadata), folder / "rows.parquet")
    return folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_format_of_the_list_is_read_and_no_other(tmp_path: Path):
    PIL.Image.init()
    seen = set[str]()
    for kind in sorted(PIL.Image.SAVE):
        file = tmp_path / "image.png"
        try:
            file.write_bytes(bytes_of(kind))
        except (OSError, ValueError, KeyError, AttributeError):
            continue  # Pillow writes no grey image so
        try:
            size = read_image(file, "it", lambda picture: picture.size)
        except UsageError:
            continue
        assert size == (8, 8)
        seen.add(kind)
    assert seen == {*FORMATS, "MPO"}  # which is a JPEG where it holds one picture
    assert ".eps" not in SUFFIXES
    assert ".pdf" not in SUFFIXES


def test_what_is_no_file_or_too_large_is_a_sentence(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.png")
    for file in (tmp_path / "pipe.png", tmp_path / "none.png", tmp_path):
        with pytest.raises(UsageError, match=r"it does not exist|none of PNG"):
            read_image(file, "it", lambda picture: picture.size)
    head = b"P5 40000 40000 255\n"
    with pytest.raises(UsageError, match="too large"):
        read_image(head, "it", lambda picture: picture.size)
