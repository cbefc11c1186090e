"""Absurd values for every option and every key, and what must come of each: it is taken, or refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from nnlab.commands.app import load
from nnlab.engine.config import DataConfig, ModelConfig, PrepareConfig, TrainingConfig

Call = Callable[..., CompletedProcess[str]]

# None of them is a number that makes sense and takes forever.
FEW = ("-1", "1e39", "nan", "9" * 400, "9" * 5000, "9" * 5000 + "e", "~nosuch/x", "a" * 100_000, "[" * 5_000)
MANY = (
    *FEW,
    *("0", "-0", "", " ", "inf", "-inf", "1e400", "-1e39", "1e-400", "4.9e-324", "10000000000000", "1e12", "1e13"),
    *("٣", "²", "0x10", "1_000", "1,", ",", ",".join("1" * 1001), "1," * 5_000, "1,nan", "1,9" + "9" * 400, "-1,1"),
    *("=", "a=", "=1", "a=b=c", "a=1e999", "a=" + "9" * 5_000, "a=" + "[" * 5_000, "x1=" + "1," * 9_999),
    *("{", "null", "true", "None", "%s%n", "{0}", "\n", "\x1b[2J", "\udcff", "'", '"', "\\", ":", "::", "::1", "-"),
    *(
        "..",
        "../..",
        "/",
        "//",
        "/nosuch/x",
        "/dev/null",
        "~",
        "~nosuch",
        "hf:",
        "hf:/",
        "hf:a/b:c",
        "*",
        "?",
        "[!",
        "**",
    ),
    *(
        "x.py:",
        "x.py:Y",
        "~nosuch/x.py:Y",
        ":Y",
        "latest",
        "last",
        "x.pt",
        "~nosuch/x.pt",
        "test[",
        "test[:0]",
        "train[::]",
    ),
    *(
        "train[" + "9" * 30 + ":]",
        "train+" * 5_000 + "train",
        "train+" * 100 + "train",
        "train[200%:]",
        "x1^2",
        "sin(x1",
    ),
    *(
        "sin(" * 2_000,
        "x1*" * 2_000,
        "cuda:",
        "cuda:9999999",
        "cuda:²",
        "cpu:0",
        "mps:1",
        "9" * 13 + "steps",
        ".s",
        "0s",
    ),
    *("1e5s", "0e", "0steps", "5E", "0.00000000000000000000000000001h", "1,2.5", "1e39,1", "x1=1e39", "x1=1e400"),
    *("x1=nan", "x1=0", "x1=-1", "x1=10001", "x1=9999999999999", "x1=log", "x1=category", "x1=" + "a" * 100_000),
)
WRITES = ("out", "output", "name", "file", "announce")  # what is written there is no fault

ARGUMENTS = {
    "train": ("xor", "--samples", "40"),
    "eval": ("latest",),
    "predict": ("latest",),
    "model show": ("mlp",),
    "data show": ("xor",),
    "data plot": ("xor",),
    "data split": ("table.csv",),
}
FAST = {"train": ("--epochs", "1", "--plain")}


def options() -> Iterator[tuple[tuple[str, ...], str]]:
    """Every option that takes a value, behind the words of its command; arguments are the option ''."""
    for words, command in _commands():
        for parameter in command.params:
            if getattr(parameter, "is_flag", False) or parameter.name in ("help", *WRITES):
                continue
            yield words, "" if parameter.param_type_name == "argument" else max(parameter.opts, key=len)


def _commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    names = ("train", "eval", "predict", "data", "runs", "recipe", "model")
    for name in names:
        command: Any = load(name)
        if hasattr(command, "commands"):
            for inner, sub in command.commands.items():
                yield (name, inner), sub
        else:
            yield (name,), command


def words_of(command: Sequence[str], option: str, value: str) -> list[str]:
    """A command line with the value in its place."""
    name = " ".join(command)
    told = [f"{option}={value}"] if option else [value]
    fixed = ARGUMENTS.get(name, ()) if option else ()
    last = ["--", *told] if not option else told
    return [*command, *fixed, *FAST.get(name, ()), *last]


def places() -> list[tuple[str, str]]:
    """Every key of a config, behind its section."""
    sections = {"data": DataConfig, "prepare": PrepareConfig, "model": ModelConfig, "training": TrainingConfig}
    return [(name, key) for name, section in sections.items() for key in section.model_fields]


def config_with(section: str, key: str, value: str) -> str:
    """A config of a short training, as TOML, with a key of a section set."""
    told = {"data": {"name": "'xor'", "samples": "40"}, "training": {"epochs": "1"}}
    told.setdefault(section, {})[key] = value
    lines = (f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in pairs.items()) for name, pairs in told.items())
    return "".join(lines)


def table(path: Path) -> None:
    """Write a small table of numbers and two classes."""
    rows = "".join(f"{number},{number % 5},{number % 2}\n" for number in range(40))
    path.write_text("x1,x2,y\n" + rows, encoding="utf-8")


TOML = (
    *("-1", "1e39", "nan", "-inf", "9" * 400, "9" * 5_000, "true", "''", f"'{'a' * 100_000}'", "1979-05-27"),
    *("[]", "[[]]", "[1, nan]", f"[{'1,' * 1_001}]", '["", 1]', "[" * 5_000 + "]" * 5_000, "{}", "'~nosuch/x'", "'/'"),
    *("{a = 1}", "{x1 = []}", "{x1 = [1e39, -1]}", "{x1 = 'log'}", '"\\u0000"', '"\\n"', "0", "1e-320", "'nan'"),
)


def outcome(call: Call, words: Sequence[str], folder: Path, runs: Path) -> str:
    """Run a command in an empty folder and say how it ended; AssertionError for what may not come of any value."""
    before = _listing(folder, runs)
    done = call(*words, stdin="")
    place = " ".join(word[:200] for word in words)
    assert done.returncode in (0, 1, 2), (place, done.returncode)
    assert "went wrong" not in done.stderr, (place, done.stderr[:2_000])
    if done.returncode:
        sentences = [line for line in done.stderr.splitlines() if line.startswith("nnlab:")] or done.stderr.splitlines()
        assert len(sentences) == 1, (place, done.stderr[:2_000])
        assert len(done.stderr) < 1_200, (place, done.stderr[:2_000])
    if done.returncode == 2:
        assert _listing(folder, runs) == before, (place, done.stderr)
    if done.returncode == 1:
        known = ("no longer", "not a number", "machine has no device", "diverged", "cannot be fetched")
        assert any(word in done.stderr for word in known), (place, done.stderr)
    return f"exit {done.returncode}"


def _listing(*folders: Path) -> list[str]:
    return sorted(str(path) for path in chain.from_iterable(folder.rglob("*") for folder in folders if folder.exists()))
