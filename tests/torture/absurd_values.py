"""Give every option and every key of a config absurd values: `python tests/torture/absurd_values.py [WORDS]`.

Each must be taken, or refused in one sentence with exit code 2 and nothing written; anything else is listed. With
words, such as `data split` or `keys`, only the cases that begin with them are tried.
"""

from __future__ import annotations

import io
import os
import resource
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from time import process_time
from traceback import extract_tb

os.environ |= {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "COLUMNS": "80"}
sys.path.insert(0, str(Path(__file__).parent.parent / "trust"))

import absurd

from nnlab.commands.app import run

SECONDS = 60
MEMORY = 8 * 2**30  # addresses, of which torch alone takes some


def main(wanted: str) -> None:
    """Try all of them and print the counts, the failures and the slowest."""
    signal.signal(signal.SIGALRM, _too_long)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    counts: Counter[str] = Counter()
    slowest: list[tuple[float, str]] = []
    with tempfile.TemporaryDirectory() as place:
        folder, runs = Path(place) / "here", Path(place) / "runs"
        folder.mkdir()
        os.chdir(folder)
        os.environ["NNLAB_RUNS"] = str(runs)
        absurd.table(folder / "table.csv")
        call("train", "xor", "--samples", "40", "--epochs", "1", "--name", "first")
        for what, said, words in _cases(Path(place) / "config.toml"):
            if said.startswith(wanted):
                began = process_time()
                counts[f"{what}: {_outcome(said, words, folder, runs)}"] += 1
                slowest.append((process_time() - began, said))
    for what, count in sorted(counts.items()):
        print(f"{count:7,} {what}")
    for seconds, said in sorted(slowest, reverse=True)[:10]:
        print(f"{seconds:6.2f} s {said}")


def _cases(config: Path) -> Iterator[tuple[str, str, list[str]]]:
    """What is tried, how to call it, and the command line."""
    for command, option in absurd.options():
        for value in absurd.MANY:
            words = absurd.words_of(command, option, value)
            yield "options", " ".join(word[:60] for word in words), words
    for section, key in absurd.places():
        for value in absurd.TOML:
            config.write_text(absurd.config_with(section, key, value), encoding="utf-8")
            yield "keys", f"keys {section}.{key} = {value[:60]}", ["train", "--config", str(config)]


def _outcome(said: str, words: list[str], folder: Path, runs: Path) -> str:
    signal.alarm(SECONDS)
    try:
        return absurd.outcome(call, words, folder, runs)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a failure to be told, and the next is tried)
        where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(error.__traceback__)[-3:]]
        print(f"FAILED {said}: {type(error).__name__} {str(error)[:300]!r} {where}", flush=True)
        return "FAILED"
    finally:
        signal.alarm(0)


def _too_long(*_: object) -> None:
    raise AssertionError(f"more than {SECONDS} s")


def call(*argv: object, stdin: str = "") -> CompletedProcess[str]:
    """Run a command line in this process."""
    streams = [io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8") for text in (stdin, "", "")]
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = streams
    try:
        code = run([str(word) for word in argv])
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
    for stream in streams[1:]:
        stream.flush()
        stream.seek(0)
    return CompletedProcess([str(word) for word in argv], int(code), streams[1].read(), streams[2].read())


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
