"""`nnlab explain` writes one row out: forward, loss, chain rule, update."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess

Call = Callable[..., CompletedProcess[str]]


def test_a_row_is_worked_out_in_parts(nnlab: Call):
    nnlab("train", "xor", "--hidden", "2", "--epochs", "3", "--name", "one", "--quiet")
    said = nnlab("explain", "one", "--row", "3").stdout
    told = json.loads(nnlab("explain", "one", "--row", "3", "--json").stdout)
    order = ["Row 3 of 680 train rows", "layer 1, forward", "output, forward", "The loss", "output, backward"]
    places = [said.index(part) for part in [*order, "layer 1, backward"]]
    assert places == sorted(places)
    first = told["layers"][0]
    assert f"= {first['sums'][0]:.4f}; a = {first['answers'][0]:.4f}" in said.replace("\n", " ")
    assert "1.1: dL/da = " in said
    assert "x2 → 1.2" in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_value_is_worked_out_as_well(nnlab: Call):
    nnlab("train", "auto-mpg", "--hidden", "3", "--epochs", "2", "--name", "one", "--quiet")
    said = nnlab("explain", "one", "--split", "valid").stdout
    assert "L = (z - " in said
    assert "layer 1, backward" in said


def test_what_makes_no_sense_is_refused_in_a_sentence(nnlab: Call):
    nnlab("train", "spiral", "--epochs", "1", "--name", "wide", "--quiet")
    nnlab("train", "xor", "--hidden", "2", "--epochs", "1", "--name", "one", "--quiet")
    for words, said in (
        (["wide"], "too large to be followed number by number"),
        (["nowhere"], "There is no run 'nowhere'"),
        (["one", "--row", "0"], "There is no train row 0"),
        (["one", "--split", "all"], "--split cannot be 'all'"),
    ):
        done = nnlab("explain", *words)
        assert done.returncode == 2
        assert said in done.stderr
