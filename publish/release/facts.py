"""Facts that the indicators are computed from besides duties, gathered as records go by.

Every live record counts, public or withheld, and in one pass: what is kept of a million records
fits into a few dozen megabytes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from monitor.tables import AUDITED, COMPLETENESS, ITEM, ITEM_DAY, NUMBER_GAP, NUMBER_SERIES
from publish.project import Project
from publish.register.identity import folded
from publish.register.live import Live, Moment
from publish.register.register import local
from publish.release.audited import Audited
from publish.release.gaps import Series
from publish.release.numbers import Number, parse
from publish.release.public import columns
from publish.schema import record_type

AUDIT = "audit"
Day = tuple[str, str, str]
"""Department, record type, day."""
Rows = Iterable[Sequence[Any]]


class Facts:
    """Completeness, finds, catalogue items and document numbers of one moment.

    The documents of records that wait to be signed off are known from the start: their department
    has handed them in, and no find or gap may be held against it meanwhile.
    """

    def __init__(self, project: Project, moment: Moment) -> None:
        self._profile, self._moment = project.profile, moment
        self._calendar, self._zone = project.calendar, project.profile.zone
        self._catalogue = project.reference.catalogue
        self._audited, self._series = Audited(project.reference, self._due), Series()
        self._filled, self._records = Counter[Day](), Counter[Day]()
        self._items = Counter[tuple[str, str, str, str]]()
        for live in moment.waiting():
            if record_type(live.record_type).kind == "record":
                self._add_number(live, None, self._add_document(live))

    def add(self, live: Live, row: Sequence[Any] | None) -> None:
        """Notes a live record, in whichever order they come.

        Args:
            row: its public row; None if it is withheld or internal.
        """
        if live.record_type == AUDIT:
            self._audited.add_find(live)
        kind = record_type(live.record_type).kind
        if kind == "internal":
            return
        key = (live.department, live.record_type, self._received(live))
        self._records[key] += 1
        self._filled[key] += len(live.values)
        if kind == "record":
            self._add_item(live)
            self._add_number(live, row, self._add_document(live))

    def tables(self) -> Mapping[str, Rows]:
        """The rows of each table of facts and of the table of gaps, by its name."""
        extents = list(self._series.extents())
        return {
            COMPLETENESS.name: self._completeness(),
            AUDITED.name: self._audited.rows(),
            ITEM.name: self._listed(),
            ITEM_DAY.name: ((*key, n) for key, n in sorted(self._items.items())),
            NUMBER_SERIES.name: (
                (*key, one.lowest, one.highest, one.present, one.missing, one.set_aside)
                for key, one in extents
            ),
            NUMBER_GAP.name: (
                (*key, first, last, last - first + 1)
                for key, one in extents
                for first, last in one.gaps
            ),
        }

    def _add_item(self, live: Live) -> None:
        """Counts a record of a catalogue item on the day of its decision."""
        code = live.values.get("item_code", "")
        item = self._catalogue.get((live.department, code))
        if item and item.record_type == live.record_type:
            decided = live.values[record_type(live.record_type).roles["decided"]]
            self._items[live.department, live.record_type, code, decided] += 1

    def _add_document(self, live: Live) -> Number | None:
        """Notes a record's document, which inspectors may look for; returns its number."""
        text = live.values.get(record_type(live.record_type).roles["document"][-1], "")
        number = parse(text)
        self._audited.add_record(live, str(number or folded(text)), self._received(live))
        return number

    def _add_number(self, live: Live, row: Sequence[Any] | None, number: Number | None) -> None:
        """Notes the number of a document that is a record by itself; a list's covers many."""
        roles = record_type(live.record_type).roles
        document, *others = roles["document"]
        if number and not others:
            published = row is not None and row[_place(live.record_type)] == live.values[document]
            year = live.values[roles["decided"]][:4]
            self._series.add(live.department, live.record_type, year, number, published=published)

    def _received(self, live: Live) -> str:
        """The day the portal first received a record."""
        return local(self._moment.received[live.first_batch], self._zone)[:10]

    def _due(self, name: str, decided: str) -> str:
        """The last day on which a decision is published on time, by the usual number of days."""
        clock = self._profile.clocks.disclosure.on(date.fromisoformat(decided))
        days = clock.days_for(name, None)
        if days is None or decided < self._calendar.first.isoformat():
            return decided
        return self._calendar.due_iso(decided, days)[0]

    def _completeness(self) -> Iterator[Sequence[Any]]:
        """Records with fields filled and fields of their schema, by day first received."""
        for key, records in sorted(self._records.items()):
            fields = len(record_type(key[1]).fields)
            yield *key, records, self._filled[key], records * fields

    def _listed(self) -> Iterator[Sequence[Any]]:
        """The catalogue's items; blank days mean always."""
        for (department, code), one in sorted(self._catalogue.items()):
            named = (one.record_type, code, one.item_zh, one.item_en)
            days = (one.valid_from or None, one.valid_to or None)
            yield department, *named, int(one.yearly_volume or 1), *days


@cache
def _place(name: str) -> int:
    """Where the document number stands in a public row."""
    record = record_type(name)
    return [column.name for column in columns(record)].index(record.roles["document"][0])
