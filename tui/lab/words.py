"""What is said of options, in the words of the lab's list of settings. No textual, no torch."""

from __future__ import annotations

import re

from ...engine.options import OPTIONS
from .settings import SETTINGS

FLAG = re.compile(r"--([a-z0-9][a-z0-9-]*)")
BEYOND = "What is not in the list is for `nnlab train`."
LABELS = {
    **{option.name: option.label for option in OPTIONS if option.label},
    **{one.flag: one.label for one in reversed(SETTINGS) if one.flag and one.part is None},
}


def on_screen(text: str) -> str:
    """A sentence with its options called as the list of settings calls them: `--lr 0.1` is `lr 0.1`."""
    named = FLAG.sub(lambda flag: LABELS.get(flag[1], flag[1].replace("-", " ")), text)
    beyond = any(flag not in LABELS for flag in FLAG.findall(text))
    return f"{named} {BEYOND}" if beyond else named
