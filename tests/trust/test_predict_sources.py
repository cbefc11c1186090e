"""What `predict` refuses in a stream it refuses in files, on stdin and in `--row` too: one sentence, exit code 2."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from test_stream_lines import IMAGES, ROW, TABLE, WRONG, network

from nnlab.engine import checkpoint as checkpoints

Call = Callable[..., CompletedProcess[str]]

OF_STREAMS = (  # read from a stream alone, or answered there alone
    *("UTF-16", "two objects", "bytes that are no text", "a line that is too long", "rows without end"),
    *("millions of brackets", "half a character written as bytes"),
)
LACKING = ("columns without end", "a long name")  # a row after the first may lack columns


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.pt"
    checkpoints.save(path, network(TABLE))
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    path = tmp_path / "pictures.pt"
    checkpoints.save(path, network(IMAGES))
    return path


def assert_refused(done: CompletedProcess[str]) -> None:
    assert done.returncode == 2, done.stderr[:500]
    (said,) = done.stderr.splitlines()
    assert said.startswith("Error: ")
    assert len(said) < 900


@pytest.mark.parametrize("kind", [kind for kind in WRONG if kind not in OF_STREAMS])
def test_a_row_that_cannot_be_answered_ends_predict_in_a_sentence(nnlab: Call, net: Path, kind: str) -> None:
    line = WRONG[kind][0]
    assert_refused(nnlab("predict", net, "-", stdin=line))
    if line.startswith(b"{"):
        if kind not in LACKING:
            assert_refused(nnlab("predict", net, "-", stdin=json.dumps(ROW).encode() + b"\n" + line + b"\n"))
        assert_refused(nnlab("predict", net, "-", stdin=b"[\n" + line + b"\n]"))


def test_a_row_in_words_that_cannot_be_answered_ends_predict_in_a_sentence(nnlab: Call, net: Path) -> None:
    plain = "age=1,geo.x=2,member=yes,since=2011-05-06,words=a,street=A"
    assert nnlab("predict", net, "--row", f"{plain},town=Bern").returncode == 0
    for wrong in ("town=\udcff", "town=Bern,age=2", "town", "town=Bern,age2", "x" * 100_000 + "=1"):
        assert_refused(nnlab("predict", net, "--row", f"{plain},{wrong}"))
    assert_refused(nnlab("predict", net, "--row", plain.replace("age=1", f"age={'x' * 100_000}") + ",town=Bern"))


@pytest.mark.parametrize("name", ["é" * 1000, "x/" * 3000, "no such \udcff", "é" * 1000 + "*.csv", "é" * 1000 + ".png"])
def test_names_that_no_file_can_have_end_predict_in_a_sentence(
    nnlab: Call, net: Path, pictures: Path, name: str
) -> None:
    assert_refused(nnlab("predict", net, name))
    assert_refused(nnlab("predict", pictures, name))
