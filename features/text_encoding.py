"""The text of a file: unpacked within bounds, in the encoding that it is provably in."""

from __future__ import annotations

import codecs
import gzip
import zlib
from pathlib import Path

from leads.errors import InvalidInput, NotFound

MOST_BYTES = 2 * 1024**3
"""What a packed file may unpack to, unless an adapter allows more."""

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
_AS_CSV = "save it as CSV (UTF-8) and import that"
_OTHERS = {
    b"PK\x03\x04": f"is an Excel workbook or a zip archive: {_AS_CSV}",
    b"\xd0\xcf\x11\xe0": f"is a workbook of an old Excel: {_AS_CSV}",
    b"PAR1": "is a Parquet file, which this adapter does not read as text",
    b"%PDF": f"is a PDF: {_AS_CSV}",
    b"BZh": "is packed with bzip2: unpack it, or use gzip",
    b"\xfd7zXZ": "is packed with xz: unpack it, or use gzip",
    b"\x28\xb5\x2f\xfd": "is packed with zstd: unpack it, or use gzip",
}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip

COMMON = 0.9
"""Of the characters beyond ASCII that GB18030 gives, the share that must be everyday Chinese to believe it."""


def read_text(file: Path, encoding: str | None = None, most: int = MOST_BYTES) -> str:
    """The file's text, plain or gzip whatever it is called.

    encoding: what it is declared to be in. Otherwise what its byte order mark says; else UTF-8 where all of it is; else
    GB18030 where all of it is and what it gives is everyday Chinese. Raises NotFound, or InvalidInput for what is not
    unambiguously a text, unpacks to more than `most` bytes, or is cut short.
    """
    if not file.is_file():
        raise NotFound("file", str(file))
    data = _unpacked(file, most)
    for mark, reason in _OTHERS.items():
        if data.startswith(mark):
            raise InvalidInput("file", str(file), reason)
    text = _decoded(file, data, encoding or _encoding(file, data))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidInput("file", str(file), f"has a NUL character in line {line}: it is damaged, or no text")
    return text


def _unpacked(file: Path, most: int) -> bytes:
    with file.open("rb") as stream:
        packed = stream.read(2) == _GZIP
    if not packed:
        return file.read_bytes()
    try:
        if _unpacked_size(file, most) > most:
            raise InvalidInput("file", str(file), f"unpacks to more than {most:,} bytes: split it")
        with gzip.open(file) as stream:
            return stream.read()
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput("file", str(file), f"is a gzip that is cut short or damaged ({error})") from error


def _unpacked_size(file: Path, most: int) -> int:
    """In bytes, counted no further than a little beyond `most`, and without keeping them."""
    size = 0
    with gzip.open(file) as stream:
        while size <= most and (block := stream.read(_BLOCK)):
            size += len(block)
    return size


def _encoding(file: Path, data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if b"\0" in data[:4096] and _utf16_like(data[:4096]):
        raise InvalidInput("file", str(file), f"seems to be UTF-16 without a byte order mark: {_AS_CSV}")
    return "utf-8" if _is_utf8(data) else "gb18030"


def _utf16_like(data: bytes) -> bool:
    even, odd = data[::2].count(0), data[1::2].count(0)
    return max(even, odd) * 4 > len(data) and min(even, odd) * 10 < max(even, odd)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(file: Path, data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        line = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
        reason = f"is neither UTF-8 nor {encoding} (line {line}): {_AS_CSV}, or let the adapter name its encoding"
        raise InvalidInput("file", str(file), reason) from error
    if encoding == "gb18030" and not everyday(text):
        reason = f"is not UTF-8, and as GB18030 it makes no sense: {_AS_CSV}, or let the adapter name its encoding"
        raise InvalidInput("file", str(file), reason)
    return text


def everyday(text: str) -> bool:
    """Whether what is not ASCII is mostly everyday Chinese, as texts of other encodings read as GB18030 are not.

    >>> everyday("李雷,上海"), everyday("M\u9ef7ler")
    (True, False)
    """
    beyond = [character for character in text if character > "\x7f"]
    return sum(map(_is_everyday, beyond)) >= COMMON * len(beyond)


def _is_everyday(character: str) -> bool:
    """Of GB 2312, its punctuation, full-width forms and the 3,755 hanzi of its first level."""
    try:
        lead = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return lead in (0xA1, 0xA3) or 0xB0 <= lead <= 0xD7
