"""`nnlab data`: the list, what is in a data set, how it looks; as text that fits and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from nnlab.engine.config import DataConfig
from nnlab.engine.data.catalog import CATALOG
from nnlab.engine.data.overview import plots
from nnlab.engine.data.sources import load

Call = Callable[..., CompletedProcess[str]]
EXPECTED = json.loads((Path(__file__).parent.parent / "expected.json").read_text(encoding="utf-8"))


def test_list_as_json(nnlab: Call):
    listed = json.loads(nnlab("data", "list", "--json").stdout)
    assert [entry["name"] for entry in listed] == list(CATALOG)
    assert {"name", "task", "rows", "features", "source", "licence"} <= set(listed[0])


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_list_tells_all_at_any_width(nnlab: Call, monkeypatch: pytest.MonkeyPatch, columns: int):
    monkeypatch.setenv("COLUMNS", str(columns))
    said = nnlab("data", "list").stdout
    assert max(map(len, said.splitlines())) <= columns
    assert all(name in said for name in CATALOG)
    assert "70,000" in said
    assert "CC BY-SA 3.0" in said


def test_show_describes_as_the_tutorial_prints(nnlab: Call):
    argv = ("data", "show", "auto-mpg", "--split", "train", "--recipe", "tutorial/auto-mpg", "--json")
    shown = json.loads(nnlab(*argv).stdout)
    assert shown["rows"] == 313
    for column, statistics in EXPECTED["auto_mpg"]["describe_train"].items():
        assert shown["describe"][column] == pytest.approx(statistics, abs=1e-6)


def test_show_counts_what_is_missing(nnlab: Call):
    shown = json.loads(nnlab("data", "show", "auto-mpg", "--json").stdout)
    assert shown["rows"] == 398
    assert {column["name"]: column["missing"] for column in shown["columns"] if column["missing"]} == {"Horsepower": 6}


def test_show_has_head_tail_statistics_and_balance(nnlab: Call):
    lines = nnlab("data", "show", "iris").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "5.1" in text  # of the first row
    assert "5.843333" in text  # a mean
    assert text.count("setosa") >= 2


@pytest.mark.parametrize("name", CATALOG)
@pytest.mark.parametrize("columns", [60, 120])
def test_every_data_set_can_be_shown_and_plotted(nnlab: Call, monkeypatch: pytest.MonkeyPatch, name: str, columns: int):
    monkeypatch.setenv("COLUMNS", str(columns))
    for command in ("show", "plot"):
        done = nnlab("data", command, name)
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) > 8
        assert max(map(len, done.stdout.splitlines())) <= columns


def test_samples_noise_and_seed_make_other_data(nnlab: Call):
    argv = ("data", "plot", "moons", "--json", "--samples", "50")
    first, second = (json.loads(nnlab(*argv, "--data-seed", seed).stdout)["points"] for seed in (1, 2))
    assert len(first) == len(second) == 50
    assert first != second
    smooth = json.loads(nnlab("data", "plot", "circles", "--data-noise", "0", "--json").stdout)["points"]
    assert len({round(float(np.hypot(x, y)), 6) for x, y, _ in smooth}) == 2


def test_plot_as_json_says_what_it_shows(nnlab: Call):
    assert json.loads(nnlab("data", "plot", "xor", "--json").stdout)["plot"] == "scatter"
    assert json.loads(nnlab("data", "plot", "digits", "--json").stdout)["plot"] == "images"
    histograms = json.loads(nnlab("data", "plot", "auto-mpg", "--json").stdout)
    assert histograms["plot"] == "histograms"
    assert sum(histograms["numbers"]["Horsepower"]["counts"]) == 392


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["iriss"], "There is no data set 'iriss': did you mean 'iris'?"),
        (["iris", "--samples", "50"], "--samples is for those that are drawn"),
        (["xor", "--samples", "3"], "--samples cannot be 3"),
        (["xor", "--split", "trian"], "did you mean 'train'?"),
        (["xor", "--split", "train[a:b]"], "cannot be read"),
        (["xor", "--split", "test[:0]"], "holds no rows"),
        (["xor", "--recipe", "tutorial/xr"], "did you mean 'tutorial/xor'?"),
        (["xor", "--data-noise", "-1"], "--data-noise cannot be"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(nnlab: Call, argv: list[str], said: str):
    done = nnlab("data", "show", *argv)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_split_of_a_file_is_shown_once_its_target_is_named(nnlab: Call, tmp_path: Path):
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n" + "".join(f"{row},{'xy'[row % 2]}\n" for row in range(60)), encoding="utf-8")
    done = nnlab("data", "show", str(file), "--split", "test")
    assert done.returncode == 2
    assert "Which column" in done.stderr
    named = nnlab("data", "show", str(file), "--split", "test", "--target", "b", "--json")
    assert json.loads(named.stdout)["rows"] == 12


def test_sampled_images_take_turns_through_the_classes():
    images = plots.sample_images(load(DataConfig(name="digits")), 25)
    assert [truth for _, truth in images[:12]] == [*"0123456789", "0", "1"]
    assert images[0][0].dtype == np.uint8
    assert max(int(pixels.max()) for pixels, _ in images) > 200
