"""The guide's tables of options and keys, from the tables that commands and screens have theirs from.

`python docs/keys.py` writes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnlab.engine.bounds import LARGEST
from nnlab.engine.config import Config
from nnlab.engine.options import DATA as DATA_OPTIONS
from nnlab.engine.options import NETWORK, PREPARATION, TEXT_FILES, TRAINING, Option
from nnlab.tui.actions import DATA, EVERYWHERE, LIVE, PREDICT, RUNS, SESSION, SWEEP, Action, Actions
from nnlab.tui.lab.actions import LAB, PAIR

GUIDE = Path(__file__).parent / "guide.md"
OPTIONS = {
    "Data": DATA_OPTIONS,
    "Text files": TEXT_FILES,
    "Preparation": PREPARATION,
    "Network": NETWORK,
    "Training": TRAINING,
}
SCREENS: dict[str, Actions] = {
    "Everywhere": EVERYWHERE,
    "In the session": SESSION,
    "The live screen": LIVE,
    "A sweep": SWEEP,
    "1 Lab": LAB,
    "The lab split in two": PAIR,
    "2 Runs": RUNS,
    "3 Data": DATA,
    "4 Predict": PREDICT,
}
WRITTEN = {
    **{"colon": ":", "comma": ",", "equals_sign": "=", "full_stop": ".", "greater_than_sign": ">"},
    **{"less_than_sign": "<", "minus": "-", "plus": "+", "question_mark": "?", "slash": "/"},
    **{"left": "←", "right": "→", "up": "↑", "down": "↓", "pageup": "page up", "pagedown": "page down"},
    **{"left_square_bracket": "[", "right_square_bracket": "]"},
}


def keys() -> str:
    """A heading and a table for each screen: every key that does something, and what."""
    return _sections(
        {title: ["| key | what it does |", "| --- | --- |", *map(_keys, of)] for title, of in SCREENS.items()}
    )


def _keys(action: Action) -> str:
    pressed = " ".join(f"`{WRITTEN.get(key, key)}`" for key in action.keys.split(","))
    return f"| {pressed} | {action.help} |"


def options() -> str:
    """A heading and a table for each part of the config: every option, its range and its default."""
    head = ["| option | what it is | range | default | in the lab |", "| --- | --- | --- | --- | --- |"]
    return _sections({title: [*head, *map(_option, of)] for title, of in OPTIONS.items()})


def _option(option: Option) -> str:
    default = getattr(getattr(Config(), option.section), option.key)
    said = "" if option.kind == "negated" or default in (None, [], {}) else _written(default)
    return f"| `--{option.name}` | {option.help} | {_range(option)} | {said} | {option.label} |"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{','.join(map(str, value)) if isinstance(value, list) else value}`"


def _range(option: Option) -> str:
    """The least and the largest number that an option takes; bounds that lie beyond sense are not told."""
    schema = Config.model_json_schema()
    section = schema["properties"][option.section]["$ref"].rpartition("/")[2]
    key = schema["$defs"][section]["properties"][option.key]
    limits = next((one for one in key.get("anyOf", [key]) if one.get("type") in ("integer", "number")), {})
    least, above = limits.get("minimum"), limits.get("exclusiveMinimum")
    most, below = limits.get("maximum"), limits.get("exclusiveMaximum")
    words = [
        "" if least is None else f"at least {least:,}",
        "" if above is None else f"above {above:,}",
        "" if most is None or most >= LARGEST else f"at most {most:,}",
        "" if below is None or below >= 2**32 else f"below {below:,}",
    ]
    return ", ".join(word for word in words if word)


def _sections(rows: dict[str, list[str]]) -> str:
    return "\n".join("\n".join([f"### {title}", "", *lines, ""]) for title, lines in rows.items())


def with_tables(guide: str) -> str:
    """The guide's text with its tables as they must be."""
    for name, text in (("options", options()), ("keys", keys())):
        begin, end = f"<!-- {name}: written by docs/keys.py -->\n", f"<!-- end of {name} -->\n"
        before, _, rest = guide.partition(begin)
        guide = f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
    return guide


if __name__ == "__main__":
    GUIDE.write_text(with_tables(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
