"""`nnlab predict`: answers to new rows, as a stream that takes no more memory for a long file than for a short one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO, TypeVar

import numpy as np
import pyarrow as pa

from ..checkpoint import Checkpoint
from ..config import DataConfig
from ..data.columns.values import Decimal
from ..data.drift import Drifts
from ..data.reading.matching import Note
from ..data.reading.names import find_files
from ..data.reading.rows import read_file, read_table, read_written
from ..data.reading.tally import Tally
from ..data.reading.text_format import TextFormat, check_untold, format_like
from ..data.schema import Schema
from ..errors import UsageError, shown
from ..evaluation.conformal import margin_at, set_of
from ..evaluation.rules import rule_of
from ..models.families import check_fit
from ..tensors import float_arrays
from .forward import Forward, forward_of
from .images import find_images, is_image, read_images

Item = TypeVar("Item")
Chunk = tuple[np.ndarray, list[str]]

STDIN, INPUT = "-", "standard input"
MOST_NAMED = 20  # columns in a sentence


@dataclass(frozen=True)
class Predictions:
    """Answers to some consecutive rows, the first of them numbered `first` (from 1).

    Classes: `answers` are indices (rows,) into `classes` and `probabilities` is float64 (classes, rows); they are -1
    and NaN where the network gives no number. Regression: `answers` are float64 values in the target's own units.
    Of an interval, `margin` is what is added to values and taken from them, and `sets` bool (classes, rows) says which
    classes are in it; both are None otherwise. `files` names the images where the rows are images.
    """

    first: int
    answers: np.ndarray
    classes: list[str]
    probabilities: np.ndarray | None
    files: list[str]
    margin: float | None = None
    sets: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.answers)


Predictor = Callable[[np.ndarray, int, list[str]], Predictions]
Told = Callable[[Tally], None]
"""Is given what was met among the values of a source, once that is read."""
ToRows = Callable[[Schema, pa.Table, Tally], np.ndarray]
"""Makes an array of as many rows as a table has of it, as a predictor takes them."""


def prepared(schema: Schema, table: pa.Table, tally: Tally) -> np.ndarray:
    """The rows of a table as networks are given them. Raises UsageError as `Schema.transform` does."""
    return schema.transform(table, tally=tally)


def predict(
    checkpoint: Checkpoint,
    source: str | Sequence[str] | None,
    note: Note,
    *,
    rows: Sequence[str] = (),
    stdin: BinaryIO | None = None,
    told: DataConfig | None = None,
    interval: int | None = None,
    strict: bool = False,
) -> Iterator[Predictions]:
    """The network's answers to files of tables, images and folders of them (several where `source` is a sequence, or
    a pattern), `-` (standard input), or rows written out as `x1=1,x2=2`. `told` tells how texts are written, if not
    as those that the network was trained on.

    A row's answer does not depend on the rows around it, the order of columns, or the kind of file. `note` takes
    warnings while rows are read. Raises UsageError before the first answer where the source does not fit the network,
    and later for a row that cannot be read; with `strict`, all rows are read once before, and refused where something
    is to be told of their values.
    """
    if strict:
        _check_alike(checkpoint, source, rows, stdin, told)
    known = (predictor_of(checkpoint, interval), checkpoint.schema, checkpoint.config.data)
    return predict_by(*known, source, note, rows=rows, stdin=stdin, told=told)


def predict_by(
    predictor: Predictor,
    schema: Schema,
    trained: DataConfig,
    source: str | Sequence[str] | None,
    note: Note,
    *,
    rows: Sequence[str] = (),
    stdin: BinaryIO | None = None,
    told: DataConfig | None = None,
    to_rows: ToRows = prepared,
) -> Iterator[Predictions]:
    """The same by any predictor, for the rows of a schema. `trained` tells how the texts were written that it was
    learnt of, `to_rows` makes of a table what the predictor takes. Raises UsageError as `predict` does."""

    def answers(chunks: Iterable[Chunk]) -> Iterator[Predictions]:
        first = 1
        for x, files in chunks:
            yield predictor(x, first, files)
            first += len(x)

    sources = [source] if isinstance(source, str) else list(source or ())
    form = format_like(told or DataConfig(), trained)
    chunks = stored_rows(schema, sources, rows, stdin, form, note, to_rows)
    first = next(chunks, None)
    return answers(chunks if first is None else chain([first], chunks))


def check_strict(schema: Schema) -> None:
    """Raise UsageError for a network that keeps nothing by which rows are like those of its training."""
    if schema.image is not None:
        raise UsageError("--strict compares columns of tables, and this network answers images: leave it out.")
    if not schema.seen:
        raise UsageError(
            "--strict cannot tell what this network's training saw, since its checkpoint is of an older nnlab, which "
            "did not keep that: train it again, or leave out --strict."
        )


def refuse(tallies: Iterable[Tally]) -> None:
    """Raise UsageError where something is to be told of the values that were counted: the first such sentence, and the
    names of all other columns that there is one of."""
    tallies = list(tallies)
    warnings = [warning for tally in tallies for warning in tally.warnings()]
    if not warnings:
        return
    first, *others = dict.fromkeys(name for tally in tallies for name in tally.told)
    listed = ", ".join(shown(name) for name in others[:MOST_NAMED])
    listed += f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    also = f"; besides {shown(first)}, these do not fit: {listed}" if others else ""
    raise UsageError(f"{warnings[0].removesuffix('.')}{also}: leave out --strict to answer all the same.")


def _check_alike(
    checkpoint: Checkpoint,
    source: str | Sequence[str] | None,
    rows: Sequence[str],
    stdin: BinaryIO | None,
    told: DataConfig | None,
) -> None:
    """Read all rows and raise UsageError where something is to be told of their values."""
    check_strict(checkpoint.schema)
    sources = [source] if isinstance(source, str) else list(source or ())
    if STDIN in sources or stdin is not None:
        raise UsageError(
            "--strict reads rows twice, which standard input cannot be: name a file, or leave out --strict."
        )
    form = format_like(told or DataConfig(), checkpoint.config.data)
    tallies = list[Tally]()
    for _ in stored_rows(checkpoint.schema, sources, rows, None, form, _unheard, told=tallies.append):
        pass
    refuse(tallies)


def _unheard(_: str) -> None:
    """What is told when the rows are answered."""


def with_threshold(checkpoint: Checkpoint, threshold: float) -> Checkpoint:
    """The checkpoint, with which the second of two classes is answered from this probability on. Raises UsageError for
    a network of other than two, and for what is not between 0 and 1."""
    check_threshold(len(checkpoint.schema.classes), threshold)
    return replace(checkpoint, threshold=threshold)


def number_of_threshold(text: str) -> float:
    """The threshold that is written so. Raises UsageError for what is no number: the rules of `eval` choose on the
    validation rows, which whoever predicts has not."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        rule_of(text)
    except ValueError:
        raise UsageError(f"--threshold cannot be {shown(text)}: it is a number between 0 and 1, as 0.3 is.") from None
    raise UsageError(
        f"--threshold {text} is chosen on validation rows, which `predict` has none of: give a number, as 0.3, which "
        f"`nnlab eval --threshold {text}` tells, or train with --threshold {text}, which the network then keeps."
    )


