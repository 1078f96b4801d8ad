"""A file checked by frictionless against the schema that we publish."""

from pathlib import Path

from frictionless import Detector, Resource, Schema, system

from publish.schema import record_type


def validate(path: Path, _folder: Path) -> int:
    """Checks penalties; returns how many rows there are, all of them good."""
    schema = record_type("penalty").table_schema()
    for field in schema["fields"]:
        field["name"] = field["title"]
    fields = Schema.from_descriptor({"fields": schema["fields"]})
    with system.use_context(trusted=True):
        report = Resource(
            path=str(path), encoding="utf-8-sig", schema=fields, detector=Detector(schema_sync=True)
        ).validate()
    if not report.valid:
        raise SystemExit(str(report.flatten(["rowNumber", "fieldNumber", "type", "note"])[:3]))
    return int(report.tasks[0].stats["rows"])
