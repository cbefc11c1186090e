"""The lab's settings: a data set, what was chosen for it, and the words of `nnlab train` that mean just that.

No textual, no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from shlex import join
from typing import Any

from ..engine.config import Config, Tree
from ..engine.data.catalog import CATALOG, DataInfo
from ..engine.data.sources import is_own, is_table
from ..engine.errors import UsageError
from ..engine.resolve import NEEDS, resolve
from .settings import (
    CLASSES,
    CLIP,
    DATA,
    EARLY_STOP,
    EPOCHS,
    EXPRESSIONS,
    FAMILY,
    FEATURES,
    HIDDEN,
    MOMENTUM,
    SCHEDULER,
    SETTINGS,
    Place,
    Setting,
)

Values = Mapping[Place, Any]

ENDLESS = 10_000  # epochs of a playground
TIMED = ("cosine", "one-cycle")  # schedules that are made for a certain number of epochs
SAMPLES, NOISE, DRAWN, TARGET = ("data", "samples"), ("data", "noise"), ("data", "seed"), ("data", "target")
OF_DATA = (SAMPLES, CLASSES, NOISE, DRAWN, TARGET, FEATURES)  # choices that another data set would not understand


@dataclass
class Lab:
    """`chosen` holds what the user set, by the config's section and key. `standard` is the config that the data set has
    by default for this family of networks, `config` that of the present settings, `settings` those that matter for this
    data and this network, in their order, and `said` what is to be said of them. `at` is the cursor in the list.

    Raises UsageError for data that does not exist.
    """

    data: str
    chosen: dict[Place, Any] = field(default_factory=dict[Place, Any])
    at: int = 0
    standard: Config = field(init=False)
    config: Config = field(init=False)
    settings: list[Setting] = field(init=False)
    said: dict[Place, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._settle(self.data, self.chosen)

    def _settle(self, data: str, chosen: Values) -> None:
        """Take these choices, or raise UsageError and leave all as it was."""
        try:
            standard = plain = resolve(data, flags={})
            if (family := chosen.get(FAMILY, plain.model.family)) != plain.model.family:
                standard = resolve(data, flags={"model": {"family": family}})
            shown = _shown(standard, chosen)
            said = _said(standard, chosen, plain.model.family, shown)
            config = resolve(data, flags=_tree(said))
        except UsageError as error:
            raise UsageError(str(error).removeprefix("the command line: ")) from None
        self.data, self.chosen = data, dict(chosen)
        self.standard, self.config, self.said = standard, config, said
        self.settings = [one for one in shown if _stands_for(one, self.value(one.place))]

    @property
    def current(self) -> Setting:
        """The setting under the cursor."""
        return self.settings[min(self.at, len(self.settings) - 1)]

    def value(self, place: Place) -> Any:
        """The present value at a place of the config."""
        return _value(self.standard, self.chosen, place)

    def text(self, setting: Setting) -> str:
        """A setting's present value as it is shown."""
        return setting.text(self.value(setting.place))

    def is_changed(self, setting: Setting) -> bool:
        """Whether its value is another than the one that the lab begins with."""
        default = _value(self.standard, {}, setting.place)
        if setting.place == FAMILY:
            return FAMILY in self.said
        return not _stands_for(setting, default) or self.text(setting) != setting.text(default)

    def move(self, by: int) -> None:
        """Move the cursor, staying within the list."""
        last = len(self.settings) - 1
        self.at = max(0, min(last, min(self.at, last) + by))

    def step(self, setting: Setting, by: int) -> bool:
        """Change a setting by a step up or down; whether it changed. UsageError where that makes no sense."""
        return self.put(setting, setting.step(self.value(setting.place), by))

    def read(self, setting: Setting, text: str) -> bool:
        """Change a setting to what was typed; whether it changed. UsageError for what makes no sense."""
        return self.put(setting, setting.read(text, self.value(setting.place)))

    def put(self, setting: Setting, value: Any) -> bool:
        """Change the value at a setting's place; whether it changed. UsageError for what no run can have."""
        if value == self.value(setting.place):
            return False
        if setting.place == DATA:
            self.choose(value)
        else:
            self._settle(self.data, {**self.chosen, setting.place: value})
        return True

    def layer(self, by: int) -> bool:
        """A hidden layer more or one fewer. UsageError where the network has none, or needs them."""
        layers = next((one for one in self.settings if one.place == HIDDEN), None)
        if layers is None:
            raise UsageError("A linear network has no layers: choose another family first.")
        return self.step(layers, by)

    def choose(self, data: str) -> None:
        """Another data set; what was chosen of the network and its training stays. UsageError if there is none."""
        chosen = {place: value for place, value in self.chosen.items() if place not in OF_DATA}
        if chosen.get(FAMILY) == "cnn" and not _may_be_images(data):
            del chosen[FAMILY]
        self._settle(data, chosen)

    def words(self) -> list[str]:
        """The arguments of `nnlab train` that make a run of these settings: the data set, and what differs from its
        defaults."""
        options = {one.place: one for one in SETTINGS}
        return [self.data, *(word for place, value in self.said.items() for word in options[place].words(value))]

    def command(self) -> str:
        """The command that makes this run in a shell."""
        return join(["nnlab", "train", *self.words()])


