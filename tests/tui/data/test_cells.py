"""Values as the data page shows them, and the widths of their columns."""

from datetime import datetime
from pathlib import Path

from nnlab.engine.data.overview.view import read_view
from nnlab.tui.data.cells import NARROWEST, WIDEST, cell, measured


def test_values_are_shown_as_text():
    assert cell(None) == cell(float("nan")) == "–"
    assert cell(datetime(2003, 1, 1)) == "2003-01-01"
    assert cell(1 / 3) == "0.33333"
    assert cell([1, 2]) == "[1, 2]"
    assert cell("Bern") == "Bern"


def test_columns_are_as_wide_as_what_stands_in_them(tmp_path: Path):
    file = tmp_path / "houses.csv"
    file.write_text("a,town,note\n" + "\n".join(f"{row % 3},Winterthur,{'long ' * 30}" for row in range(9)), "utf-8")
    assert measured(read_view(str(file))).widths == (NARROWEST, len("Winterthur"), WIDEST)
