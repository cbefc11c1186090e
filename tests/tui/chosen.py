"""What the tests of the lab's settings share: a setting by its name, and what a copied command means."""

import shlex
from typing import Any

from nnlab.commands.app import load
from nnlab.commands.flags import to_tree
from nnlab.engine.config import Config
from nnlab.engine.resolve import resolve
from nnlab.tui.lab.choices import Lab
from nnlab.tui.lab.settings import Setting


def setting(lab: Lab, label: str) -> Setting:
    return next(one for one in lab.settings if one.label == label)


def labels(lab: Lab) -> set[str]:
    return {one.label for one in lab.settings}


def meant_by(command: str) -> Config:
    """The config that a command of a shell stands for, read as the command line reads it."""
    words = shlex.split(command)
    assert words[:2] == ["nnlab", "train"]
    params: dict[str, Any] = load("train").make_context("train", words[2:]).params
    return resolve(params["data"], flags=to_tree(params))
