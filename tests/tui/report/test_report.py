"""A run's page stands by itself, its pictures are drawn of the run's own data, and its card is one."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from nnlab.engine.config import validate
from nnlab.engine.evaluation.effects import Effect
from nnlab.engine.events import PictureTaken, to_line
from nnlab.engine.report.card import _code, _inline  # pyright: ignore[reportPrivateUsage]
from nnlab.engine.report.story import story_of
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.report.charts import as_file, effects, picture_named, pictures_of, within_page
from nnlab.tui.report.page import page


class Seen(HTMLParser):
    """What a page has: the text, the tags, all that it would fetch, and whether each tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.tags, self.fetched, self.open = "", set[str](), list[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "link", "img", "input"):
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action") and not (value or "").startswith(("#", "data:")):
                self.fetched.append(f"{name}={value}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def written(nnlab: Any, own_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Train and report: the bytes of the file."""
    monkeypatch.chdir(tmp_path)

    def write(data: str, *words: object, epochs: int = 2, to: str = "x.html") -> bytes:
        if not (own_world / "x").exists():
            assert nnlab("train", data, "--epochs", epochs, "--quiet", "--name", "x").returncode == 0
        done = nnlab("report", "x", "-o", to, *words)
        assert done.returncode == 0, done.stderr
        assert done.stderr.endswith(f"Wrote {to}.\n")
        return Path(to).read_bytes()

    return write


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            "xor",
            ["accuracy", "logistic regression", "precision", "decision map", "confusion matrix", "x1", "best epoch"],
        ),
        ("auto-mpg", ["MAE", "linear regression", "predicted against true", "Horsepower", "52 to 215"]),
        ("digits", ["confusion matrix", "precision", "8 × 8 pixels"]),
    ],
)
def test_a_page_tells_all_in_one_file_that_fetches_nothing(written: Any, data: str, said: list[str]):
    text = written(data).decode()
    seen = Seen(text)
    assert not seen.open
    assert not seen.fetched
    assert "script" not in seen.tags
    assert "@import" not in text
    assert not re.findall(r"url\((?!#)", text)
    assert [word for word in said if word not in seen.text] == []
    assert "nnlab report x -o x.html" in seen.text
    ids = re.findall(r'\sid="([^"]+)"', text)
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    assert used <= set(ids)
    assert all(ids.count(one) == 1 for one in used)
    config = seen.text.split("config.toml:")[1].split("Made by")[0]
    validate(tomllib.loads(config))


def test_the_figures_are_those_of_eval(written: Any, nnlab: Any):
    seen = Seen(written("auto-mpg").decode())
    told = json.loads(nnlab("eval", "x", "--json").stdout)
    assert f"{told['metrics']['mae']:.4f}" in seen.text
    assert f"{told['baseline']['linear_regression']['rmse']:.4f}" in seen.text


def test_pictures_are_files_of_their_kind(written: Any, tmp_path: Path):
    svg = written("xor", "--picture", "map", to="map.svg")
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "x1" in "".join(root.itertext())
    written("xor", to="loss.png")
    with Image.open(tmp_path / "loss.png") as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 300
    assert written("xor", "--picture", "map", to="again.svg") == svg


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--picture", "scatter", "-o", "a.svg"], 2, "it has loss, accuracy, map, matrix"),
        (["--picture", "loss", "-o", "a.html"], 2, "leave it out"),
        (["-o", "a.pdf"], 2, "none of .html, .md, .svg and .png"),
        (["-o", "nowhere/a.html"], 2, "cannot be written"),
        (["--model", "nets.py:Mine"], 2, "own"),
    ],
)
def test_what_cannot_be_reported_is_one_sentence(written: Any, nnlab: Any, words: list[str], code: int, said: str):
    written("xor")
    done = nnlab("report", "x", *words)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "went wrong" not in done.stderr


