"""Every data set's points are there at once, on the axes that a network's map of them will have."""

import subprocess
import sys

import pytest

from nnlab.engine.config import DataConfig, validate
from nnlab.engine.data.catalog import CATALOG
from nnlab.engine.data.overview.glance import glance
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.sources import load
from nnlab.engine.pictures.maps import view_of

TABLES = [name for name, info in CATALOG.items() if info.kind == "table"]


@pytest.mark.parametrize("name", TABLES)
def test_points_lie_where_the_map_will_have_them(name: str):
    data = glance(DataConfig(name=name))
    assert data is not None
    config = validate({"data": {"name": name}}, source="test")
    dataset = load(config.data)
    assert data["classes"] == list(dataset.classes)
    plane, low, high = view_of(prepare(dataset, config), prepare(dataset, config).train, None)
    assert [data["x"].split(" (")[0], data["y"].split(" (")[0]] == [one.split(" (")[0] for one in plane.names]
    for axis, limits in enumerate((data["x_range"], data["y_range"])):
        span = limits[1] - limits[0]
        assert limits == pytest.approx([low[axis].item(), high[axis].item()], abs=0.4 * span)


@pytest.mark.parametrize("name", ["mnist", "digits", "cars.csv", "hub:mnist"])
def test_images_and_files_of_the_users_own_are_not_read(name: str):
    assert glance(DataConfig(name=name)) is None


def test_settings_are_taken_and_millions_of_rows_are_not_drawn():
    few = glance(DataConfig(name="spiral", samples=30, classes=3, turns=2))
    assert few is not None
    assert len(few["points"]) == 30
    assert few["classes"] == ["0", "1", "2"]
    many = glance(DataConfig(name="moons", samples=10_000_000))
    assert many is not None
    assert len(many["points"]) == 300


def test_neither_torch_nor_arrow_is_needed():
    code = (
        "import sys; from nnlab.engine.data.overview.glance import glance; from nnlab.engine.config import DataConfig;"
    )
    code += "glance(DataConfig(name='xor')); glance(DataConfig(name='iris'));"
    code += "print([name for name in ('torch', 'pyarrow', 'pandas') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
