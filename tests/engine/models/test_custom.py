"""Networks from a user's file: built by name, told what they ask for, and refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import Config, validate
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.evaluate import evaluate
from nnlab.engine.events import RunFinished
from nnlab.engine.models.adapter import Adapter
from nnlab.engine.models.code import digest
from nnlab.engine.models.families import build, spec_for
from nnlab.engine.models.naming import read_arguments, split_name
from nnlab.engine.models.restore import restore
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.models.trust import adopt, is_trusted, trust
from nnlab.engine.prediction.predict import predict
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.interrupt import stop_on_signals
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run

KEPT = {"in_features", "embeddings", "columns"}
EXAMPLES = Path(__file__).parents[3] / "examples"
HEAD = "import torch\nfrom torch import nn\n"
NET = """
class Net(nn.Module):
    def __init__(self, in_features, out_features, width=4):
        super().__init__()
        self.first = nn.Linear(in_features, width)
        self.last = nn.Linear({last}, out_features)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))
"""


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNLAB_RUNS", str(tmp_path / "runs"))


def spec_of(folder: Path, code: str, **more: Any) -> ModelSpec:
    path = folder / "net.py"
    path.write_text(HEAD + code, encoding="utf-8")
    told: dict[str, Any] = {"in_features": 2, "out_features": 3, "class_name": "Net", **more}
    return ModelSpec(family="custom", file=str(path), sha256=trust(str(path)), **told)


def trained(file: Path, class_name: str, **training: Any) -> tuple[Config, checkpoints.Checkpoint]:
    model = {"family": "custom", "file": str(file), "class_name": class_name}
    tree = {"data": {"name": "xor"}, "model": model, "training": {"epochs": 2, "seed": 1, **training}}
    trust(str(file))
    config = validate(tree, source="test")
    folder = claim("own")
    with stop_on_signals() as stop:
        events = list(run(begin(config), folder, stop))
    assert isinstance(events[-1], RunFinished)
    return config, checkpoints.load(folder.last)


@pytest.mark.parametrize(
    ("file", "class_name"),
    [("sequential.py", "Sequential"), ("module_list.py", "MyModule"), ("custom_layer.py", "MyNoisyModule")],
)
def test_the_three_ways_train_and_evaluate(file: str, class_name: str):
    _, checkpoint = trained(EXAMPLES / file, class_name)
    assert checkpoint.spec.class_name == class_name
    assert evaluate(checkpoint).metrics["accuracy"] > 0


def test_the_sequential_example_is_nnlabs_own_mlp(tmp_path: Path):
    code = (EXAMPLES / "sequential.py").read_text(encoding="utf-8")
    spec = spec_of(tmp_path, code, class_name="Sequential", out_features=2)
    torch.manual_seed(1)
    theirs = build(spec)
    torch.manual_seed(1)
    ours = build(ModelSpec(family="mlp", hidden=[10, 6], activation="sigmoid", in_features=2, out_features=2))
    x = torch.randn(5, 2)
    assert torch.equal(theirs(x), ours(x))


def test_arguments_are_given_by_name(tmp_path: Path):
    spec = spec_of(tmp_path, NET.format(last="width"), args={"width": 7})
    assert build(spec).get_parameter("first.weight").shape == (7, 2)


def test_building_draws_only_the_weights(tmp_path: Path):
    spec = spec_of(tmp_path, NET.format(last="width"))
    torch.manual_seed(1)
    build(spec)
    after = torch.random.get_rng_state()
    torch.manual_seed(1)
    torch.nn.Linear(2, 4), torch.nn.Linear(4, 3)  # pyright: ignore[reportUnusedExpression]
    assert torch.equal(after, torch.random.get_rng_state())


def test_a_forward_with_training_is_told(tmp_path: Path):
    code = (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.l = nn.Linear(2, 3)\n"
        "    def forward(self, x, training=False):\n        return self.l(x) + float(training)\n"
    )
    module = build(spec_of(tmp_path, code))
    x = torch.zeros(1, 2)
    assert torch.allclose(module.train()(x) - module.eval()(x), torch.ones(3))


def test_a_forward_may_name_the_tables_parts(tmp_path: Path):
    code = (
        "class Net(nn.Module):\n    def __init__(self, embeddings):\n        super().__init__()\n"
        "        self.e = nn.Embedding(*embeddings[0])\n        self.l = nn.Linear(2 + embeddings[0][1], 3)\n"
        "    def forward(self, numbers, categories):\n"
        "        return self.l(torch.cat([numbers, self.e(categories[:, 0])], 1))\n"
    )
    module = build(spec_of(tmp_path, code, in_features=3, embeddings=[(5, 2)]))
    assert module(torch.tensor([[0.5, 1, 4]])).shape == (1, 3)


BRANCHES = """
class Net(nn.Module):
    def __init__(self, features, embeddings, out_features):
        super().__init__()
        self.size = nn.Linear(features["size"], 2)
        self.brand = nn.Embedding(*embeddings[0])
        self.last = nn.Linear(2 + embeddings[0][1] + features["kind"], out_features)

    def forward(self, brand, size, kind, {more}):
        assert brand.dtype == torch.int64 and brand.ndim == 1
        return self.last(torch.cat([self.size(size), self.brand(brand), kind], 1))
