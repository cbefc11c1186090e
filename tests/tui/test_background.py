"""The first theme follows the terminal's background, where the terminal tells it."""

import os
import pty
import subprocess
import sys
from threading import Thread

import pytest

from nnlab.tui.background import QUESTION, fitting_theme, parse
from nnlab.tui.themes import LIGHT, NNLAB


@pytest.mark.parametrize(
    ("answer", "colour"),
    [
        (b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;22c", "#ffffff"),
        (b"\x1b]11;rgb:1e/1e/2e\x07\x1b[?6c", "#1e1e2e"),
        (b"\x1b]11;rgba:0000/0000/0000/ffff\x1b\\", "#000000"),
        (b"\x1b[?62;22c", None),
        (b"", None),
        (b"\x1b]11;rgb:zz/00/00\x1b\\", None),
    ],
)
def test_the_answer_is_a_colour_or_none(answer: bytes, colour: str | None):
    assert parse(answer) == colour


@pytest.mark.parametrize(
    ("variable", "theme"),
    [("0;15", LIGHT.name), ("15;0", NNLAB.name), ("0;default;15", LIGHT.name), ("x", NNLAB.name), ("", NNLAB.name)],
)
def test_without_a_terminal_a_variable_is_asked(monkeypatch: pytest.MonkeyPatch, variable: str, theme: str):
    monkeypatch.setenv("COLORFGBG", variable)
    assert fitting_theme() == theme


@pytest.mark.parametrize(
    ("answer", "theme"),
    [
        (b"\x1b]11;rgb:ffff/ffff/dddd\x1b\\\x1b[?62;22c", LIGHT.name),
        (b"\x1b]11;rgb:0000/2b2b/3636\x1b\\\x1b[?62;22c", NNLAB.name),
        (b"\x1b[?62;22c", NNLAB.name),
        (b"", NNLAB.name),  # it never answers: nobody waits long
    ],
)
def test_a_real_terminal_is_asked(answer: bytes, theme: str):
    ours, theirs = pty.openpty()
    words = "import sys; from nnlab.tui.background import fitting_theme; sys.stdout.write(fitting_theme())"
    environment = {name: value for name, value in os.environ.items() if name != "COLORFGBG"}
    command = [sys.executable, "-P", "-c", words]
    child = subprocess.Popen(command, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, env=environment)

    def play_terminal() -> None:
        asked = b""
        while QUESTION not in asked:
            asked += os.read(ours, 100)
        os.write(ours, answer)

    terminal = Thread(target=play_terminal)
    terminal.start()
    said, _ = child.communicate(timeout=60)
    terminal.join()
    os.close(ours)
    os.close(theirs)
    assert said.decode() == theme
