"""Kill sweeps at random moments, the parent or one of its trials, go on with them, compare them with untouched ones:
`python tests/torture/sweeps.py [SWEEPS] [SEED] [database]`. Each sweep takes ten kills. A difference ends the script,
with its seed. With `database`, the study of each is in one of SQLite's.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic, sleep
from typing import Any

KILLS, TRIALS, JOBS = 10, 6, 2
WORDS = (
    "xor",
    "--samples",
    "300",
    "--lr",
    "1e-3..1",
    "--hidden",
    "8 | 4,4",
    "--epochs",
    "800",
    "--trials",
    str(TRIALS),
)
OFTEN = ("--checkpoint-every", "0.1s", "--no-halving", "--jobs", str(JOBS), "--quiet")


def main(sweeps: int, seed: int, *, database: bool) -> None:
    """Torture so many sweeps and print what was counted."""
    began, hits = monotonic(), {"parent": 0, "trial": 0}
    for number in range(sweeps):
        rng = random.Random(f"{seed} {number}")
        with tempfile.TemporaryDirectory() as folder:
            os.environ |= {"NNLAB_RUNS": folder, "OMP_NUM_THREADS": "1"}
            if database:
                os.environ["NNLAB_STORAGE"] = f"sqlite:///{folder}/study.db"
            whole = _begin("sweep", *WORDS, *OFTEN, "--name", "whole")
            start = monotonic()
            assert whole.wait() == 0, whole.communicate()
            share = (monotonic() - start) / KILLS
            for _ in range(KILLS):
                which = _killed(Path(folder), rng, rng.uniform(0, 3 * share))
                if which:
                    hits[which] += 1
            last = _begin(*_words(Path(folder)))
            assert last.wait() == 0, last.communicate()
            _compare(Path(folder), f"seed {seed}, sweep {number}")
    print(
        f"{sweeps * KILLS} kills at {sweeps} sweeps, seed {seed}: {hits['parent']} hit the parent, {hits['trial']} a "
        f"trial and the parent; every sweep ended as an untouched one, every trial was told once; "
        f"{monotonic() - began:.0f} s"
    )


def _words(folder: Path) -> list[str]:
    """How the sweep begins, or goes on."""
    if (folder / "parted" / "sweep.toml").exists():
        return ["sweep", "--resume", "parted", "--jobs", str(JOBS), "--quiet"]
    if (folder / "parted").exists():
        shutil.rmtree(folder / "parted")
    return ["sweep", *WORDS, *OFTEN, "--name", "parted"]


def _begin(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "nnlab", *words], stderr=subprocess.PIPE, text=True)


def _killed(folder: Path, rng: random.Random, seconds: float) -> str:
    """Let the sweep go on for so long, then kill it or one of its trials; which of them, if one was hit."""
    process = _begin(*_words(folder))
    end = monotonic() + seconds
    while monotonic() < end and process.poll() is None:
        sleep(0.01)
    trainers = _children(process.pid)
    if process.poll() is not None:
        assert process.returncode == 0, process.communicate()
        return ""
    if trainers and rng.random() < 0.5:
        os.kill(rng.choice(trainers), signal.SIGKILL)
        sleep(rng.uniform(0, seconds))
        process.kill()
        process.communicate()
        return "trial"
    process.kill()
    process.communicate()
    return "parent"


def _children(parent: int) -> list[int]:
    """The processes that this one has started."""
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True).stdout
    return [int(word) for word in said.split()]


def _compare(folder: Path, which: str) -> None:
    """AssertionError where the sweep that was killed is another one than the untouched, or has anything twice."""
    whole, parted = (_events(folder / name / "sweep.jsonl") for name in ("whole", "parted"))
    ended = {
        name: [_told(body) for body in bodies if body["event"] == "trial_ended"]
        for name, bodies in (("whole", whole), ("parted", parted))
    }
    assert sorted(ended["parted"]) == sorted(ended["whole"]), which
    places = [[(place["trial"], place["values"]) for place in bodies[-1]["places"]] for bodies in (whole, parted)]
    assert places[0] == places[1], (which, places)
    assert whole[-1]["test"] == parted[-1]["test"], which
    runs = {entry.name.replace("parted", "whole") for entry in folder.iterdir() if entry.name.startswith("parted-")}
    assert runs == {entry.name for entry in folder.iterdir() if entry.name.startswith("whole-")}, which


def _told(body: dict[str, Any]) -> tuple[Any, ...]:
    return body["trial"], json.dumps(body["point"], sort_keys=True), body["outcome"], body["value"], body["epochs"]


def _events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word != "database"]
    main(*numbers, *(5, 1)[len(numbers) :], database="database" in sys.argv[1:])
