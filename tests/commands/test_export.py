"""Every exported file, read by the tool that it is for."""

import csv
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from nnlab.engine.export import script_helpers

TABLES = ("xor", "spiral", "plane", "iris", "wine", "breast-cancer", "diabetes", "auto-mpg", "gauss-quantiles")
MIXED = "size,colour,code number,day,smoker,y\n" + "".join(
    f"{size},{colour},{800 + place % 3},20{10 + place % 9}-0{1 + place % 9}-11,{word},{'yes' if place % 2 else 'no'}\n"
    for place, (size, colour, word) in enumerate(
        [("1.5", "red", "yes"), ("NA", "blue", "no"), ("1e6", "?", ""), ("-3", "red", "Yes")] * 30
    )
)
DIRTY = """size,colour,code number,day,smoker
,,,,
NaN,unheard,999,2024-02-29,YES
1e300,blue,801.0,1 Mar 1999,no
inf, red ,800,2011-01-01T23:59:59,n
-1e38,Red,,9999-12-31,?
"""


def train(nnlab: Any, *words: object) -> None:
    done = nnlab("train", *words, "--epochs", 2, "--plain", "--name", "net")
    assert done.returncode == 0, done.stderr


def exported(nnlab: Any, *words: object) -> str:
    done = nnlab("export", "net", *words)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mixed.csv").write_text(MIXED, encoding="utf-8")
    (tmp_path / "dirty.csv").write_text(DIRTY, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("data", TABLES)
def test_onnx_answers_every_table_of_nnlabs_as_nnlab_does(data: str, nnlab: Any, here: Path):
    from nnlab.engine.config import DataConfig
    from nnlab.engine.data.sources import load

    train(nnlab, data)
    exported(nnlab)
    load(DataConfig(name=data)).table.to_pandas().to_csv("rows.csv", index=False)
    expected = nnlab("predict", "net", "rows.csv")
    assert expected.returncode == 0, expected.stderr
    assert nnlab("predict", "net.onnx", "rows.csv").stdout == expected.stdout


@pytest.mark.parametrize("words", [[], ["--interval", 80, "--json"], ["--threshold", 0.3]], ids=str)
def test_dirty_rows_are_answered_alike(words: list[object], nnlab: Any, here: Path):
    train(nnlab, "mixed.csv", "--target", "y")
    exported(nnlab)
    expected = nnlab("predict", "net", "dirty.csv", *words)
    found = nnlab("predict", "net.onnx", "dirty.csv", *words)
    assert expected.returncode == 0, expected.stderr
    assert (found.stdout, found.stderr) == (expected.stdout, expected.stderr)
    row = "size=2,colour=red,code number=801,day=2012-03-04,smoker=no"
    assert nnlab("predict", "net.onnx", "--row", row).stdout == nnlab("predict", "net", "--row", row).stdout


def test_a_script_of_plain_pytorch_agrees(nnlab: Any, here: Path):
    train(nnlab, "mixed.csv", "--target", "y")
    assert "Wrote net.py and net.npz." in exported(nnlab, "--to", "python")
    code = "import sys; sys.modules['nnlab'] = None; sys.argv = ['net.py', 'mixed.csv']; exec(open('net.py').read())"
    code = code.replace("exec(", "__file__ = 'net.py'; exec(")
    done = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True, timeout=120)
    assert done.stdout == nnlab("predict", "net", "mixed.csv").stdout, done.stderr
    with (here / "mixed.csv").open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    with (here / "mixed.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, first)
        table.writeheader()
        table.writerows([first, first | {"size": "1.234,5x"}])
    done = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mixed.csv, line 3: ")
    (here / "mixed.csv").write_text("size\n1\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True, timeout=120)
    assert done.stderr.startswith("mixed.csv has no column 'smoker'")


@pytest.mark.parametrize(
    "words", [["--model", "cnn"], ["--model", "mlp"], ["--model", "linear", "--pixels", "raw"]], ids=" ".join
)
def test_scripts_and_onnx_of_images_agree(words: list[str], nnlab: Any, here: Path):
    from PIL import Image

    train(nnlab, "digits", *words)
    exported(nnlab, "-o", "net.py")
    exported(nnlab)
    for place in range(3):
        pixels = np.random.default_rng(place).integers(0, 17, (8, 8)).astype(np.uint8)
        Image.fromarray(pixels).save(f"{place}.png")
    names = ["0.png", "1.png", "2.png"]
    done = subprocess.run([sys.executable, "net.py", *names], capture_output=True, text=True, timeout=120)
    expected = nnlab("predict", "net", *names).stdout
    assert done.stdout.splitlines() == [line.partition(",")[2] for line in expected.splitlines()], done.stderr
    found = [line.split(",") for line in nnlab("predict", "net.onnx", *names).stdout.splitlines()[1:]]
    for answer, other in zip(found, (line.split(",") for line in expected.splitlines()[1:]), strict=True):
        assert answer[:2] == other[:2]
        np.testing.assert_allclose([float(x) for x in answer[2:]], [float(x) for x in other[2:]], atol=2e-6)


def test_safetensors_are_read_by_their_package_and_answered_from(nnlab: Any, here: Path):
    from safetensors.numpy import load_file

    from nnlab.engine.network import load

    train(nnlab, "mixed.csv", "--target", "y")
    exported(nnlab, "--to", "safetensors")
    network = load("net")
    found: dict[str, np.ndarray] = load_file("net-safetensors/model.safetensors")
    assert found.keys() == network.checkpoint.weights.keys()
    assert all(np.array_equal(weight, network.checkpoint.weights[name]) for name, weight in found.items())
    for words in (
        ["dirty.csv"],
        ["dirty.csv", "--interval", 90],
        ["--row", "size=1,colour=,code number=,day=,smoker="],
    ):
        assert nnlab("predict", "net-safetensors", *words).stdout == nnlab("predict", "net", *words).stdout
    (here / "net-safetensors" / "mine.txt").touch()
    refused = nnlab("export", "net", "--to", "safetensors")
    assert refused.returncode == 2
    assert "is there already" in refused.stderr


def test_torch_export_reads_its_program(nnlab: Any, here: Path):
    import torch

    from nnlab.engine.network import load

    train(nnlab, "mixed.csv", "--target", "y")
    exported(nnlab, "-o", "net.pt2")
    network, about = load("net"), {"nnlab.json": ""}
    program = torch.export.load("net.pt2", extra_files=about)
    x = network.prepare("mixed.csv")
    for rows in (1, 2, len(x)):
        assert torch.equal(program.module()(x[:rows]), network.module(x[:rows]))
    assert '"schema"' in about["nnlab.json"]


OWN = """
from torch import nn
class Net(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(in_features, 5), nn.ReLU(), nn.Linear(5, out_features))
    def forward(self, x):
        return self.layers(x)
"""


@pytest.mark.long
def test_a_network_of_ones_own_is_exported_from_its_prepared_rows(nnlab: Any, here: Path):
    import onnxruntime

    from nnlab.engine.network import load

    (here / "net.py").write_text(OWN, encoding="utf-8")
    train(nnlab, "iris", "--model", "net.py:Net")
    assert "outside the file" in exported(nnlab, "--model", "net.py:Net")
    network = load("net", model="net.py:Net")
    x = network.prepare({name: [1.0, 2, 3] for name in network.schema.inputs})
    outputs: Any = onnxruntime.InferenceSession("net.onnx").run(["outputs"], {"x": x.numpy()})
    np.testing.assert_allclose(outputs[0], network.module(x).detach().numpy(), rtol=1e-5, atol=1e-6)
    assert "says nothing of its columns" in nnlab("predict", "net.onnx", "--row", "a=1").stderr
    refused = nnlab("export", "net", "--model", "net.py:Net", "--to", "python")
    assert refused.returncode == 2
    assert "is Python already" in refused.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "net.zip"], "net.zip is none of .onnx, .pt2 and .py"),
        (["-o", "net.py", "--to", "onnx"], "is named like python, and --to says onnx"),
        (["--to", "python", "--interval", 90], "--interval is for ONNX"),
        (["--interval", 99], "99"),
        (["-o", "no/such/net.onnx"], "cannot be written"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_in_a_sentence(words: list[object], said: str, nnlab: Any, here: Path):
    train(nnlab, "xor", "--samples", 60)
    done = nnlab("export", "net", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert not list(here.glob("net*"))


def test_a_file_with_another_graph_is_not_run(nnlab: Any, here: Path):
    train(nnlab, "iris")
    exported(nnlab)

    def changed(change: Any) -> str:
        model: Any = onnx.load("net.onnx")
        change(model)
        Path("other.onnx").write_bytes(model.SerializeToString())
        done = nnlab("predict", "other.onnx", "--row", "a=1")
        assert done.returncode == 2
        return done.stderr

    def elsewhere(model: Any) -> None:
        weight = model.graph.initializer[0]
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="/etc/passwd")

    def huge(model: Any) -> None:
        model.graph.initializer[0].dims[:] = [2**40, 2**40]

    def more(model: Any) -> None:
        model.graph.node.append(helper.make_node("Mine", ["x"], ["y"], domain="mine"))

    def less(model: Any) -> None:
        model.graph.node.pop()

    def lighter(model: Any) -> None:
        model.graph.initializer.pop(0)

    assert "graph is not the one" in changed(more)
    assert "graph is not the one" in changed(less)
    assert "is not in it as float32" in changed(elsewhere)
    assert "is not in it as float32" in changed(huge)
    assert "are not those of its" in changed(lighter)


def test_no_onnx_file_is_told(nnlab: Any, here: Path):
    for content in (b"", b"PK\x03\x04 what is this", b"\x08\x0a" * 1000):
        (here / "net.onnx").write_bytes(content)
        done = nnlab("predict", "net.onnx", "--row", "x=1")
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    assert "There is no file no.onnx" in nnlab("predict", "no.onnx", "--row", "x=1").stderr
    assert "--stream is not for an ONNX file" in nnlab("predict", "net.onnx", "--stream").stderr
    assert "--strict is not for an ONNX file" in nnlab("predict", "net.onnx", "--strict").stderr


def test_what_a_file_says_of_itself_is_checked_as_well(nnlab: Any, here: Path):
    train(nnlab, "iris")
    exported(nnlab)
    for said, before, after in (
        ("what it says of itself is wrong", '"format": 1', '"format": -1'),
        ("a newer nnlab", '"format": 1', '"format": 9'),
        ("graph is not the one", '"sepal length (cm)"', '"another"'),
        ("its network does not fit", '"in_features": 4', '"in_features": 5'),
        ("what it says of itself is wrong", '"texts": {', '"texts": {"encoding": "no-such", '),
        ("says nothing of its columns", None, None),
    ):
        model: Any = onnx.load("net.onnx")
        if before is None:
            del model.metadata_props[:]
        else:
            assert before in model.metadata_props[0].value
            model.metadata_props[0].value = model.metadata_props[0].value.replace(before, after)
        onnx.save(model, "other.onnx")
        done = nnlab("predict", "other.onnx", "--row", "x=1")
        assert done.returncode == 2
        assert said in done.stderr


def test_damaged_files_are_refused_or_answer(nnlab: Any, here: Path):
    train(nnlab, "mixed.csv", "--target", "y")
    exported(nnlab)
    data, generator = bytearray((here / "net.onnx").read_bytes()), np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(data)
        for place in generator.integers(0, len(data), 3):
            damaged[place] = generator.integers(0, 256)
        (here / "other.onnx").write_bytes(damaged)
        done = nnlab("predict", "other.onnx", "dirty.csv")
        assert done.returncode in (0, 2), done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("odd", ["1_000", "１００", "0x10", "$5"])
def test_a_number_that_is_none_for_predict_or_is_written_in_another_way_stops_a_script(odd: str):
    with pytest.raises(ValueError, match="no plain number"):
        script_helpers.number(odd, [])


@pytest.mark.parametrize("odd", ["2021-W09-4", "20210301", "04.03.2021"])
def test_a_date_in_another_form_stops_a_script(odd: str):
    with pytest.raises(ValueError, match="no date"):
        script_helpers.days(odd, [])


def test_plain_numbers_and_dates_are_read_by_a_script():
    assert [script_helpers.number(text, [""]) for text in ("1", "-1.5e3", ".5", "+2.")] == [1, -1500, 0.5, 2]
    assert script_helpers.number("1,5", [], ",") == 1.5
    assert all(math.isnan(script_helpers.number(text, [""])) for text in ("", "inf", "-Infinity", "nan", "1e999"))
    assert script_helpers.days("1970-01-02 12:00", []) == 1.5
