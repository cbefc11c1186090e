"""Ask three networks hostile questions and count what comes: `python tests/torture/stream.py [LINES] [SEED]`.

The networks are of a table (numbers, categories, a date), an mlp and a cnn of images. Each line goes to a process of
`nnlab predict --stream`. Every one must be answered, in order, by one line of strict JSON with its row, and nothing but
a few warnings may come on stderr; anything else ends the script. Memory is read after a quarter of the lines and at the
end.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

LONGEST_ANSWER, LONGEST_ERROR = 2**20, 1000
FEWEST_WARNINGS = 110
GROWTH = 12  # MiB between a quarter of the lines and the end
TEXTS = (
    *(
        "",
        "x",
        "1,5",
        "1.5",
        "1e5",
        "NaN",
        "?",
        "a",
        "\ud800",
        "\udfff",
        "\x00",
        "\u2028",
        "yes",
        "2020-01-01",
        "2020-13-45",
    ),
    *(
        "2020-01-01",
        "9999-12-31",
        "0001-01-01",
        "١٢",
        "1_000",
        "０",
        "$5",
        "5 %",
        "inf",
        "-inf",
        "Infinity",
        "0x10",
        "1e999",
    ),
    *(" 1 ", "é" * 1000, "x" * 100_000, "a" * 5000, "../" * 50, "\x1b[31m", "{", '"', "\\"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 5, 1.5, 1e308, -1e308, 5e-324, 10**30, 10**400, 10**4000, float("nan"), float("inf")),
    *([], {}, [1], [[1]], {"a": 1}, [None], [{}], *TEXTS),
)
FILES = (
    *("/dev/zero", "/dev/null", "/dev/stdin", "/dev/tty", "/etc", "/proc/self/mem", "/proc/kmsg", "x\0y", "nope.png"),
    *("é" * 1000, "a" * 5000, "\ud800", "", ".", "~"),
)
WHOLE = (
    *('"inputs"', "inputs", '"INPUTS"', "{}", "null", "true", '""', '{"":1}', '{"a":1}}', '{"a":1}{"a":1}', "5", "[]"),
    *('\ufeff{"a":1}', "NaN", "-", "1e999", '{"a":1,"a":2}', '{"a":}', "{" * 5000, '[{"a":1}]', "\x0c", "9" * 10_000),
)


class Asker:
    """Makes lines for a network, the same ones for a seed: good ones, odd ones, broken ones."""

    def __init__(self, names: list[str], image: list[int] | None, files: list[str], seed: str) -> None:
        self.names, self.image, self.files, self.rng = names, image, files, random.Random(seed)

    def lines(self, count: int) -> Iterator[bytes]:
        """So many lines, less the blank ones among them."""
        return (line for line in (self.line() for _ in range(count)) if not line.isspace())

    def line(self) -> bytes:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.70:
            text = json.dumps(self.picture() if self.image else self.row(), ensure_ascii=rng.random() < 0.7)
        elif kind < 0.76:
            text = json.dumps(self.value())
        elif kind < 0.80:
            text = rng.choice("[{") * rng.choice([1, 10, 500, 999, 5000, 100_000])
        elif kind < 0.86:
            text = self.deep(rng.choice([5, 50, 60, 64, 65, 300, 900, 950, 975, 985, 995, 2000]))
        elif kind < 0.90:
            return bytes(rng.randrange(256) for _ in range(rng.randrange(200))).replace(b"\n", b"") + b"\n"
        elif kind < 0.92:
            text = '{"a":"' + "x" * rng.choice([10, 10**6]) + '"}'
        elif kind < 0.96:
            text = rng.choice(WHOLE)
        else:
            text = json.dumps(self.picture() if self.image else self.row())
            place = rng.randrange(max(1, len(text)))
            text = text[:place] + chr(rng.randrange(1, 300)) + text[place + 1 :]
        return text.replace("\n", " ").encode("utf-8", "surrogatepass") + b"\n"

    def value(self, depth: int = 0) -> Any:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.75 or depth > 4:
            return rng.choice(VALUES)
        if kind < 0.9:
            return [self.value(depth + 1) for _ in range(rng.randrange(4))]
        return {
            rng.choice(["a", "x", "", ".", "geo", "\ud800"]): self.value(depth + 1) for _ in range(rng.randrange(3))
        }

    def row(self) -> dict[str, Any]:
        rng, row = self.rng, dict[str, Any]()
        for name in self.names:
            if rng.random() < 0.97:
                row[name] = self.value() if rng.random() < 0.1 else rng.choice([1, 2.5, "3", "a", "2020-01-01"])
        if rng.random() < 0.1:
            row[rng.choice(["extra", "y", "\ud800", "", f"new{rng.random()}"])] = self.value()
        if rng.random() < 0.15:
            rows = rng.randrange(5)
            return {name: [rng.choice([value, 1]) for _ in range(rows)] for name, value in row.items()}
        return row

    def picture(self) -> dict[str, Any]:
        rng = self.rng
        if rng.random() < 0.2:
            return {"file": rng.choice([*FILES, *self.files])}
        assert self.image is not None
        channels, height, width = self.image
        plane = [[rng.choice([0, 5, 255, 16]) for _ in range(width)] for _ in range(height)]
        pixels: Any = [plane] * channels if rng.random() < 0.5 else plane
        kind = rng.random()
        if kind < 0.3:
            plane[rng.randrange(height)][rng.randrange(width)] = self.value()
        elif kind < 0.4:
            pixels = [pixels] * rng.choice([0, 1, 2, 3])
        elif kind < 0.5:
            pixels = self.value()
        return {"pixels": pixels, **({"file": rng.choice(FILES)} if rng.random() < 0.05 else {})}

    def deep(self, depth: int) -> str:
        opened, closed = self.rng.choice([('{"a":', "}"), ("[", "]")])
        name = self.rng.choice([*self.names, "pixels", "extra"])
        inner = opened * depth + "1" * (opened != "[") + closed * depth
        return (
            json.dumps(dict.fromkeys(self.names, 1))[:-1]
            + ("," if self.names else "")
            + f"{json.dumps(name)}:{inner}}}"
        )


def main(lines: int, seed: int) -> None:
    """Train the three networks, ask each of them, and print the counts."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NNLAB_RUNS"] = f"{folder}/runs"
        files = _pictures(Path(folder), random.Random(seed))
        for name, words in _networks(Path(folder)).items():
            subprocess.run([*NNLAB, "train", *words, "--name", name, "--quiet"], check=True, stdout=subprocess.DEVNULL)
            _ask(name, files, lines, f"{seed} {name}")


