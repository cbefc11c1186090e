"""Checks of what is read back from a log: plain JSON values against the types that they are to be of. Nothing heavy.

Logs lie in folders where others may write, and everything that shows a run relies on what is let through here.
"""

from __future__ import annotations

import base64
import binascii
import sys
from collections.abc import Callable, Mapping
from reprlib import Repr
from types import UnionType
from typing import Any, Literal, get_args, get_origin

LARGEST = 2**53  # whole numbers are exact up to here as floats too
DEEPEST = 5  # levels of a config
SIDE = 1000  # cells or pixels of a picture
MOST = 10_000  # parts of a picture
WEIGHTS = 2**20  # bytes of weights
DECADES = 100  # of a loss
HUGE = 1e100

_BRIEF = Repr()
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 60
_BRIEF.maxlevel = _BRIEF.maxdict = _BRIEF.maxlist = 2


def brief(value: Any) -> str:
    """Any value in a few characters, however long or deep it is."""
    return _BRIEF.repr(value)


def read(value: Any, wanted: Any, name: str) -> Any:
    """The value as what is `wanted`, a type as events' fields have: NaN for a null in place of a float. ValueError,
    with the field's name, where it is none."""
    if _is_a(value, wanted):
        return value
    if wanted is float and value is None:
        return float("nan")
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin is UnionType:  # with None
        return None if value is None else read(value, inner[0], name)
    if origin is dict and type(value) is dict:
        return {key: read(item, inner[1], f"{name}.{key[:60]}") for key, item in value.items()}
    if origin is list and type(value) is list:
        return [read(item, inner[0], name) for item in value]
    if wanted is Any or (origin is Literal and type(value) is str and value in inner):
        return value
    raise ValueError(f"its {name} cannot be {brief(value)}")


def _is_a(value: Any, wanted: Any) -> bool:
    """Whether it is a finite number, a whole one that counts something, a text or a yes or no."""
    if wanted is float:
        return type(value) in (int, float) and abs(value) <= sys.float_info.max  # which NaN is not
    if wanted is int:
        return type(value) is int and 0 <= value < LARGEST
    return wanted in (str, bool) and type(value) is wanted


_CONFIG: Mapping[str, Mapping[str, Any]] = {
    "data": {"name": str},
    "prepare": {},
    "model": {
        **{"family": str, "class_name": str, "hidden": list[int], "channels": list[int]},
        "shares": list[float],
    },
    "training": {
        **{"epochs": int, "batch_size": int, "seed": int, "lr": float},
        **{"optimizer": str, "scheduler": str, "final": str},
    },
}
"""The sections of a config, and what those who show a run read of them."""


def check_config(config: Mapping[str, Any]) -> None:
    """ValueError where this is no config of a run. Keys may be missing, and those of a later version are let through
    as they are plain."""
    _check_plain(config, "config", DEEPEST)
    for part, keys in _CONFIG.items():
        section = read(config.get(part, {}), dict[str, Any], f"config.{part}")
        for key in keys.keys() & section.keys():
            if section[key] is None:
                raise ValueError(f"its config.{part}.{key} cannot be null")
            read(section[key], keys[key], f"config.{part}.{key}")


def _check_plain(value: Any, name: str, levels: int) -> None:
    """ValueError where a value is nested deeper, or holds a number beyond what a float can say."""
    if type(value) in (dict, list):
        if not levels:
            raise ValueError(f"its {name} is nested too deeply")
        for item in value.values() if type(value) is dict else value:
            _check_plain(item, name, levels - 1)
    elif type(value) in (int, float):
        read(value, float, name)


def check_picture(kind: str, data: Mapping[str, Any]) -> None:
    """ValueError where a picture's data are not what pictures of its kind are drawn from."""
    try:
        _PICTURES[kind](data)
    except KeyError as error:
        raise ValueError(f"a {kind!r} picture lacks {brief(error.args[0])}") from None