def check_threshold(count: int, threshold: float) -> None:
    """Raise UsageError unless a network of so many classes can have this threshold."""
    if count != 2:
        found = f"tells {count} classes" if count else "answers a number"
        raise UsageError(f"--threshold is for two classes, and this network {found}: leave it out.")
    if not 0 < threshold < 1:
        raise UsageError(f"--threshold cannot be {threshold:g}: it must be between 0 and 1, as 0.3 is.")


def predictor_of(checkpoint: Checkpoint, interval: int | None = None) -> Predictor:
    """A function from stored rows (a chunk of them), the number of the first and their files to the answers, with
    intervals that hold `interval` percent of the truths. Raises UsageError for weights that are another network's, an
    interval that the network cannot give, and as `Checkpoint.module` does."""
    margin = None if interval is None else margin_at(list(checkpoint.margins), interval)
    outputs = outputs_of(checkpoint)

    def predictor(x: np.ndarray, first: int, files: list[str]) -> Predictions:
        found = _predictions(outputs(x), checkpoint, first, files)
        if margin is None:
            return found
        return with_interval(found, margin)

    return predictor


def with_interval(found: Predictions, margin: float) -> Predictions:
    """The answers with the interval, or the set of classes, of a margin."""
    if found.probabilities is None:
        return replace(found, margin=margin)
    return replace(found, sets=set_of(found.probabilities, margin))


