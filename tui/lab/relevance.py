"""Which settings matter for a data set and what was chosen, and what the choices that were not made come to.

No textual, no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.config import Config
from ...engine.data import sources
from ...engine.data.catalog import CATALOG, DataInfo
from ...engine.options import AT
from .settings import (
    CLASSES,
    CLIP,
    DRAWN,
    EARLY_STOP,
    EPOCHS,
    EXPRESSIONS,
    FAMILY,
    FEATURES,
    MOMENTUM,
    NOISE,
    OWN,
    SAMPLES,
    SCHEDULER,
    SETTINGS,
    TURNS,
    Place,
    Setting,
)

Values = Mapping[Place, Any]

CUSTOM = "custom"  # the family of a network of the user's own
ENDLESS = 10_000  # epochs of a playground
TIMED = ("cosine", "one-cycle")  # schedules that are made for a certain number of epochs


def value_of(standard: Config, chosen: Values, place: Place) -> Any:
    """A value as chosen, or else the default. A playground's training goes on until it is stopped, unless the learning
    rate follows a schedule made for a number of epochs."""
    if place in chosen and place != FAMILY:
        return chosen[place]
    if place == OWN:
        return ""
    if place in (EPOCHS, EARLY_STOP) and value_of(standard, chosen, SCHEDULER) not in TIMED:
        return ENDLESS if place == EPOCHS else 0
    value = getattr(getattr(standard, place[0]), place[1])
    return left_open(standard).get(place) if value is None else value


def left_open(standard: Config) -> dict[Place, Any]:
    """What values mean that the config leaves open."""
    never: dict[Place, Any] = {EARLY_STOP: 0, CLIP: 0}
    info = _drawn(standard.data.name)
    if info is None:
        return never
    drawn = {SAMPLES: info.rows, CLASSES: info.classes, NOISE: info.noise, DRAWN: info.seed, TURNS: info.turns}
    return {**never, **drawn, FEATURES: list(EXPRESSIONS[:2])}


def shown_settings(standard: Config, chosen: Values) -> list[Setting]:
    """The settings that matter for a config with these choices."""
    traits = _traits(standard, chosen)
    return [one for one in SETTINGS if traits.issuperset(one.needs) and _has_effect(one, standard, chosen)]


def _has_effect(setting: Setting, standard: Config, chosen: Values) -> bool:
    """Whether the other choices let its option have any effect."""
    option = AT.get(setting.key)
    if option is None or not option.needs:
        return True
    other, *fitting = option.needs
    return value_of(standard, chosen, (option.section, other)) in fitting


def _traits(standard: Config, chosen: Values) -> set[str]:
    """What settings may need: of the data, where it is from and of what; that there is momentum; that the training ends
    before somebody stops it."""
    name = standard.data.name
    info = _drawn(name)
    table = sources.is_table(name) or (name in CATALOG and CATALOG[name].kind == "table")
    image = may_be_images(name)
    found = {
        "synthetic": info is not None,
        "classes": info is not None and info.most_classes > 0,
        "turns": info is not None and info.turns > 0,
        "own": sources.is_user_data(name),
        "columns": table and info is None,
        "cut": table or name == "digits",
        "flat": not image,
        "image": image,
        "custom": standard.model.family == CUSTOM,
        "momentum": value_of(standard, chosen, MOMENTUM) > 0,
        "ends": value_of(standard, chosen, EPOCHS) < ENDLESS or value_of(standard, chosen, EARLY_STOP) > 0,
    }
    return {trait for trait, there in found.items() if there}


def _drawn(name: str) -> DataInfo | None:
    """What is known of a synthetic data set; None for any other."""
    info = CATALOG.get(name)
    return info if info is not None and info.synthetic else None


def may_be_images(name: str) -> bool:
    """Whether a data set is images, or only reading it would tell."""
    return CATALOG[name].kind == "image" if name in CATALOG else not sources.is_table(name)