def _check_map(data: Mapping[str, Any]) -> None:
    cells = _area(data)
    classes = _texts(data.get("classes") or [], "classes")
    read(data["x"], str, "x")
    read(data["y"], str, "y")
    for name in ("x_range", "y_range"):
        _check_numbers(data[name], 2, name)
    _check_bytes(data["cells"], cells, "cells")
    if data.get("confidence") is not None:
        _check_bytes(data["confidence"], cells, "confidence")
    if data.get("value_range") is not None:
        _check_numbers(data["value_range"], 2, "value_range")
    for point in (*_parts(data.get("points") or [], "points"), *_parts(data.get("train_points") or [], "points")):
        _check_numbers(point, 4, "points")
        if classes and not (type(point[2]) in (int, float) and 0 <= point[2] < len(classes)):
            raise ValueError(f"the class of a point cannot be {brief(point[2])}")
    _texts(data.get("columns", []), "columns")


def _check_scatter(data: Mapping[str, Any]) -> None:
    read(data.get("target", ""), str, "target")
    for point in _parts(data.get("points") or [], "points"):
        _check_numbers(point, 2, "points")


def _check_matrix(data: Mapping[str, Any]) -> None:
    classes, rows = len(_texts(data["classes"], "classes")), _parts(data["counts"], "counts")
    if len(rows) != classes or any(type(row) is not list or len(row) != classes for row in rows):
        raise ValueError(f"its counts are not a table of {classes} by {classes}")
    total = sum(read(count, int, "counts") for row in rows for count in row)
    read(total, int, "sum of counts")


def _check_images(data: Mapping[str, Any]) -> None:
    shape = read(data["shape"], list[int], "shape")
    if len(shape) != 3 or not all(0 < side <= SIDE for side in shape):
        raise ValueError(f"its shape cannot be {brief(shape)}")
    read(data.get("what", ""), str, "what")
    for item in _tables(data["items"], "items"):
        _check_bytes(item["pixels"], shape[0] * shape[1] * shape[2], "pixels")
        read(item["truth"], str, "truth")
        read(item["answer"], str, "answer")
        read(item.get("probability"), float, "probability")


def _check_network(data: Mapping[str, Any]) -> None:
    cells, form = _area(data), read(data["form"], Literal["maps", "weights"], "form")
    layers, weights = _tables(data["layers"], "layers"), _parts(data["weights"], "weights")
    if not layers or len(weights) != (len(layers) - 1 if form == "maps" else 0):
        raise ValueError(f"it has {len(layers)} layers and weights between {len(weights)}")
    for layer in layers:
        read(layer["name"], str, "name")
        read(layer["neutral"], float, "neutral")
        read(layer["more"], int, "more")
        if not layer["units"]:
            raise ValueError("a layer of it has no units")
        for unit in _tables(layer["units"], "units"):
            read(unit["name"], str, "name")
            _check_numbers(unit["range"], 2, "range")
            _check_bytes(unit["cells"], cells, "cells")
    for before, after, between in zip(layers, layers[1:], weights, strict=False):
        if between is not None:
            read(between, dict[str, Any], "weights")
            _check_bytes(between["cells"], len(before["units"]) * len(after["units"]), "cells")
    if form == "maps":
        read(data["x"], str, "x")
        read(data["y"], str, "y")
    read(data.get("skipped", 0), int, "skipped")


def _check_health(data: Mapping[str, Any]) -> None:
    read(data["rows"], int, "rows")
    read(data["more"], int, "more")
    for name in ("loss", "chance", "rate"):
        read(data[name], float, name)
    read(data.get("stepped", data["rate"]), float, "stepped")  # which an earlier version does not tell
    _texts(data["findings"], "findings")
    for layer in _tables(data["layers"], "layers"):
        for name, kind in _OF_A_LAYER.items():
            read(layer[name], kind, name)
        for name in ("activations", "gradients"):
            spread = read(layer[name], dict[str, Any], name)
            _check_numbers(spread["range"], 2, "range")
            if not 0 < len(read(_parts(spread["counts"], "counts"), list[int], "counts")) <= SIDE:
                raise ValueError(f"its {name} have {len(spread['counts'])} bins")
        for name, numbers in read(layer["trail"], dict[str, Any], "trail").items():
            read(_parts(numbers, "trail"), list[float | None], f"trail.{name[:60]}")


