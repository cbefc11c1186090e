"""Torch has the threads that a block asks for, and afterwards those that it had before."""

import ast
from pathlib import Path

import pytest
import torch

from nnlab.engine.threads import num_threads

ENGINE = Path(__file__).parents[2] / "engine"


def test_the_threads_of_a_block_are_given_back_whatever_ends_it():
    before = torch.get_num_threads()
    with num_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    with pytest.raises(KeyError), num_threads(before + 2):
        raise KeyError
    assert torch.get_num_threads() == before


def test_they_are_set_in_one_place():
    calls = {
        path.name
        for path in ENGINE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "set_num_threads"
    }
    assert calls == {"threads.py"}
