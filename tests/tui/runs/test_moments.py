"""Days and times that are typed into the filter."""

from datetime import datetime

import pytest

from nnlab.engine.errors import UsageError
from nnlab.tui.runs.filter import parse
from nnlab.tui.runs.moments import span

NOW = datetime(2026, 3, 5, 12, 30)
DAY, MINUTE = 86_400, 60


@pytest.mark.parametrize(
    ("text", "start", "lasts"),
    [
        ("2026-03-01", datetime(2026, 3, 1), DAY),
        ("2026-03-01 14:30", datetime(2026, 3, 1, 14, 30), MINUTE),
        ("2026-03-01t14:30", datetime(2026, 3, 1, 14, 30), MINUTE),
        ("5 mar", datetime(2026, 3, 5), DAY),
        ("6 mar", datetime(2025, 3, 6), DAY),
        ("27 nov 06:55", datetime(2025, 11, 27, 6, 55), MINUTE),
        ("29 feb", datetime(2024, 2, 29), DAY),
        ("06:55", datetime(2026, 3, 5, 6, 55), MINUTE),
        ("today", datetime(2026, 3, 5), DAY),
        ("yesterday", datetime(2026, 3, 4), DAY),
    ],
)
def test_what_is_typed_is_a_span_of_time(text: str, start: datetime, lasts: float):
    found = span(text, NOW)
    assert found is not None
    assert found[0] == start.astimezone().timestamp()
    assert found[1] - found[0] == pytest.approx(lasts, abs=0.01)


@pytest.mark.parametrize("text", ["", "soon", "31 feb", "2026-13-01", "25:00", "1"])
def test_what_is_none_is_told(text: str):
    assert span(text, NOW) is None
    if text:
        with pytest.raises(UsageError, match="when is a day or a time, and"):
            parse(f'when>"{text}"', ["when"], ["modified"])


@pytest.mark.parametrize(
    ("sign", "before", "within", "after"),
    [(">", False, False, True), (">=", False, True, True), ("<", True, False, False), ("<=", True, True, False)],
)
def test_a_day_is_before_within_or_after(sign: str, before: bool, within: bool, after: bool):
    asked = parse(f"when{sign}2026-03-01", ["when"], ["modified"])
    days = [datetime(2026, 2, 28, 23), datetime(2026, 3, 1, 12), datetime(2026, 3, 2, 1)]
    fits = [asked.accepts({"when": "", "modified": day.astimezone().timestamp()}) for day in days]
    assert fits == [before, within, after]
