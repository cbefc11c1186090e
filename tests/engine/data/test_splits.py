"""Slices are those of Python and of `datasets`; cuts are scikit-learn's, or keep every class's share."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from nnlab.engine.config import DataConfig
from nnlab.engine.data.splits import cut, divide, take
from nnlab.engine.errors import UsageError

NAMED = {"train": np.arange(100), "test": np.arange(100, 120)}
in_its_time = settings(deadline=None)  # a busy machine is no failure
bound = st.none() | st.integers(-150, 150)


@in_its_time
@given(start=bound, stop=bound)
def test_a_slice_is_pythons(start: int | None, stop: int | None):
    text = f"train[{'' if start is None else start}:{'' if stop is None else stop}]"
    expected = NAMED["train"][start:stop]
    if len(expected):
        assert take(NAMED, text).tolist() == expected.tolist()
    else:
        with pytest.raises(UsageError, match="holds no rows"):
            take(NAMED, text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("train", range(100)),
        ("train[10%:20%]", range(10, 20)),
        ("train[:5]+test[-2:]", [0, 1, 2, 3, 4, 118, 119]),
        ("test[33%:]", range(107, 120)),
        (" train[ :3 ] ", range(3)),
    ],
)
def test_slices_of_the_datasets_library(text: str, rows: range | list[int]):
    assert take(NAMED, text).tolist() == list(rows)


@in_its_time
@given(rows=st.integers(1, 500), start=st.integers(-100, 100), stop=st.integers(-100, 100))
def test_percents_are_the_datasets_librarys(rows: int, start: int, stop: int):
    from datasets import ReadInstruction

    text = f"train[{start}%:{stop}%]"
    (part,) = ReadInstruction.from_spec(text).to_absolute({"train": rows})
    expected = list(range(part.from_, part.to))
    if expected:
        assert take({"train": np.arange(rows)}, text).tolist() == expected
    else:
        with pytest.raises(UsageError, match="holds no rows"):
            take({"train": np.arange(rows)}, text)


@in_its_time
@given(st.text(max_size=30) | st.from_regex(r"train\[-?[0-9]{0,3}%?:-?[0-9]{0,3}%?\]", fullmatch=True))
def test_any_text_is_rows_or_a_usage_error(text: str):
    with suppress(UsageError):
        assert len(take(NAMED, text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trian", "did you mean 'train'"),
        ("zebra", "there are train, test"),
        ("train[1", "cannot be read"),
        ("train[1:2:3]", "cannot be read"),
        ("train[50:40]", "holds no rows"),
        ("train[:" + "9" * 5000 + "]", "cannot be read"),
    ],
)
def test_a_wrong_slice_is_named(text: str, said: str):
    with pytest.raises(UsageError, match=said):
        take(NAMED, text)


@in_its_time
@given(rows=st.integers(5, 200), share=st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.33, 0.5]), seed=st.integers(0, 9))
def test_an_unstratified_cut_is_scikit_learns(rows: int, share: float, seed: int):
    rest, chosen = cut(np.arange(rows), share, seed)
    expected_rest, expected = train_test_split(np.arange(rows), test_size=share, random_state=seed)
    assert rest.tolist() == list(expected_rest)
    assert chosen.tolist() == list(expected)


@in_its_time
@given(st.lists(st.integers(0, 3), min_size=10, max_size=200), st.sampled_from([0.1, 0.2, 0.5]))
def test_a_stratified_cut_keeps_every_share_to_a_row(labels: list[int], share: float):
    values = np.array(labels)
    rest, chosen = cut(np.arange(len(values)), share, 1, values)
    assert sorted([*rest, *chosen]) == list(range(len(values)))
    assert len(chosen) == int(np.ceil(share * len(values)))
    for label in set(labels):
        assert abs((values[chosen] == label).sum() - len(chosen) * np.mean(values == label)) < 1


def test_a_cut_that_would_leave_nothing_is_refused():
    with pytest.raises(UsageError, match="too few"):
        cut(np.arange(1), 0.5, 1)


def test_validation_is_cut_from_train_and_test_is_kept_apart():
    split = divide({"train": np.arange(100)}, DataConfig(test_size=0.2, valid_size=0.25))
    assert split.valid is not None
    assert split.test is not None
    assert (len(split.train), len(split.valid), len(split.test)) == (60, 20, 20)
    assert not set(split.test) & {*split.train, *split.valid}
    assert not split.validates_on_test


def test_validating_on_test_is_told():
    split = divide({"train": np.arange(100)}, DataConfig(valid_split="test"))
    assert split.validates_on_test
    assert split.valid is not None
    assert split.test is not None
    assert split.valid.tolist() == split.test.tolist()


def test_no_test_split_is_cut_where_none_is_asked_for():
    config = DataConfig(train_split="train[:80%]", test_split="train[80%:]", valid_split="none")
    split = divide({"train": np.arange(100)}, config)
    assert split.test is not None
    assert split.train.tolist() == list(range(80))
    assert split.test.tolist() == list(range(80, 100))


def test_validating_on_a_test_split_that_is_not_kept_is_told():
    split = divide({"train": np.arange(100)}, DataConfig(valid_split="test", test_split="none"))
    assert split.validates_on_test
    assert split.test is None
    assert len(split.train) == 80


def test_rows_trained_and_tested_on_are_noted():
    split = divide(NAMED, DataConfig(train_split="train+test", valid_split="none"))
    assert split.valid is None
    assert divide(NAMED, DataConfig(valid_split="train[:7]")).notes == ("7 rows of validation are also trained on",)


def test_a_validation_split_of_the_data_is_used():
    native = {"train": np.arange(10), "validation": np.arange(10, 14), "test": np.arange(14, 20)}
    split = divide(native, DataConfig())
    assert split.valid is not None
    assert split.valid.tolist() == [10, 11, 12, 13]
