"""Each form of JSON that trains is answered, and the other way round."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.engine.data.reading.rows import read_file
from nnlab.engine.data.reading.tables import read
from nnlab.engine.errors import UsageError

from .test_law import ROWS, seen, silent, trained

FRAME = pd.DataFrame(
    {"x": [row / 7 for row in range(ROWS)], "k": list("abc" * (ROWS // 3)), "y": [row % 5 / 4 for row in range(ROWS)]}
)
FORMS: dict[str, Any] = {
    "records": FRAME.to_json(orient="records"),
    "lines": FRAME.to_json(orient="records", lines=True),
    "columns by row numbers, as pandas writes": FRAME.to_json(),
    "columns of lists": json.dumps(FRAME.to_dict(orient="list")),
    "indented": json.dumps(FRAME.to_dict(orient="records"), indent=1),
    "indented columns": json.dumps(json.loads(FRAME.to_json() or ""), indent=1),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_json_is_answered_as_it_is_learnt_from(form: str, tmp_path: Path):
    path = tmp_path / "rows.json"
    path.write_text(FORMS[form], encoding="utf-8")
    schema, expected, _ = trained(path)
    assert expected.shape == (ROWS, 4)
    assert np.array_equal(seen(read_file(path, schema, silent), schema), expected)


def test_objects_side_by_side_in_a_line_are_no_table_anywhere(tmp_path: Path):
    path = tmp_path / "rows.json"
    path.write_text(" ".join(json.dumps(row) for row in FRAME.to_dict(orient="records")), encoding="utf-8")
    with pytest.raises(UsageError, match="is not JSON"):
        read(str(path))
