"""What the page of a record tells: its groups of columns, what happened when, how it is cited."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.release.public import columns
from publish.schema import ORGANISATION, PERSON, public_types, record_type
from publish.serve.cite import bibtex
from publish.serve.entity import meant_code
from publish.serve.record import ENDLESS, GROUPS, ORDER, Record, timeline

DAYS = st.dates().map(lambda day: day.isoformat())
MANIFEST = {"release": "20261122T140000Z-aaaaaaaa", "as_of": "2026-11-22T22:00:00+08:00"}


def record(name: str = "penalty", **changes: object) -> Record:
    """A record as its table holds it."""
    one = record_type(name)
    row: dict[str, Any] = {column.name: None for column in columns(one)}
    row |= {f.name: f.example.replace("/", "-") or None for f in one.public_fields}
    shown = {"first_received": "2026-01-08T09:30:00+08:00", "version": 1, "masked": 0}
    shown |= {"portal_published": "2026-01-09T22:00:00+08:00", "publish_status": "on_time"}
    row |= {"record_id": "r1", "department": "market", "batch": 3, **shown}
    row |= {one.roles["decided"]: "2026-01-05"}
    return Record(one, row | changes, [], None, None, None)


def steps(one: Record, today: str = "2026-11-22", due: str = "2026-01-14") -> list[str]:
    """What happened, in order."""
    duties = [{"clock": "disclosure", "due_date": due}, {"clock": "push", "due_date": due}]
    return [step.what for step in timeline(one, duties, today)]


class TestTimeline:
    """What happened to a record."""

    def test_in_order(self) -> None:
        """Decided, received, published, then the deadline that this was in time for."""
        plain = record(valid_to=None, public_until=None)
        assert steps(plain) == ["decided", "received", "published", "due"]

    def test_late(self) -> None:
        """Published after the deadline, the deadline comes first."""
        late = record(valid_to=None, portal_published="2026-02-01T22:00:00+08:00")
        assert steps(late) == ["decided", "received", "due", "published"]

    def test_one_day(self) -> None:
        """Of one day, the decision is told before its receipt and that before publication."""
        same = record(
            valid_to=None,
            decision_date="2026-01-09",
            first_received="2026-01-09T23:30:00+08:00",
            portal_published="2026-01-09T22:00:00+08:00",
        )
        assert steps(same)[:3] == ["decided", "received", "published"]

    def test_corrected(self) -> None:
        """A later version is a correction, with its number and the day that it came."""
        found = timeline(record(version=3, received="2026-03-01T10:00:00+08:00"), [], "2026-11-22")
        (step,) = (step for step in found if step.what == "corrected")
        assert (step.n, step.day[:10]) == (3, "2026-03-01")

    def test_without_end(self) -> None:
        """A licence without end has no day on which it ends."""
        assert "valid_to" not in steps(record("licence", valid_to=ENDLESS))
        assert "valid_to" in steps(record("licence", valid_to="2027-01-01"))

    def test_attached(self) -> None:
        """What belongs to a record is told on its day."""
        one, child = record("commitment"), record_type("fulfilment")
        checked = {child.roles["decided"]: "2026-02-03"}
        with_child = Record(one.type, one.row, [(child, [checked])], None, None, None)
        assert "fulfilment" in steps(with_child)

    @given(until=DAYS, valid=DAYS, decided=DAYS, today=DAYS)
    def test_ahead(self, until: str, valid: str, decided: str, today: str) -> None:
        """Steps come in order of their days; exactly those after today are still to come."""
        one = record(public_until=until, valid_to=valid, decision_date=decided)
        found = timeline(one, [], today)
        days = [step.day[:10] for step in found]
        assert days == sorted(days)
        assert [step.ahead for step in found] == [day > today for day in days]
        assert {step.what for step in found} <= set(ORDER)


class TestGroups:
    """The columns in groups."""

    @pytest.mark.parametrize("name", public_types())
    def test_each_column_once(self, name: str) -> None:
        """Each filled column stands in one group, and no other does."""
        one = record(name)
        shown = [column.name for _, cells in one.groups for column, _ in cells]
        assert sorted(shown) == sorted(k for k, v in one.row.items() if v not in {None, ""})
        assert [group for group, _ in one.groups] == [
            group for group in GROUPS if group != "party" or "party_name" in one.type.by_name
        ]

    def test_by_meaning(self) -> None:
        """The party's numbers stand with the party, the deadline with publication."""
        found = dict(record(due_date="2026-01-14").groups)
        groups = {c.name: group for group, cells in found.items() for c, _ in cells}
        assert groups["uscc"] == "party"
        assert groups["decision_date"] == "decision"
        assert groups["due_date"] == "publication"


@pytest.mark.parametrize(
    ("kind", "masked", "unlisted"),
    [(ORGANISATION, 0, False), (ORGANISATION, 1, True), (PERSON, 1, True), ("个体工商户", 0, True)],
)
def test_unlisted(kind: str, masked: int, unlisted: bool) -> None:
    """Search engines are asked to leave out all records in which a person may be named."""
    assert record(party_kind=kind, masked=masked).unlisted is unlisted


def test_objected() -> None:
    """A record that an objection is open against says so."""
    assert record(status="2").objected
    assert not record(status="0").objected


class TestCitation:
    """The entry for BibTeX."""

    def test_names_no_party(self) -> None:
        """It names the authority, the document, the release and the address, never the party."""
        text = bibtex(record(), MANIFEST, "信用示例市", "https://credit.example.cn/record/r1")
        assert text.startswith("@misc{gongshi-r1,")
        assert "author = {{示例市市场监督管理局}}" in text
        assert "year = {2026}" in text
        assert "url = {https://credit.example.cn/record/r1}" in text
        assert MANIFEST["release"] in text
        assert str(record().row["party_name"]) not in text

    @given(st.text(st.sampled_from("{}\\%&#$_^~a示"), max_size=30))
    def test_nothing_is_a_command(self, text: str) -> None:
        """Whatever a headline holds, braces stay balanced and no character is TeX's own."""
        entry = bibtex(record(violation_kind=text), MANIFEST, "p", "https://a/b")
        title = entry.split("title = {")[1].split("},\n")[0]
        for known in (r"\textbackslash{}", r"\textasciicircum{}", r"\textasciitilde{}"):
            title = title.replace(known, "")
        for char in "{}%&#$_":
            title = title.replace(f"\\{char}", "")
        assert not set(title) & set("{}\\%&#$_^~")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("91990100ma00000073", "91990100MA00000073"),
        ("9l99OlOOMAOOOOOO73", "91990100MA00000073"),
        ("91990100MA00000073", "91990100MA00000073"),
        ("nothing", "nothing"),
        ("", ""),
    ],
)
def test_meant_code(typed: str, meant: str) -> None:
    """A code is understood with small letters and with letters for digits; else it stays."""
    assert meant_code(typed) == meant
