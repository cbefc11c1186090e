"""How many questions a served network answers: `python benchmarks/serve.py [SECONDS] [CLIENTS]`.

Trains a network on auto-mpg, serves it, and has so many clients ask one row after another, each on a connection of its
own that is kept; then with a hundred rows a question. Prints questions and rows a second, how long one takes (half of
them, 99 of 100, the longest), how many were not answered rightly, and what the server holds in memory at the beginning,
in the middle and at the end. The clients take a part of the same processor's time.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROW = {
    **{"Cylinders": 4, "Displacement": 140.5, "Horsepower": 90, "Weight": 2760, "Acceleration": 15.5},
    **{"Model Year": 76, "Origin": 1},
}
NNLAB = [sys.executable, "-m", "nnlab"]


@dataclass
class Tally:
    """What came: how long each question took, and those that were answered wrongly or not at all."""

    seconds: list[float] = field(default_factory=list[float])
    lost: int = 0


async def client(port: int, body: bytes, expected: bytes, end: float, tally: Tally) -> None:
    """Ask until the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    question = head.encode() + b"\r\n\r\n" + body
    while time.perf_counter() < end:
        begun = time.perf_counter()
        writer.write(question)
        try:
            told = await reader.readuntil(b"\r\n\r\n")
            length = int(told.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            tally.lost += 1
            return
        tally.seconds.append(time.perf_counter() - begun)
        tally.lost += not told.startswith(b"HTTP/1.1 200") or answer != expected
    writer.close()


async def first(port: int, body: bytes) -> bytes:
    """The answer that all the others must be equal to."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    kinds = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close"
    writer.write(f"POST /predict HTTP/1.1\r\nhost: localhost\r\n{kinds}\r\n\r\n".encode() + body)
    return (await reader.read()).split(b"\r\n\r\n", 1)[1]


async def measure(port: int, process: int, rows: int, seconds: float, clients: int) -> None:
    """One measurement, printed."""
    body = json.dumps(ROW if rows == 1 else [ROW] * rows).encode()
    expected, tally, held = await first(port, body), Tally(), [memory(process)]
    begun = time.perf_counter()
    end = begun + seconds
    asking = [asyncio.create_task(client(port, body, expected, end, tally)) for _ in range(clients)]
    await asyncio.sleep(seconds / 2)
    held.append(memory(process))
    await asyncio.gather(*asking)
    took, times = time.perf_counter() - begun, sorted(tally.seconds)
    held.append(memory(process))
    spread = ", ".join(f"{name} {1000 * times[int(part * (len(times) - 1))]:.1f} ms" for name, part in PARTS)
    rate = len(times) / took
    told = f"{rate:,.0f} questions and {rate * rows:,.0f} rows a second"
    print(
        f"{clients} clients, {rows} row{'s' * (rows > 1)} a question: {told}; {spread}; "
        f"{tally.lost} of {len(times):,} lost; memory {', '.join(f'{one:.0f}' for one in held)} MiB"
    )


PARTS = (("half", 0.5), ("99 %", 0.99), ("longest", 1.0))


def memory(process: int) -> float:
    """MiB that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(seconds: float = 20, clients: int = 100) -> None:
    """Train, serve, measure."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NNLAB_RUNS"] = folder
        subprocess.run([*NNLAB, "train", "auto-mpg", "--epochs", "20", "--name", "mpg", "--quiet"], check=True)
        server = subprocess.Popen([*NNLAB, "serve", "mpg", "--port", "0"], stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        port = int(server.stdout.readline().rpartition(":")[2])
        for rows, asking in ((1, 1), (1, clients), (100, clients)):
            asyncio.run(measure(port, server.pid, rows, seconds, asking))
        server.send_signal(signal.SIGTERM)
        print(f"ended with exit code {server.wait(timeout=60)}")


if __name__ == "__main__":
    words = sys.argv[1:]
    main(float(words[0]) if words else 20, int(words[1]) if words[1:] else 100)
