"""A run is looked into as it was left: nothing is written, nobody is disturbed, a stranger's data are not read."""

import shutil
from pathlib import Path

import pytest
import torch

from nnlab.engine.config import merge
from nnlab.engine.errors import UsageError
from nnlab.engine.models.starter import write_starter
from nnlab.engine.models.trust import trust
from nnlab.engine.resolve import resolve
from nnlab.engine.runs.claim import claim, locked
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.training.reopened import reopen
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run


def trained(name: str = "xor", **tree: dict[str, object]) -> tuple[RunFolder, Session]:
    flags = merge({"training": {"epochs": 3, "device": "cpu", "optimizer": "adam"}}, tree)
    session, folder = begin(resolve(name, flags=flags)), claim("one")
    for _ in run(session, folder):
        pass
    return folder, session


def said(_: str) -> None:
    pytest.fail("there is nothing to be told")


def test_weights_memory_and_history_are_those_of_the_last_epoch():
    folder, session = trained(training={"final": "last"})
    files = {path.name: path.read_bytes() for path in folder.path.iterdir() if path.is_file()}
    with locked(folder):  # somebody trains it at the moment
        found, reopened = reopen("one", "nnlab doctor", note=said)
    assert found.path == folder.path
    assert (reopened.epoch, reopened.step) == (3, 0)
    assert torch.equal(reopened.flat.values, session.flat.values)
    assert all(torch.equal(one, session.optimizer.buffers[name]) for name, one in reopened.optimizer.buffers.items())
    assert len(reopened.history) == 3
    assert {name: (folder.path / name).read_bytes() for name in files if name != "lock"} == {
        name: content for name, content in files.items() if name != "lock"
    }


def test_data_that_only_a_strangers_run_names_are_not_read(tmp_path: Path):
    table = tmp_path / "mine.csv"
    table.write_text("a,b\n" + "\n".join(f"{n * n % 17},{n % 2}" for n in range(60)))
    folder, _ = trained(str(table), data={"target": "b"}, model={"family": "mlp"})
    elsewhere = tmp_path / "stranger"
    shutil.copytree(folder.path, elsewhere)
    with pytest.raises(UsageError, match="none of your runs"):
        reopen(str(elsewhere), "nnlab doctor", note=said)
    assert reopen("one", "nnlab doctor", note=said)[1].epoch == 3


def test_a_network_of_the_users_own_is_run_only_as_it_was_named(tmp_path: Path):
    net = tmp_path / "net.py"
    called = write_starter(net)
    trust(str(net))
    trained(model={"family": "custom", "file": str(net), "class_name": called})
    assert reopen("one", "nnlab doctor", note=said)[1].epoch == 3
    net.write_text(net.read_text() + "\n# changed\n")
    with pytest.raises(UsageError, match="has changed"):
        reopen("one", "nnlab doctor", note=said)
    told: list[str] = []
    assert reopen("one", "nnlab doctor", model=f"{net}:{called}", note=told.append)[1].epoch == 3
    assert "is not the text" in told[0]


def test_what_was_never_saved_is_refused():
    claim("two").events.write_text("")
    with pytest.raises(UsageError, match="nothing was saved"):
        reopen("two", "nnlab doctor", note=said)
