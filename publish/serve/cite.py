"""How a record is quoted by those who keep their sources in BibTeX."""

from collections.abc import Mapping
from typing import Any

from publish.serve.record import Record

_SPECIAL = str.maketrans(
    {
        **{char: f"\\{char}" for char in "#$%&_{}"},
        "\\": r"\textbackslash{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
)


def bibtex(record: Record, manifest: Mapping[str, Any], portal: str, address: str) -> str:
    """The entry of a record; it names the authority and the document, never the party.

    Args:
        manifest: of the release that the record is quoted from.
        portal: the portal's name.
        address: the record's page.
    """
    decided = str(record.row[record.type.roles["decided"]])
    fields = {
        "author": f"{{{_plain(record.authority)}}}",
        "title": _plain(f"{record.title} {record.document}".strip()),
        "year": decided[:4],
        "howpublished": _plain(portal),
        "note": _plain(
            f"{record.record_id}, version {record.row['version']}, decided {decided}, "
            f"release {manifest['release']}, as of {manifest['as_of'][:10]}"
        ),
        "url": address,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{gongshi-{record.record_id},\n{lines}\n}}"


def _plain(text: str) -> str:
    """A text in which nothing is a command of TeX."""
    return text.translate(_SPECIAL)
