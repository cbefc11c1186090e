"""Every type that Arrow has is read, or named as one that is not, and by every door alike."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from nnlab.engine.api import predict
from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import Config, validate
from nnlab.engine.data.overview.inspect import inspect
from nnlab.engine.data.overview.view import read_view
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.reading.arrow_types import USES, settled
from nnlab.engine.data.reading.rows import read_file
from nnlab.engine.data.schema import Schema
from nnlab.engine.data.sources import load, load_like
from nnlab.engine.errors import UsageError
from nnlab.engine.models.families import build, spec_for
from nnlab.engine.prediction.predict import encode

ROWS = 30
WHOLE = [row * 7 % 19 for row in range(ROWS)]
LETTERS = ["abc"[row % 3] for row in range(ROWS)]
CODES = pa.array([row % 3 for row in range(ROWS)], pa.int32())


def of(kind: pa.DataType, values: list[Any] = WHOLE) -> pa.Array:
    return pa.array(values, kind)


def stored(kind: Any, values: list[Any]) -> pa.Array:
    return pa.ExtensionArray.from_storage(kind, pa.array(values, kind.storage_type))


def counted(kind: pa.DataType) -> pa.Array:
    """Times by what they count, whole microseconds, since Python has none shorter."""
    plain = of(pa.int64(), [1000 * value for value in WHOLE])
    return plain.cast(pa.int32() if kind.bit_width == 32 else pa.int64()).cast(kind)


def coded(values: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(CODES, values)


NUMBERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
DECIMALS = [pa.decimal32(5, 2), pa.decimal64(9, 2), pa.decimal128(20, 2), pa.decimal256(50, 2)]
DURATIONS = [pa.duration(unit) for unit in ("s", "ms", "us", "ns")]
CLOCKS = [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"), *DURATIONS]
DATES = [pa.date32(), pa.date64(), *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")), pa.timestamp("us", "UTC")]
NESTED = [pa.list_(pa.int64()), pa.large_list(pa.int64()), pa.list_view(pa.int64()), pa.large_list_view(pa.int64())]
READ: dict[str, pa.Array] = {
    **{str(kind): of(kind) for kind in (*NUMBERS, pa.float32(), pa.float64())},
    "halffloat": of(pa.float32()).cast(pa.float16()),
    **{str(kind): of(kind, [Decimal(value) for value in WHOLE]) for kind in DECIMALS},
    **{str(kind): counted(kind) for kind in CLOCKS},
    **{str(kind): of(pa.int64(), [value * 86_400_000 for value in WHOLE]).cast(kind) for kind in DATES[2:]},
    "date32": of(pa.int32()).cast(pa.date32()),
    "date64": of(pa.int64(), [value * 86_400_000 for value in WHOLE]).cast(pa.date64()),
    "bool": of(pa.bool_(), [value > 9 for value in WHOLE]),
    **{str(kind): of(kind, LETTERS) for kind in (pa.string(), pa.large_string(), pa.string_view())},
    "dictionary of texts": of(pa.string(), LETTERS).dictionary_encode(),
    "dictionary of views": coded(pa.array(["a", "b", "c"], pa.string_view())),
    "dictionary of numbers": coded(pa.array([5, 6, 8])),
    "dictionary of decimals": coded(pa.array([Decimal(5), Decimal(6), Decimal(8)])),
    "dictionary of dates": coded(pa.array([5, 6, 8], pa.timestamp("s"))),
    "dictionary of times": coded(pa.array([5, 6, 8], pa.time32("s"))),
    "runs of numbers": pa.RunEndEncodedArray.from_arrays(pa.array([9, 20, ROWS], pa.int32()), pa.array([1.5, 2, 8])),
    "runs of texts": pa.RunEndEncodedArray.from_arrays(pa.array([9, 20, ROWS], pa.int32()), pa.array(["a", "b", "c"])),
    "json": stored(pa.json_(), ["{}", "[]", "1"] * 10),
    "bool8": stored(pa.bool8(), [value % 2 for value in WHOLE]),
    "opaque": stored(pa.opaque(pa.int64(), "type", "vendor"), WHOLE),
}
LEFT_OUT: dict[str, pa.Array] = {
    "null": pa.nulls(ROWS),
    **{
        str(kind): of(kind, [letter.encode() for letter in LETTERS])
        for kind in (pa.binary(), pa.large_binary(), pa.binary(1), pa.binary_view())
    },
    **{str(kind): of(kind, [[value] for value in WHOLE]) for kind in (*NESTED, pa.list_(pa.int64(), 1))},
    "map": of(pa.map_(pa.string(), pa.int64()), [[("a", value)] for value in WHOLE]),
    "struct": of(pa.struct([("a", pa.int64())]), [{"a": value} for value in WHOLE]),
    "uuid": stored(pa.uuid(), [bytes([value] * 16) for value in WHOLE]),
    "tensor": stored(pa.fixed_shape_tensor(pa.int32(), [1]), [[value] for value in WHOLE]),
    "dictionary of bytes": coded(pa.array([b"a", b"b", b"c"])),
    "dictionary of lists": coded(pa.array([[1], [2], [3]])),
}
UNION = pa.array([0] * ROWS, pa.int8())
REFUSED: dict[str, pa.Array] = {
    "interval": of(pa.month_day_nano_interval(), [(value, 0, 0) for value in WHOLE]),
    "dense union": pa.UnionArray.from_dense(UNION, pa.array(range(ROWS), pa.int32()), [of(pa.int64())]),
    "sparse union": pa.UnionArray.from_sparse(UNION, [of(pa.int64())]),
    "list of intervals": of(pa.list_(pa.month_day_nano_interval()), [[(value, 0, 0)] for value in WHOLE]),
}


def table_of(x: pa.Array) -> pa.Table:
    return pa.table({"x": x, "z": [row / 4 for row in range(ROWS)], "y": [row * 3 % 7 / 2 for row in range(ROWS)]})


def written(x: pa.Array, folder: Path) -> list[Config]:
    """A training on the column in a file of each kind that can hold it."""
    places = [folder / "rows.feather"]
    feather.write_feather(table_of(x), str(places[0]))
    try:
        parquet.write_table(table_of(x), folder / "rows.parquet")
        places.append(folder / "rows.parquet")
    except pa.ArrowException:
        pass  # Parquet has no such type
    return [validate({"data": {"name": str(path), "target": "y"}}, source="test") for path in places]


def seen(config: Config, schema: Schema) -> np.ndarray:
    tables = read_file(Path(config.data.name), schema, lambda _: None)
    return np.concatenate([x for x, _ in encode(tables, schema, "door", lambda _: None)])


def checkpoint_of(config: Config, schema: Schema) -> Checkpoint:
    spec = spec_for(config.model, schema)
    return Checkpoint(config, schema, spec, build(spec).state_dict(), 1, [])


def test_the_table_names_every_type():
    types = {name: one for name, one in vars(import_module("pyarrow.lib")).items() if name.startswith("Type_")}
    named = set(types.values())
    assert named <= set(USES)
    kinds = {array.type.id for array in (*READ.values(), *LEFT_OUT.values(), *REFUSED.values())}
    assert named - kinds <= {types["Type_INTERVAL_MONTHS"], types["Type_INTERVAL_DAY_TIME"]}  # pyarrow makes none
    extensions = {type(array.type) for array in (*READ.values(), *LEFT_OUT.values())}
    shipped = {kind for kind in vars(pa).values() if isinstance(kind, type) and issubclass(kind, pa.BaseExtensionType)}
    assert {kind for kind in shipped if kind.__subclasses__() == []} <= {
        *extensions,
        pa.ExtensionType,
        pa.UnknownExtensionType,
    }


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_read_alike_by_every_door(name: str, tmp_path: Path):
    for config in written(READ[name], tmp_path):
        dataset = load(config.data)
        schema = prepare(dataset, config).schema
        expected = schema.transform(dataset.table)
        if dataset.kinds["x"].kind != "identifier":
            assert "x" in schema.inputs
            assert not np.isnan(expected).any()
        assert np.array_equal(seen(config, schema), expected)
        assert np.array_equal(schema.transform(load_like(config.data, schema).table), expected)
        assert inspect(config).uses["x"] not in ("", "learnt from")
        assert len(read_view(config.data.name).window(range(ROWS))) == ROWS
        checkpoint, rows = checkpoint_of(config, schema), table_of(READ[name])
        answers = predict(checkpoint, rows)
        assert answers == predict(checkpoint, rows.to_pandas())
        assert answers == predict(checkpoint, rows.to_pylist())


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_not_learnt_from_is_told(name: str, tmp_path: Path):
    for config in written(LEFT_OUT[name], tmp_path):
        notes = prepare(load(config.data), config).notes
        assert any("not used: 'x'" in note for note in notes)
        assert any("'x' is left out" in warning for warning in inspect(config).warnings)
        assert len(read_view(config.data.name).window(range(ROWS))) == ROWS


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_table_can_hold_is_refused_by_its_column(name: str, tmp_path: Path):
    ways: list[Callable[[Config], object]] = [lambda config: load(config.data), inspect]
    ways.append(lambda config: read_view(config.data.name))
    for config in written(REFUSED[name], tmp_path):
        for way in ways:
            with pytest.raises(UsageError, match=r"the column 'x' holds .* values, which are not read: leave it out"):
                way(config)


@pytest.mark.parametrize("name", [*LEFT_OUT, *REFUSED])
def test_a_table_in_memory_is_answered_or_refused_by_its_column(name: str, tmp_path: Path):
    config = written(READ["double"], tmp_path)[0]
    checkpoint = checkpoint_of(config, prepare(load(config.data), config).schema)
    odd = {**LEFT_OUT, **REFUSED}[name]
    if name == "null":
        assert len(predict(checkpoint, table_of(odd))) == ROWS
        return
    with pytest.raises(UsageError, match=r"olumn 'x'"):
        predict(checkpoint, table_of(odd))


@pytest.mark.parametrize("kind", [pa.duration("s"), pa.duration("ms")])
def test_a_duration_beyond_all_years_is_refused(kind: pa.DataType):
    with pytest.raises(pa.ArrowInvalid):
        settled(pa.chunked_array([pa.array([2**62], kind)]), "x")


@pytest.mark.parametrize("kind", ["number", "category"])
@pytest.mark.parametrize("name", [name for name in READ if "time3" in name or "time6" in name or "duration" in name])
def test_times_and_durations_are_what_the_user_says(name: str, kind: str, tmp_path: Path):
    for config in written(READ[name], tmp_path):
        told = validate({"data": {**config.to_dict()["data"], "kinds": {"x": kind}}}, source="test")
        dataset = load(told.data)
        schema = prepare(dataset, told).schema
        assert np.array_equal(seen(told, schema), schema.transform(dataset.table))