_OF_A_LAYER: Mapping[str, Any] = {
    **{"name": str, "part": str, "activation": str, "units": int, "same": bool},
    **{"mean": float, "deviation": float, "gradient": float, "slope": float},
    **{"dead": float | None, "saturated": float | None, "update": float | None},
}


def _check_worked(data: Mapping[str, Any]) -> None:
    for name in ("row", "token"):
        read(data[name], int, name)
    if "refused" in data:
        read(data["refused"], str, "refused")
        return
    for name, kind in _OF_A_ROW.items():
        read(data[name], kind, name)
    classes, given = _texts(data["classes"], "classes"), len(_texts(data["names"], "names"))
    layers = _tables(data["layers"], "layers")
    for place, layer in enumerate(layers, 1):
        if layer["name"] != ("output" if place == len(layers) else f"layer {place}"):
            raise ValueError(f"its layer {place} cannot be called {brief(layer['name'])}")
        if read(layer["activation"], str, "activation") and place == len(layers):
            raise ValueError("its output has an activation")
        units = len(_parts(layer["sums"], "sums"))
        for name in ("sums", "biases", "answers", "slopes", "asked", "blame", "bias_gradients", "bias_changes"):
            _check_known(layer[name], units, name)
        _check_known(layer["inputs"], given, "inputs")
        for name in ("weights", "gradients", "changes"):
            if len(_parts(layer[name], name)) != units:
                raise ValueError(f"its {name} are not those of {units} units")
            for one in layer[name]:
                _check_known(one, given, name)
        given = units
    if not layers or given != (len(classes) or 1):
        raise ValueError(f"its {given} answers are not those of {len(classes)} classes")
    _check_known([data["loss"], data["rate"]], 2, "loss")
    _check_known(data["shares"], len(classes), "shares")


_OF_A_ROW: Mapping[str, Any] = {
    **{"epoch": int, "rows": int, "split": str, "truth": str, "loss_name": str, "optimizer": str},
}


def _check_weights(data: Mapping[str, Any]) -> None:
    size = {"float32": 4, "float16": 2}[read(data["type"], Literal["float32", "float16"], "type")]
    length = len(_bytes(data["values"], "values"))
    if not length or length % size or length > WEIGHTS:
        raise ValueError(f"its values have {length:,} bytes")


def _check_landscape(data: Mapping[str, Any]) -> None:
    _check_map(data)
    _check_known(data["value_range"], 2, "value_range")
    if any(abs(end) > DECADES for end in data["value_range"]):
        raise ValueError(f"its value_range cannot be {brief(data['value_range'])}")
    if len(read(_parts(data["epochs"], "epochs"), list[int], "epochs")) != len(_parts(data["points"], "points")):
        raise ValueError("its epochs are not those of its points")


def _check_hidden(data: Mapping[str, Any]) -> None:
    rows, kept, _ = (read(data[name], int, name) for name in ("rows", "kept", "units"))
    if not (rows and kept and rows * kept <= WEIGHTS):
        raise ValueError(f"it cannot be of {rows} rows of {kept} numbers")
    classes = _texts(data["classes"], "classes")
    read(data["target"], str, "target")
    _check_bytes(data["cells"], rows * kept, "cells")
    counts = {"range": 2, "share": 2, "value_range": 2, "centre": kept, "right": rows, "truth": rows}
    for name, count in counts.items():
        _check_known(data[name], count, name)
    for axis in _two(data["axes"], "axes"):
        _check_known(axis, kept, "axes")
    if classes and any(type(one) is not int or not 0 <= one < len(classes) for one in data["truth"]):
        raise ValueError(f"the truth of its rows are none of {len(classes)} classes")
    if any(abs(value) > HUGE for name in ("range", "centre") for value in data[name]):
        raise ValueError("its rows are beyond all bounds")


