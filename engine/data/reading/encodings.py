"""Bytes of text files in UTF-8, whatever they are written in."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from ...errors import UsageError
from .streams import Change

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ASCII = bytes([9, 10, 13, *range(32, 127)])
_FOREIGN = "éя東한"

# Bytes that Windows-1252 has no character for are taken for the controls that they are in Latin-1, as browsers do.
_WINDOWS_1252 = {
    byte: byte if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else ord(bytes([byte]).decode("cp1252")) for byte in range(256)
}


def marked_encoding(head: bytes) -> str | None:
    """The encoding that a text's first bytes show: by a mark, or UTF-16 by the zeros that Latin letters leave in it."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if len(head) >= 4 and head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    if len(head) >= 4 and head[0::2].count(0) > len(head) // 3:
        return "utf-16-be"
    return None


def seems_utf8(head: bytes) -> bool:
    """Whether a text's first bytes hold letters that are not English in UTF-8, as hardly any other encoding does."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not head.isascii()


def from_encoding(encoding: str, name: str) -> Change:
    """Bytes of this encoding in UTF-8. UsageError, with the line, for bytes that have no character in it."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1

    def change(block: bytes, final: bool) -> bytes:
        nonlocal lines
        try:
            text = decoder.decode(block, final)
        except UnicodeError as error:
            if isinstance(error, UnicodeDecodeError):
                lines += error.object[: error.start].decode(encoding, errors="replace").count("\n")
            raise UsageError(f"{name}, line {lines} is not written in {encoding}: use another --encoding.") from None
        lines += text.count("\n")
        return _encoded(text)

    return change


def from_utf8(name: str, other: str | None, told: Callable[[str], None]) -> Change:
    """Bytes of UTF-8 as they are. Where they are none, and there was no letter but English ones before, all is written
    in the `other` encoding, or, where None is known, taken for Windows-1252, and told.

    Raises UsageError for bytes that are UTF-8 at first and not later on.
    """
    strict, plain = codecs.getincrementaldecoder("utf-8")(), True
    recode: Change | None = None

    def change(block: bytes, final: bool) -> bytes:
        nonlocal plain, recode
        if recode is not None:
            return recode(block, final)
        if plain and not strict.getstate()[0] and block.isascii():
            return block
        try:
            text = strict.decode(block, final)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            if not plain or not before.isascii():
                raise UsageError(
                    f"{name} is written in UTF-8 at first and not later on: save it in one encoding."
                ) from None
            if other is None:
                told(
                    f"{name} is not written in UTF-8 and is read as Windows-1252: use --encoding, such as shift_jis, "
                    "gb18030 or windows-1251, if its letters are others"
                )
            recode = _from_windows_1252 if other is None else from_encoding(other, name)
            return recode(error.object, final)
        plain = plain and text.isascii()
        return text.encode()

    return change


def is_ascii_based(encoding: str) -> bool:
    """Whether bytes below 128 are the same characters in this encoding as in UTF-8, and no parts of others."""
    try:
        same = _ASCII.decode(encoding) == _ASCII.decode("ascii")
    except UnicodeError:
        return False
    written = [letter.encode(encoding, errors="ignore") for letter in _FOREIGN]
    return same and not any(letter and letter.isascii() for letter in written)


def _from_windows_1252(block: bytes, final: bool) -> bytes:  # noqa: ARG001  (each byte is a character by itself)
    return codecs.charmap_decode(block, "strict", _WINDOWS_1252)[0].encode()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="replace")  # half characters, which UTF-16 can hold
