"""The past of the demo city: what each night's release showed, without keeping its files."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from heapq import heappop, heappush

from publish.disclose.disclose import History
from publish.project import Project
from publish.register.live import Live, Moment, Shown, note
from publish.register.register import APPEARANCE, RELEASE, Register, utc
from publish.release.parents import Key, Parents
from publish.release.stage import Stage
from publish.schema import record_type


class Nights:
    """Publishes night after night, each time only what changed since the night before."""

    def __init__(self, project: Project, register: Register) -> None:
        self._project, self._register = project, register
        self._shown = Shown({}, set(), {})
        self._ends: list[tuple[date, str]] = []
        self._histories: dict[str, History] = {}
        self._parents = Parents(project.reference)
        self._attached: dict[Key | None, dict[str, Live]] = {}
        self._event = self._version = 0

    def publish(self, as_of: datetime, touched: Iterable[str]) -> None:
        """Enters the release of one night.

        Args:
            as_of: the moment of the release.
            touched: records to which something happened besides a hand-in.
        """
        moment = Moment(self._register, self._register.cut(as_of))
        ids = [*touched, *self._ended(as_of.date())]
        self._event = moment.add_events(self._histories, self._event)
        changes = list(self._changes(moment, ids))
        self._version = moment.last_version
        name = f"{utc(as_of).translate(str.maketrans('', '', '-:'))}-history"
        with self._register.transaction() as db:
            number = RELEASE.append(db, [(name, utc(as_of), "ok", '{"files": "not kept"}')])
            APPEARANCE.append(db, ((number, *change) for change in changes))
        for change in changes:
            note(self._shown, change[0], number, change[1], change[2])

    def _changes(self, moment: Moment, ids: Iterable[str]) -> Iterable[tuple[str, str, str | None]]:
        """The records that appear or come off this night."""
        stage = Stage(self._project, moment, self._histories, self._parents)
        for live in self._concerned(moment, ids):
            decision = stage.decide(live)
            public = live.record_id in self._shown.public
            if decision.publish and decision.until:
                heappush(self._ends, (decision.until, live.record_id))
            if decision.publish and not public:
                yield live.record_id, "published", None
            elif public and not decision.publish:
                yield live.record_id, "withdrawn", decision.reason

    def _concerned(self, moment: Moment, ids: Iterable[str]) -> Iterator[Live]:
        """The records to decide on: those touched, then what belongs to them."""
        attached: dict[str, Live] = {}
        for live in moment.touched(self._version, ids):
            kind, key = record_type(live.record_type).kind, self._parents.key(live)
            if kind == "attached":
                self._attached.setdefault(key, {})[live.record_id] = live
                attached[live.record_id] = live
            elif kind == "record":
                yield live
                attached |= self._attached.get(key, {})
        yield from attached.values()

    def _ended(self, today: date) -> Iterable[str]:
        """The records whose last day of publication is over."""
        while self._ends and self._ends[0][0] < today:
            yield heappop(self._ends)[1]
