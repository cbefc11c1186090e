"""Columns of class names are dealt with in NumPy as Arrow's own functions would."""

import numpy as np
import pyarrow as pa
import pytest

from nnlab.engine.data.columns import arrow
from nnlab.engine.data.columns.values import category_codes

TEXTS = ["b", "a", None, "ü", "a", "", "b"]
COLUMNS = {
    "text": pa.chunked_array([TEXTS]),
    "text without nulls": pa.chunked_array([[text or "" for text in TEXTS]]),
    "codes": pa.chunked_array([TEXTS]).dictionary_encode(),
    "codes in chunks": pa.chunked_array([TEXTS[:3], TEXTS[3:]]).dictionary_encode().unify_dictionaries(),
    "small codes": pa.chunked_array([pa.array(TEXTS).dictionary_encode().cast(pa.dictionary(pa.uint8(), pa.string()))]),
    "codes without nulls": pa.chunked_array([[text or "" for text in TEXTS]]).dictionary_encode(),
    "a code that means missing": pa.chunked_array([pa.DictionaryArray.from_arrays([0, 1, 1], [None, "a"])]),
    "numbers": pa.chunked_array([[1, 2, None, 3, 2, 7, 1]]),
    "codes of numbers": pa.chunked_array([[1, 2, None, 3, 2, 7, 1]]).dictionary_encode(),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("rows", [[1, 0, 0, 2], [], [2]], ids=str)
def test_rows_are_taken_as_arrow_takes_them(name: str, rows: list[int]):
    column, numbers = COLUMNS[name], np.array(rows, dtype=np.int64)
    taken = arrow.take(column, numbers)
    assert taken.to_pylist() == column.take(pa.array(numbers)).to_pylist()
    assert taken.type == column.type


@pytest.mark.parametrize("name", COLUMNS)
def test_categories_have_the_first_place_of_their_text(name: str):
    column, categories = COLUMNS[name], ["a", "ü", "2", "a", "1", ""]
    texts = [None if value is None else str(value) for value in column.to_pylist()]
    expected = [categories.index(text) if text in categories else -1 for text in texts]
    codes = category_codes(column, categories)
    assert codes.tolist() == expected
    assert codes.dtype == np.int64


@pytest.mark.parametrize("name", COLUMNS)
def test_missing_values_are_found(name: str):
    assert arrow.missing(COLUMNS[name]).tolist() == [value is None for value in COLUMNS[name].to_pylist()]


@pytest.mark.parametrize("texts", [[], ["", "a", "üß", "a"]], ids=str)
def test_texts_are_arrows(texts: list[str]):
    assert arrow.strings(texts).equals(pa.array(texts, pa.string()))
