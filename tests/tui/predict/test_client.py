"""A network at hand: the newest question of a kind is asked, a child that dies says why, none is left behind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from nnlab.tui.predict.client import Answer, PredictClient

ECHO = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    if question == "die":
        sys.exit("Error: It has gone away.")
    if question == "burst":
        sys.exit(3)
    if isinstance(question, dict) and "hold" in question:
        open(question["hold"]).read()
    print("a word between")
    print(json.dumps({"row": 1, "said": question}), flush=True)
"""
SOON = 20.0  # seconds, which no test takes


@pytest.fixture
def asker() -> Iterator[PredictClient]:
    made = PredictClient(["-c", ECHO])
    yield made
    made.close()


def test_a_question_is_answered(asker: PredictClient):
    asker.send("row", {"x": 1})
    assert asker.poll(SOON) == [Answer("row", {"x": 1}, {"row": 1, "said": {"x": 1}})]
    assert asker.poll() == []
    assert asker.failure() is None


def test_of_questions_that_wait_the_newest_of_each_kind_is_asked(asker: PredictClient, tmp_path: Path):
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    asker.send("row", {"hold": str(pipe)})
    with pipe.open("w"):  # opens when the child reads, so the first question is with it by now
        for number in range(50):
            asker.send("row", {"x": number})
            asker.send("map", {"y": number})
    said: list[object] = []
    while len(said) < 3:
        said += [answer.body["said"] for answer in asker.poll(SOON)]
    assert said[1:] == [{"x": 49}, {"y": 49}]


@pytest.mark.parametrize(
    ("last_words", "said"),
    [("die", "It has gone away."), ("burst", "The network's process ended with exit code 3.")],
)
def test_a_child_that_dies_says_why_and_answers_no_more(asker: PredictClient, last_words: str, said: str):
    asker.send("row", last_words)
    began = monotonic()
    assert asker.poll(SOON) == []
    assert monotonic() - began < SOON  # nobody waits for an answer that cannot come
    asker._child.wait(SOON)
    assert asker.failure() == said
    asker.send("row", {"x": 1})
    assert asker.poll() == []


def test_a_command_that_cannot_work_says_its_own_sentence():
    asker = PredictClient.of(["no-such-run"])
    asker.send("inputs", "inputs")
    assert asker.poll(SOON) == []
    asker._child.wait(SOON)
    assert (asker.failure() or "").startswith("There is no run 'no-such-run'")
    asker.close()


def test_a_real_network_tells_its_inputs_and_answers_a_row(nnlab: Callable[..., Any]):
    assert nnlab("train", "xor", "--epochs", "1", "--samples", "100", "--name", "xor", "--quiet").returncode == 0
    asker = PredictClient.of(["xor"])
    asker.send("inputs", "inputs")
    asker.send("row", {"x1": ["0.5", "-0.5"], "x2": None})
    answers = asker.poll(SOON) + asker.poll(SOON)
    asker.close()
    assert [column["name"] for column in answers[0].body["inputs"]] == ["x1", "x2"]
    assert len(answers[1].body["prediction"]) == 2


def test_closing_ends_the_child_at_once(asker: PredictClient):
    asker.send("row", {"x": 1})
    asker.close()
    assert asker._child.returncode is not None
    assert asker.failure() is None


def test_the_child_ends_with_its_standard_input():
    asker = PredictClient(["-c", ECHO])
    asker.send("row", {"x": 1})
    assert asker.poll(SOON)
    assert asker._child.stdin is not None
    asker._child.stdin.close()
    assert asker._child.wait(SOON) == 0
    asker.close()
