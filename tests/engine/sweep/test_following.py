"""A sweep is followed by its folder: each trial that is over is passed on once, and how it ended told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnlab.engine.runs.claim import locked
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.sweep.folder import SweepFolder
from nnlab.engine.sweep.following import PATIENCE, SweepFollower
from nnlab.engine.trackers.messages import Message

ENDED = {"event": "sweep_ended", "trials": 2, "seconds": 61.0, "measure": "loss", "places": []}


def follow(folder: Path, *steps: Callable[[], object], begun: int = 0) -> tuple[list[str], list[Message]]:
    """The trials that it passes on and what it says, while each of its waits does the next thing."""
    trials, said, left, now = list[str](), list[Message](), list(steps), [0.0]

    def wait(_: float) -> None:
        now[0] += 1.0
        if left:
            left.pop(0)()

    follower = SweepFollower(
        SweepFolder(folder), begun, lambda run: trials.append(run.name), said.append, lambda: now[0]
    )
    follower.run(wait)
    assert not left
    return trials, said


def write(folder: Path, *bodies: dict[str, Any]) -> None:
    with (folder / "sweep.jsonl").open("a", encoding="utf-8") as log:
        log.writelines(json.dumps(body) + "\n" for body in bodies)


def trial(number: int) -> dict[str, Any]:
    return {"event": "trial_ended", "run": f"s-{number:02d}"}


def test_trials_and_the_end(tmp_path: Path):
    folder = tmp_path / "s"
    folder.mkdir()
    best = {"places": [{"run": "s-01", "mean": 0.25}]}
    with locked(RunFolder(folder)):
        trials, said = follow(
            folder, lambda: write(folder, trial(0)), lambda: write(folder, trial(1), {**ENDED, **best})
        )
    assert trials == ["s-00", "s-01"]
    assert [(one.what, one.title) for one in said] == [("finished", "nnlab: s is done")]
    assert said[0].text == "2 trials in 1 min 01 s; the best, s-01, reaches 0.2500 by valid loss."


def test_one_that_goes_on_is_followed_from_there(tmp_path: Path):
    write(tmp_path, trial(0), {**ENDED, "stopped": True})
    begun = (tmp_path / "sweep.jsonl").stat().st_size
    with locked(RunFolder(tmp_path)):
        trials, said = follow(tmp_path, lambda: write(tmp_path, trial(1), {**ENDED, "stopped": True}), begun=begun)
    assert trials == ["s-01"]
    assert [one.what for one in said] == ["stopped"]
    assert "--resume" in said[0].text


def test_one_that_is_killed_has_crashed(tmp_path: Path):
    with locked(RunFolder(tmp_path)):
        write(tmp_path, trial(0))
    assert [one.what for one in follow(tmp_path)[1]] == ["crashed"]


def test_one_that_never_begins_is_not_waited_for_for_ever(tmp_path: Path):
    steps = [lambda: None] * int(PATIENCE)
    assert [one.what for one in follow(tmp_path, *steps)[1]] == ["crashed"]
