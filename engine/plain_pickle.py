"""Reading a pickle of plain data and dense tensors, by the few operations with which `torch.save` writes them.

Nothing else can come of it: there is no operation here that imports, calls or builds anything but dicts, lists, tuples,
texts, numbers and arrays of the archive's storages, which is what tensors become here. Python's own unpickler, and
torch's, know many more.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any, cast

import numpy as np

from .tensors import BFLOAT16

MOST_OPERATIONS = 2_500_000  # a category is two; with a million of them it takes a second
MOST_DIMENSIONS = 8
LONGEST_NAME = 100  # bytes of what a pickle may refer to

DTYPES = {
    "Float": np.dtype(np.float32),
    "Double": np.dtype(np.float64),
    "Half": np.dtype(np.float16),
    "BFloat16": BFLOAT16,
    "Long": np.dtype(np.int64),
    "Int": np.dtype(np.int32),
    "Short": np.dtype(np.int16),
    "Char": np.dtype(np.int8),
    "Byte": np.dtype(np.uint8),
    "Bool": np.dtype(np.bool_),
}
REBUILD, ORDERED_DICT = object(), object()
NAMES: dict[bytes, object] = {
    b"torch._utils\n_rebuild_tensor_v2": REBUILD,
    b"collections\nOrderedDict": ORDERED_DICT,
    **{f"torch\n{kind}Storage".encode(): dtype for kind, dtype in DTYPES.items()},
}


class PickleError(ValueError):
    """The pickle is more than plain data; the message says what, to stand behind 'is no checkpoint: '."""


@dataclass(frozen=True)
class Storage:
    """The bytes that tensors are of, uint8 (bytes,), and the type of the numbers in them."""

    bytes: np.ndarray
    dtype: np.dtype


Load = Callable[[str, np.dtype, int], Storage]
"""Gives the storage of a name, which must hold so many numbers of a type."""


def loads(data: bytes, load: Load) -> object:
    """What the pickle holds. PickleError where it does anything but name plain values and make arrays of storages.

    A value may be held in many places, or hold itself.
    """
    machine = _Machine(data, load)
    try:
        for _ in range(MOST_OPERATIONS):
            code = data[machine.place]
            machine.place += 1
            if code == STOP:
                return _stopped(machine)
            operation = OPERATIONS.get(code)
            if operation is None:
                raise PickleError(f"its pickle is more than plain data (operation {code})")
            operation(machine)
    except (IndexError, KeyError, struct.error, UnicodeDecodeError):
        raise PickleError("it is damaged (its pickle breaks off, or refers to what is not there)") from None
    raise PickleError(f"it has more than {MOST_OPERATIONS:,} values")


@dataclass
class _Machine:
    """A pickle's stack machine: `stack` holds the values since the last mark, `marked` the stacks below."""

    data: bytes
    load: Load
    place: int = 0
    stack: list[Any] = field(default_factory=list[Any])
    marked: list[list[Any]] = field(default_factory=list[list[Any]])
    memo: list[Any] = field(default_factory=list[Any])

    def take(self, size: int) -> bytes:
        """The next bytes of the pickle; IndexError where there are fewer."""
        part = self.data[self.place : self.place + size]
        if len(part) < size:
            raise IndexError(self.place)
        self.place += size
        return part

    def number(self, width: int) -> int:
        """The next whole number of so many bytes."""
        return int.from_bytes(self.take(width), "little")

    def since_mark(self) -> list[Any]:
        """The values above the last mark, which goes."""
        values, self.stack = self.stack, self.marked.pop()
        return values


def _stopped(machine: _Machine) -> object:
    if len(machine.stack) != 1 or machine.marked or machine.place != len(machine.data):
        raise PickleError("its pickle is more than one value")
    return machine.stack[0]


def _protocol(machine: _Machine) -> None:
    if machine.number(1) != 2:
        raise PickleError("its pickle is more than plain data (another protocol)")


def _mark(machine: _Machine) -> None:
    machine.marked.append(machine.stack)
    machine.stack = []


def _constant(value: object, machine: _Machine) -> None:
    machine.stack.append(value)


def _list(machine: _Machine) -> None:
    machine.stack.append([])


def _dict(machine: _Machine) -> None:
    machine.stack.append({})


def _whole(width: int, machine: _Machine) -> None:
    machine.stack.append(machine.number(width))


def _signed(machine: _Machine) -> None:
    machine.stack.append(int.from_bytes(machine.take(4), "little", signed=True))


def _long(machine: _Machine) -> None:
    machine.stack.append(int.from_bytes(machine.take(machine.number(1)), "little", signed=True))


def _float(machine: _Machine) -> None:
    machine.stack.append(struct.unpack(">d", machine.take(8))[0])


def _text(machine: _Machine) -> None:
    machine.stack.append(machine.take(machine.number(4)).decode())


def _remember(width: int, machine: _Machine) -> None:
    if machine.number(width) != len(machine.memo):
        raise PickleError("its pickle remembers values in no order")
    machine.memo.append(machine.stack[-1])


def _recall(width: int, machine: _Machine) -> None:
    machine.stack.append(machine.memo[machine.number(width)])


