"""Days and times as they are typed. Pure: text in, seconds out."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

DAY = 24 * 60  # minutes
DATED = (("%Y-%m-%d", DAY), ("%Y-%m-%d %H:%M", 1), ("%Y-%m-%dt%H:%M", 1))
YEARLESS = (("%d %b", DAY), ("%d %b %H:%M", 1))
YEARS = 9  # in which there is a 29 February
CLOCK = "%H:%M"


def span(text: str, now: datetime | None = None) -> tuple[float, float] | None:
    """The first and the last second that a text means, since 1970: `2026-11-27`, `27 nov`, `27 nov 14:30`, `14:30` of
    today, `today` and `yesterday`; None where it means none. A day without a year is the last one of that name."""
    now = (now or datetime.now()).astimezone()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    days = {"today": midnight, "yesterday": midnight - timedelta(days=1)}
    if text in days:
        return _ends(days[text], DAY)
    if (clock := _read(text, CLOCK)) is not None:
        return _ends(midnight.replace(hour=clock.hour, minute=clock.minute), 1)
    for form, minutes in DATED:
        if (found := _read(text, form)) is not None:
            return _ends(found, minutes)
    for (form, minutes), year in product(YEARLESS, range(now.year, now.year - YEARS, -1)):
        found = _read(f"{year} {text}", f"%Y {form}")
        if found is not None and found <= now.replace(tzinfo=None):
            return _ends(found, minutes)
    return None


def _read(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def _ends(start: datetime, minutes: int) -> tuple[float, float]:
    """As seconds, the last one just before the next begins."""
    return start.astimezone().timestamp(), (start + timedelta(minutes=minutes)).astimezone().timestamp() - 1e-3
