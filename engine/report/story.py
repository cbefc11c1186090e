"""Everything that is known of a run, gathered once for whoever tells it: a page, a card, a picture. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..config import Config
from ..data.schema import Schema
from ..events import Event, Noted, PictureTaken
from ..models.naming import describe_model
from ..runs.folder import RunFolder
from ..runs.log import events_of
from ..runs.progress import Progress
from ..wording import count, duration, short

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint
    from ..evaluation.evaluate import Evaluation

MOST_NOTES = 200  # different ones that are kept


@dataclass
class Story:
    """A run as told: `progress` has its epochs and its end, `pictures` the last of each kind, `notes` what it warned of
    and what was chosen for the data. `checkpoint` is the final one, None where there is none yet; `evaluation` what
    that is worth on the test rows, None where it could not be judged, for which `trouble` is the reason."""

    name: str
    progress: Progress = field(default_factory=Progress)
    pictures: dict[str, PictureTaken] = field(default_factory=dict[str, PictureTaken])
    notes: list[Noted] = field(default_factory=list[Noted])
    checkpoint: Checkpoint | None = None
    evaluation: Evaluation | None = None
    trouble: str = ""

    def follow(self, event: Event) -> None:
        """Take the next event."""
        self.progress.follow(event)
        if isinstance(event, PictureTaken) and event.kind != "network" and not event.step:
            self.pictures[event.kind] = event
        elif isinstance(event, Noted) and event.level != "info" and len(self.notes) < MOST_NOTES:
            self.notes += [] if any(event.text == note.text for note in self.notes) else [event]

    @property
    def schema(self) -> Schema | None:
        """How rows become the network's input, where there is a checkpoint."""
        return self.checkpoint.schema if self.checkpoint else None

    @property
    def warnings(self) -> list[str]:
        """What somebody should know of the data and of the figures."""
        said = [note.text for note in self.notes if note.level == "warning"]
        return [*said, *(self.evaluation.notes if self.evaluation else ())]

    @property
    def choices(self) -> list[str]:
        """What was chosen for the data at hand."""
        return [note.text for note in self.notes if note.level == "choice"]


def story_of(folder: RunFolder) -> Story:
    """What a run's log tells. UsageError where it cannot be read, or no run has begun there."""
    story = Story(folder.name)
    for event in events_of(folder):
        story.follow(event)
    return story


def facts_of(story: Story) -> dict[str, str]:
    """What was trained on what, and how, each in a line; empty where nothing is known of it."""
    started, finished = story.progress.started, story.progress.finished
    if started is None:
        return {}
    rows = ", ".join(f"{count(number)} {name}" for name, number in started.rows.items())
    best = story.progress.best_epoch
    ended = {"epochs": "all its epochs", "early_stop": "no better epoch came", "diverged": "it diverged"}
    end = ended.get(finished.stopped_by, f"it was stopped ({finished.stopped_by})") if finished else "it has not ended"
    return {
        "data": f"{started.data} ({started.task})",
        "rows": rows,
        "target": story.schema.target if story.schema else "",
        "network": f"{describe_model(started.section('model'))}, {count(started.parameters)} parameters",
        "training": _training(started.section("training"), started.device),
        "epochs": f"{count(story.progress.epoch)}" + (f", the best of them {count(best)}" if best else "") + f"; {end}",
        "time": duration(finished.seconds) if finished else "",
        "validation": "on the test rows, as its recipe says" if started.validates_on_test else "",
        "threshold": threshold_of(story.checkpoint) if story.checkpoint else "",
    }


def threshold_of(checkpoint: Checkpoint) -> str:
    """From which probability on the second of two classes is answered; empty where the most probable class is."""
    if checkpoint.threshold is None:
        return ""
    return f"{checkpoint.schema.classes[1]!r} is answered from a probability of {checkpoint.threshold:.3g} on"


def _training(training: dict[str, Any], device: str) -> str:
    parts = [str(training.get("optimizer", "")), f"lr {short(float(training['lr']))}" if "lr" in training else ""]
    parts.append(f"{training['scheduler']} schedule" if training.get("scheduler", "none") != "none" else "")
    parts += [f"{word} {training[key]}" for key, word in (("batch_size", "batch"), ("seed", "seed")) if key in training]
    return ", ".join(part for part in [*parts, f"on {device}"] if part)


def columns_of(schema: Schema) -> list[tuple[str, str, str]]:
    """The columns that a row must have: name, kind, and usual values in a few words."""
    from ..prediction.inputs import describe

    return [(one["name"], one["kind"], _usual(one)) for one in describe(schema)["inputs"]]


def _usual(told: dict[str, Any]) -> str:
    if told["kind"] == "number":
        return f"{told['low']:.4g} to {told['high']:.4g}"
    values = [str(value) for value in told.get("values", ())]
    if told["kind"] == "date":
        return f"{values[0]} to {values[-1]}" if values else ""
    return ", ".join(values[:8]) + (f", … ({len(values):,} in all)" if len(values) > 8 else "")


def config_text(config: Config) -> str:
    """The config as TOML, which `nnlab train --config` reads."""
    from ..config import write_toml

    return write_toml(config)