"""


def test_a_forward_may_name_columns(tmp_path: Path):
    columns = ["size", "year", "kind", "kind", "size", "model year", "brand"]
    spec = spec_of(tmp_path, BRANCHES.format(more="training"), in_features=7, embeddings=[(5, 3)], columns=columns)
    module = build(spec)
    assert isinstance(module, Adapter)
    x = torch.tensor([[0.5, 70, 1, 0, 9, 71, 4]])
    net: Any = module.net
    expected = torch.cat(
        [net.size(torch.tensor([[0.5, 9]])), net.brand(torch.tensor([4])), torch.tensor([[1.0, 0]])], 1
    )
    assert torch.equal(module(x), net.last(expected))
    more = "model_year, numbers, later=None"
    assert build(spec_of(tmp_path, BRANCHES.format(more=more), **spec.model_dump(include=KEPT)))(x).shape == (1, 3)
    with pytest.raises(UsageError, match="takes 'yeer', which is not part of the table: did you mean 'year'"):
        build(spec_of(tmp_path, BRANCHES.format(more="yeer"), **spec.model_dump(include=KEPT)))


def test_a_network_of_branches_trains_on_a_table_and_predicts(tmp_path: Path):
    rows = "".join(f"{row % 13},{'abcdefghijklmnopqrst'[row % 20]},{row % 3},{row % 2}\n" for row in range(120))
    (tmp_path / "own.csv").write_text("size,brand,kind,y\n" + rows, encoding="utf-8")
    (tmp_path / "net.py").write_text(HEAD + BRANCHES.format(more="training"), encoding="utf-8")
    model = {"family": "custom", "file": str(tmp_path / "net.py"), "class_name": "Net"}
    tree = {"data": {"name": str(tmp_path / "own.csv"), "target": "y"}, "model": model, "training": {"epochs": 2}}
    trust(str(tmp_path / "net.py"))
    session = begin(validate({**tree, "prepare": {"one_hot": {"kind": []}}}, source="test"))
    assert isinstance(list(run(session, claim("own")))[-1], RunFinished)
    checkpoint = checkpoints.load(claim_path("own"))
    (answers,) = predict(checkpoint, None, print, rows=["size=3,brand=c,kind=1", "size=3,brand=?,kind=7"])
    assert len(answers) == 2


def test_embedded_columns_reach_a_plain_forward_as_vectors(tmp_path: Path):
    module = build(spec_of(tmp_path, NET.format(last="width"), in_features=3, embeddings=[(5, 2)]))
    assert isinstance(module, Adapter)
    assert module.get_parameter("net.first.weight").shape == (4, 4)


@pytest.mark.parametrize(
    ("code", "more", "said"),
    [
        (NET.format(last="9"), {}, r"net.py, line 11: Net cannot answer .*\(2, 2\), in the layer 'last', .* \(2, 4\)"),
        (NET.format(last="width"), {"class_name": "Nat"}, "has no network 'Nat': did you mean 'Net'"),
        (NET.format(last="width"), {"args": {"widht": 3}}, "takes no argument 'widht': did you mean 'width'"),
        (
            NET.format(last="width").replace("width=4", "width"),
            {},
            "needs the argument 'width': use --model-arg width=",
        ),
        (NET.format(last="width").replace("out_features)", "5)"), {}, r"line|\(2, 5\), and \(2, 3\) is wanted"),
        ("class Net(nn.Module:\n", {}, r"net.py, line 3: it cannot be imported \(SyntaxError"),
        ("import not_there\n", {}, r"net.py, line 3: it cannot be imported \(ModuleNotFoundError"),
        ("x = 1 / 0\n", {}, r"net.py, line 3: .*ZeroDivisionError"),
        (
            "class Net(nn.Module):\n    def __init__(self):\n        self.l = nn.Linear(2, 3)\n",
            {},
            "line 5: Net cannot be",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_line(tmp_path: Path, code: str, more: dict[str, Any], said: str):
    with pytest.raises(UsageError, match=said):
        build(spec_of(tmp_path, code, **more))


def test_a_network_without_parameters_is_refused(tmp_path: Path):
    code = "class Net(nn.Module):\n    def forward(self, x):\n        return x\n"
    with pytest.raises(UsageError, match="has no parameters to train"):
        build(spec_of(tmp_path, code, out_features=2))


def test_reading_a_checkpoint_runs_no_code_and_restoring_only_what_was_named(tmp_path: Path):
    file = tmp_path / "net.py"
    ran = tmp_path / "ran"
    file.write_text(HEAD + f"open({str(ran)!r}, 'a').write('x')\n" + NET.format(last="width"), encoding="utf-8")
    _, checkpoint = trained(file, "Net")
    ran.unlink()
    checkpoints.load(claim_path("own"))
    assert not ran.exists()
    restore(checkpoint.spec, checkpoint.weights)
    (tmp_path / "runs" / ".trusted-networks").unlink()
    ran.unlink()
    with pytest.raises(UsageError, match=r"which you have not named here before.*--model .*net.py:Net"):
        restore(checkpoint.spec, checkpoint.weights)
    assert not ran.exists()


def claim_path(name: str) -> Path:
    from nnlab.engine.runs.lookup import find_run

    return find_run(name).last


def test_a_changed_or_moved_file_must_be_named_again(tmp_path: Path):
    file = tmp_path / "net.py"
    file.write_text(HEAD + NET.format(last="width"), encoding="utf-8")
    _, checkpoint = trained(file, "Net")
    moved = file.rename(tmp_path / "moved.py")
    with pytest.raises(UsageError, match="which is not there: say where it is, as in --model"):
        restore(checkpoint.spec, checkpoint.weights)
    adopted, note = adopt(checkpoint, f"{moved}:Net")
    assert note == ""
    restore(adopted.spec, adopted.weights)
    moved.write_text(moved.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    with pytest.raises(UsageError, match="has changed since it was trained"):
        restore(adopted.spec, adopted.weights)
    adopted, note = adopt(checkpoint, f"{moved}:Net")
    assert "is not the text that the network was trained with" in note
    assert is_trusted(digest(str(moved)))
    restore(adopted.spec, adopted.weights)


def test_names_and_arguments_are_read():
    assert split_name("a/b.py:Net") == ("a/b.py", "Net")
    found = read_arguments(["hidden=16", "widths=16,8", "bias=False", "rate=1e-3", "kind=gelu"])
    assert found == {"hidden": 16, "widths": [16, 8], "bias": False, "rate": 1e-3, "kind": "gelu"}
    with pytest.raises(UsageError, match=r"write it as path/to/net.py:MyNet"):
        split_name("net.py")
    with pytest.raises(UsageError, match="--model-arg hidden=16"):
        read_arguments(["hidden"])


def test_a_config_without_a_file_is_refused():
    config = validate({"data": {"name": "xor"}, "model": {"family": "custom"}}, source="test")
    with pytest.raises(UsageError, match="needs its file and class"):
        spec_for(config.model, begin(validate({"data": {"name": "xor"}}, source="test")).prepared.schema)
