"""The lab's settings: a data set, what was chosen for it, and the words of `nnlab train` that mean just that.

No textual, no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from shlex import join
from typing import Any

from ...engine.config import Config, Tree, merge
from ...engine.data.sources import is_table
from ...engine.errors import UsageError, unknown
from ...engine.models.code import digest
from ...engine.models.naming import is_user_network, read_arguments, split_name, user_network
from ...engine.models.trust import known
from ...engine.options import OF_STEPS
from ...engine.resolve import resolve
from .relevance import CUSTOM, Values, left_open, may_be_images, shown_settings, value_of
from .settings import (
    ARGUMENTS,
    CLASSES,
    DATA,
    DRAWN,
    EARLY_STOP,
    EPOCHS,
    FAMILY,
    FEATURES,
    HIDDEN,
    NOISE,
    OWN,
    SAMPLES,
    SETTINGS,
    TARGET,
    TURNS,
    Place,
    Setting,
)
from .words import on_screen

RATE: Place = ("training", "lr")
# What another data set would not understand.
OF_DATA = (SAMPLES, CLASSES, TURNS, NOISE, DRAWN, TARGET, FEATURES)


@dataclass
class Lab:
    """`chosen` holds what the user set, by the config's section and key. `standard` is the config that the data set has
    by default for this family of networks, `config` that of the present settings, `settings` those that matter for this
    data and this network, in their order, and `said` what is to be said of them. `at` is the cursor in the list.
    `columns` are those of the user's table, as far as they are known.
    `known` are networks of the user's own, as `path/to/net.py:MyNet`, that can be chosen without typing; `typed` are
    the files of those that were typed here.

    Raises UsageError for data that does not exist.
    """

    data: str
    chosen: dict[Place, Any] = field(default_factory=dict[Place, Any])
    at: int = 0
    columns: Sequence[str] = ()
    known: Sequence[str] = ()
    typed: set[str] = field(default_factory=set[str])
    standard: Config = field(init=False)
    config: Config = field(init=False)
    settings: list[Setting] = field(init=False)
    said: dict[Place, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._settle(self.data, self.chosen)

    def _settle(self, data: str, chosen: Values) -> None:
        """Take these choices, or raise UsageError and leave all as it was."""
        try:
            open_to_play = _left_open(data)
            standard = plain = resolve(data, flags=open_to_play)
            if (family := chosen.get(FAMILY, plain.model.family)) != plain.model.family:
                model = user_network(chosen[OWN]) if family == CUSTOM else {"family": family}
                standard = resolve(data, flags={**open_to_play, "model": model})
            shown = shown_settings(standard, chosen)
            said = _said(standard, chosen, plain.model.family, shown)
            config = resolve(data, flags=merge(open_to_play, _tree(said)))
        except UsageError as error:
            raise UsageError(on_screen(str(error))) from None
        self.columns = self.columns if data == self.data else ()
        self.data, self.chosen = data, dict(chosen)
        self.standard, self.config, self.said = standard, config, said
        self.settings = [self._fit(one) for one in shown if _stands_for(one, self.value(one.key))]

    def copy(self) -> Lab:
        """The same settings, to change apart from these."""
        return replace(self, chosen=dict(self.chosen), typed=set(self.typed))

    def know(self, names: Sequence[str]) -> None:
        """Offer these networks of the user's own as well."""
        self.known = tuple(dict.fromkeys((*self.known, *names)))
        self._settle(self.data, self.chosen)

    def know_columns(self, data: str, names: Sequence[str]) -> None:
        """Offer these columns of a table of the user's as its target, if that is still the data set."""
        if data == self.data:
            self.columns = tuple(names)
            self._settle(self.data, self.chosen)

    def _fit(self, setting: Setting) -> Setting:
        """The setting with the choices that there are besides: the user's own network among the families."""
        if setting.key == FAMILY and OWN in self.chosen:
            return replace(setting, choices=(*setting.choices, CUSTOM))
        if setting.key == TARGET:
            return replace(setting, choices=tuple(self.columns))
        return replace(setting, choices=tuple(self.known)) if setting.key == OWN else setting

    @property
    def current(self) -> Setting:
        """The setting under the cursor."""
        return self.settings[min(self.at, len(self.settings) - 1)]

    def value(self, place: Place) -> Any:
        """The present value at a place of the config."""
        return value_of(self.standard, self.chosen, place)

    def text(self, setting: Setting) -> str:
        """A setting's present value as it is shown."""
        return setting.text(self.value(setting.key))

    def is_changed(self, setting: Setting) -> bool:
        """Whether its value is another than the one that the lab begins with."""
        default = value_of(self.standard, {}, setting.key)
        if setting.key == FAMILY:
            return FAMILY in self.said or OWN in self.said
        return not _stands_for(setting, default) or self.text(setting) != setting.text(default)

    def move(self, by: int) -> None:
        """Move the cursor, staying within the list."""
        last = len(self.settings) - 1
        self.at = max(0, min(last, min(self.at, last) + by))

    def step(self, setting: Setting, by: int) -> bool:
        """Change a setting by a step up or down; whether it changed. UsageError where that makes no sense."""
        value = setting.step(self.value(setting.key), by)
        if setting.key == OWN and (named := split_name(value))[0] not in self.typed:
            known(*named)  # it came from a run's folder, and its trainer will take it for typed
        return self.put(setting, value)

    def read(self, setting: Setting, text: str) -> bool:
        """Change a setting to what was typed; whether it changed. UsageError for what makes no sense."""
        if setting.key == FAMILY and is_user_network(text):
            return self.read(setting_of(OWN), text)
        value = setting.read(text, self.value(setting.key))
        if setting.key == OWN and value:
            self.typed.add(split_name(value)[0])
        return self.put(setting, value)

    def put(self, setting: Setting, value: Any) -> bool:
        """Change the value at a setting's place; whether it changed. UsageError for what no run can have."""
        before = self.data, self.chosen
        self._check_columns(setting, value)
        if setting.key == OWN:
            self._name(value)
        elif setting.key == DATA and value != self.data:
            self.choose(value)
        elif value != self.value(setting.key):
            self._settle(self.data, {**self.chosen, setting.key: value})
        return (self.data, self.chosen) != before

    def _check_columns(self, setting: Setting, value: Any) -> None:
        """UsageError for a column that the user's table, once its columns are known, has not."""
        if not self.columns or setting.key not in (TARGET, FEATURES):
            return
        from ...engine.data.derived import parse

        for name in value if isinstance(value, list) else filter(None, [value]):
            derived = setting.key == FEATURES and parse(name, self.columns) is not None
            if name not in self.columns and not derived:
                raise unknown("column", name, self.columns)

    def _name(self, text: str) -> None:
        """Take this network of the user's own; none if empty. UsageError for a file that cannot be read."""
        changes = text != self.chosen.get(OWN)
        chosen = {place: value for place, value in self.chosen.items() if place != ARGUMENTS or not changes}
        if text:
            digest(split_name(text)[0])
            chosen.update({OWN: text, FAMILY: CUSTOM})
            self.known = tuple(dict.fromkeys((*self.known, text)))
        else:
            chosen.pop(OWN, None)
            if chosen.get(FAMILY) == CUSTOM:
                del chosen[FAMILY]
        self._settle(self.data, chosen)

    def layer(self, by: int) -> bool:
        """A hidden layer more or one fewer. UsageError where the network has none, or needs them."""
        layers = next((one for one in self.settings if one.key == HIDDEN), None)
        if layers is None:
            family = self.config.model.family
            raise UsageError(f"A {family} network has no layers to change: choose another family first.")
        return self.step(layers, by)

    def choose(self, data: str) -> None:
        """Another data set; what was chosen of the network and its training stays. UsageError if there is none."""
        chosen = {place: value for place, value in self.chosen.items() if place not in OF_DATA}
        if chosen.get(FAMILY) == "cnn" and not may_be_images(data):
            del chosen[FAMILY]
        self._settle(data, chosen)

    def arguments(self) -> list[str]:
        """The arguments of `nnlab train` that make a run of these settings: the data set, and what differs from its
        defaults."""
        options = {one.key: one for one in SETTINGS}
        said = [word for place, value in self.said.items() for word in options[place].arguments(value)]
        return [self.data, *said, *(["--quality", "quick"] if _left_open(self.data) else [])]

    def of_steps(self) -> list[str]:
        """Those of them that matter to a step, as `nnlab lr` takes them."""
        options = {one.key: one for one in SETTINGS}
        said = {place: value for place, value in self.said.items() if place[0] != "training" or place[1] in OF_STEPS}
        words = [word for place, value in said.items() for word in options[place].arguments(value)]
        return [self.data, *words, *(["--quality", "quick"] if _left_open(self.data) else [])]

    def with_rate(self, rate: float) -> str:
        """The command that makes this run with another learning rate."""
        other = self.copy()
        other.put(setting_of(RATE), rate)
        return other.command()

    def command(self) -> str:
        """The command that makes this run in a shell."""
        return join(["nnlab", "train", *self.arguments()])


