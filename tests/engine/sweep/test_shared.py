"""A study in a database: the same trials as in a journal, each trained by one machine; who is gone gives its trial
back; who was only slow finds that out."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from test_study import EPOCHS, plan, searched, worth

from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.sweep import shared
from nnlab.engine.sweep.database import Database, database_at
from nnlab.engine.sweep.folder import SweepFolder
from nnlab.engine.sweep.plan import Plan, read_plan
from nnlab.engine.sweep.shared import SharedStudy, create_shared, discard_shared, fetch
from nnlab.engine.sweep.study import Proposal, Told

pytest.importorskip("optuna")
Machine = Callable[[str], SharedStudy]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "postgresql":
        return database_at(request.getfixturevalue("postgresql"))
    return database_at(f"sqlite:///{tmp_path}/study.db")


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(shared, "BEAT_EVERY", 0.0)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return request.node.name.replace("[", "-").replace("]", "")  # one database serves all of these tests


@pytest.fixture
def machine(database: Database, tmp_path: Path, name: str) -> Machine:
    """Opens the study on a machine of this name; the first one makes it, of the plan of `wanted`."""

    def opened(which: str) -> SharedStudy:
        folder = SweepFolder(tmp_path / which / name)
        folder.path.mkdir(parents=True, exist_ok=True)
        return SharedStudy(fetch(folder, database), folder, database)

    return opened


def begin(database: Database, tmp_path: Path, name: str, wanted: Plan) -> None:
    folder = SweepFolder(tmp_path / "first" / name)
    folder.path.mkdir(parents=True)
    create_shared(wanted, folder, database)


def begun(study: SharedStudy) -> tuple[int, Proposal]:
    number = study.free()
    assert number is not None
    assert study.claim(number)
    proposal = study.propose(number)
    assert proposal is not None
    if number == len(study.trials):
        study.start(number, proposal.point, f"run-{number}")
    return number, proposal


def ended(study: SharedStudy, number: int, proposal: Proposal) -> None:
    value = worth(proposal.point or {}, EPOCHS)
    study.end(Told(number, f"run-{number}", proposal.point, "complete", value, EPOCHS, EPOCHS, 1.0), proposal)


def test_machines_make_the_trials_of_one_journal(database: Database, machine: Machine, tmp_path: Path, name: str):
    wanted, rng = plan(trials=22), random.Random(5)
    begin(database, tmp_path, name, wanted)
    machines = [machine(which) for which in ("first", "second", "third")]
    at_work: dict[int, tuple[SharedStudy, Proposal, int]] = {}
    while True:
        study = rng.choice(machines)
        number = study.free()
        if number is not None and sum(one is study for one, _, _ in at_work.values()) < 2:
            at_work[number] = study, begun(study)[1], 0
            continue
        if not at_work:
            break
        number = rng.choice(list(at_work))
        study, proposal, epoch = at_work.pop(number)
        value = worth(proposal.point or {}, epoch + 1)
        goes_on = proposal.goes_on(epoch + 1, value)
        if goes_on and epoch + 1 < EPOCHS:
            at_work[number] = study, proposal, epoch + 1
        else:
            outcome = "complete" if goes_on else "pruned"
            study.end(Told(number, f"run-{number}", proposal.point, outcome, value, epoch + 1, EPOCHS, 1.0), proposal)
    alone = searched(wanted, tmp_path / "alone", 1, 22, random.Random(1))
    assert [study.trials for study in machines] == [alone] * 3


def test_a_trial_is_had_by_one_and_given_back_by_who_leaves(
    database: Database, machine: Machine, tmp_path: Path, name: str
):
    begin(database, tmp_path, name, plan(trials=3))
    first, second = machine("first"), machine("second")
    assert first.waits, "none has begun"
    number, proposal = begun(first)
    assert (number, first.waits, second.waits) == (0, True, True)
    assert not second.claim(0)
    assert second.free() == 1
    assert not second.unfinished
    assert [told.number for told in machine("first").unfinished] == [0], "whose process was killed"
    first.give_back([0])
    assert second.free() == 0
    assert second.claim(0)
    assert not first.claim(0)
    first.give_back([0])
    assert second.free() == 1, "what others have is not for this one to give"
    ended(first, 0, proposal)
    assert second.trials[0].outcome is None
    ended(second, 0, proposal)
    assert first.trials[0].outcome == "complete"
    assert (first.is_mine(0), second.is_mine(0)) == (False, True)


def test_who_gives_no_sign_of_life_is_gone_and_finds_that_out(
    database: Database, machine: Machine, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    begin(database, tmp_path, name, plan(trials=3))
    first, second = machine("first"), machine("second")
    begun(first)
    assert first.beat([0], 1) == ([], [])
    assert second.beat([], 2) == ([], [])
    first.beat([0], 1)
    assert [count for _, count in second.beat([], 2)[1]] == [1], "the first is there"
    assert second.free() == 1
    second.backend.grace_period = -10  # as if its sign were of long ago
    second.beat([], 2)
    assert second.free() == 0
    assert first.beat([0], 1)[0] == [], "nobody else has it yet, so it goes on"
    assert second.free() == 1
    second.beat([], 2)
    assert second.claim(0)
    assert first.beat([0], 1)[0] == [0]
    assert second.beat([], 2) == ([], [])
    monkeypatch.setattr(shared, "SILENT", 0.0)
    assert [count for _, count in second.beat([], 2)[1]] == [0], "the first is gone"
    second.leave()


def test_all_go_by_one_plan(database: Database, machine: Machine, tmp_path: Path, name: str):
    begin(database, tmp_path, name, plan(trials=3))
    first, second = machine("first"), machine("second")
    assert read_plan(tmp_path / "second" / name) == plan(trials=3)
    assert not second.begun
    first.tell_begun()
    assert second.begun
    first.change(plan(trials=9), tmp_path / "first" / name)
    first.promote(0)
    second.beat([], 1)
    assert (second.most, second.promoted) == (9, {0})
    first.spend(20.0)
    second.spend(10.0)
    assert first.seconds == 20.0
    first.check_rows({"rows": 3})
    second.check_rows({"rows": 3})
    with pytest.raises(UsageError, match="other rows here than where"):
        second.check_rows({"rows": 4})


def test_what_is_there_or_not_is_one_sentence(database: Database, machine: Machine, tmp_path: Path, name: str):
    with pytest.raises(UsageError, match="has no sweep"):
        machine("first")
    folder = SweepFolder(tmp_path / "again" / name)
    folder.path.mkdir(parents=True)
    create_shared(plan(), folder, database)
    with pytest.raises(UsageError, match="already: join it by --join"):
        create_shared(plan(), folder, database)
    discard_shared(folder, database)
    with pytest.raises(UsageError, match="has no sweep"):
        fetch(folder, database)


def test_a_database_that_does_not_answer_is_asked_again_and_then_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from sqlalchemy.exc import OperationalError

    database = database_at(f"sqlite:///{tmp_path}/study.db")
    begin(database, tmp_path, "lost", plan(trials=3))
    study = SharedStudy(plan(trials=3), SweepFolder(tmp_path / "first" / "lost"), database)
    monkeypatch.setattr(shared, "AGAIN_EVERY", 0.0)
    tries: list[int] = []

    def failing() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("", {}, ConnectionError("it is away"))
        return len(tries)

    assert study._ask(failing) == 3
    monkeypatch.setattr(shared, "GRACE", 0.0)
    tries.clear()
    with pytest.raises(NnlabError, match=r"cannot be used: it is away\.$"):
        study._ask(failing)
