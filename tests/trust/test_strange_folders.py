"""A folder is that folder and nothing else, whatever it is called and whatever its front matter says."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pyarrow as pa
import pytest
import strange
from pyarrow import parquet

from nnlab.engine.config import DataConfig
from nnlab.engine.data import hub as hub_data
from nnlab.engine.data.folders import offline
from nnlab.engine.data.sources import load, read_table
from nnlab.engine.errors import UsageError

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def rows(path: Path, count: int = 30) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{row % 11},{row * row % 7}" for row in range(count)]
    path.write_text("\n".join(["x,y", *lines]) + "\n", encoding="utf-8")
    return path


def card(folder: Path, configs: str, name: str = "README.md") -> Path:
    """The folder with this front matter."""
    text = f"configs:\n{configs}\n"
    (folder / name).write_text(f"---\n{text}---\n" if name == "README.md" else text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "name", ["csv", "json", "parquet", "text", "arrow", "imagefolder", "webdataset", "a:b", "csv.py"]
)
def test_a_folder_is_that_folder_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nnlab: Call, name: str
):
    rows(tmp_path / name / "mine.csv", 30)
    rows(tmp_path / "other.csv", 50)
    monkeypatch.chdir(tmp_path)
    if name == "csv.py":  # which `datasets` takes for a script, and does not run
        with pytest.raises(UsageError, match="cannot be loaded"):
            read_table(DataConfig(name=name))
        return
    assert len(read_table(DataConfig(name=name))) == 30
    done = nnlab("train", name, "--target", "y", "--epochs", 1, "--quiet", "--name", "own")
    assert done.returncode == 0, done.stderr
    assert nnlab("eval", "own", name).returncode == 0


def test_a_folder_with_a_pattern_in_its_name_is_not_another_one(tmp_path: Path):
    rows(tmp_path / "a1" / "mine.csv")
    rows(tmp_path / "a[1]" / "mine.csv", 40)
    with pytest.raises(UsageError, match="brackets"):
        read_table(DataConfig(name=str(tmp_path / "a[1]")))


OUTSIDE = [
    "/**/*.csv",
    "../outside.csv",
    "x/../../outside.csv",
    "~/outside.csv",
    "hf://datasets/evil/name/x.csv",
    "https://example.org/x.csv",
    "file:///etc/passwd",
    "zip://x.csv::http://example.org/x.zip",
]


@pytest.mark.parametrize("place", OUTSIDE)
@pytest.mark.parametrize("shape", ["  data_files: '{}'", "  data_files:\n  - split: train\n    path: ['x.csv', '{}']"])
def test_front_matter_names_nothing_outside_of_its_folder(tmp_path: Path, place: str, shape: str):
    rows(tmp_path / "outside.csv")
    folder = rows(tmp_path / "data" / "x.csv").parent
    for name in ("README.md", ".huggingface.yaml"):
        card(folder, "- config_name: default\n" + shape.format(place), name)
        with pytest.raises(UsageError, match="which is not in its folder: take that line out"):
            read_table(DataConfig(name=str(folder)))
        (folder / name).unlink()
    card(folder, f"- config_name: default\n  data_dir: '{place}'")
    with pytest.raises(UsageError, match="which is not in its folder"):
        read_table(DataConfig(name=str(folder)))


def test_front_matter_that_never_ends_or_is_none_is_a_sentence(tmp_path: Path):
    folder = rows(tmp_path / "data" / "x.csv").parent
    bomb = "\n".join(["a0: &a0 ['*.csv']", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))])
    for text in (f"---\n{bomb}\nconfigs:\n- config_name: d\n  data_files: *a29\n---\n", f"---\n{'[' * 5000}\n---\n"):
        (folder / "README.md").write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=r"front matter of .* (cannot be read|is too long)"):
            read_table(DataConfig(name=str(folder)))
    (folder / "README.md").write_text("---\n" + "x: y\n" * 300_000 + "---\n", encoding="utf-8")
    with pytest.raises(UsageError, match="too long"):
        read_table(DataConfig(name=str(folder)))


@contextmanager
def hub() -> Generator[tuple[str, list[str]]]:
    """An address that takes every request, and the requests."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()


