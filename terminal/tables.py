"""Tables as they can be read where they go: on a terminal, on one too narrow for them, in a file or a pipe."""

from __future__ import annotations

from itertools import zip_longest

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from terminal.output import UNBOUNDED, console

_NOTHING = "无 · nothing"


def print_table(table: Table) -> None:
    """Print a table without cutting a word: as a table where its words fit into the terminal, else a row at a time
    under its headings; where there is no terminal plainly, a row a line, as wide as it is.
    """
    console.print(readable(table, console), soft_wrap=not console.is_terminal)


def readable(table: Table, screen: Console) -> RenderableType:
    """As it is printed on a screen; one without rows says so."""
    if not table.row_count:
        return Group(_plain(table), Text(_NOTHING))
    if not screen.is_terminal:
        return _plain(table)
    unbounded = screen.options.update(max_width=UNBOUNDED)
    fits = Measurement.get(screen, unbounded, table).minimum <= screen.width
    return table if fits else _stacked(table)


def _plain(table: Table) -> RenderableType:
    """Without borders; several lines of a cell become one."""
    out = Table(*(_line(column.header) for column in table.columns), box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for row in _rows(table):
        out.add_row(*map(_line, row))
    return Group(_title(table), out) if table.title else out


def _stacked(table: Table) -> Group:
    """Each row as lines of `heading: value`."""
    headings = [_line(column.header) for column in table.columns]
    blocks = [
        Text("\n".join(f"{heading}: {_line(cell)}" if heading else _line(cell)
                       for heading, cell in zip(headings, row, strict=True)) + "\n")
        for row in _rows(table)
    ]  # fmt: skip
    return Group(*([_title(table)] if table.title else []), *blocks)


def _title(table: Table) -> Text:
    return Text(str(table.title), style="bold")


def _rows(table: Table) -> list[tuple[RenderableType, ...]]:
    return list(zip_longest(*(column.cells for column in table.columns), fillvalue=""))


def _line(cell: RenderableType) -> str:
    """
    >>> _line("续保率\\nrenewal")
    '续保率 · renewal'
    """
    return " · ".join(line.strip() for line in str(cell).splitlines())
