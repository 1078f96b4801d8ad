"""The pages of single records and organisations over a small city."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

import pytest

from publish.demo.run import Prepared
from publish.disclose.disclose import REASONS
from publish.handin.uscc import NONE_GIVEN
from publish.release.build import read_only
from publish.release.public import columns, parent_column
from publish.schema import ORGANISATION, PERSON, public_types, record_type, types_of
from tests.integration.test_pages import Document
from tests.integration.test_serve import Reply, get

PREFIXES = ("", "/en")


@pytest.fixture
def credit(small_city: Prepared) -> Iterator[sqlite3.Connection]:
    """The public records of the city."""
    with closing(read_only(small_city.project.current / "credit.db")) as db:
        db.row_factory = sqlite3.Row
        yield db


def rows(db: sqlite3.Connection, sql: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a query."""
    return [dict(row) for row in db.execute(sql, values)]


def one(db: sqlite3.Connection, sql: str, *values: object) -> dict[str, Any]:
    """The first row of a query, which there must be."""
    return rows(db, sql, *values)[0]


def noindex(reply: Reply) -> bool:
    """Whether search engines are asked to leave a page out."""
    return '<meta name="robots" content="noindex">' in reply.text


def links(reply: Reply) -> set[str]:
    """Where a page leads, anchors left out."""
    found = {href.partition("#")[0] for href, _ in Document(reply.text).links}
    return {href for href in found if href.startswith("/")}


