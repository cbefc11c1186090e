"""The frame of the command line: exit codes, one sentence an error, streams that close."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from nnlab.commands import app
from nnlab.commands.console import Console
from nnlab.engine.options import COLUMNS, OPTIONS, SYNTHETIC, TEXT_FILES, Option

Call = Callable[..., CompletedProcess[str]]


def test_help_lists_every_command(nnlab: Call):
    said = nnlab("--help").stdout
    assert all(f"  {name}" in said for name in app.COMMANDS)


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_has_help_that_fits_80_columns(nnlab: Call, name: str):
    done = nnlab(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: nnlab {name}")
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_version(nnlab: Call):
    assert nnlab("--version").stdout.startswith("nnlab ")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["trian"], "Did you mean 'train'?"),
        (["data", "lst"], "Did you mean 'list'?"),
        (["train", "xor", "--epoch", "3"], "did you mean --epochs?"),
        (["train", "xor", "--epochs", "many"], "--epochs"),
        (["recipe", "show"], "Missing argument"),
        (["recipe", "show", "mnit"], "There is no recipe 'mnit': did you mean 'mnist'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(nnlab: Call, argv: list[str], said: str):
    done = nnlab(*argv)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_nothing_at_all_shows_the_help(nnlab: Call):
    done = nnlab()
    assert done.returncode == 2
    assert "Usage: nnlab" in done.stderr


def test_debug_shows_the_traceback_wherever_it_stands(nnlab: Call):
    done = nnlab("recipe", "show", "mnit", "--debug")
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Error: There is no recipe 'mnit'")


def test_what_an_error_quotes_cannot_move_the_terminal(nnlab: Call):
    done = nnlab("recipe", "show", "\x1b[2J\u202eevil")
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr


def test_a_bug_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]):
    app.say_bug(ValueError, ValueError("odd\nmore"), None)
    said = capsys.readouterr().err
    assert said == "Error: nnlab itself went wrong (ValueError: odd): the same command with --debug shows where.\n"


def test_a_reader_that_leaves_is_no_error():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "nnlab", "recipe", "list"], stdout=write, stderr=subprocess.PIPE, text=True, timeout=60
    )
    os.close(write)
    assert done.stderr == ""
    assert done.returncode == 1


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colour_is_left_out_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch, variable: dict[str, str]):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert Console.of_process().colour
    assert not Console.of_process(plain=True).colour
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    assert not Console.of_process().colour


@pytest.mark.parametrize(
    ("term", "colorterm", "sixteen"),
    [("xterm", "", True), ("screen", "", True), ("xterm-256color", "", False), ("xterm", "truecolor", False)],
)
def test_a_terminal_of_sixteen_colours_is_known(
    monkeypatch: pytest.MonkeyPatch, term: str, colorterm: str, sixteen: bool
):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLORTERM", colorterm)
    assert Console.of_process().render_options.sixteen == sixteen
    assert not Console.of_process(plain=True).render_options.sixteen


def test_the_session_without_a_terminal_says_what_to_type_instead(nnlab: Call):
    done = nnlab("tui")
    assert done.returncode == 2
    assert "--plain" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("command", "tables"),
    [
        ("train", OPTIONS),
        ("data show", (*COLUMNS, *TEXT_FILES, *SYNTHETIC)),
        ("data plot", (*COLUMNS, *TEXT_FILES, *SYNTHETIC)),
        ("data split", TEXT_FILES),
        ("eval", (*TEXT_FILES, *SYNTHETIC)),
        ("predict", TEXT_FILES),
    ],
)
def test_a_command_has_the_options_of_the_table(nnlab: Call, command: str, tables: tuple[Option, ...]):
    said = nnlab(*command.split(), "--help").stdout
    assert not [option.name for option in tables if f"\n  --{option.name} " not in said]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train", "xor", "--folds", "0"], "--folds cannot be '0': it must be at least 2."),
        (["train", "xor", "--folds", "abc"], "--folds cannot be 'abc': it must be a whole number."),
        (["serve", "x", "--port", "99999"], "--port cannot be '99999': it must be at most 65,535."),
        (["report", "x", "--format", "foo"], "--format: 'foo' is not one of 'html', 'md', 'svg', 'png'."),
    ],
)
def test_a_value_of_a_flag_is_refused_in_the_words_of_a_configs_key(nnlab: Call, words: list[str], said: str):
    done = nnlab(*words)
    assert done.returncode == 2
    assert done.stderr == f"Error: {said} `nnlab {words[0]} --help` explains.\n"
