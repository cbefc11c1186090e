"""A data set read by a process of its own is what it would be if it were read here; nobody waits for it in vain."""

from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pytest

from nnlab.engine.data.overview.view import DatasetView, read_view
from nnlab.engine.errors import NnlabError
from nnlab.tui.data.cells import measured
from nnlab.tui.data.reader import DatasetProcess, load_view, write_view


@pytest.fixture
def houses(tmp_path: Path) -> str:
    lines = ["area,town,sold,note"]
    lines += [f"{row}.5,{'Wien' if row % 2 else ''},2001-01-{row:02},house {row} is old" for row in range(1, 29)]
    file = tmp_path / "-houses.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return str(file)


def same(one: DatasetView, other: DatasetView) -> bool:
    plain = [
        (dataset.asked, dataset.name, dataset.kinds, dataset.uses, dataset.widths, dataset.task, dataset.target)
        for dataset in (one, other)
    ]
    images = [np.zeros(0) if dataset.images is None else dataset.images for dataset in (one, other)]
    return plain[0] == plain[1] and one.table.equals(other.table) and np.array_equal(images[0], images[1])


@pytest.mark.parametrize("name", ["xor", "digits", "houses"])
def test_what_is_written_is_read(name: str, houses: str):
    dataset = measured(read_view(houses if name == "houses" else name))
    with TemporaryFile() as file:
        write_view(dataset, file)
        found = load_view(file)
    assert same(found, dataset)
    if found.images is not None:
        assert np.array_equal(found.image(7), dataset.image(7))


def test_a_process_reads_it(houses: str):
    looking = DatasetProcess(houses)
    found = looking.result()
    looking.close()
    assert isinstance(found, DatasetView)
    assert same(found, measured(read_view(houses)))


@pytest.mark.parametrize(("name", "said"), [("spirall", "did you mean 'spiral'?"), ("-", "standard input is empty.")])
def test_what_cannot_be_read_is_the_same_sentence(name: str, said: str):
    looking = DatasetProcess(name)
    found = looking.result()
    looking.close()
    assert isinstance(found, NnlabError)
    assert said in str(found)


def test_one_that_nobody_wants_any_more_is_gone_at_once():
    looking = DatasetProcess("mnist")
    looking.close()
    assert isinstance(looking.result(), NnlabError)


def test_it_ends_when_the_one_who_waits_for_it_is_gone():
    looking = DatasetProcess("mnist")
    child = looking._child
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(60) in (0, 1)
    looking.close()
