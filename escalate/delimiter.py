"""What separates the columns of a table: commas, or semicolons and tabs, as spreadsheets write them in half of the world."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from itertools import chain
from typing import Final, NamedTuple

DELIMITERS: Final = (",", ";", "\t")
_NAMED: Final = re.compile(r'"?sep=([^"\r\n])"?[\r\n]*', re.IGNORECASE)


class Separated(NamedTuple):
    """The lines of a table.

    Attributes:
        delimiter: What separates the columns.
        lines: The lines from the header on.
        before: Number of lines before the header.
    """

    delimiter: str
    lines: Iterator[str]
    before: int


def separated(lines: Iterator[str], wanted: Collection[str]) -> Separated:
    """Find what separates the columns of a table, from its first line alone.

    Args:
        lines: The lines of the table, of which the first one is taken; "sep=;" there, as Excel writes it, says what it is.
        wanted: Columns that the table must have. Commas win if these are found with commas.

    Returns:
        The delimiter with which all wanted columns are found; if there is none, one that gives several columns.
    """
    first = next(lines, "")
    if named := _NAMED.fullmatch(first):
        return Separated(named[1], lines, 1)
    columns = {delimiter: columns_of(first, delimiter) for delimiter in DELIMITERS}
    found = [delimiter for delimiter in DELIMITERS if set(wanted) <= set(columns[delimiter])]
    several = [delimiter for delimiter in DELIMITERS if len(columns[delimiter]) > 1]
    return Separated([*found, *several, ","][0], chain([first] if first else [], lines), 0)


def columns_of(line: str, delimiter: str) -> list[str]:
    """Return the columns that a line has with a delimiter; none if its quotes are broken."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
