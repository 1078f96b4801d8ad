"""A file checked by pandera on polars: types, what is required, lengths, code lists, form of codes.

What pandera cannot say in an expression over a column stays unchecked: check characters, several
codes in a cell, rules between fields, departments.
"""

from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl

from publish.schema import Field, record_type

TYPES = {"string": pl.String, "number": pl.Float64, "date": pl.Date}
FORMS = {"uscc": "^[0-9A-HJ-NPQRTUWXY]{18}$", "person_id": r"^\d{17}[\dX]$"}


def validate(path: Path, _folder: Path) -> int:
    """Checks penalties; returns how many rows there are, all of them good."""
    fields = record_type("penalty").fields
    frame = pl.read_csv(path, schema_overrides={f.title_zh: TYPES[f.type] for f in fields})
    schema = pa.DataFrameSchema({f.title_zh: column(f) for f in fields})
    return int(schema.validate(frame, lazy=True).height)


def column(field: Field) -> Any:  # noqa: ANN401 - pandera is there only where it is measured
    """A field's column with its checks."""
    checks = []
    if field.max_length:
        checks.append(pa.Check.str_length(max_value=field.max_length))
    if field.codes and not (field.codes.other or field.codes.many):
        checks.append(pa.Check.isin([v.value for v in field.codes.values]))
    if field.check:
        checks.append(pa.Check.str_matches(FORMS[field.check]))
    if "minimum" in field.constraints:
        checks.append(pa.Check.ge(field.constraints["minimum"]))
    return pa.Column(TYPES[field.type], checks, nullable=not field.required)