def test_the_network_is_asked_for_a_hub_name_and_for_no_folder(tmp_path: Path):
    folder = rows(tmp_path / "csv" / "x.csv").parent
    named = card(
        rows(tmp_path / "named" / "x.csv").parent, "- config_name: default\n  data_files: 'hf://datasets/a/b/x.csv'"
    )
    code = (
        "import sys\n"
        "from nnlab.engine.config import DataConfig\n"
        "from nnlab.engine.data.sources import read_table\n"
        "from nnlab.engine.errors import NnlabError\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        print(len(read_table(DataConfig(name=name))))\n"
        "    except NnlabError as error:\n"
        "        print(error)\n"
    )
    with hub() as (address, asked):
        world = {**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0"}

        def ask(*names: object) -> list[str]:
            argv = [sys.executable, "-c", code, *map(str, names)]
            done = subprocess.run(argv, capture_output=True, text=True, env=world, timeout=120, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()

        said = ask("csv", folder, named, "hf:json", "hf:imagefolder")
        assert said[:2] == ["30", "30"]
        assert "not in its folder" in said[2]
        assert all("names no data set of the Hub" in line for line in said[3:])
        assert asked == []
        said = ask("csv", "hf:owner/name")  # being offline for a folder does not stay
        assert said[0] == "30"
        assert any("owner/name" in line for line in asked)


@pytest.mark.parametrize(
    "place", ["/etc/passwd", "/**/*.csv", "file:///etc/passwd", "../../x.csv", "zip://x::/etc/x.zip"]
)
def test_a_hub_data_set_names_no_file_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str):
    folder = card(tmp_path, f"- config_name: default\n  data_files: ['data/*.csv', '{place}']")

    def downloaded(*_: object, **__: object) -> str:
        return str(folder / "README.md")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", downloaded)
    with pytest.raises(UsageError, match="not among its own files"):
        hub_data.load_hub(DataConfig(name="hf:owner/name"))


def test_files_that_a_hub_data_set_turns_out_to_have_on_this_machine_are_not_read(monkeypatch: pytest.MonkeyPatch):
    class Builder:
        class config:  # noqa: N801
            data_files = {"train": ["hf://datasets/owner/name@1/x.csv", "/etc/passwd"]}

    def built(*_: object) -> type[Builder]:
        return Builder

    monkeypatch.setattr("datasets.load_dataset_builder", built)
    with pytest.raises(UsageError, match=r"names '/etc/passwd', which is not among its own files"):
        hub_data.load_hub(DataConfig(name="hf:owner/name"))


def test_being_offline_does_not_stay():
    from datasets import config
    from huggingface_hub import constants

    before = config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = False
    try:
        with offline():
            assert constants.HF_HUB_OFFLINE is config.HF_HUB_OFFLINE is True
        assert constants.HF_HUB_OFFLINE is config.HF_HUB_OFFLINE is False
    finally:
        config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before


def test_damaged_files_of_a_folder_are_refused_before_anything_else_reads_them(tmp_path: Path):
    made: dict[str, Callable[[Path], object]] = {
        "far.arrow": lambda path: path.write_bytes(strange.stream(strange.far_offsets())),
        "codes.arrow": lambda path: path.write_bytes(strange.stream(strange.far_codes())),
        "deep.jsonl": lambda path: path.write_text('{"z":' * 60_000 + "1" + "}" * 60_000, encoding="utf-8"),
        "cut.parquet": lambda path: path.write_bytes(b"PAR1" + bytes(50) + b"PAR1"),
    }
    for name, write in made.items():
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        write(folder / name)
        with pytest.raises(UsageError, match=f"{name} cannot be read"):
            read_table(DataConfig(name=str(folder)))


def test_files_that_are_neither_tables_nor_images_are_not_left_to_others(tmp_path: Path):
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "x.tar").write_bytes(bytes(2048))
    with pytest.raises(UsageError, match="neither a table nor an image"):
        read_table(DataConfig(name=str(folder)))


def test_class_labels_that_no_class_has_are_a_sentence(tmp_path: Path):
    from datasets import ClassLabel, Features, Value

    features = Features({"x": Value("float64"), "label": ClassLabel(names=["a", "b"])})
    table = pa.table({"x": [row * 1.0 for row in range(30)], "label": [row % 2 for row in range(29)] + [99]})
    (tmp_path / "data").mkdir()
    parquet.write_table(table.replace_schema_metadata(features.arrow_schema.metadata), tmp_path / "data" / "x.parquet")
    with pytest.raises(UsageError):
        load(DataConfig(name=str(tmp_path / "data"), target="x"))
