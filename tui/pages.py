"""The pages of an interactive session, each imported when it is first seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

if TYPE_CHECKING:
    from .lab.lesson import LabLesson


def pages(
    data: str, *, model: str = "", arguments: Sequence[str] = (), lesson: LabLesson | None = None
) -> dict[str, Callable[[], Screen[Any]]]:
    """Makers of the session's screens by name, the lab first; `data` is what the lab and the data page begin with,
    `model` and `arguments` are the lab's first network, as `--model` and `--model-arg` take them; a `lesson` is played
    in it instead."""

    def lab() -> Screen[Any]:
        from .lab.screen import LabScreen

        return LabScreen(data, (model, arguments), lesson=lesson)

    def runs() -> Screen[Any]:
        from .runs.screen import RunsScreen

        return RunsScreen()

    def browse() -> Screen[Any]:
        from .data.screen import DataScreen

        return DataScreen(data)

    def predict() -> Screen[Any]:
        from .predict.screen import PredictScreen

        return PredictScreen()

    return {"lab": lab, "runs": runs, "data": browse, "predict": predict}
