"""Lessons by commands: listed, begun as text, checked, written."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

Call = Callable[..., CompletedProcess[str]]


def test_lessons_are_listed_and_those_done_are_said(nnlab: Call):
    assert "a-line-cannot" in nnlab("lesson", "list").stdout
    nnlab("train", "xor", "--epochs", "40", "--name", "one", "--quiet")
    assert nnlab("lesson", "check", "one", "a-line-cannot").returncode == 0
    done = {one["name"]: one["done"] for one in json.loads(nnlab("lesson", "list", "--json").stdout)}
    assert [name for name in done if done[name]] == ["a-line-cannot"]


def test_a_lesson_is_told_with_the_command_that_it_begins_with(nnlab: Call):
    said = nnlab("lesson", "start", "hidden-units").stdout
    assert "It begins with: nnlab train xor --hidden 2" in said
    assert "Goal: validation loss at most 0.15" in said
    assert "nnlab train --recipe tutorial/xor" in nnlab("lesson", "start", "tutorial/module").stdout


def test_a_run_that_does_not_reach_a_goal_says_what_it_lacks(nnlab: Call):
    nnlab("train", "xor", "--model", "linear", "--epochs", "2", "--name", "one", "--quiet")
    done = nnlab("lesson", "check", "one", "a-line-cannot")
    assert done.returncode == 1
    assert "- its model.family does not fit: with an mlp" in done.stdout
    assert "the goal is validation accuracy at least 0.95" in done.stdout
    assert "no lesson" in nnlab("lesson", "check", "one").stdout
    (told,) = json.loads(nnlab("lesson", "check", "one", "convolution", "--json").stdout)
    assert told["lacks"][0] == "it is trained on 'xor', and the lesson is about digits"


def test_a_lesson_of_ones_own_is_written_started_and_checked(nnlab: Call, tmp_path: Path):
    file = str(tmp_path / "mine.toml")
    assert nnlab("lesson", "new", file).returncode == 0
    assert "nnlab train moons --hidden 2 --epochs 60" in nnlab("lesson", "start", file).stdout
    nnlab("train", "moons", "--hidden", "8", "--epochs", "60", "--name", "one", "--quiet")
    assert nnlab("lesson", "check", "one", file).returncode == 0


def test_what_makes_no_sense_is_refused_in_a_sentence(nnlab: Call, tmp_path: Path):
    (tmp_path / "there.toml").write_text("")
    for words, said in (
        (["start", "nowhere"], "There is no lesson 'nowhere'"),
        (["check", "nowhere", "depth"], "There is no run 'nowhere'"),
        (["new", str(tmp_path / "there.toml")], "is there already"),
        (["new", str(tmp_path / "mine.txt")], "name it 'mine.txt.toml'"),
        (["start", str(tmp_path / "there.toml")], "is none"),
    ):
        done = nnlab("lesson", *words)
        assert done.returncode == 2
        assert said in done.stderr
