"""What a list inside a JSON record holds, asked in the words of either database."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, false, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement


class _HoldsAny(FunctionElement[bool]):
    """The list first, then the values."""

    type = Boolean()
    inherit_cache = True


@compiles(_HoldsAny, "sqlite")
def _on_sqlite(element: _HoldsAny, compiler: Any, **how: Any) -> str:
    items, *values = (compiler.process(one, **how) for one in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({items}) AS held WHERE held.value IN ({', '.join(values)}))"


@compiles(_HoldsAny, "postgresql")
def _on_postgresql(element: _HoldsAny, compiler: Any, **how: Any) -> str:
    items, *values = (compiler.process(one, **how) for one in element.clauses)
    held = f"json_array_elements_text({items}) AS held(value)"
    return f"EXISTS (SELECT 1 FROM {held} WHERE held.value IN ({', '.join(values)}))"


def holds_any(items: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """True where the list of texts holds one of these; False where it is missing."""
    wanted = sorted(set(values))
    return _HoldsAny(items, *wanted) if wanted else false()


def holds_nothing(items: ColumnElement[Any]) -> ColumnElement[bool]:
    """True where the list is empty or missing."""
    return func.coalesce(func.json_array_length(items), 0) == 0
