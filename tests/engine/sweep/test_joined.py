"""Those who have joined a sweep, as its host sees them: new, alive, leaving, silent, and of another host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nnlab.engine.sweep.folder import SweepFolder
from nnlab.engine.sweep.jobs import Trainer
from nnlab.engine.sweep.joined import PATIENCE, Joined, JoinedTrainer, heard, host_of, hosting, say


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("nnlab.engine.sweep.joined.monotonic", lambda: now[0])
    return now


def beat(path: Path, joined: Joined, count: int, **more: Any) -> None:
    path.mkdir(parents=True, exist_ok=True)
    say(path / "beat", {"host": joined.id, "jobs": 2, "count": count, "leaving": False, **more})


def test_the_host_sees_who_joins_and_who_is_gone(tmp_path: Path, clock: list[float]):
    folder, trainers = SweepFolder(tmp_path), list[Trainer]()
    one, other, strange = (folder.joined / name for name in ("one", "other", "strange"))
    with hosting(folder, trainers) as joined:
        beat(one, joined, 1)
        beat(other, joined, 1)
        say_strange = {"host": "another", "jobs": 2, "count": 1}
        strange.mkdir()
        say(strange / "beat", say_strange)
        assert list(joined.look()) == [("one", 2), ("other", 2)]
        assert heard(host_of(folder))["id"] == joined.id
        for count in range(2, 40):
            clock[0] += 1.0
            beat(one, joined, count)
            if gone := list(joined.look()):
                assert (gone, count - 1.0) == ([("other", 0)], PATIENCE)
        assert not other.exists()
        assert [trainer.gone for trainer in trainers] == [False, False, True, True]
        clock[0] += 1.0
        beat(one, joined, 40, leaving=True)
        assert list(joined.look()) == [("one", 0)]
        assert one.exists()
        clock[0] += 1.0
        assert not list(joined.look()), "who is leaving has not joined once more"
    assert not host_of(folder).exists()


def test_a_trainer_is_asked_and_tells_how_each_run_has_ended(tmp_path: Path):
    trainer = JoinedTrainer(tmp_path, 1)
    trainer.train(["--resume", "a"])
    assert heard(tmp_path / "asked-1") == {"number": 1, "train": ["--resume", "a"]}
    assert trainer.ended() is None
    say(tmp_path / "told-1", {"number": 1, "code": 2, "said": "no"})
    assert trainer.ended() == (2, "no")
    trainer.train(["--resume", "b"])
    assert trainer.ended() is None, "what it told was of the run before"
    trainer.interrupt()
    assert heard(tmp_path / "asked-1") == {"number": 2, "interrupt": True}
    trainer.gone = True
    assert trainer.ended() == (1, "")
    say(tmp_path / "asked-1", {})
    JoinedTrainer(tmp_path / "nowhere", 0).close()  # is no error
