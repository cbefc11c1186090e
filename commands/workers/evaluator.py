"""Evaluates a run's network for the runs page, into the file that is its standard output; see `tui/runs/evaluator.py`.

A screen runs this module, no user does. It ends when its standard input does: then nobody waits for it any more.
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any, BinaryIO

from .answer import answer


def evaluate(path: str, out: BinaryIO) -> None:
    """Write what there is to say of the checkpoint at this path."""
    out.write(json.dumps(evaluated(Path(path)), allow_nan=False).encode("ascii"))


def evaluated(path: Path) -> dict[str, Any]:
    """All that `nnlab eval` can say of a checkpoint on the rows that it was not trained on, as its JSON, with the
    `epoch` of the weights. Raises UsageError as that does."""
    from ...engine.evaluation.failures import WORST
    from ...engine.network import load
    from ...engine.runs.lookup import check_may_read

    network = load(path)
    data = network.checkpoint.config.data.name
    check_may_read(path, data, f"nnlab eval {shlex.quote(str(path))} DATA")
    worst = None if network.schema.image else WORST
    return {**network.evaluate(explain=None, worst=worst).to_json(), "epoch": network.checkpoint.epoch}


if __name__ == "__main__":
    sys.exit(answer(evaluate))
