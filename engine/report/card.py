"""A model card: what a network is, what it is worth and how it is asked, as Markdown that stands by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..checkpoint import Checkpoint
from ..evaluation.evaluate import Evaluation
from ..models.naming import describe_model
from ..page import plain
from ..wording import count, metric_name, number
from .figures import figures_of
from .story import columns_of, config_text, threshold_of

MOST_COLUMNS = 200
MOST_CLASSES = 50


def card(
    checkpoint: Checkpoint,
    evaluation: Evaluation | None = None,
    *,
    name: str,
    source: str = "",
    warnings: Iterable[str] = (),
    trouble: str = "",
) -> str:
    """The card of a checkpoint's network, which `name` is called.

    `source` is what commands find it by (a run's name, a file, `hf:user/name`), the name by default. `evaluation` are
    its figures on the test rows; without one the card has those of the last epoch, and `trouble` says why. `warnings`
    are what somebody should know. No value of a row is in it, but for categories and usual ranges of the columns.
    """
    schema, config, asked = checkpoint.schema, checkpoint.config, source or name
    told = list(warnings)
    parts = [
        _front(checkpoint),
        f"# {_inline(name)}",
        f"A network that answers **{_inline(schema.target)}** ({schema.task}), trained by nnlab on "
        f"{_inline(config.data.name)}.",
        _table(("what", ""), [(key, value) for key, value in _facts(checkpoint).items() if value]),
        "## Figures",
        _figures(checkpoint, evaluation, trouble),
        *(["## To know", "\n".join(f"- {_inline(text)}" for text in told)] if told else []),
        "## Inputs",
        _inputs(checkpoint),
        *(["## Classes", _classes(schema.classes)] if schema.classes else []),
        "## Use",
        _use(checkpoint, asked),
        "## Training",
        "`nnlab train --config config.toml` trains it once more, with this as `config.toml`:",
        _code("toml", config_text(config)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _front(checkpoint: Checkpoint) -> str:
    """The lines by which a hub of models finds it."""
    tabular = "tabular-classification" if checkpoint.schema.classes else "tabular-regression"
    task = "image-classification" if checkpoint.schema.image else tabular
    return f"---\nlibrary_name: nnlab\npipeline_tag: {task}\ntags:\n- nnlab\n- {checkpoint.spec.family}\n---"


def _facts(checkpoint: Checkpoint) -> dict[str, str]:
    config, versions = checkpoint.config, checkpoint.versions
    parameters = sum(int(_size(weight)) for weight in checkpoint.weights.values())
    return {
        "network": f"{describe_model(config.model.model_dump())}, {count(parameters)} numbers",
        "epoch": ""
        if checkpoint.spec.family == "ensemble"
        else f"{count(checkpoint.epoch)} of {count(config.training.epochs)} planned",
        "trained with": ", ".join(f"{what} {version}" for what, version in versions.items()),
        "validation rows": "were trained on as well, in the end" if checkpoint.refit else "",
        "threshold": threshold_of(checkpoint),
    }


def _size(weight: object) -> int:
    shape: Sequence[int] = getattr(weight, "shape", ())
    size = 1
    for length in shape:
        size *= length
    return size


def _figures(checkpoint: Checkpoint, evaluation: Evaluation | None, trouble: str) -> str:
    if evaluation is None:
        last = checkpoint.history[-1] if len(checkpoint.history) else {}
        kept = [(key, value) for key, value in last.items() if key.endswith(("_train", "_valid")) and value == value]
        why = f"Not judged on test rows: {_inline(trouble)} " if trouble else "Not judged on test rows. "
        if not kept:
            return why.rstrip()
        rows = [(metric_name(key.rpartition("_")[0]), key.rpartition("_")[2], number(value)) for key, value in kept]
        return why + "The last epoch had:\n\n" + _table(("", "split", "value"), rows)
    parts = [
        [_inline(one.text), _table(one.heads, one.rows) if one.rows else "", *map(_inline, one.more)]
        for one in figures_of(evaluation, MOST_CLASSES)
    ]
    return "\n\n".join(part for each in parts for part in each if part)


def _inputs(checkpoint: Checkpoint) -> str:
    schema = checkpoint.schema
    if schema.image is not None:
        channels, height, width = schema.image.shape
        return f"Images of {width} x {height} pixels in {'grey' if channels == 1 else 'colour'}; others are resized."
    columns = columns_of(schema)
    more = f"\n\nAnd {len(columns) - MOST_COLUMNS:,} more columns." if len(columns) > MOST_COLUMNS else ""
    return _table(("column", "kind", "usual"), columns[:MOST_COLUMNS]) + more


def _classes(classes: Sequence[str]) -> str:
    more = f", and {len(classes) - MOST_CLASSES:,} more" if len(classes) > MOST_CLASSES else ""
    return ", ".join(f"`{_inline(name)}`" for name in classes[:MOST_CLASSES]) + more


def _use(checkpoint: Checkpoint, source: str) -> str:
    what = "image.png" if checkpoint.schema.image else "rows.csv"
    own = (
        "" if checkpoint.spec.family != "custom" else "\n\nIt is a network of its author's own, whose code is not here."
    )
    return _code("sh", f"nnlab predict {source} {what}\nnnlab serve {source}\n") + own


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(_inline(cell) for cell in line) + " |" for line in lines)


def _code(language: str, text: str) -> str:
    """A block of code, in more backticks than it holds in a row."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{plain(text).rstrip()}\n{fence}"


_SIGNS: Mapping[int, str] = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#~"} | {"\n": " ", "\r": " "})


def _inline(text: str) -> str:
    """Text that may come from data, within a line: it means itself."""
    return plain(text.translate(_SIGNS)) if text != "---" else text
