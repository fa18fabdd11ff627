"""One schema for all files of a job: a type for each column that no value is lost in or rounded by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from escalate.batch.inputs import Input
from escalate.errors import DataError

if TYPE_CHECKING:
    import pyarrow


def common_schema(inputs: Sequence[Input], column: str) -> pyarrow.Schema:
    """Return one Arrow schema for all files: the union of their columns.

    Args:
        inputs: The files.
        column: Column that holds the text.

    Returns:
        The columns. One of a text file that holds values of several types, or objects or lists, is one of strings, with JSON
        in it for what is no string; a table's (.csv, .tsv) are all strings. So is one whose types no type joins, or in which
        the joined type would round a value or cannot hold it, such as fractions and whole numbers that a float cannot hold
        exactly, or decimals and floats. Categories stay categories where all files have the same type of them.

    Raises:
        DataError: If a Parquet file's column goes together with that of other files in no way; names file and column.
    """
    import pyarrow

    kinds: dict[str, set[str]] = {}
    for found in inputs:
        for name, present in found.kinds.items():
            kinds.setdefault(name, set()).update(present)
    types = {name: {_arrow_type(present): None} for name, present in kinds.items()}
    for found in inputs:
        for field in found.schema or ():
            types.setdefault(field.name, {}).setdefault(stored_type(field.type))
    joined = {name: _joined(list(of_files), kinds.get(name, set())) for name, of_files in types.items()}
    # The values decide, not the types: dates of our days fit into any unit. What is no text is left out of the column of texts.
    tried = {name: kind for name, kind in joined.items() if name != column}
    as_strings: dict[str, Any] = {}
    for found in inputs:
        as_strings.update((name, pyarrow.string()) for name, _ in _unfit(found, tried))
    tried = as_strings | {name: kind for name, kind in tried.items() if pyarrow.types.is_string(kind)}
    for found in inputs:
        for name, error in _unfit(found, tried):
            raise DataError(f"{found.path}: type of column {name!r} unlike in the other files: {error}; score it by itself")
    return pyarrow.schema([(name, as_strings.get(name, kind)) for name, kind in joined.items()])


def stored_type(kind: Any) -> Any:
    """Return the type as which a Parquet column is handled: without what Arrow cannot filter, join or leave out."""
    import pyarrow

    types = pyarrow.types
    if types.is_string_view(kind):
        return pyarrow.large_string()
    if types.is_binary_view(kind):
        return pyarrow.large_binary()
    if types.is_struct(kind):
        return pyarrow.struct([_nullable(field) for field in kind])
    if types.is_map(kind):
        return pyarrow.map_(stored_type(kind.key_type), _nullable(kind.item_field), kind.keys_sorted)
    if types.is_list(kind) or types.is_list_view(kind):
        return pyarrow.list_(_nullable(kind.value_field))
    if types.is_large_list(kind) or types.is_large_list_view(kind):
        return pyarrow.large_list(_nullable(kind.value_field))
    if types.is_fixed_size_list(kind):
        return pyarrow.list_(_nullable(kind.value_field), kind.list_size)
    return kind


def _nullable(field: Any) -> Any:
    import pyarrow

    return pyarrow.field(field.name, stored_type(field.type))


def _arrow_type(kinds: set[str]) -> Any:
    import pyarrow

    present = kinds - {"null"}
    if not present:
        return pyarrow.null()
    if present == {"bool"}:
        return pyarrow.bool_()
    if present <= {"int", "long"}:
        return pyarrow.int64()
    # Whole numbers that a float cannot hold exactly are kept as strings rather than rounded.
    if present <= {"int", "float"}:
        return pyarrow.float64()
    return pyarrow.string()


def _joined(types: list[Any], kinds: set[str]) -> Any:
    """Return the type that joins those of the files, of which text files hold values of some kinds; else that of strings."""
    import pyarrow

    if len(types) > 1:
        types = [kind.value_type if pyarrow.types.is_dictionary(kind) else kind for kind in types]
    try:
        schemas = [pyarrow.schema([("", kind)]) for kind in types]
        found = pyarrow.unify_schemas(schemas, promote_options="permissive").field("").type
    except pyarrow.ArrowException:
        return pyarrow.string()
    inexact = "long" in kinds and (pyarrow.types.is_floating(found) or pyarrow.types.is_decimal(found))
    # A column of a text file without any value, whose type no other file says, is one of strings too.
    return pyarrow.string() if pyarrow.types.is_null(found) or inexact or any(_rounds(kind, found) for kind in types) else found


def _rounds(kind: Any, joined: Any) -> bool:
    """Whether a decimal number becomes a float, at any depth, which Arrow does not refuse."""
    import pyarrow

    if pyarrow.types.is_decimal(kind):
        return bool(pyarrow.types.is_floating(joined))
    if pyarrow.types.is_struct(kind):
        return any(_rounds(field.type, joined.field(field.name).type) for field in kind)
    inner = next((name for name in ("value_type", "item_type") if hasattr(kind, name)), None)
    return inner is not None and _rounds(getattr(kind, inner), getattr(joined, inner))


def _unfit(found: Input, kinds: Mapping[str, Any]) -> Iterator[tuple[str, Exception]]:
    """Yield the columns of a Parquet file with values that do not fit into a type, and why."""
    import pyarrow
    import pyarrow.parquet

    stored = {field.name: stored_type(field.type) for field in found.schema or () if field.name in kinds}
    left = {name for name, kind in stored.items() if kind != kinds[name] and not pyarrow.types.is_null(kind)}
    if not left:
        return
    try:
        with pyarrow.parquet.ParquetFile(found.path) as file:
            for batch in file.iter_batches(batch_size=1024, columns=sorted(left)):
                for name in sorted(left):
                    try:
                        batch.column(name).cast(stored[name]).cast(kinds[name])
                    except pyarrow.ArrowException as error:
                        left.remove(name)
                        yield name, error
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{found.path}: cannot be read: {error}") from error