def _tuple(machine: _Machine) -> None:
    values = machine.since_mark()
    machine.stack.append(tuple(values))


def _tuple_of(size: int, machine: _Machine) -> None:
    values = [machine.stack.pop() for _ in range(size)]
    machine.stack.append(tuple(reversed(values)))


def _append(machine: _Machine) -> None:
    _extend(machine, [machine.stack.pop()])


def _appends(machine: _Machine) -> None:
    _extend(machine, machine.since_mark())


def _extend(machine: _Machine, values: list[Any]) -> None:
    target = machine.stack[-1]
    if type(target) is not list:
        raise PickleError("its pickle adds to something other than lists")
    cast("list[Any]", target).extend(values)


def _set(machine: _Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    _update(machine, [key, value])


def _sets(machine: _Machine) -> None:
    _update(machine, machine.since_mark())


def _update(machine: _Machine, values: list[Any]) -> None:
    """Put pairs into the dict on top. Keys are texts: numbers can be chosen so that a dict of them takes forever."""
    target, keys = machine.stack[-1], values[::2]
    if type(target) is not dict or len(values) % 2 or any(type(key) is not str for key in keys):
        raise PickleError("its pickle has dicts of other keys than texts")
    cast("dict[str, Any]", target).update(zip(keys, values[1::2], strict=True))


def _name(machine: _Machine) -> None:
    """A module's name and one in it, a line each."""
    end = machine.data.find(b"\n", machine.data.find(b"\n", machine.place) + 1, machine.place + 2 * LONGEST_NAME)
    name = machine.data[machine.place : end if end > machine.place else machine.place + LONGEST_NAME]
    if name not in NAMES:
        said = name.decode(errors="replace").replace("\n", ".", 1)[:LONGEST_NAME]
        raise PickleError(f"it would call {said}, and a checkpoint calls nothing")
    machine.stack.append(NAMES[name])
    machine.place = end + 1


def _storage(machine: _Machine) -> None:
    match machine.stack.pop():
        case ("storage", np.dtype() as dtype, str(key), str(), int(count)):
            machine.stack.append(machine.load(key, dtype, count))
        case _:
            raise PickleError("one of its tensors has no storage")


def _call(machine: _Machine) -> None:
    arguments, function = machine.stack.pop(), machine.stack.pop()
    match arguments:
        case () if function is ORDERED_DICT:
            machine.stack.append({})
        case (Storage() as storage, int(offset), tuple(shape), tuple(strides), bool(), dict()) if function is REBUILD:
            machine.stack.append(_tensor(storage, offset, shape, strides))
        case _:
            raise PickleError("its pickle makes something other than tensors")


def _tensor(storage: Storage, offset: int, shape: tuple[Any, ...], strides: tuple[Any, ...]) -> np.ndarray:
    """A block of a storage's numbers, of which there must be enough. PickleError for any other view of them."""
    numbers = (offset, *shape, *strides)
    if len(shape) > MOST_DIMENSIONS or any(type(number) is not int or number < 0 for number in numbers):
        raise PickleError("one of its tensors has no shape")
    if offset > LARGEST or prod(max(size, 1) for size in shape) > LARGEST:
        raise PickleError("one of its tensors is larger than any file")
    # `prod` of a few numbers that a pickle holds stays small beside the memory.
    expected = [prod(shape[place + 1 :]) for place in range(len(shape))]
    count, width = prod(shape), storage.dtype.itemsize
    dense = len(strides) == len(shape) and all(
        size == 1 or stride == wanted for size, stride, wanted in zip(shape, strides, expected, strict=True)
    )
    if (count and not dense) or (offset + count) * width > len(storage.bytes):
        raise PickleError("one of its tensors is not a dense block of numbers")
    return storage.bytes[offset * width : (offset + count) * width].view(storage.dtype).reshape(shape)


LARGEST = 2**40  # numbers of a tensor, and before it in its storage
STOP = ord(".")
_OPERATIONS: dict[bytes, Callable[[_Machine], None]] = {
    b"\x80": _protocol,
    b"(": _mark,
    b"N": partial(_constant, None),
    b"\x88": partial(_constant, True),
    b"\x89": partial(_constant, False),
    b"J": _signed,
    b"K": partial(_whole, 1),
    b"M": partial(_whole, 2),
    b"\x8a": _long,
    b"G": _float,
    b"X": _text,
    b")": partial(_constant, ()),
    b"\x85": partial(_tuple_of, 1),
    b"\x86": partial(_tuple_of, 2),
    b"\x87": partial(_tuple_of, 3),
    b"t": _tuple,
    b"]": _list,
    b"a": _append,
    b"e": _appends,
    b"}": _dict,
    b"s": _set,
    b"u": _sets,
    b"q": partial(_remember, 1),
    b"r": partial(_remember, 4),
    b"h": partial(_recall, 1),
    b"j": partial(_recall, 4),
    b"c": _name,
    b"Q": _storage,
    b"R": _call,
}
OPERATIONS = {code[0]: operation for code, operation in _OPERATIONS.items()}
"""What each operation does: the whole of a pickle that a checkpoint may have."""