NNLAB = [sys.executable, "-m", "nnlab"]


def _networks(folder: Path) -> dict[str, list[str]]:
    """The words of `nnlab train` for each."""
    rng = random.Random(1)
    rows = ["amount,count,day,town,street,member,price"]
    for number in range(300):
        day, street = f"20{number % 20 + 10}-0{number % 9 + 1}-11", f"s{number % 40}"
        town, member = rng.choice(["Bern", "Wien", "Rom"]), rng.choice(["yes", "no"])
        rows.append(f"{rng.uniform(1, 90):.2f},{number % 7},{day},{town},{street},{member},{rng.uniform(5, 9):.3f}")
    table = folder / "table.csv"
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    few = ["--epochs", "2"]
    return {
        "table": [str(table), "--target", "price", "--kind", "street=category", *few],
        "mlp": ["digits", "--model", "mlp", *few],
        "cnn": ["digits", "--model", "cnn", *few],
    }


def _pictures(folder: Path, rng: random.Random) -> list[str]:
    """Image files: whole ones, of other sizes, damaged, cut off, none at all."""
    import numpy as np
    import PIL.Image

    paths: list[str] = []
    for number in range(60):
        path = folder / f"picture {number}.{rng.choice(['png', 'jpg'])}"
        side = rng.choice([8, 8, 9, 30])
        PIL.Image.fromarray(np.full((side, side, 3), number, np.uint8)).save(path)
        data = bytearray(path.read_bytes())
        for _ in range(rng.choice([0, 0, 1, 3, 20])):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.randrange(len(data))] if rng.random() < 0.2 else data)
        paths.append(str(path))
    os.mkfifo(folder / "pipe.png")
    return [*paths, str(folder / "pipe.png"), str(folder)]


def _ask(name: str, files: list[str], count: int, seed: str) -> None:
    """Ask a network so many lines, and look at every answer."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*NNLAB, "predict", name, "--stream"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'"inputs"\n')
        process.stdin.flush()
        told = json.loads(process.stdout.readline())
        about = ([one["name"] for one in told["inputs"]], told["image"], files, seed)
        Thread(target=_write, args=(process.stdin, Asker(*about).lines(count)), daemon=True).start()
        counts, memory = Counter[str](), [0]
        for number, line in enumerate(Asker(*about).lines(count), 2):
            counts[_judged(process.stdout.readline(), number, line)] += 1
            if number == count // 4:
                memory = [_memory(process.pid)]
            if number % 1000 == 0:
                memory.append(_memory(process.pid))
        assert process.stdout.read() == b"", "more answers than lines"
        assert process.wait() == 0
        said.seek(0)
        warnings = said.read().decode().splitlines()
        assert len(warnings) < FEWEST_WARNINGS
        assert all(line.startswith("Warning: ") for line in warnings), warnings
    for what, times in sorted(counts.items()):
        print(f"{times:7,} {what}")
    told = f"memory {memory[0]} MiB after a quarter of them, {memory[-1]} MiB at the end"
    print(f"{counts.total():7,} lines of {name} in all, {len(warnings)} warnings, {told}", flush=True)
    assert memory[-1] < memory[0] + GROWTH


def _judged(answer: bytes, number: int, line: bytes) -> str:
    """What kind of answer a line got; AssertionError for one that breaks the promise."""
    assert answer.endswith(b"\n"), f"the stream ended at line {number}: {line[:200]!r}"
    body = json.loads(answer.decode("ascii"), parse_constant=_fail)
    assert (next(iter(body)), body["row"]) == ("row", number), (answer[:200], line[:200])
    assert len(answer) < LONGEST_ANSWER, line[:200]
    if "error" not in body:
        return "answered"
    assert len(body["error"]) < LONGEST_ERROR, line[:200]
    if " cannot be answered (" not in body["error"]:
        return "refused in a sentence"
    print(f"        {body['error']} {line[:150]!r}")
    return "caught by the last net"


def _write(stream: Any, lines: Iterator[bytes]) -> None:
    for line in lines:
        stream.write(line)
    stream.close()


def _fail(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def _memory(process: int) -> int:
    """What a process has in memory, in MiB."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *(50_000, 1)[len(numbers) :])