def outputs_of(checkpoint: Checkpoint) -> Forward:
    """A function from stored rows to outputs float64 (out_features, rows). Raises as `predictor_of` does."""
    if (forward := by_numpy(checkpoint)) is not None:
        return forward
    from .torch_forward import forward_of_module

    return forward_of_module(checkpoint.module(), checkpoint.schema)


def by_numpy(checkpoint: Checkpoint) -> Forward | None:
    """The same function where the network is of tables and nnlab's own, which needs no torch; None for others. Raises
    UsageError for weights that are another network's."""
    spec = checkpoint.spec
    if spec.family == "custom":
        return None
    weights = float_arrays(checkpoint.weights)
    check_fit(spec, weights)
    return forward_of(spec, weights)


def _predictions(outputs: np.ndarray, checkpoint: Checkpoint, first: int, files: list[str]) -> Predictions:
    schema = checkpoint.schema
    if not schema.classes:
        return Predictions(first, schema.decode_target(outputs[0]), [], None, files)
    # Few classes and many rows: down the columns this is several times faster than along the rows.
    with np.errstate(invalid="ignore"):
        probabilities = np.exp(outputs - outputs.max(0))
        probabilities /= sum(probabilities)  # class by class: NumPy's own sum has another order for a row alone
    if checkpoint.threshold is None:
        best = outputs.argmax(0)
    else:
        best = (probabilities[1] >= checkpoint.threshold).astype(np.int64)
    best[np.isnan(probabilities).any(0)] = -1
    return Predictions(first, best, list(schema.classes), probabilities, files)


def stored_rows(
    schema: Schema,
    sources: Sequence[str],
    rows: Sequence[str],
    stdin: BinaryIO | None,
    form: TextFormat,
    note: Note,
    to_rows: ToRows = prepared,
    told: Told | None = None,
) -> Iterator[Chunk]:
    """Stored rows for the network, with the files they come from where they are images. What was met among the values
    of each source is `told`, or else noted as well. Raises as `predict` does."""
    paths = [path for source in sources if source != STDIN for path in find_files(source)]
    if schema.image is not None:
        check_untold(form, "An image")
        if not paths or STDIN in sources or rows or not all(map(is_image, paths)):
            raise UsageError("This network answers images: name image files, or a folder of them.")
        images = read_images([file for path in paths for file in find_images(path)], schema.image, note)
        return _ahead((pixels, files) for files, pixels in images)
    if rows:
        return encode(read_written(rows, schema, note), schema, "--row", note, to_rows=to_rows, told=told)
    schema = schema.told(form.sign)
    picture = next((path for path in paths if is_image(path)), None)
    if picture is not None:
        raise UsageError(f"This network answers rows of a table, and {picture} is not one: name a file with a table.")
    if STDIN in sources and len(sources) > 1:
        raise UsageError("Standard input is answered alone: leave out '-', or the files.")
    if paths:
        each = (
            encode(read_file(path, schema, note, form), schema, str(path), note, form.sign, to_rows, told=told)
            for path in paths
        )
        return _ahead(chain.from_iterable(each))
    if stdin is None:
        raise UsageError(
            "What is to be predicted? Name a file, - for standard input, or a row: --row 'x1=0.3,x2=-0.5'."
        )
    return encode(read_table(stdin, INPUT, schema, note, form), schema, INPUT, note, form.sign, to_rows, told=told)


def encode(
    tables: Iterable[pa.Table],
    schema: Schema,
    source: str,
    note: Note,
    decimal: Decimal | None = None,
    to_rows: ToRows = prepared,
    *,
    alike: bool = True,
    told: Told | None = None,
) -> Iterator[Chunk]:
    """The rows of one source as the network takes them; at the end, what somebody should know of them. `decimal` is the
    sign between whole and fraction, where it is told; with `alike`, columns unlike those of the training are told. What
    was met is `told`, or else noted.
    """
    tally, own = Tally(source, share=0, drifts=Drifts.of(schema.seen) if alike else None), None
    for table in tables:
        own = own or schema.for_source(table, decimal)
        yield to_rows(own, table, tally), []
    if told is not None:
        told(tally)
        return
    for warning in tally.warnings():
        note(warning)


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each made in a thread while the one before it is used.

    Not for standard input: a thread that waits for a pipe would hold up the end of the process.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item