def test_a_page_and_a_card_are_also_of_a_run_whose_data_are_gone(
    nnlab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{n},{n % 7},{'yes' if n % 2 else 'no'}\n" for n in range(80))
    Path("mine.csv").write_text("a,b,c\n" + rows, encoding="utf-8")
    assert nnlab("train", "mine.csv", "--target", "c", "--epochs", 2, "--quiet", "--name", "x").returncode == 0
    Path("mine.csv").unlink()
    for name in ("x.html", "x.md"):
        done = nnlab("report", "x", "-o", name)
        assert done.returncode == 0, done.stderr
        text = Path(name).read_text(encoding="utf-8")
        assert "Not judged on test rows" in text
        assert "mine.csv" in text
        assert "not judged" in done.stderr


def test_what_comes_from_data_is_text(make_run: Any):
    hostile = '<script>alert(1)</script>"&\x1b[31m\u202e$x$'
    folder = RunFolder(make_run("x", data=hostile))
    picture = PictureTaken(
        "matrix", 3, {"classes": [hostile, "b"], "counts": [[3, 1], [0, 2]]}, split="valid", rows=6, of=6
    )
    scatter = PictureTaken("scatter", 3, {"target": hostile, "points": [[1, 2], [2, 2.5], [None, 1]]})
    with folder.events.open("a", encoding="utf-8") as log:
        log.write(to_line(picture) + "\n" + to_line(scatter) + "\n")
    text = page(story_of(folder), f"nnlab report {hostile}")
    seen = Seen(text)
    assert not seen.open
    assert "script" not in seen.tags
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<script>alert(1)" in seen.text


def test_a_run_in_its_first_epoch_has_a_page_and_no_picture(make_run: Any, nnlab: Any):
    folder = make_run("x", accuracies=(), stopped=None, checkpoints=())
    assert "it has not ended" in Seen(page(story_of(RunFolder(folder)), "nnlab report x")).text
    assert not pictures_of(story_of(RunFolder(folder)))
    done = nnlab("report", "x", "--format", "svg", "-o", "-")
    assert "no epoch of it is over" in done.stderr
    assert nnlab("report", "x", "--format", "md", "-o", "-").returncode == 2


@pytest.mark.parametrize("values", [[float("nan")] * 3, [1e-30, 1.0, 1e30], [0.0, 0.0, 0.0]])
def test_curves_are_drawn_of_any_values(make_run: Any, values: list[float]):
    story = story_of(RunFolder(make_run("x", accuracies=values)))
    assert picture_named(story, "loss").axes
    assert picture_named(story, "accuracy").axes


def test_a_threshold_is_told_with_what_it_is_worth(nnlab: Any, own_world: Path, tmp_path: Path):
    words = ("xor", "--epochs", 2, "--threshold", "0.3", "--quiet", "--name", "x")
    assert nnlab("train", *words).returncode == 0
    told = json.loads(nnlab("eval", "x", "--json").stdout)["threshold"]["chosen"]
    for name in ("x.html", "x.md"):
        assert nnlab("report", "x", "-o", tmp_path / name).returncode == 0
        text = (tmp_path / name).read_text(encoding="utf-8")
        seen = Seen(text).text if name == "x.html" else text
        assert "is answered from a probability of 0.3 on" in seen
        assert "false alarms" in seen
        cells = ("0.3", f"{told['precision']:.1%}".replace("%", " %"), str(told["false_positives"]))
        assert [cell for cell in cells if cell not in seen] == []


def test_a_run_without_a_loss_is_reported_without_a_word_of_the_drawing(nnlab: Any, own_world: Path, tmp_path: Path):
    words = ("auto-mpg", "--epochs", 2, "--lr", 1e12, "--optimizer", "sgd", "--quiet", "--name", "x")
    assert nnlab("train", *words).returncode == 1
    done = nnlab("report", "x", "-o", tmp_path / "x.html")
    assert done.returncode == 0
    assert done.stderr.startswith("Wrote ")


def test_the_card_is_markdown_with_everything_in_it(written: Any):
    text = written("xor", to="x.md").decode()
    assert text.startswith("---\nlibrary_name: nnlab\n")
    for title in ("## Figures", "## Inputs", "## Classes", "## Use", "## Training"):
        assert title in text
    assert "| x1 | number |" in text
    assert "nnlab predict x rows.csv" in text
    block = text.split("```toml\n")[1].split("```")[0]
    assert tomllib.loads(block)["data"]["name"] == "xor"
    assert "Not judged" in written("xor", "--no-eval", to="y.md").decode()


def test_no_matplotlib_is_one_sentence(written: Any, nnlab: Any, monkeypatch: pytest.MonkeyPatch):
    written("xor")
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = nnlab("report", "x", "-o", "x.html")
    assert done.returncode == 1
    assert "pip install 'nnlab[report]'" in done.stderr
    assert nnlab("report", "x", "-o", "x.md").returncode == 0


def test_data_that_only_a_run_from_elsewhere_names_are_not_read(
    nnlab: Any, own_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{n},{n % 7},{'yes' if n % 2 else 'no'}\n" for n in range(80))
    Path("mine.csv").write_text("a,b,c\n" + rows, encoding="utf-8")
    assert nnlab("train", "mine.csv", "--target", "c", "--epochs", 2, "--quiet", "--name", "x").returncode == 0
    shutil.copytree(own_world / "x", tmp_path / "theirs")
    done = nnlab("report", tmp_path / "theirs", "-o", "theirs.html")
    assert done.returncode == 0
    assert "none of your runs" in done.stderr
    assert "Not judged" in Path("theirs.html").read_text(encoding="utf-8")


def test_a_report_has_all_that_eval_knows(written: Any, nnlab: Any, own_world: Path, tmp_path: Path):
    words = ("--epochs", 1, "--samples", 1500, "--threshold", "0.3", "--name", "x", "--quiet")
    assert nnlab("train", "moons", *words).returncode == 0
    told = json.loads(nnlab("eval", "x", "--explain", "--errors", "--json").stdout)
    seen = Seen(written("moons").decode())
    for said in (
        "Honest probabilities",
        "intervals of so many percent held",
        "With the threshold for 1",
        "shuffled",
        "Where it fails",
    ):
        assert said in seen.text
    assert f"(ECE) {told['reliability']['ece']:.4f}" in seen.text
    assert f"{told['importance'][0]['worth']:.3g}" in seen.text
    assert "reliability, ECE" in seen.text
    assert "P(1)" in seen.text
    row = told["failures"]["worst"][0]
    assert f"{row['values']['x1']:.6g}" in seen.text
    assert "how much the log loss grows without it" in seen.text
    card = written("moons", to="x.md").decode()
    for said in ("Honest probabilities", "| interval | held | classes in it |", "| column | worth | band |"):
        assert said in card
    assert "Where it fails" in card
    assert f"{row['values']['x1']:.6g}" not in card  # nobody's row is in what others read
    for name in ("reliability", "importance", "effects"):
        assert written("moons", "--picture", name, to=f"{name}.svg").startswith(b"<?xml")


def test_pictures_of_the_judged_rows_need_these(written: Any, nnlab: Any):
    written("xor")
    done = nnlab("report", "x", "--picture", "importance", "--no-eval", "-o", "a.svg")
    assert done.returncode == 2
    assert "has no picture 'importance': it has loss, accuracy, map, matrix" in done.stderr


def test_a_card_steers_no_terminal_and_breaks_no_line():
    shown = _inline("no\x1b[31m\x07 \x85way\nnext") + _code("toml", 'name = "\x1b]0;title"\nnext = 1')
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)
    assert "way next" in shown
    assert "\nnext = 1" in shown


@pytest.mark.filterwarnings("error")
def test_signs_that_the_font_lacks_are_drawn_without_a_warning():
    effect = Effect("漢字", "category", "yes", ["漢字", "plain"], [0.25, 0.5], [])
    figure = effects([effect], "y")
    assert "漢字" in within_page(figure, "effects", "what columns do")
    assert as_file(figure, "png").startswith(b"\x89PNG")
