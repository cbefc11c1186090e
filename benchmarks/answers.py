"""`nnlab predict` on a large CSV, beside pandas reading it alone."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from .measuring import Options, Result, cost, environment, in_turns, middle, nnlab, python, spread, table

READ = "import sys, pandas; pandas.read_csv(sys.argv[1])"
FEW = 1000
TEXT = """## Answering a table

`nnlab predict` of a 32-16 network on a CSV of {rows:,} rows, ten numbers and a class each ({size:.0f} MB), into a CSV
of classes and probabilities; beside a process that reads the file by `pandas.read_csv` and does nothing else. {turns}
turns. Rows a second come from the quickest turns, less what the same process takes for {few:,} rows. The aim is at
least 0.75 of the speed of reading alone. nnlab reads by Arrow, a part at a time: up to four threads parse parts side by
side, another makes them numbers, and another computes and writes. Memory is bounded.

{table}
"""


def measure(options: Options) -> Result:
    """Seconds and MB of both on a few rows and on many."""
    rows = 100_000 if options.quick else 2_000_000
    with TemporaryDirectory(prefix="nnlab-bench-") as name:
        place = Path(name)
        many, few, out, run = (str(place / each) for each in ("many.csv", "few.csv", "answers.csv", "run"))
        for path, count in ((many, rows), (few, FEW)):
            cost(python("-m", "benchmarks.peers.wide_table", path, str(count)))
        env = environment(1, {"NNLAB_RUNS": str(place / "runs")})
        cost(
            nnlab(
                "train", few, "--target", "kind", "--model", "mlp", "--hidden", "32,16", "--epochs", "5", "--out", run
            ),
            env,
        )
        commands = {
            f"{who}, {size}": command
            for size, path in (("many", many), ("few", few))
            for who, command in (
                ("nnlab", nnlab("predict", run, path, "-o", out)),
                ("pandas", python("-c", READ, path)),
            )
        }
        costs = in_turns(commands, options.turns(5), env)
        size = Path(many).stat().st_size / 1e6
    figures = {what: {"wall": [each.wall for each in taken]} for what, taken in costs.items()}
    for what, taken in costs.items():
        figures[what]["memory"] = [each.memory for each in taken]
    return {"rows": rows, "size": size, "figures": figures}


def page(result: Result) -> str:
    """The part of the page that tells these figures."""
    rows, figures = result["rows"], result["figures"]

    def speed(who: str) -> float:
        long, short = (min(figures[f"{who}, {size}"]["wall"]) for size in ("many", "few"))
        return (rows - FEW) / (long - short)

    def row(who: str, told: str) -> list[str]:
        taken = figures[f"{who}, many"]
        memory = f"{middle(taken['memory']) - middle(figures[f'{who}, few']['memory']):.0f}"
        share = f"{speed(who) / speed('pandas'):.2f}"
        return [told, spread(taken["wall"], 2), f"{speed(who):,.0f}", share, f"{middle(taken['memory']):.0f}", memory]

    head = ["", "s, whole process", "rows a second", "of pandas' speed", "MB at the peak", f"MB beyond {FEW:,} rows"]
    told = {"nnlab": "`nnlab predict`", "pandas": "`pandas.read_csv` alone"}
    lines = table(head, [row(who, name) for who, name in told.items()])
    turns = len(figures["nnlab, many"]["wall"])
    return TEXT.format(rows=rows, size=result["size"], turns=turns, few=FEW, table=lines)
