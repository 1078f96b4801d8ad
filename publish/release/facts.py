"""Facts that the indicators are computed from besides duties, noted as records go by.

Every live record counts, public or withheld. What is noted of each lies in a trace, so that the
next release need only look at records that changed.
"""

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
from publish.release.trace import Kept, SeriesKey, Trace
from publish.schema import record_type

AUDIT = "audit"
_NEVER = "9999-12-31"
Rows = Iterable[Sequence[Any]]


class Facts:
    """Completeness, finds, catalogue items and document numbers of one moment.

    The documents of records that wait to be signed off are known from the start: their department
    has handed them in, and no find or gap may be held against it meanwhile.

    Args:
        trace: what is kept of the records.
    """

    def __init__(self, project: Project, moment: Moment, trace: Trace) -> None:
        self._profile, self._moment, self._trace = project.profile, moment, trace
        self._calendar, self._zone = project.calendar, project.profile.zone
        self._catalogue = project.reference.catalogue
        self._audited = Audited(project.reference, self._due)

    def add_find(self, live: Live) -> None:
        """Takes what an inspector found; anything else that is internal is passed over."""
        if live.record_type == AUDIT:
            self._audited.add_find(live)

    def kept(self, live: Live, row: Sequence[Any] | None) -> Kept:
        """What is kept of a live record, but for how it was decided.

        Args:
            row: its public row; None if it is withheld.
        """
        found = Kept(
            record_id=live.record_id,
            record_type=live.record_type,
            department=live.department,
            received=self._received(live),
            filled=len(live.values),
            decided=live.values[record_type(live.record_type).roles["decided"]],
            item=None,
            document=None,
            series=None,
            place=None,
            carried=0,
            reason=None,
            gone=None,
            family=None,
            again=None,
        )
        if record_type(live.record_type).kind != "record":
            return found
        number = self._number(live)
        document = self._audited.key(
            live.record_type, live.department, self._document(live, number)
        )
        found = found._replace(item=self._item(live), document=document)
        if number and _counts(live.record_type):
            series = self._trace.series(_series(live, number))
            carried = row is not None and _shows(live, row)
            return found._replace(series=series, place=number.place, carried=int(carried))
        return found

    def tables(self) -> Mapping[str, Rows]:
        """The rows of each table of facts and of the table of gaps, by its name."""
        waiting = [one for one in self._moment.waiting() if _kind(one) == "record"]
        extents = list(self._numbers(waiting).extents())
        return {
            COMPLETENESS.name: self._completeness(),
            AUDITED.name: self._finds(waiting),
            ITEM.name: self._listed(),
            ITEM_DAY.name: self._trace.items(),
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

    def _numbers(self, waiting: Iterable[Live]) -> Series:
        """The document numbers of all records and of those that wait."""
        found = Series()
        for key, places, carried in self._trace.numbers():
            found.add_all(key, places, carried)
        for live in waiting:
            number = self._number(live)
            if number and _counts(live.record_type):
                found.add_all(_series(live, number), [number.place], 0)
        return found

    def _finds(self, waiting: Iterable[Live]) -> Rows:
        """What inspectors found, held against all that was handed in."""
        received = self._trace.received(self._audited.wanted())
        for live in waiting:
            document = self._document(live, self._number(live))
            key = self._audited.key(live.record_type, live.department, document)
            received[key] = min(received.get(key, _NEVER), self._received(live))
        return self._audited.rows(received)

    def _item(self, live: Live) -> str | None:
        """The code of a record's catalogue item."""
        code = live.values.get("item_code", "")
        item = self._catalogue.get((live.department, code))
        return code if item and item.record_type == live.record_type else None

    def _number(self, live: Live) -> Number | None:
        """The number of a record's document, which inspectors may look for."""
        return parse(_written(live))

    def _document(self, live: Live, number: Number | None) -> str:
        """The one spelling of a record's document number."""
        return str(number or folded(_written(live)))

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
        for department, name, day, records, filled in self._trace.completeness():
            fields = records * len(record_type(name).fields)
            yield department, name, day, records, filled, fields

    def _listed(self) -> Iterator[Sequence[Any]]:
        """The catalogue's items; blank days mean always."""
        for (department, code), one in sorted(self._catalogue.items()):
            named = (one.record_type, code, one.item_zh, one.item_en)
            days = (one.valid_from or None, one.valid_to or None)
            yield department, *named, int(one.yearly_volume or 1), *days


def _kind(live: Live) -> str:
    """The kind of a record's type."""
    return record_type(live.record_type).kind


def _written(live: Live) -> str:
    """The document number that inspectors may look for, as it was handed in."""
    return live.values.get(record_type(live.record_type).roles["document"][-1], "")


@cache
def _counts(name: str) -> bool:
    """Whether a document is a record by itself, so that its number counts; a list's covers many."""
    return len(record_type(name).roles["document"]) == 1


def _series(live: Live, number: Number) -> SeriesKey:
    """The series of a number; one that names no year is of the year of the decision."""
    decided = live.values[record_type(live.record_type).roles["decided"]]
    return live.department, live.record_type, number.year or decided[:4], number.series


def _shows(live: Live, row: Sequence[Any]) -> bool:
    """Whether the public row shows the document number as it is."""
    document = live.values[record_type(live.record_type).roles["document"][0]]
    return bool(row[_place(live.record_type)] == document)


@cache
def _place(name: str) -> int:
    """Where the document number stands in a public row."""
    record = record_type(name)
    return [column.name for column in columns(record)].index(record.roles["document"][0])
