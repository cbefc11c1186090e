"""Give every option and every key of a config absurd values: `python tests/torture/absurd_values.py`.

Each must be taken, or refused in one sentence with exit code 2 and nothing written; anything else is listed.
"""

from __future__ import annotations

import io
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from subprocess import CompletedProcess
from time import perf_counter

os.environ |= {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "COLUMNS": "80"}
sys.path.insert(0, str(Path(__file__).parent.parent / "trust"))

import absurd

from nnlab.commands.app import run


SECONDS = 20
MEMORY = 6 * 2**30


def too_long(*_: object) -> None:
    raise TimeoutError(SECONDS)


def main() -> None:
    """Try all of them and print the counts, the failures and the slowest."""
    signal.signal(signal.SIGALRM, too_long)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    counts: Counter[str] = Counter()
    slowest: list[tuple[float, str]] = []
    with tempfile.TemporaryDirectory() as place:
        folder, runs = Path(place) / "here", Path(place) / "runs"
        folder.mkdir()
        os.chdir(folder)
        os.environ["NNLAB_RUNS"] = str(runs)
        (folder / "table.csv").write_text("x1,x2,y\n" + "".join(f"{n},{n % 5},{n % 2}\n" for n in range(40)))
        call("train", "xor", "--samples", "40", "--epochs", "1", "--name", "first")
        cases = [
            absurd.words_of(command, option, value) for command, option in absurd.options() for value in absurd.MANY
        ]
        config = Path(place) / "config.toml"
        for words in cases:
            try_(words, "options", folder, runs, counts, slowest)
        for section, key in absurd.keys():
            for value in absurd.toml_values():
                text = f"[data]\nname = 'xor'\n[training]\nepochs = 1\n"
                config.write_text(with_key(text, section, key, value))
                try_(["train", "--config", str(config)], f"keys", folder, runs, counts, slowest, f"{section}.{key} = {value[:60]}")
    for what, count in sorted(counts.items()):
        print(f"{count:7,} {what}")
    for seconds, words in sorted(slowest, reverse=True)[:10]:
        print(f"{seconds:6.2f} s {words}")


def with_key(text: str, section: str, key: str, value: str) -> str:
    """The config with a key of a section set."""
    lines = [line for line in text.splitlines() if not line.startswith(f"{key} =")]
    if f"[{section}]" not in lines:
        lines.append(f"[{section}]")
    lines.insert(lines.index(f"[{section}]") + 1, f"{key} = {value}")
    return "\n".join(lines)


def try_(words, what, folder, runs, counts, slowest, said="") -> None:
    began = perf_counter()
    signal.alarm(SECONDS)
    try:
        counts[f"{what}: {absurd.outcome(call, words, folder, runs)}"] += 1
    except BaseException as error:
        counts[f"{what}: FAILED"] += 1
        print("FAILED", said or " ".join(word[:60] for word in words), "|", type(error).__name__, str(error)[:300], *(f'{Path(f.filename).name}:{f.lineno}' for f in traceback.extract_tb(error.__traceback__)[-3:]), flush=True)
    signal.alarm(0)
    slowest.append((perf_counter() - began, said or " ".join(word[:60] for word in words)))


def call(*argv: object, stdin: str = "") -> CompletedProcess[str]:
    """Run a command line in this process."""
    streams = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"), *(io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = streams
    try:
        code = run([str(word) for word in argv])
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
    for stream in streams:
        stream.flush()
        stream.seek(0)
    return CompletedProcess(argv, int(code), *(stream.read() for stream in streams[1:]))


if __name__ == "__main__":
    main()
