"""A portal that hands on, and the platform above it as far as tests need one."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

from publish.export.answer import Answered, read_answer
from publish.export.export import Exported, export
from publish.export.form import load_form
from publish.export.settings import Order
from publish.handin.intake import Handing, intake
from publish.handin.read import read
from publish.project import Project, init_project
from publish.register.register import Register, open_register
from publish.register.removal import Happening, enter
from publish.schema import record_type
from tests.conftest import silent
from tests.unit.handed import ROOT

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
CODES = Order(format="csv", with_identity=True)


@contextmanager
def handing_on(root: Path, key: str = "ab" * 32) -> Iterator["Sender"]:
    """A portal with the departments of the demo city and a clock of its own."""
    project = init_project(root, "demo-city")
    copytree(ROOT / "data/reference", root / "data/reference", dirs_exist_ok=True)
    with open_register(project.register, key) as register:
        yield Sender(project, register)


@dataclass
class Sender:
    """A portal, one hour after the other."""

    project: Project
    register: Register
    now: datetime = START

    def later(self, **time: int) -> datetime:
        """Lets time go by; an hour unless more is said."""
        self.now += timedelta(**(time or {"hours": 1}))
        return self.now

    def hand_in(self, type_name: str, *rows: Mapping[str, str]) -> None:
        """Takes rows in; none of them may be rejected."""
        path = self.project.root / f"{type_name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [f.name for f in record_type(type_name).fields])
            writer.writeheader()
            writer.writerows(rows)
        self.take_in(path)

    def take_in(self, *paths: Path) -> None:
        """Takes files in; none of their rows may be rejected."""
        for path in paths:
            handing = Handing(self.later())
            for batch in intake(self.project, self.register, path, handing, silent):
                assert batch.counts.rejected == 0

    def happen(self, kind: str, record_id: str) -> None:
        """Lets something happen to a record."""
        enter(self.register, [record_id], Happening(kind, self.later(), "cli", "示例"))

    def export(self, order: Order = CODES, *, again: bool = False) -> Exported:
        """Hands on what is due."""
        return export(self.project, self.register, order, self.later(), silent, again=again)

    def answer(
        self, header: str, *rows: str, name: str = "答复.csv", file: str = "", rest: bool = False
    ) -> Answered:
        """Reads in an answer of some lines."""
        path = self.project.root / name
        path.write_text("\n".join([header, *rows]), "utf-8")
        form = load_form(self.project, "2018")
        return read_answer(self.register, form, path, self.later(), file=file, rest_accepted=rest)

    def states(self) -> dict[str, list[str]]:
        """What the log says of each document, in order."""
        rows = self.register.db.execute(
            "SELECT json_extract(v.payload, '$.document_no'), p.action, p.status, p.state "
            "FROM push p JOIN version v ON v.seq = p.version ORDER BY p.seq"
        )
        found: dict[str, list[str]] = {}
        for number, *said in rows:
            found.setdefault(number, []).append(" ".join(said))
        return found

    def record_id(self, document_no: str) -> str:
        """The id of the record with a document number."""
        row = self.register.db.execute(
            "SELECT record_id FROM version WHERE json_extract(payload, '$.document_no') = ?",
            (document_no,),
        ).fetchone()
        return str(row[0])


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a file that was handed on, by heading."""
    (sheet,) = read(path)
    (_, header), *rows = sheet.rows
    return [dict(zip(header, [*cells, *[""] * len(header)], strict=False)) for _, cells in rows]


@dataclass
class Platform:
    """The platform above: it keeps the last row of each document and what it was told of it."""

    records: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, paths: Iterable[Path], refuse: frozenset[str] = frozenset()) -> list[str]:
        """Takes files, but for some documents; returns an answer by file and row."""
        answer = []
        for path in paths:
            for line, row in enumerate(rows_of(path), start=2):
                number = row.get("CF_WSH") or row["XK_WSH"]
                if number in refuse:
                    answer.append(f"{path.name},{line},失败,字段不合格")
                else:
                    self.records[number] = row
                    answer.append(f"{path.name},{line},成功,")
        return answer

    def shown(self) -> dict[str, dict[str, str]]:
        """What it shows: all that it was not asked to take off."""
        off = "请停止公示"
        return {
            number: row
            for number, row in self.records.items()
            if (row.get("CF_ZT") or row.get("XK_ZT")) in {"0", "2"} and off not in row["BZ"]
        }
