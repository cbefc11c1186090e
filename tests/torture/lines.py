"""Write random lines into runs' logs, films and requests, and count what becomes of them:
`python tests/torture/lines.py [LINES] [SEED]`.

However odd a line is, the run beside must stay as it is, the odd one must be shown or told in a sentence by every
view, and a training that reads it among its requests must train on. Anything else ends the script with its traceback,
the line's number and the seed.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent.parent / "trust"))

import doors
import odd

from nnlab.engine.config import validate
from nnlab.engine.events import Noted
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.control import Inbox
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.summary import list_runs
from nnlab.engine.training.controller import Controller
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.saving import Saver
from nnlab.engine.training.session import begin

REQUESTS = [
    *({"request": name} for name in ("pause", "resume", "epoch", "save")),
    {"request": "set", "lr": 0.1, "l1": 0.0, "weight_decay": 0.01, "batch_size": 16},
    {"request": "pictures", "every": 0.0, "until": 2e9, "width": 8, "height": 6, "axes": ["x1", "x2"]},
    {"request": "pictures", "every": 0.0, "until": 2e9, "width": 9, "height": 6, "kinds": ["network", "map"]},
]


def main(lines: int, seed: int) -> None:
    """Write so many odd logs and sets of requests, and an eighth of films and configs, and print what was told of them,
    the slowest and the memory's peak."""
    with tempfile.TemporaryDirectory() as root:
        os.environ["NNLAB_RUNS"] = root
        kinds = [("log", in_log, lines), ("request", in_requests, lines)]
        for name, work, most in [*kinds, ("film", in_film, lines // 8), ("config", in_config, lines // 8)]:
            counts, slowest = Counter[str](), 0.0
            for number in range(most):
                rng, began = random.Random(f"{seed} {name} {number}"), perf_counter()
                try:
                    counts += work(Path(root), rng)
                except BaseException:
                    print(f"at line {number} of kind {name}, seed {seed}", file=sys.stderr)
                    raise
                slowest = max(slowest, perf_counter() - began)
            said = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
            print(f"{most:,} of kind {name}: {said}; slowest {slowest:.2f} s", flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB, seed {seed}")


def in_log(root: Path, rng: random.Random) -> Counter[str]:
    """An odd line somewhere in a log, in place of one or beside it."""
    lines = odd.real_lines()
    place = rng.randrange(len(lines))
    lines[place : place + rng.randrange(2)] = [odd.odd_line(rng, [json.loads(line) for line in lines])]
    return _beside(root, odd.make_run(root / "odd", lines))


def in_film(root: Path, rng: random.Random) -> Counter[str]:
    """An odd line in a film, beginning as all of its lines do."""
    folder = odd.make_run(root / "odd")
    bodies = [json.loads(line) for line in odd.real_lines() if b'"picture"' in line]
    folder.film.write_bytes(b"".join(odd.odd_line(rng, bodies) + b"\n" for _ in range(3)))
    return _beside(root, folder)


def in_config(root: Path, rng: random.Random) -> Counter[str]:
    """A config that is odd somewhere."""
    folder = odd.make_run(root / "odd")
    text = '[data]\nname = "xor"\n[model]\nfamily = "custom"\nfile = "net.py"\nhidden = [4]\nclass_name = "Net"\n'
    words = text.split(" ")
    words[rng.randrange(len(words))] = rng.choice(["[" * 5000, "1e999", "{}", "nan", '"\\u0000.py"', "[[1]]", "\x00"])
    folder.config.write_text(" ".join(words))
    folder.best.touch()
    return _beside(root, folder)


def _beside(root: Path, folder: RunFolder) -> Counter[str]:
    """Go through every door, and see that the good run beside is as it was."""
    odd.make_run(root / "good")
    told = doors.go_through(root, folder.name)
    assert [run.status for run in list_runs() if run.folder.name == "good"] == ["finished"]
    return told


def in_requests(root: Path, rng: random.Random) -> Counter[str]:
    """Odd lines among a training's requests, looked at between two steps."""
    tree = {"data": {"name": "xor", "samples": 40}, "model": {"hidden": [3]}, "training": {"epochs": 5}}
    session, folder = begin(validate(tree, source="test")), claim(stem="asked")
    controller = Controller(Inbox.from_now_on(folder), StopRequest(), Saver(folder, "1e"))
    folder.control.write_bytes(b"".join(odd.odd_line(rng, [*REQUESTS]) + b"\n" for _ in range(5)))
    controller.looked_at, controller.stop.reason = -1e9, "interrupt"  # so that it does not wait while it is paused
    events = list(controller.look(session))
    session.begin_epoch()
    session.steps.run(0, [session.rate(step) for step in range(session.total_steps)])
    for path in folder.path.iterdir():
        path.unlink()
    folder.path.rmdir()
    return Counter({"noted": sum(isinstance(event, Noted) and event.level == "warning" for event in events)})


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *(2_000, 1)[len(numbers) :])
