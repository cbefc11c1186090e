"""A data set as it is looked at: its table, what its columns are, and the numbers that pictures of them need.

All that is heavy is done by `read_view`, in a process of its own; the rest is quick, however many rows there are.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ...config import KindName
    from ..columns.column_kind import ColumnKind
    from ..dataset import Dataset

MOST_VALUES, MOST_POINTS = 200_000, 5_000  # rows, evenly chosen, that a column's and a plane's picture show
BRIGHTEST_OF = 400  # images, among which the brightest point is taken for white
MOST_GROUPS = 10  # that points are told apart by
PARTS = 5  # into which the values of a number column are grouped
DISCRETE = ("boolean", "category")


@dataclass(frozen=True)
class ColumnFacts:
    """What the page shows of a column: what it was taken for and why, how many values are missing, how many differ."""

    name: str
    kind: KindName
    why: str
    missing: int
    unique: int


def facts_of(kind: ColumnKind) -> ColumnFacts:
    """What is shown of a column that was judged."""
    return ColumnFacts(kind.name, kind.kind, kind.why, kind.missing, kind.unique)


@dataclass(frozen=True)
class DatasetView:
    """`asked` is the name by which it was opened, `name` what to call it. `kinds` says of each column what it is and
    why, `uses` what a training makes of it where that is known, `widths` how wide its columns are where somebody has
    measured them. `images` are uint8 (rows, channels, height, width)."""

    asked: str
    name: str
    table: pa.Table
    kinds: dict[str, ColumnFacts]
    uses: dict[str, str] = field(default_factory=dict[str, str])
    widths: tuple[int, ...] = ()
    task: str = ""
    target: str = ""
    images: np.ndarray | None = None

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return self.table.column_names

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.table)

    def is_number(self, column: str) -> bool:
        """Whether a column's values lie on a scale: numbers that are no codes, or dates."""
        import pyarrow as pa

        from ..columns.values import is_number

        kind = self.table.schema.field(column).type
        scale = is_number(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind)
        return scale and self.kinds[column].kind not in (*DISCRETE, "constant")

    @property
    def numbers(self) -> list[str]:
        """The columns that can be an axis."""
        return [name for name in self.columns if self.is_number(name) and self.kinds[name].kind != "identifier"]

    @property
    def group(self) -> str:
        """The column that points are told apart by, where nobody says which: the target, else the last one of few
        values; empty where there is none."""
        few = [name for name in self.columns if self.kinds[name].kind in DISCRETE and self.kinds[name].unique <= 10]
        return self.target or (few[-1] if few else "")

    def window(self, rows: range) -> list[dict[str, Any]]:
        """These rows, as many as fit on a screen."""
        return self.table.slice(rows.start, len(rows)).to_pylist()

    def values(self, column: str, most: int = MOST_VALUES) -> np.ndarray:
        """A number column's values, dates in years, missing ones NaN; of very many rows an even choice."""
        import pyarrow as pa

        from ..columns import arrow

        chosen = self._chosen(column, most)
        if is_number_type(chosen):
            return arrow.to_numpy(chosen.cast(pa.float64(), safe=False))
        seconds = chosen.cast(pa.timestamp("s"), safe=False).cast(pa.int64()).cast(pa.float64())
        return arrow.to_numpy(seconds) / (365.2425 * 86400) + 1970

    def tally(self, column: str, most: int = MOST_VALUES) -> dict[str, float]:
        """How often each value of a column occurs, the most frequent first."""
        found = self._chosen(column, most).drop_null().value_counts().to_pylist()
        counts = {str(one["values"]): float(one["counts"]) for one in found}
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def groups(self, column: str, most: int = MOST_POINTS) -> tuple[np.ndarray, list[str]]:
        """For each of the chosen rows the number of its group, and what the groups are called: the values of a column
        of few, equal parts of a number column's values, or one group of all."""
        import numpy as np

        from ..columns.values import categories_of, category_codes

        if not column:
            return np.zeros(min(self.rows, most), dtype=np.int64), []
        chosen, few = self._chosen(column, most), self.kinds[column].unique <= MOST_GROUPS
        if not few and self.is_number(column):
            return _parts(self.values(column, most), column)
        names = categories_of(chosen) if few else list(self.tally(column))[: MOST_GROUPS - 1]
        codes = category_codes(chosen, names)
        others = ["missing" if few else "others"] if (codes < 0).any() else []
        return np.where(codes < 0, len(names), codes), [*names, *others]

    def image(self, row: int) -> np.ndarray:
        """The picture of a row, its brightness brought to 0 to 255."""
        import numpy as np

        assert self.images is not None
        brightest = int(self.images[:BRIGHTEST_OF].max()) or 1
        return self.images[row] * np.uint8(255 // brightest if brightest <= 127 else 1)

    def _chosen(self, column: str, most: int) -> pa.ChunkedArray:
        """A column's values in evenly chosen rows; all of them where there are not more than `most`."""
        import numpy as np

        from ..columns import arrow

        whole = self.table.column(column)
        if self.rows <= most:
            return whole
        return whole.take(arrow.from_numpy(np.linspace(0, self.rows - 1, most).astype(np.int64)))


def read_view(name: str) -> DatasetView:
    """Read a data set of nnlab's, or files of the user's, whole. Raises NnlabError where that cannot be done."""
    from ...config import DataConfig
    from ...errors import NoTargetError
    from ..columns.column_kind import UNUSED
    from ..columns.kinds import judge
    from ..reading.names import stem_of
    from ..sources import is_table, load, read_table
    from ..user_table import parsed

    config = DataConfig(name=name)
    if not is_table(name):
        with suppress(NoTargetError):  # of a table of the Hub nobody need say one
            return _of_dataset(name, load(config))
    table = read_table(config)
    kinds = judge(table, {})
    columns = {column: parsed(table.column(column), kinds[column]) for column in table.column_names}
    uses = {column: "left out" for column, kind in kinds.items() if kind.kind in UNUSED}
    facts = {column: facts_of(kind) for column, kind in kinds.items()}
    return DatasetView(name, stem_of(name), _table(columns), facts, uses)


def _of_dataset(name: str, dataset: Dataset) -> DatasetView:
    """A data set with a target, whose classes are no numbers, whatever they are called."""
    from ..columns.kinds import judge_column

    table, target = _table({one: dataset.table.column(one) for one in dataset.table.column_names}), dataset.target
    kinds: dict[str, ColumnFacts] = {}
    for one in table.column_names:
        if one == target and dataset.classes:
            count = len(dataset.classes)
            why, gone = f"the {count} classes", table.column(one).null_count
            kinds[one] = ColumnFacts(one, "category", why, gone, count)
        else:
            kinds[one] = facts_of(judge_column(table.column(one), one))
    uses = {one: "predicted" if one == target else "left out" for one in (target, *dataset.ignore)}
    return DatasetView(name, dataset.name, table, kinds, uses, (), dataset.task, target, dataset.images)


def _table(columns: dict[str, pa.ChunkedArray]) -> pa.Table:
    """Columns whose values Python can show without pandas: texts by themselves, times to the microsecond."""
    import pyarrow as pa

    def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
        if pa.types.is_dictionary(column.type):
            return column.cast(column.type.value_type)
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            return column.cast(pa.timestamp("us", column.type.tz), safe=False)
        if pa.types.is_duration(column.type) and column.type.unit == "ns":
            return column.cast(pa.duration("us"), safe=False)
        return column

    return pa.table({name: plain(column) for name, column in columns.items()})


def _parts(values: np.ndarray, column: str) -> tuple[np.ndarray, list[str]]:
    """Equal parts of a number column's values, named by their ranges."""
    import numpy as np

    known = values[np.isfinite(values)]
    if not len(known):
        return np.zeros(len(values), dtype=np.int64), []
    edges = np.unique(np.quantile(known, np.linspace(0, 1, PARTS + 1)))
    names = [f"{column} {low:.3g} to {high:.3g}" for low, high in pairwise(edges.tolist())] or [
        f"{column} {edges[0]:.3g}"
    ]
    return np.searchsorted(edges[1:-1], values, side="right"), names


def is_number_type(column: pa.ChunkedArray) -> bool:
    """Whether a column holds numbers, and no dates."""
    from ..columns.values import is_number

    return is_number(column.type)
