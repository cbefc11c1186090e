"""A run as one page of HTML: all that is known of it, in one file that fetches nothing and needs no script."""

from __future__ import annotations

from collections.abc import Sequence

from ...engine.evaluation.evaluate import Evaluation
from ...engine.page import document, escape, facts, table
from ...engine.report.figures import figures_of
from ...engine.report.story import Story, columns_of, config_text, facts_of
from ...engine.wording import count, metric_name, number
from ..render.captions import Best, caption
from ..render.summaries import EPOCH_COLUMNS, epoch_cell
from ..render.tables import thinned
from .charts import pictures_of, within_page

MOST_EPOCHS = 15
MOST_COLUMNS = 200
MOST_CLASSES = 200
STYLE = """
.pictures { display: flex; flex-wrap: wrap; gap: 1.25rem 2rem; align-items: flex-start; }
figure { margin: 0; max-width: 100%; } figcaption { color: var(--soft); font-size: .85rem; }
figure svg { max-width: 100%; height: auto; display: block; }
ul { padding-left: 1.2rem; margin: .4rem 0; } li { margin: .2rem 0; overflow-wrap: anywhere; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } figure, table { break-inside: avoid; } }
"""
LABELS = {
    "map": "which class is answered where, of two columns",
    "scatter": "predicted values against true ones",
    "matrix": "confusion matrix: true classes down, predicted across",
    "images": "images that the network is wrong about, or least sure of",
    "reliability": "how often answers are right that are said with so much",
    "effects": "what the answers become along the columns that matter most",
    "importance": "by how much answers get worse without each column",
}


def page(story: Story, command: str) -> str:
    """The page of a run; `command` is what makes it once more. Of what is not known, nothing is said."""
    started = story.progress.started
    target = f" that answers {story.schema.target}" if story.schema else ""
    parts = [
        f"<h1>{escape(story.name)}</h1>",
        f'<p class="soft">{escape(f"A network{target}, trained by nnlab on {started.data}." if started else "")}</p>',
        facts(facts_of(story).items()),
        *_section("What it is worth", _evaluation(story)),
        *_section("To know", _list(story.warnings)),
        *_section("Curves and pictures", _pictures(story)),
        *_section("Epochs", _epochs(story)),
        *_section("Columns", _columns(story)),
        *_section("Chosen for the data", _list(story.choices)),
        *_section("Config", _config(story)),
        f'<p class="soft">Made by <code>{escape(command)}</code></p>',
    ]
    return document(f"{story.name} · nnlab", parts, STYLE)


def _section(title: str, inside: str) -> list[str]:
    """A part of the page; none where it has nothing to say."""
    return [f"<h2>{escape(title)}</h2>", inside] if inside else []


def _list(texts: Sequence[str]) -> str:
    return "<ul>" + "\n".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>" if texts else ""


def _evaluation(story: Story) -> str:
    """What `eval` says, or why it says nothing."""
    if story.evaluation is not None:
        return _judged(story.evaluation)
    reached = story.progress.metrics
    rows = [
        [metric_name(key.rpartition("_")[0]), key.rpartition("_")[2], number(value)] for key, value in reached.items()
    ]
    why = f"<p>Not judged on test rows: {escape(story.trouble)}</p>" if story.trouble else ""
    return why + (table(["", "rows", "value"], rows) if rows else "")


def _judged(evaluation: Evaluation) -> str:
    parts = list[str]()
    for one in figures_of(evaluation, MOST_CLASSES, rows=True):
        parts.append(f"<p>{escape(one.text)}</p>" + (table(one.heads, one.rows) if one.rows else ""))
        parts += [f'<p class="soft">{escape(more)}</p>' for more in one.more]
    return "\n".join(parts)


def _pictures(story: Story) -> str:
    """The figures, each with what it is of."""
    found: list[str] = []
    best = Best.of(story.progress)
    for name, draw in pictures_of(story).items():
        taken = story.pictures.get(name)
        label = LABELS.get(name) or f"{metric_name(name)} by epoch"
        said = f"<figcaption>{escape(caption(taken, best))}</figcaption>" if taken else ""
        found.append(f"<figure>{within_page(draw(), name, label)}{said}</figure>")
    return f'<div class="pictures">{"".join(found)}</div>' if found else ""


def _epochs(story: Story) -> str:
    history, best = story.progress.history, story.progress.best_epoch
    if not len(history):
        return ""
    first_last = (*history[:1], *history[-1:])
    present = [
        (key, title) for key, title, _ in EPOCH_COLUMNS if any(record.get(key) is not None for record in first_last)
    ]
    bests = [place for place in range(len(history)) if history[place]["epoch"] == best][:1]
    shown = thinned(len(history), MOST_EPOCHS, bests)
    rows = [
        [
            epoch_cell(key, history[place].get(key)) + (" ★" if key == "epoch" and place in bests else "")
            for key, _ in present
        ]
        for place in shown
    ]
    said = f"{len(shown)} of {count(len(history))} epochs; " if len(shown) < len(history) else ""
    star = f"★ is the best by {story.progress.best_by}" if bests else ""
    return table([title for _, title in present], rows) + f'<p class="soft">{escape(said + star)}</p>'


def _columns(story: Story) -> str:
    schema = story.schema
    if schema is None:
        return ""
    if schema.image is not None:
        channels, height, width = schema.image.shape
        return f"<p>Images of {width} × {height} pixels, {channels} channel{'s' if channels > 1 else ''}.</p>"
    columns = columns_of(schema)
    rows = [list(row) for row in columns[:MOST_COLUMNS]]
    return table(["column", "kind", "usual"], rows, numbers=False) + _more(len(columns) - MOST_COLUMNS, "columns")


def _more(count_: int, what: str) -> str:
    return f'<p class="soft">and {count(count_)} more {what}</p>' if count_ > 0 else ""


def _config(story: Story) -> str:
    if story.checkpoint is None:
        return ""
    command, file = "<code>nnlab train --config config.toml</code>", "<code>config.toml</code>"
    said = f"<p>{command} trains it once more, with this as {file}:</p>"
    return f"{said}<pre>{escape(config_text(story.checkpoint.config))}</pre>"
