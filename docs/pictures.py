"""`make pictures`: train for real and export what nnlab shows as SVG, for README and docs."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from nnlab.engine.events import Event
from nnlab.engine.resolve import resolve
from nnlab.engine.training.train import train
from nnlab.tui.render.blocks import Block
from nnlab.tui.render.palette import Look
from nnlab.tui.render.report import report

HERE = Path(__file__).parent / "pictures"
REPORTS = {
    "report-spiral": ("spiral", {"data": {"classes": 3}, "training": {"epochs": 150}}),
    "report-mnist": ("mnist", {"training": {"epochs": 3}}),
    "report-auto-mpg": ("auto-mpg", {"training": {"epochs": 60}}),
}


def export(name: str, block: Block, width: int) -> None:
    """Write a renderable as an SVG of a terminal."""
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=width, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(block)
        console.save_svg(str(HERE / f"{name}.svg"), title="nnlab")


def main() -> None:
    """Export every picture."""
    HERE.mkdir(exist_ok=True)
    for name, (data, flags) in REPORTS.items():
        events: list[Event] = list(train(resolve(data, flags=dict(flags))))
        export(name, report(events, 100, Look(colour=True, ascii=False)), 100)


if __name__ == "__main__":
    main()