def _said(standard: Config, chosen: Values, family: str, shown: list[Setting]) -> dict[Place, Any]:
    """The choices that matter here and differ from the default, which has this family."""
    said: dict[Place, Any] = {} if standard.model.family == family else {FAMILY: standard.model.family}
    meant = _open(standard)
    for place in dict.fromkeys(one.place for one in shown if one.place not in (DATA, FAMILY)):
        value, default = _value(standard, chosen, place), getattr(getattr(standard, place[0]), place[1])
        if place == EARLY_STOP and not value:  # never: after more epochs than there are
            value = _value(standard, chosen, EPOCHS) if default else default
        if value not in (default, meant.get(place)):
            said[place] = value
    return said


def _tree(said: Values) -> Tree:
    """What is to be said, as a partial config."""
    tree: Tree = {}
    for (section, key), value in said.items():
        tree.setdefault(section, {})[key] = value
    return tree


def _value(standard: Config, chosen: Values, place: Place) -> Any:
    """A value as chosen, or else the default. A playground's training goes on until it is stopped, unless the learning
    rate follows a schedule made for a number of epochs."""
    if place in chosen and place != FAMILY:
        return chosen[place]
    if place in (EPOCHS, EARLY_STOP) and _value(standard, chosen, SCHEDULER) not in TIMED:
        return ENDLESS if place == EPOCHS else 0
    value = getattr(getattr(standard, place[0]), place[1])
    return _open(standard).get(place) if value is None else value


def _open(standard: Config) -> dict[Place, Any]:
    """What values mean that the config leaves open."""
    never: dict[Place, Any] = {EARLY_STOP: 0, CLIP: 0}
    info = _drawn(standard.data.name)
    if info is None:
        return never
    drawn = {SAMPLES: info.rows, CLASSES: info.classes, NOISE: info.noise, DRAWN: info.seed}
    return {**never, **drawn, FEATURES: list(EXPRESSIONS[:2])}


def _shown(standard: Config, chosen: Values) -> list[Setting]:
    """The settings that matter for a config with these choices."""
    traits = _traits(standard, chosen)
    return [one for one in SETTINGS if traits.issuperset(one.needs) and _has_effect(one, standard, chosen)]


def _has_effect(setting: Setting, standard: Config, chosen: Values) -> bool:
    """Whether the other choices let its option have any effect."""
    section = setting.place[0]
    other, fitting = NEEDS.get(setting.place, ("", ()))
    return not other or _value(standard, chosen, (section, other)) in fitting


def _stands_for(setting: Setting, value: Any) -> bool:
    """Whether there is the layer that a setting is for."""
    return setting.kind != "layer" or setting.part < len(value)


def _traits(standard: Config, chosen: Values) -> set[str]:
    """What settings may need: of the data, where it is from and of what; that there is momentum."""
    name = standard.data.name
    info = _drawn(name)
    table = is_table(name) or (name in CATALOG and CATALOG[name].kind == "table")
    image = _may_be_images(name)
    found = {
        "synthetic": info is not None,
        "classes": info is not None and info.most_classes > 0,
        "own": is_own(name),
        "columns": table and info is None,
        "cut": table or name == "digits",
        "flat": not image,
        "image": image,
        "momentum": _value(standard, chosen, MOMENTUM) > 0,
    }
    return {trait for trait, there in found.items() if there}


def _drawn(name: str) -> DataInfo | None:
    """What is known of a synthetic data set; None for any other."""
    info = CATALOG.get(name)
    return info if info is not None and info.synthetic else None


def _may_be_images(name: str) -> bool:
    """Whether a data set is images, or only reading it would tell."""
    return CATALOG[name].kind == "image" if name in CATALOG else not is_table(name)