def _check_filters(data: Mapping[str, Any]) -> None:
    for name, kind in {"row": int, "rows": int, "truth": str, "answer": str, "probability": float | None}.items():
        read(data[name], kind, name)
    shape = read(data["shape"], list[int], "shape")
    if len(shape) != 3 or not all(0 < side <= SIDE for side in shape):
        raise ValueError(f"its shape cannot be {brief(shape)}")
    _check_bytes(data["pixels"], shape[0] * shape[1] * shape[2], "pixels")
    if not (layers := _tables(data["layers"], "layers")):
        raise ValueError("it has no layers")
    for layer in layers:
        read(layer["name"], str, "name")
        read(layer["more"], int, "more")
        cells, weights = _area(layer), _area({"width": layer["across"], "height": layer["down"]})
        if not (units := _tables(layer["units"], "units")):
            raise ValueError("a layer of it has no units")
        for unit in units:
            read(unit["name"], str, "name")
            for limits, name, size in (("range", "cells", cells), ("weight_range", "weights", weights)):
                _check_numbers(unit[limits], 2, limits)
                _check_bytes(unit[name], size, name)


_PICTURES: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "map": _check_map,
    "scatter": _check_scatter,
    "matrix": _check_matrix,
    "images": _check_images,
    "network": _check_network,
    "health": _check_health,
    "worked": _check_worked,
    "weights": _check_weights,
    "landscape": _check_landscape,
    "hidden": _check_hidden,
    "filters": _check_filters,
}


def _area(data: Mapping[str, Any]) -> int:
    """How many cells a picture of its width and height has."""
    sides = [read(data[name], int, name) for name in ("width", "height")]
    if not all(0 < side <= SIDE for side in sides):
        raise ValueError(f"its width and height cannot be {brief(sides[0])} and {brief(sides[1])}")
    return sides[0] * sides[1]


def _parts(value: Any, name: str) -> list[Any]:
    """A list that is not longer than a picture's can be."""
    found = read(value, list[Any], name)
    if len(found) > MOST:
        raise ValueError(f"it has {len(found):,} {name}")
    return found


def _tables(value: Any, name: str) -> list[dict[str, Any]]:
    return read(_parts(value, name), list[dict[str, Any]], name)


def _texts(value: Any, name: str) -> list[str]:
    return read(_parts(value, name), list[str], name)


def _check_numbers(value: Any, count: int, name: str) -> None:
    """ValueError where a value is not so many numbers, null among them for those that JSON cannot say."""
    if type(value) is not list or len(value) != count:
        raise ValueError(f"its {name} cannot be {brief(value)}")
    read(value, list[float], name)


def _two(value: Any, name: str) -> list[Any]:
    if type(value) is not list or len(value) != 2:
        raise ValueError(f"its {name} cannot be {brief(value)}")
    return value


def _check_known(value: Any, count: int, name: str) -> None:
    """ValueError where a value is not so many numbers, all of which JSON can say."""
    _check_numbers(value, count, name)
    if None in value:
        raise ValueError(f"its {name} have a null among them")


def _check_bytes(value: Any, count: int, name: str) -> None:
    """ValueError where a value is not the base64 of so many bytes."""
    if len(_bytes(value, name)) != count:
        raise ValueError(f"its {name} are not the base64 of {count:,} bytes")


def _bytes(value: Any, name: str) -> bytes:
    """What a text is the base64 of; ValueError where it is none."""
    try:
        return base64.b64decode(read(value, str, name), validate=True)
    except binascii.Error:
        raise ValueError(f"its {name} are no base64") from None
