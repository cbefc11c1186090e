"""The examples of the documentation run as they stand there."""

import re
from pathlib import Path
from typing import Any

import pytest

from nnlab.engine import load_data

PAGE = Path(__file__).parent.parent / "docs" / "python.md"


def test_the_examples_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    load_data("auto-mpg").table.to_pandas().drop(columns="Car Name").to_csv("cars.csv", index=False)
    text = PAGE.read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "examples"}
    for found in re.finditer(r"```python\n(.*?)```", text, re.DOTALL):
        line = text[: found.start()].count("\n") + 1
        exec(compile("\n" * line + found[1], str(PAGE), "exec"), names)
    told, errors = capsys.readouterr()
    assert "did you mean 'epochs'?" in told
    assert not errors
    assert {path.name for path in tmp_path.iterdir()} == {"cars.csv", "cars.pt", "narrow.pt", "heavy.pt"}
