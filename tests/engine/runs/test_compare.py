"""What settings are called where runs are told apart by them."""

from collections import Counter
from pathlib import Path

from pydantic import BaseModel

from nnlab.engine.config import Config
from nnlab.engine.runs.compare import PARTS, setting_name, settings
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.reader import Run


def keys() -> list[str]:
    """Every setting of the config."""
    parts = {name: Config.model_fields[name].annotation for name in PARTS}
    return [
        f"{part}.{name}"
        for part, kind in parts.items()
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name in kind.model_fields
    ]


def test_every_setting_has_a_name_of_its_own(tmp_path: Path):
    own = Run(RunFolder(tmp_path), "empty").fields
    names = Counter(map(setting_name, keys()))
    assert len(keys()) > 80
    assert [name for name, times in names.items() if times > 1 or name in own] == []
    assert {key for key in keys() if setting_name(key) == key} == {
        *("data.name", "data.noise", "data.seed", "data.task", "model.noise", "training.epochs", "training.seed"),
    }


def test_settings_that_differ_come_first():
    configs = [
        {"data": {"name": "xor", "noise": 0.1}, "training": {"lr": 0.1}},
        {"data": {"name": "xor", "noise": 0.2}},
    ]
    assert settings(configs) == ["data.noise", "training.lr", "data.name"]
    assert settings([{"description": "one"}, {}]) == []