def opened(data: str, model: str = "", arguments: Sequence[str] = ()) -> tuple[Lab, str]:
    """The lab with this data set, this family or network of the user's own (as `--model` names it), and what it is
    built with; and what is wrong with them, if something is: then with xor, or with the usual network."""
    try:
        lab, said = Lab(data), ""
    except UsageError as error:
        lab, said = Lab("xor"), str(error)
    try:
        if model:
            lab.read(next(one for one in lab.settings if one.key == FAMILY), model)
        if arguments and not is_user_network(model):
            raise UsageError("--model-arg is for a network of your own: name it with --model path/to/net.py:MyNet.")
        if arguments:
            lab.put(setting_of(ARGUMENTS), read_arguments(list(arguments)))
    except UsageError as error:
        said = said or str(error)
    return lab, said


def _left_open(data: str) -> Tree:
    """What leaves every setting of a table of the user's to the lab: no quality chooses once the rows are read."""
    return {"training": {"quality": "quick"}} if is_table(data) else {}


def setting_of(place: Place) -> Setting:
    """The first setting for a place of the config."""
    return next(one for one in SETTINGS if one.key == place)


def _said(standard: Config, chosen: Values, family: str, shown: list[Setting]) -> dict[Place, Any]:
    """The choices that matter here and differ from the default, which has this family."""
    said: dict[Place, Any] = {} if standard.model.family == family else {FAMILY: standard.model.family}
    if FAMILY in said and standard.model.family == CUSTOM:
        said = {OWN: chosen[OWN]}
    meant = left_open(standard)
    for place in dict.fromkeys(one.key for one in shown if one.key not in (DATA, FAMILY, OWN)):
        value, default = value_of(standard, chosen, place), getattr(getattr(standard, place[0]), place[1])
        if place == EARLY_STOP and not value:  # never: after more epochs than there are
            value = value_of(standard, chosen, EPOCHS) if default else default
        if value not in (default, meant.get(place)):
            said[place] = value
    return said


def _tree(said: Values) -> Tree:
    """What is to be said, as a partial config."""
    tree: Tree = {}
    for (section, key), value in said.items():
        tree.setdefault(section, {}).update(user_network(value) if (section, key) == OWN else {key: value})
    return tree


def _stands_for(setting: Setting, value: Any) -> bool:
    """Whether there is the layer that a setting is for."""
    return setting.kind != "layer" or setting.part < len(value)
