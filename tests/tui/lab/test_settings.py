"""The lab has a setting for every option, but for those that have a reason to be none."""

from __future__ import annotations

import pytest

from nnlab.engine.config import Config
from nnlab.engine.options import COLUMNS, OPTIONS, PREPARATION, TEXT_FILES, Option
from nnlab.tui.lab.choices import Lab
from nnlab.tui.lab.settings import CAN_BE_OFF, DATA, OWN, SETTINGS, Setting

OF_A_TABLE = "said once of a table of one's own, and not played with: `nnlab train` takes it"
OF_A_SPLIT = "the rows stay the same while one plays, so that what is reached can be compared"
OF_A_LONG_RUN = "for a training that is left to itself; the lab's is watched"
OF_THE_MACHINE = "what is learnt does not change with it"
OF_A_FAMILY = "what suits the family is taken"
WITHOUT_SETTING = {
    **{option.name: OF_A_TABLE for option in (*COLUMNS, *TEXT_FILES, *PREPARATION) if not option.label},
    **dict.fromkeys(("train-split", "valid-split", "test-split", "group", "time"), OF_A_SPLIT),
    **dict.fromkeys(("final", "checkpoint-every", "on-divergence"), OF_A_LONG_RUN),
    **dict.fromkeys(("device", "precision", "threads", "step", "deterministic"), OF_THE_MACHINE),
    **dict.fromkeys(("beta2", "decay", "own-weights", "dropout-schedule"), OF_A_FAMILY),
    "quality": "it chooses what one plays with here",
    "image-size": OF_A_TABLE,
    "positive": "of a threshold, which is chosen once a training is over",
    "threshold": "it is chosen once a training is over",
    "loss": "the one that suits the target is taken",
    "label-smoothing": "of a loss, which the lab has no setting for",
    "class-weights": "of a loss, which the lab has no setting for",
}
"""Options that the lab does not have, and why."""


def test_every_option_has_a_setting_or_a_stated_reason():
    there = {one.flag for one in SETTINGS if one.key != DATA}
    assert there.isdisjoint(WITHOUT_SETTING)
    assert there | WITHOUT_SETTING.keys() == {option.name for option in OPTIONS}


@pytest.mark.parametrize("option", [one for one in OPTIONS if one.label], ids=lambda option: option.name)
def test_a_setting_is_called_as_the_table_says(option: Option):
    assert option.label in {one.label for one in SETTINGS if one.key == option.place}


@pytest.mark.parametrize(
    "setting",
    [one for one in SETTINGS if one.key not in (DATA, OWN) and one.kind not in ("toggle", "layer")],
    ids=lambda setting: setting.label,
)
def test_no_step_leaves_what_the_config_takes(setting: Setting):
    """Stepping through a setting never comes to a value that the config refuses."""
    section, key = setting.key
    for value in setting.choices:
        if value or setting.key not in CAN_BE_OFF:
            Config.model_validate({section: {key: value}})


def test_a_typed_value_of_any_setting_is_read_as_it_is_shown():
    lab = Lab("xor")
    for setting in (one for one in lab.settings if one.kind != "toggle"):
        assert setting.text(setting.read(lab.text(setting), lab.value(setting.key))) == lab.text(setting)
