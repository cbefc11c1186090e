"""The guide's tables of keys, made of the tables that the screens are made of: `python docs/keys.py` writes them."""

from __future__ import annotations

from pathlib import Path

from nnlab.tui.actions import DATA, EVERYWHERE, LAB, LIVE, PREDICT, RUNS, SESSION, Actions

GUIDE = Path(__file__).parent / "guide.md"
BEGIN, END = "<!-- keys: written by docs/keys.py -->\n", "<!-- end of keys -->\n"
SCREENS: dict[str, Actions] = {
    "Everywhere": EVERYWHERE,
    "In the session": SESSION,
    "The live screen": LIVE,
    "1 Lab": LAB,
    "2 Runs": RUNS,
    "3 Data": DATA,
    "4 Predict": PREDICT,
}
WRITTEN = {
    **{"colon": ":", "comma": ",", "equals_sign": "=", "full_stop": ".", "greater_than_sign": ">"},
    **{"less_than_sign": "<", "minus": "-", "plus": "+", "question_mark": "?", "slash": "/"},
    **{"left": "←", "right": "→", "up": "↑", "down": "↓", "pageup": "page up", "pagedown": "page down"},
}


def tables() -> str:
    """A heading and a table for each screen."""
    return "\n".join(f"### {title}\n\n{table(actions)}" for title, actions in SCREENS.items())


def table(actions: Actions) -> str:
    """A row for each action: every key that does it, and what it does."""
    rows = [
        f"| {' '.join(f'`{WRITTEN.get(key, key)}`' for key in action.keys.split(','))} | {action.help} |"
        for action in actions
    ]
    return "\n".join(["| key | what it does |", "| --- | --- |", *rows, ""])


def with_tables(guide: str) -> str:
    """The guide's text with its tables as they must be."""
    before, _, rest = guide.partition(BEGIN)
    return f"{before}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    GUIDE.write_text(with_tables(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
