"""Checkpoints that kept no readings answer as they did, and say what they do not know."""

from __future__ import annotations

import pyarrow as pa

from nnlab.engine.data.columns.encoders import Number
from nnlab.engine.data.schema import Schema
from nnlab.engine.prediction.predict import encode


def test_what_an_early_checkpoint_takes_for_missing_is_told_with_its_reason():
    schema = Schema(task="regression", target="y", columns=[Number(name="x", fill=2.0, lenient=True)])
    notes = list[str]()
    (found, _), *_ = encode([pa.table({"x": ["1", "what", "3"]})], schema, "rows.csv", notes.append)
    assert found[:, 0].tolist() == [1, 2, 3]
    assert "1 value of the column 'x' cannot be read and counts as missing, since the checkpoint is of an" in notes[0]
