"""Send a served network hostile bodies and count what comes: `python tests/torture/serve.py [BODIES] [SEED]`.

The networks and questions are those of `stream.py`, sent as bodies of several types, some as CSV, some as forms, some
broken on the way. Each must be answered by a status below 500 with a JSON object (or a CSV, or the page), and the next
one as well. The server's memory is read after a quarter of them and at the end.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from stream import NNLAB, Asker, _networks, _pictures

GROWTH = 32  # MiB between a quarter of the bodies and the end: the largest of them leave holes
TYPES = (
    *("application/json", "application/json; charset=utf-16", "text/csv", "image/png", "text/plain", "", "x" * 5000),
    *(
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/a+json",
    ),
)


def main(bodies: int, seed: int) -> None:
    """Train the three networks, serve each of them, and send it its share."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NNLAB_RUNS"] = f"{folder}/runs"
        files = _pictures(Path(folder), random.Random(seed))
        for name, words in _networks(Path(folder)).items():
            subprocess.run([*NNLAB, "train", *words, "--name", name, "--quiet"], check=True, stdout=subprocess.DEVNULL)
            attack(name, files, bodies, f"{seed} {name}")


def attack(name: str, files: list[str], count: int, seed: str) -> None:
    """Send so many bodies to one network."""
    words = [*NNLAB, "serve", name, "--port", "0"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    connection = http.client.HTTPConnection(server.stdout.readline().strip().removeprefix("http://"), timeout=60)
    connection.request("GET", "/inputs")
    told = json.loads(connection.getresponse().read())
    names, rng = [one["name"] for one in told["inputs"]], random.Random(seed)
    seen, held, begun = Counter[int](), list[float](), time.monotonic()
    for number, line in enumerate(Asker(names, told["image"], files, seed).lines(count)):
        body, kind, path = dressed(line, rng, names)
        try:
            connection.request("POST", path, body, {"content-type": kind})
            reply = connection.getresponse()
            said = reply.read()
        except (http.client.HTTPException, OSError) as error:
            raise SystemExit(f"no answer ({error!r}) to {kind[:50]} {body[:300]!r}") from None
        check(reply, said, body)
        seen[reply.status] += 1
        if number % (count // 4) == 1:
            held.append(memory(server.pid))
    held.append(memory(server.pid))
    grown, rate = held[-1] - held[1], count / (time.monotonic() - begun)
    server.send_signal(signal.SIGTERM)
    _, errors = server.communicate(timeout=60)
    counts = ", ".join(f"{times:,} with {status}" for status, times in sorted(seen.items()))
    sizes = ", ".join(f"{one:.0f}" for one in held)
    print(f"{name}: {seen.total():,} answered, {counts}; {rate:.0f} a second; memory {sizes} MiB", flush=True)
    if grown > GROWTH or "Traceback" in errors or server.returncode != 143:
        raise SystemExit(f"it grew, failed or ended otherwise ({server.returncode}):\n{errors[-3000:]}")


def dressed(line: bytes, rng: random.Random, names: list[str]) -> tuple[bytes, str, str]:
    """A question as a body, its type, and where it goes."""
    chance = rng.random()
    if chance < 0.6:
        return line, "application/json", "/predict"
    if chance < 0.7:
        return b"[" + b",".join([line] * rng.randrange(4)) + b"]", "application/json", "/predict"
    if chance < 0.8:
        cells = [line[:200], b"1", b"x", b'"', b"", b"\xff", b"\0", b"=1", "é".encode(), b"1e999"]
        rows = [b",".join(rng.choice(cells) for _ in names) for _ in range(rng.randrange(5))]
        return b"\n".join([",".join(names).encode(), *rows]), "text/csv", "/predict"
    if chance < 0.9:
        return line, rng.choice(TYPES), "/predict"
    return line, rng.choice(TYPES), "/"


def check(reply: Any, told: bytes, body: bytes) -> None:
    """End where a reply is none that this server gives."""
    kind = reply.headers.get("content-type", "")
    wrong = reply.status >= 500
    if kind == "application/json":
        wrong |= not isinstance(json.loads(told), dict)
    else:
        wrong |= not kind.startswith(("text/csv", "text/html"))
    if wrong:
        raise SystemExit(f"{reply.status} {kind} {told[:500]!r} to {body[:500]!r}")


def memory(process: int) -> float:
    """MiB that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *(10_000, 1)[len(numbers) :])
