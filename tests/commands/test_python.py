"""`nnlab.fit` as a person calls it: what it shows, what it leaves, what it warns of."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import nnlab
from nnlab.commands.progress_line import ProgressLine
from nnlab.commands.python import FitLine
from nnlab.engine.api import train

TINY: dict[str, Any] = {"epochs": 2, "samples": 60}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_importing_nnlab_is_as_light_as_its_help():
    code = "import sys; before = set(sys.modules); import nnlab; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.split(".")[0] for name in done.stdout.split()} <= {"nnlab", *sys.stdlib_module_names}


def test_all_that_is_offered_is_there_and_nothing_else():
    assert set(nnlab.__all__) <= set(dir(nnlab))
    assert all(getattr(nnlab, name) is not None for name in nnlab.__all__)
    with pytest.raises(AttributeError, match="no attribute 'fti'"):
        nnlab.fti  # noqa: B018  # pyright: ignore


@pytest.mark.parametrize(
    ("stream", "asked", "shown"),
    [(Terminal, None, True), (Terminal, False, False), (io.StringIO, None, False), (io.StringIO, True, True)],
)
def test_progress_is_shown_where_it_is_asked_for_or_on_a_terminal(
    stream: type[io.StringIO], asked: bool | None, shown: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stderr", stream())
    nnlab.fit("xor", progress=asked, **TINY)
    text = sys.stderr.getvalue()  # pyright: ignore
    assert ("epoch 2/2" in text) is shown
    assert text.endswith("s\n") or not shown


def test_the_line_is_written_over_itself_whole():
    line = ProgressLine(io.StringIO())
    told = FitLine(line)
    for event in train("xor", **TINY):
        line.written = float("-inf")
        told.tell(event)
    first, second = line.stream.getvalue().strip("\n").split("\r")[1:3]  # pyright: ignore
    assert first.startswith("epoch 1/2")
    assert second.startswith("epoch 2/2")
    assert len(second) >= len(first.rstrip())


def test_a_run_is_kept_only_where_it_is_asked_for(own_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    nnlab.fit("xor", **TINY)
    assert not own_world.exists()
    assert not list(tmp_path.iterdir())
    network = nnlab.fit("xor", name="demo", **TINY)
    assert (own_world / "demo" / "best.pt").exists()
    nnlab.fit("xor", out="here", **TINY)
    assert nnlab.load("here").predict([{"x1": 1, "x2": 1}]) == network.predict([{"x1": 1, "x2": 1}])
    with pytest.raises(nnlab.UsageError, match="demo"):
        nnlab.fit("xor", name="demo", **TINY)


def test_the_generators_stay_as_they_are():
    torch.manual_seed(3)
    np.random.seed(3)
    before, numpys = torch.get_rng_state(), np.random.get_state()[1].tolist()  # pyright: ignore
    nnlab.fit("xor", **TINY)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.random.get_state()[1].tolist() == numpys  # pyright: ignore


def test_what_is_to_be_known_of_the_data_is_warned_of_where_nnlab_was_called():
    frame = pd.DataFrame({"size": ["1", "2", "odd", "4"] * 20, "price": np.arange(80) / 7})
    with pytest.warns(UserWarning, match="'size' cannot be read as numbers") as warned:
        nnlab.fit(frame, target="price", kind={"size": "number"}, epochs=1)
    assert {warning.filename for warning in warned} == {__file__}


def test_a_training_that_diverges_raises():
    with pytest.raises(nnlab.NnlabError, match="diverged"):
        nnlab.fit("diabetes", lr=1e10, epochs=3)
