"""Tables from anybody, damaged, endless, changing while they are read: each is a table or a sentence."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import forging
import numpy as np
import pyarrow as pa
import pytest
import strange
from pyarrow import parquet

from nnlab.engine.config import DataConfig
from nnlab.engine.data.reading import arrow_files, streams
from nnlab.engine.data.reading.names import expand, steady
from nnlab.engine.data.reading.strict_json import TOO_DEEP
from nnlab.engine.data.reading.tables import read
from nnlab.engine.data.user_table import load_table
from nnlab.engine.errors import LONGEST_SENTENCE, NnlabError, UsageError

Call = Callable[..., CompletedProcess[str]]


def train(nnlab: Call, folder: Path) -> None:
    """The run `own`, of numbers and texts."""
    parquet.write_table(strange.honest(), folder / "honest.parquet")
    done = nnlab("train", folder / "honest.parquet", "--target", "y", "--epochs", 1, "--name", "own", "--quiet")
    assert done.returncode == 0, done.stderr


def test_an_arrow_file_that_points_outside_of_itself_is_refused_at_every_door(tmp_path: Path, nnlab: Call):
    train(nnlab, tmp_path)
    made = {"near": strange.far_offsets(), "large": strange.far_offsets(large=True), "codes": strange.far_codes()}
    for name, table in made.items():
        (tmp_path / f"{name}.arrow").write_bytes(strange.stream(table))
    files = [tmp_path / f"{name}.arrow" for name in made]
    for file, said in zip(files, strange.looked_at(*files), strict=True):
        assert said.startswith(f"{file} cannot be read as arrow")
        for argv in (("data", "show", file), ("train", file, "--target", "y"), ("predict", "own", file)):
            done = nnlab(*argv)
            assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
            assert f"{file} cannot be read as arrow" in done.stderr


def test_texts_that_are_no_utf8_and_codes_without_a_category_are_refused(tmp_path: Path):
    for name, table in (("word", strange.no_text()), ("coded", strange.far_codes())):
        (tmp_path / f"{name}.arrow").write_bytes(strange.stream(table))
        with pytest.raises(UsageError, match=f"{name}.arrow cannot be read as arrow"):
            read(str(tmp_path / f"{name}.arrow"))


@pytest.mark.parametrize("kind", ["arrow", "feather", "parquet"])
def test_damaged_files_are_refused_or_read_in_a_process_that_lives_on(tmp_path: Path, kind: str):
    path = tmp_path / f"table.{kind}"
    strange.write(strange.honest(), path)
    data = path.read_bytes()
    refused = 0
    for number in range(60):
        path.write_bytes(forging.mutated(data, random.Random(number)))
        try:
            table = load_table(DataConfig(name=str(path), target="y")).table
        except NnlabError as error:
            assert "\n" not in str(error)  # noqa: PT017
            refused += 1
        else:
            json.dumps(table.to_pydict(), default=str)
    assert refused > 5


STRANGE: dict[str, pa.Array] = {
    "duration": pa.array(range(60), pa.duration("s")),
    "time": pa.array(range(60), pa.time64("us")),
    "endless": pa.array([2**60 + row for row in range(60)], pa.timestamp("s")),
    "days": pa.array([2**31 - 1 - row for row in range(60)], pa.date32()),
    "zone": pa.array(range(60), pa.timestamp("s", "No/Where")),
    "interval": pa.array([(1, 2, row) for row in range(60)], pa.month_day_nano_interval()),
    "view": pa.array([b"a%d" % (row % 3) for row in range(60)], pa.binary_view()),
    "extension": pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([b"%016d" % row for row in range(60)], pa.binary(16))
    ),
    "runs": pa.RunEndEncodedArray.from_arrays(pa.array([30, 60], pa.int32()), pa.array([1.0, 2.0])),
    "nested": pa.array([[2**31 - 1 - row] for row in range(60)], pa.list_(pa.date32())),
    "huge": pa.array([2**63 + row for row in range(60)], pa.uint64()),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_columns_of_every_type_are_shown_or_refused_in_a_sentence(tmp_path: Path, nnlab: Call, kind: str):
    numbers = np.arange(60) % 7
    file = tmp_path / "strange.arrow"
    file.write_bytes(strange.stream(pa.table({"odd": STRANGE[kind], "x": numbers * 1.0, "y": numbers * 2.0})))
    for argv in (("data", "show", file), ("data", "show", file, "--target", "y"), ("train", file, "--target", "y")):
        done = nnlab(*argv, *(["--epochs", 1, "--quiet"] if argv[0] == "train" else []))
        refused = kind in ("endless", "days", "interval")
        assert (done.returncode, refused) in ((2, done.stderr.count("\n") == 1), (0, False)), done.stderr


def test_a_file_that_changes_while_it_is_read_is_a_sentence(tmp_path: Path):
    file = tmp_path / "rows.csv"
    file.write_text("x,y\n1,2\n", encoding="utf-8")
    for change in (lambda: os.truncate(file, 3), lambda: file.write_text("x,y\n1,3\n"), file.unlink):
        file.write_text("x,y\n1,2\n", encoding="utf-8")
        os.utime(file, ns=(0, 0))
        with pytest.raises(UsageError, match="has changed while it was read"), steady(file):
            change()


def test_what_a_reader_says_of_a_changed_file_is_not_to_the_point(tmp_path: Path):
    file = tmp_path / "rows.csv"

    def read_so() -> None:
        with steady(file):
            file.write_text("x", encoding="utf-8")
            raise ValueError("what a reader says of it")

    with pytest.raises(UsageError, match="has changed"):
        read_so()


@pytest.mark.parametrize("kind", ["csv", "feather", "parquet", "arrow"])
def test_a_file_cut_off_while_it_is_read_ends_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str):
    file = tmp_path / f"rows.{kind}"
    table = pa.table({"x": np.random.default_rng(0).normal(size=20_000), "y": np.arange(20_000) * 1.0})
    strange.write(table, file)

    def cut(real: Callable[..., Any]) -> Callable[..., Any]:
        def cut_off(path: Path, *mode: Any, **more: Any) -> Any:
            source = real(path, *mode, **more)
            if path == file:
                os.truncate(path, path.stat().st_size // 2)
            return source

        return cut_off

    monkeypatch.setattr(Path, "open", cut(Path.open))
    monkeypatch.setattr(arrow_files, "opened", cut(arrow_files.opened))
    with pytest.raises(UsageError, match="has changed while it was read"):
        read(str(file))


def test_json_nested_without_end_is_a_sentence_at_every_door(tmp_path: Path, nnlab: Call):
    train(nnlab, tmp_path)
    deep = '{"z":' * 60_000 + "1" + "}" * 60_000
    behind = '{"x":"}}}}"}\n' + '{"x": 1, "y": 2}\n' * 80_000 + "[" * 60_000
    texts = {"deep.ndjson": deep, "lines.json": deep.replace(":", ":\n"), "behind.jsonl": behind}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [tmp_path / name for name in texts]
    for file, said in zip(files, strange.looked_at(*files), strict=True):
        where = " in line 80002" if file.name == "behind.jsonl" else ""
        assert said == f"{file} is not a table: {TOO_DEEP}{where}."
        for argv in (("data", "show", file), ("train", file, "--target", "y"), ("predict", "own", file)):
            done = nnlab(*argv)
            assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
            assert TOO_DEEP in done.stderr
    asked = nnlab("predict", "own", "--stream", stdin=deep + "\n")
    assert "not a JSON object" in json.loads(asked.stdout)["error"]


PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": strange.zstd,
}


@pytest.mark.parametrize(("kind", "suffix"), [(".json", ".gz"), *((".csv", suffix) for suffix in PACK)])
def test_what_unpacks_without_end_is_refused_with_what_to_do(
    tmp_path: Path, nnlab: Call, monkeypatch: pytest.MonkeyPatch, kind: str, suffix: str
):
    train(nnlab, tmp_path)
    monkeypatch.setattr(streams, "UNPACKED", 2**18)
    line = b"1,a,north,2\n" if kind == ".csv" else b'{"x": 1, "word": "a", "coded": "north", "y": 2}\n'
    head = b"x,word,coded,y\n" if kind == ".csv" else b""
    file = tmp_path / f"rows{kind}{suffix}"
    file.write_bytes(PACK[suffix](head + line * 100_000))
    for argv in (("data", "show", file), ("train", file, "--target", "y"), ("predict", "own", file)):
        done = nnlab(*argv)
        assert done.returncode == 2, done.stderr
        assert f"{file} unpacks to more than" in done.stderr
        assert "unpack it yourself" in done.stderr
    rows = b"".join(b"%d,a,north,2\n" % row for row in range(30_000))
    file = tmp_path / f"honest.csv{suffix}"
    file.write_bytes(PACK[suffix](b"x,word,coded,y\n" + rows))
    assert nnlab("data", "show", file).returncode == 0


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import pandas as pd

    file = tmp_path / "rows.xlsx"
    pd.DataFrame({"x": [1, 2], "y": [3, 4]}).to_excel(file, index=False)
    assert len(read(str(file))) == 2
    monkeypatch.setattr("nnlab.engine.data.reading.tables.UNPACKED", 2**20)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b" " * 2**23)
    with pytest.raises(UsageError, match="unpacks to more than"):
        read(str(file))


def test_damaged_workbooks_are_sentences(tmp_path: Path):
    import pandas as pd

    file = tmp_path / "rows.xlsx"
    pd.DataFrame({"x": range(9), "y": range(9)}).to_excel(file, index=False)
    data = file.read_bytes()
    refused = 0
    for number in range(40):
        file.write_bytes(forging.mutated_inside(data, random.Random(number)) if number % 2 else b"PK" + data[number:])
        try:
            read(str(file))
        except UsageError as error:
            assert "\n" not in str(error)  # noqa: PT017
            refused += 1
    assert refused > 5


def test_a_header_of_any_length_is_trained_on_and_answered(tmp_path: Path, nnlab: Call):
    names = [f"a_name_of_some_length_for_the_feature_number_{place:05}" for place in range(3_000)]
    rows = [[(row * (place + 3)) % 7 for place in range(3_000)] for row in range(20)]
    file = tmp_path / "wide.csv"
    lines = [",".join([*names, "y"]), *(",".join(map(str, [*row, sum(row)])) for row in rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert len(lines[0]) > 131_072
    head = ",".join(names[:3])
    done = nnlab("train", file, "--target", "y", "--features", head, "--epochs", 1, "--name", "wide", "--quiet")
    assert done.returncode == 0, done.stderr
    done = nnlab("predict", "wide", file)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 21), done.stderr


def test_a_sentence_is_never_as_long_as_a_value(tmp_path: Path, nnlab: Call):
    file = tmp_path / "long.csv"
    file.write_text("x,y\n" + f"1,{'long ' * 100_000}\n" * 3, encoding="utf-8")
    done = nnlab("train", file, "--target", "y")
    assert done.returncode == 2
    assert len(done.stderr) < LONGEST_SENTENCE + 100
    assert "nothing is to learn" in done.stderr


def test_links_that_lead_nowhere_and_tildes_are_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("loop.csv").symlink_to("loop.csv")
    with pytest.raises(UsageError, match=r"loop\.csv is a link to no file"):
        expand("loop.csv")
    Path("~x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert expand("./~x.csv") == expand("~x.csv") == [Path("~x.csv")]
    with pytest.raises(UsageError, match="There is no home folder"):
        expand("~nobody-of-this-name/x.csv")


def test_names_that_are_no_utf8_are_read_or_refused_before_anything_is_written(
    tmp_path: Path, own_world: Path, monkeypatch: pytest.MonkeyPatch, nnlab: Call
):
    train(nnlab, tmp_path)
    odd = os.fsdecode(b"caf\xe9")
    try:
        (tmp_path / odd).mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    before = sorted(own_world.iterdir())
    table = strange.honest()
    for kind in ("csv", "arrow", "parquet"):
        file = tmp_path / f"{odd}.{kind}"
        with file.open("wb") as sink:
            if kind == "csv":
                sink.write(b"x,word,coded,y\n" + b"1,red,north,2\n3,blue,south,4\n" * 30)
            elif kind == "arrow":
                sink.write(strange.stream(table))
            else:
                parquet.write_table(table, sink)
        assert nnlab("data", "show", file).returncode == 0
        assert nnlab("predict", "own", file).returncode == 0
        done = nnlab("train", file, "--target", "y")
        assert (done.returncode, "is not written in UTF-8" in done.stderr) == (2, True)
    for argv in (["--out", tmp_path / odd / "run"], ["--out", tmp_path / odd / "run", "--folds", 2]):
        assert "is not written in UTF-8" in nnlab("train", "xor", *argv).stderr
    monkeypatch.setenv("NNLAB_RUNS", str(tmp_path / odd / "runs"))
    assert nnlab("train", "xor").returncode == 2
    assert not any((tmp_path / odd).iterdir())
    assert sorted(own_world.iterdir()) == before


def test_memory_that_a_table_has_no_room_in_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(arrow_files, "free_memory", lambda: 1000)
    for kind in ("parquet", "arrow"):
        file = tmp_path / f"rows.{kind}"
        strange.write(strange.honest(), file)
        with pytest.raises(UsageError, match=r"takes more memory than the 0\.0 GiB that are free"):
            read(str(file))
