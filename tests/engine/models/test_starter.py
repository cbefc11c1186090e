"""The starting file is a network that trains as it stands, and no file is ever overwritten."""

from pathlib import Path

import pytest

from nnlab.engine.errors import UsageError
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.models.starter import write_starter
from nnlab.engine.models.trust import trust


@pytest.mark.parametrize(("stem", "name"), [("my_net", "MyNet"), ("cars-2", "Cars2"), ("2nd", "MyNet")])
def test_the_starter_is_a_network(tmp_path: Path, stem: str, name: str):
    path = tmp_path / f"{stem}.py"
    assert write_starter(path) == name
    for shape, width in ((None, 5), ((1, 4, 4), 16)):
        spec = ModelSpec(
            family="custom",
            in_features=width,
            out_features=3,
            image_shape=shape,
            file=str(path),
            class_name=name,
            args={"hidden": 7},
            sha256=trust(str(path)),
        )
        assert build(spec).get_parameter("first.weight").shape == (7, width)


def test_nothing_is_overwritten(tmp_path: Path):
    write_starter(tmp_path / "net.py")
    with pytest.raises(UsageError, match="exists: choose another name"):
        write_starter(tmp_path / "net.py")
    with pytest.raises(UsageError, match="is not a Python file"):
        write_starter(tmp_path / "net.txt")
