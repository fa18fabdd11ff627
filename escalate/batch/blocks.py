"""A file as a sequence of blocks: always cut at the same rows, so that each block becomes the same shard in every run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from escalate.batch.inputs import cell, storable_rows
from escalate.batch.schema import stored_type
from escalate.errors import DataError
from escalate.reading import Row, kind_of, not_text

if TYPE_CHECKING:
    import pyarrow

_BYTES: Final = 1 << 26
"""A block ends early when its values take about this much, so that long rows do not fill the memory."""
_BYTES_OF_A_NUMBER: Final = 32
_READ_AT_ONCE: Final = 1024


@dataclass(frozen=True)
class Block:
    """Some consecutive rows of a file.

    Attributes:
        table: The rows that can be scored, with all their columns: an Arrow table.
        texts: The text of each of these.
        rejects: Number and reason of each row that cannot be scored.
    """

    table: pyarrow.Table
    texts: list[str]
    rejects: list[tuple[int, str]]

    @property
    def rows(self) -> int:
        """Number of rows of both sorts."""
        return len(self.texts) + len(self.rejects)


def read_blocks(path: Path, column: str, schema: pyarrow.Schema, rows: int) -> Iterator[Block]:
    """Read a file block by block.

    Args:
        path: The file.
        column: Column that holds the text.
        schema: The columns of the output; those that the file lacks are null.
        rows: Rows of a block at the most.

    Yields:
        The blocks in order; every row of the file stands in exactly one.

    Raises:
        DataError: If the file cannot be read, or a value does not fit into the type that its column has in the output.
    """
    import pyarrow

    blocks = _parquet_blocks if kind_of(path) == ".parquet" else _text_blocks
    try:
        yield from blocks(path, column, schema, rows)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error


def _text_blocks(path: Path, column: str, schema: pyarrow.Schema, size: int) -> Iterator[Block]:
    held: list[Row] = []
    taken = 0
    for row in storable_rows(path, column):
        held.append(row)
        taken += _size(row.values)
        if len(held) == size or taken >= _BYTES:
            yield _text_block(held, column, schema)
            held, taken = [], 0
    if held:
        yield _text_block(held, column, schema)


def _size(values: dict[str, Any]) -> int:
    """Return about the bytes of a row's values; the same in every run, so that blocks end at the same rows."""
    size = 0
    still: list[Any] = [values]  # not by recursion: JSON may be nested as deeply as its parser allows
    while still:
        value = still.pop()
        if isinstance(value, str):
            size += len(value)
        elif isinstance(value, dict):
            size += sum(map(len, value))
            still.extend(value.values())
        elif isinstance(value, list):
            still.extend(value)
        else:
            size += _BYTES_OF_A_NUMBER
    return size


def _text_block(rows: list[Row], column: str, schema: pyarrow.Schema) -> Block:
    import pyarrow

    good = [row.values for row in rows if not row.reason]

    def values(field: Any) -> Any:
        as_string = any(test(field.type) for test in _strings_of(pyarrow.types))
        return pyarrow.array([cell(row.get(field.name), as_string=as_string) for row in good], field.type)

    table = pyarrow.table([_named(field, values) for field in schema], schema=schema)
    return Block(table, [row[column] for row in good], [(row.number, row.reason) for row in rows if row.reason])


def _strings_of(types: Any) -> list[Callable[[Any], bool]]:
    return [types.is_string, types.is_large_string, types.is_binary, types.is_large_binary]


def _named(field: Any, make: Callable[[Any], Any]) -> Any:
    """Make a column; where that fails, name it."""
    import pyarrow

    try:
        return make(field)
    except pyarrow.ArrowException as error:
        raise pyarrow.ArrowException(f"column {field.name!r} as {field.type}: {error}") from error


def _parquet_blocks(path: Path, column: str, schema: pyarrow.Schema, size: int) -> Iterator[Block]:
    import pyarrow
    import pyarrow.parquet

    held: list[Any] = []
    first = 1

    def block() -> Block:
        return _parquet_block(pyarrow.Table.from_batches(held), column, schema, first)

    # Buffered reading takes pages from the disk as they are needed, not whole row groups.
    with pyarrow.parquet.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=min(size, _READ_AT_ONCE)):
            while batch.num_rows:
                head = batch.slice(0, size - sum(part.num_rows for part in held))
                batch = batch.slice(head.num_rows)
                held.append(head)
                rows = sum(part.num_rows for part in held)
                if rows == size or sum(part.nbytes for part in held) >= _BYTES:
                    yield block()
                    held, first = [], first + rows
        if held:
            yield block()


def _parquet_block(table: pyarrow.Table, column: str, schema: pyarrow.Schema, first: int) -> Block:
    import pyarrow

    stored = [_named(field, lambda field: table.column(field.name).cast(stored_type(field.type))) for field in table.schema]
    table = pyarrow.table(stored, names=table.column_names)
    texts: list[str] = []
    rejects: list[tuple[int, str]] = []
    kept: list[bool] = []
    for number, value in enumerate(_bytes(table.column(column)), start=first):
        text, reason = _decoded(value)
        kept.append(not reason)
        if reason:
            rejects.append((number, reason))
        else:
            texts.append(text)
    table = table.filter(pyarrow.array(kept, pyarrow.bool_()))

    def values(field: Any) -> Any:
        if field.name not in table.column_names:
            return pyarrow.nulls(len(texts), field.type)
        return table.column(field.name).cast(field.type)

    return Block(pyarrow.table([_named(field, values) for field in schema], schema=schema), texts, rejects)


def _bytes(column: Any) -> Iterator[bytes | None]:
    import pyarrow

    # As bytes, because Parquet does not promise that its strings are UTF-8, and Arrow does not look.
    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    yield from column.cast(pyarrow.large_binary()).to_pylist()


def _decoded(value: bytes | None) -> tuple[str, str]:
    if value is None:
        return "", not_text(None)
    try:
        return value.decode(), ""
    except UnicodeDecodeError:
        return "", "is not UTF-8"