class TestRecord:
    """The page of a record."""

    @pytest.mark.parametrize("name", public_types())
    def test_every_column(
        self, small_city: Prepared, credit: sqlite3.Connection, name: str
    ) -> None:
        """It shows each filled public column under its name, in both languages."""
        row = one(credit, f"SELECT * FROM {name} ORDER BY version DESC, record_id")
        for prefix in PREFIXES:
            reply = get(small_city.project, f"{prefix}/record/{row['record_id']}")[0]
            assert reply.status == 200
            terms = re.findall(r"<dt>(.*?)</dt>", reply.text)
            for column in columns(record_type(name)):
                if row[column.name] in {None, ""} or column.name == "department":
                    continue
                said = column.en[:1].upper() + column.en[1:] if prefix else column.zh
                assert said.replace("'", "&#39;") in terms, column.name

    @pytest.mark.parametrize("name", public_types())
    def test_links_lead_somewhere(
        self, small_city: Prepared, credit: sqlite3.Connection, name: str
    ) -> None:
        """Every link of the page can be followed."""
        row = one(credit, f"SELECT * FROM {name} ORDER BY version DESC, record_id")
        page = get(small_city.project, f"/en/record/{row['record_id']}")[0]
        targets = sorted(links(page))
        statuses = {
            t: r.status for t, r in zip(targets, get(small_city.project, *targets), strict=True)
        }
        assert {t: s for t, s in statuses.items() if s != 200} == {}

    def test_person(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """A person's record keeps search engines away, says what is masked, leads to no profile."""
        row = one(credit, "SELECT * FROM licence WHERE party_kind = ?", PERSON)
        reply = get(small_city.project, f"/record/{row['record_id']}")[0]
        assert noindex(reply)
        assert "已依法隐去" in reply.text
        assert row["party_name"] in reply.text
        assert row["party_name"] not in reply.text[reply.text.index('id="cite"') :]
        assert not [href for href in links(reply) if href.startswith("/entity/")]

    def test_organisation(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """An organisation's record may be found, and leads to what else is public of it."""
        row = one(
            credit,
            "SELECT * FROM licence WHERE party_kind = ? AND uscc > '' AND NOT masked",
            ORGANISATION,
        )
        reply = get(small_city.project, f"/record/{row['record_id']}")[0]
        assert not noindex(reply)
        assert f"/entity/{row['uscc']}" in links(reply)

    def test_belongs_together(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """A commitment shows how it was kept, and the check leads back to it."""
        child = types_of("attached")["fulfilment"]
        row = one(credit, f"SELECT * FROM {child.name}")
        parent = row[parent_column(child)]
        of, own = get(small_city.project, f"/record/{parent}", f"/en/record/{row['record_id']}")
        assert f"/record/{row['record_id']}" in links(of)
        assert f"/en/record/{parent}" in links(own)

    def test_deadline(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """It works the deadline out day by day and shows how the duty stands."""
        row = one(credit, "SELECT * FROM penalty WHERE publish_status = 'late'")
        reply = get(small_city.project, f"/en/record/{row['record_id']}")[0]
        counted = re.search(r'id="counted".*?<p class="counted">(.*?)</p>', reply.text, re.DOTALL)
        assert counted is not None
        assert "working days" in counted.group(1)
        assert "late" in counted.group(1)

    def test_taken_off(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """Of a record that was taken off, only when, by whom and why is told, with status 410."""
        for row in rows(credit, "SELECT *, min(withdrawn_on) FROM tombstone GROUP BY reason"):
            for prefix, language in zip(PREFIXES, (0, 1), strict=True):
                reply = get(small_city.project, f"{prefix}/record/{row['record_id']}")[0]
                assert (reply.status, noindex(reply)) == (410, True)
                said = REASONS[row["reason"]][language]
                assert said[1:] in reply.text
                shown = re.findall(r"<dd>", reply.text)
                assert len(shown) == 5

    def test_never_public(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """A record that was never public is as unknown as one that does not exist."""
        known = {
            row["record_id"]
            for name in (*public_types(), "tombstone")
            for row in rows(credit, f"SELECT record_id FROM {name}")
        }
        with closing(sqlite3.connect(small_city.project.register)) as register:
            ids = {r for (r,) in register.execute("SELECT DISTINCT record_id FROM version")}
        hidden = sorted(ids - known)[:5]
        assert hidden
        replies = get(small_city.project, *(f"/record/{i}" for i in (*hidden, "nothing")))
        assert {reply.status for reply in replies} == {404}
        assert len({reply.body for reply in replies}) == 1

    @pytest.mark.parametrize("name", ["'", "%25", "a" * 5000, "x/y", "", "印章", "<script>"])
    def test_strange_names(self, small_city: Prepared, name: str) -> None:
        """What is no record's id finds nothing and is not repeated on the page."""
        for folder in ("record", "entity"):
            reply = get(small_city.project, f"/{folder}/{quote(name, safe='/%')}")[0]
            assert reply.status == 404
            assert "<script>" not in reply.text.replace('<script type="module"', "")


class TestEntity:
    """The page of an organisation."""

    def test_its_records(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """It lists the records of the code by type, and no score."""
        row = one(credit, "SELECT * FROM entity ORDER BY records DESC, uscc")
        expected = {
            record["record_id"]
            for name in types_of("record")
            for record in rows(credit, f"SELECT record_id FROM {name} WHERE uscc = ?", row["uscc"])
        }
        for prefix in PREFIXES:
            reply = get(small_city.project, f"{prefix}/entity/{row['uscc']}")[0]
            assert reply.status == 200
            assert row["name"] in reply.text
            shown = {
                href.rpartition("/")[2]
                for href in links(reply)
                if href.startswith(f"{prefix}/record/")
            }
            assert shown == expected
            assert len(expected) == row["records"]

    def test_kept(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """Its commitments are shown with whether they were kept."""
        row = one(
            credit,
            "SELECT c.uscc FROM commitment c JOIN fulfilment f ON f.commitment_id = c.record_id "
            "JOIN entity e ON e.uscc = c.uscc WHERE f.result = 'kept'",
        )
        assert "已履行" in get(small_city.project, f"/entity/{row['uscc']}")[0].text

    def test_misspelt(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """A code in lower case or with letters for digits leads to the one that was meant."""
        uscc = one(credit, "SELECT uscc FROM entity WHERE uscc LIKE '%1%0%'")["uscc"]
        for meant in (uscc.lower(), uscc.replace("1", "l"), uscc.replace("0", "O")):
            reply = get(small_city.project, f"/en/entity/{meant}")[0]
            assert (reply.status, reply.headers["location"]) == (301, f"/en/entity/{uscc}")

    def test_nobody(self, small_city: Prepared) -> None:
        """The code that says that there is none leads nowhere."""
        assert get(small_city.project, f"/entity/{NONE_GIVEN}")[0].status == 404

    def test_trader(self, small_city: Prepared, credit: sqlite3.Connection) -> None:
        """A sole trader may bear his own name: search engines are asked to leave the page out."""
        for kind, hidden in (("个体工商户", True), (ORGANISATION, False)):
            uscc = one(credit, "SELECT uscc FROM entity WHERE party_kind = ?", kind)["uscc"]
            assert noindex(get(small_city.project, f"/entity/{uscc}")[0]) is hidden
