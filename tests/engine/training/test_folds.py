"""Cross-validation: every row is held out once, by class, group or time, and nothing is learnt from it."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from nnlab.engine.checkpoint import load as load_checkpoint
from nnlab.engine.config import Config, DataConfig
from nnlab.engine.data.features import choose_features
from nnlab.engine.data.prepare import divide_rows
from nnlab.engine.data.sources import load
from nnlab.engine.data.splits import Keys, divide, hold_out
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.evaluate import evaluate
from nnlab.engine.resolve import resolve
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.training.folds import cross_validate, spread
from nnlab.engine.training.interrupt import StopRequest

ROWS = np.arange(40)
CLASSES = np.repeat([0, 1], [10, 30])


def iris() -> Config:
    return resolve("iris", flags={"training": {"epochs": 3}})


def test_every_row_is_held_out_once_and_classes_keep_their_shares():
    folds = [hold_out(ROWS, 5, fold, 1, Keys(labels=CLASSES)) for fold in range(1, 6)]
    assert sorted(np.concatenate([held for _, held in folds])) == ROWS.tolist()
    for train, held in folds:
        assert sorted([*train, *held]) == ROWS.tolist()
        assert np.bincount(CLASSES[held]).tolist() == [2, 6]
    theirs = list(StratifiedKFold(5, shuffle=True, random_state=1).split(ROWS, CLASSES))
    assert all((held == theirs[place][1]).all() for place, (_, held) in enumerate(folds))


def test_groups_stay_together():
    groups = ROWS // 4
    for keys in (Keys(groups=groups), Keys(labels=CLASSES, groups=groups)):
        for fold in (1, 2, 3):
            train, held = hold_out(ROWS, 3, fold, 1, keys)
            assert not set(groups[train]) & set(groups[held])


def test_in_time_only_earlier_rows_are_trained_on():
    times = 100 - ROWS.astype(float)
    for fold in (1, 2, 3):
        split = divide({"train": ROWS}, DataConfig(folds=3, fold=fold, time="t"), Keys(times=times))
        assert split.valid is not None
        assert split.test is not None
        assert times[split.train].max() < times[split.valid].min() < times[split.test].min()


def test_the_datas_own_test_rows_are_left_alone():
    native = {"train": ROWS[:30], "test": ROWS[30:]}
    split = divide(native, DataConfig(folds=3, fold=2, valid_split="none"))
    assert split.test is not None
    assert sorted([*split.train, *split.test]) == ROWS[:30].tolist()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (Keys(), "there are 40 rows"),
        (Keys(labels=CLASSES), "there are 30 rows of a class"),
        (Keys(groups=ROWS // 20), "there are 2 groups"),
    ],
)
def test_too_many_folds_are_refused(keys: Keys, said: str):
    with pytest.raises(UsageError, match=f"--folds 50 is too many: {said}"):
        hold_out(ROWS, 50, 1, 1, keys)


def test_a_group_is_no_feature_and_rows_are_cut_by_it(tmp_path: Path):
    rows = "".join(f"{row / 7:.3f},{row // 5},{row % 2}\n" for row in range(60))
    (tmp_path / "own.csv").write_text("x,who,y\n" + rows)
    config = resolve(str(tmp_path / "own.csv"), flags={"data": {"target": "y", "group": "who"}})
    dataset = load(config.data)
    assert choose_features(dataset, config.data, config.prepare) == ["x"]
    split = divide_rows(dataset, config.data)
    who = [{row // 5 for row in rows.tolist()} for rows in (split.train, split.valid, split.test) if rows is not None]
    assert not (who[0] & who[1])
    assert not (who[0] & who[2])
    assert not (who[1] & who[2])


def test_each_fold_is_a_run_whose_checkpoint_knows_its_rows(own_world: Path):
    def folder(fold: int) -> RunFolder:
        return claim(f"cv-fold{fold}")

    done = list(cross_validate(iris(), 3, folder, StopRequest()))
    assert [(fold.fold, fold.run, fold.test_rows) for fold in done] == [(n, f"cv-fold{n}", 50) for n in (1, 2, 3)]
    for fold in done:
        again = evaluate(load_checkpoint(Path(fold.dir) / "best.pt"))
        assert (again.split, again.rows, again.metrics) == ("test", 50, fold.metrics)
    schemas = [load_checkpoint(own_world / fold.run / "best.pt").schema for fold in done]
    assert schemas[0] != schemas[1] != schemas[2]
    mean, deviation = spread([fold.metrics for fold in done])
    values = [fold.metrics["accuracy"] for fold in done]
    assert mean["accuracy"] == pytest.approx(np.mean(values))
    assert deviation["accuracy"] == pytest.approx(np.std(values, ddof=1))


def test_a_stop_ends_all_folds():
    stop = StopRequest()
    done = cross_validate(iris(), 3, lambda _: None, stop)
    assert next(done).fold == 1
    stop.reason = "interrupt"
    assert list(done) == []
