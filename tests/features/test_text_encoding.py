"""A file's text is read where it can be one text only, and within bounds."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from features.text_encoding import read_text
from leads.errors import InvalidInput

TEXT = "编号,姓名,城市\n1,王芳,上海\n2,李雷,北京市朝阳区\n"


def file_of(folder: Path, content: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(), b"\xef\xbb\xbf" + TEXT.encode(), TEXT.encode("utf-16"), b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("gbk"), TEXT.encode("gb18030"), gzip.compress(TEXT.encode("gbk"), mtime=0), TEXT.encode("utf-32"),
    ],
)  # fmt: skip
def test_an_encoding_that_tells_itself_is_read(tmp_path: Path, content: bytes) -> None:
    assert read_text(file_of(tmp_path, content)) == TEXT


@pytest.mark.parametrize(
    "content",
    [
        "id,name\n1,Andrés Muñoz\n2,Zoë Müller\n".encode("latin-1"),
        "id,name\n1,Иван Петров\n2,Мария Сидорова\n".encode("cp1251"),
        "id,name\n1,\u738b\u82b3\u7684\u55ae\u9ede\u8cc7\u6599\n".encode("big5"),
        "id,name\n1,山田たろう\n".encode("shift-jis"),
    ],
)
def test_an_encoding_that_nothing_tells_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"UTF-8"):
        read_text(file_of(tmp_path, content))


def test_an_adapter_may_name_the_encoding(tmp_path: Path) -> None:
    assert read_text(file_of(tmp_path, "1,Zoë\n".encode("latin-1")), "latin-1") == "1,Zoë\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04sheet", "an Excel workbook or a zip archive: save it as CSV"),
        (b"\xd0\xcf\x11\xe0sheet", "workbook of an old Excel"),
        (b"PAR1data", "Parquet"),
        (b"id,name\n1,a\0b\n", "NUL character in line 2"),
        (("id,name\n1,ab\n" * 3).encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (gzip.compress(b"id,name\n" * 1000, mtime=0)[:-9], "gzip that is cut short or damaged"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_told_by_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_text(file_of(tmp_path, content))


def test_a_packed_file_that_unpacks_to_too_much_is_refused_before_it_does(tmp_path: Path) -> None:
    bomb = file_of(tmp_path, gzip.compress(bytes(64 << 20), mtime=0))
    with pytest.raises(InvalidInput, match="unpacks to more than 1,000,000 bytes"):
        read_text(bomb, most=1_000_000)
