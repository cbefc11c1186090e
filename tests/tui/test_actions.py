"""The table of actions: what the guide tells of keys is what it says, and no key means two things on a screen."""

import runpy
from pathlib import Path

import pytest

from nnlab.tui import actions
from nnlab.tui.actions import DATA, EVERYWHERE, LIVE, PREDICT, RUNS, SESSION, SWEEP, Actions
from nnlab.tui.lab import actions as lab_actions
from nnlab.tui.lab.actions import LAB, PAIR

DOCS = Path(__file__).parents[2] / "docs"
SCREENS = {"live": LIVE, "lab": LAB, "pair": PAIR, "runs": RUNS, "data": DATA, "predict": PREDICT, "sweep": SWEEP}


def test_the_guide_tells_every_key_of_every_screen():
    keys = runpy.run_path(str(DOCS / "keys.py"))
    guide = keys["GUIDE"].read_text(encoding="utf-8")
    assert guide == keys["with_tables"](guide), "`python docs/keys.py` writes the guide's tables anew"
    told = [action for table in keys["SCREENS"].values() for action in table]
    known = [
        action
        for table in (*vars(actions).values(), *vars(lab_actions).values())
        if isinstance(table, tuple)
        for action in table
    ]
    assert {action.name for action in known} <= {action.name for action in told}
    assert all(action.help in guide for action in known)


@pytest.mark.parametrize("screen", SCREENS)
def test_no_key_means_two_things(screen: str):
    table: Actions = (*SCREENS[screen], *EVERYWHERE, *(SESSION if screen not in ("live", "pair", "sweep") else ()))
    keys = [key for action in table for key in action.keys.split(",")]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("screen", SCREENS)
def test_every_action_says_what_it_does_in_a_sentence(screen: str):
    for action in SCREENS[screen]:
        assert action.help.endswith(".")
        assert action.help[0].isupper()
        assert action.shown
        assert action.title, action
        assert action.group, action
        assert "|" not in action.keys + action.help


@pytest.mark.parametrize("screen", SCREENS)
def test_every_name_in_the_palette_is_short_and_its_own(screen: str):
    titles = [action.title for action in (*SCREENS[screen], *EVERYWHERE, *SESSION)]
    assert sorted(titles) == sorted(set(titles))
    assert max(map(len, titles)) <= 26


@pytest.mark.parametrize("screen", SCREENS)
def test_each_key_of_a_pair_has_a_line_of_its_own_in_the_help(screen: str):
    for action in SCREENS[screen]:
        assert not set(action.shown[1:]) & set("↑↓←→")
