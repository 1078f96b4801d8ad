"""What the platform answered: a table that says of our rows which were taken and which were not.

Its columns may have many headings and stand in any order. A row of it is about a row of ours by
document number and party, or by our file and the row in it. Nothing is entered unless every row is
understood.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from publish.errors import ProblemError, UsageError
from publish.export.form import Answer, Form
from publish.export.log import CODE, DOCUMENT, PARTY, Entry, Log
from publish.handin.header import fold
from publish.handin.read import Sheet, read
from publish.register.identity import folded
from publish.register.pushes import ACCEPTED, PUSHED, REFUSED, TYPES, standings
from publish.register.register import PUSH, Register, utc
from publish.register.removal import next_moment
from publish.schema import record_type

SHOWN = 20
"""So many wrong rows are named."""


@dataclass
class Answered:
    """What an answer said.

    Attributes:
        accepted: rows that were taken.
        refused: rows that were sent back.
        known: rows of which the same had been read in before.
        waiting: records handed on of which the last was not answered yet.
    """

    accepted: int = 0
    refused: int = 0
    known: int = 0
    waiting: int = 0

    def as_dict(self) -> dict[str, int]:
        """For programs."""
        return {name: int(value) for name, value in vars(self).items()}


class Wrong(NamedTuple):
    """A cell of an answer that is not understood, and what to do about it."""

    file: str
    line: int
    field: tuple[str, str]
    zh: str
    en: str

    def text(self, lang: str) -> str:
        """The same in one line, in ``zh`` or ``en``."""
        if lang == "zh":
            return f"{self.file} 第 {self.line} 行，{self.field[0]}：{self.zh}"
        return f"{self.file} row {self.line}, {self.field[1]}: {self.en}"


_FIELDS = {
    "file": ("文件名", "file"),
    "line": ("行号", "row number"),
    "result": ("结果", "result"),
    DOCUMENT: ("文书号", "document number"),
    PARTY: ("行政相对人", "party"),
}


def read_answer(
    register: Register,
    form: Form,
    path: Path,
    now: datetime,
    *,
    file: str = "",
    rest_accepted: bool = False,
) -> Answered:
    """Reads an answer in and enters it in the register.

    Args:
        file: the file of ours that it is about, where it does not say.
        rest_accepted: whether it names only what was refused, so that the other rows of the files
            that it is about were taken.

    Raises:
        UsageError: if there is no such file, of theirs or of ours.
        ProblemError: if any of it is not understood; then nothing is entered.
    """
    log = Log(register)
    told = list(_rows(path, form, log, file))
    wrong = [one for one in told if isinstance(one, Wrong)]
    if wrong:
        raise _not_understood(wrong)
    answers = _merged(one for one in told if isinstance(one, _Told))
    if rest_accepted:
        answers = {**_rest(log, answers), **answers}
    at = utc(next_moment(register, now))
    done = Answered()
    with register.transaction() as db:
        PUSH.append(db, _entered(answers.values(), at, done))
    done.waiting = sum(one.state == PUSHED for one in standings(register).values())
    return done


class _Told(NamedTuple):
    """An answer to one row of ours."""

    entry: Entry
    state: str
    reason: str


def _merged(told: Iterable[_Told]) -> dict[tuple[str, int], _Told]:
    """One answer to each row of ours: a platform may give a line to each thing that is wrong."""
    found: dict[tuple[str, int], _Told] = {}
    for one in told:
        place = one.entry.file, one.entry.line
        before = found.get(place)
        if before and before.state == REFUSED:
            reasons = dict.fromkeys(filter(None, (before.reason, one.reason)))
            found[place] = before._replace(reason="；".join(reasons))
        else:
            found[place] = one
    return found


def _entered(told: Iterable[_Told], at: str, done: Answered) -> Iterator[tuple[Any, ...]]:
    """The row of the log for each answer that says something new."""
    for entry, state, reason in told:
        if (entry.state, entry.reason) == (state, reason):
            done.known += 1
            continue
        done.accepted += state == ACCEPTED
        done.refused += state == REFUSED
        yield (*entry.said, entry.file, entry.line, at, state, reason)


def _rest(log: Log, answers: Mapping[tuple[str, int], _Told]) -> dict[tuple[str, int], _Told]:
    """The rows without an answer of the files that an answer is about, as taken."""
    return {
        (entry.file, entry.line): _Told(entry, ACCEPTED, "")
        for file in dict.fromkeys(file for file, _ in answers)
        for entry in log.of_file(file)
        if entry.state == PUSHED
    }


def _rows(path: Path, form: Form, log: Log, file: str) -> Iterator[_Told | Wrong]:
    """What each row of an answer says, or what is wrong with it."""
    about = _named(log, file, path)
    found = False
    for sheet in read(path):
        columns = None if sheet.hidden else _header(sheet, form.answer)
        if columns is None:
            continue
        found = True
        reader = _Reader(path.name, columns, form.answer, log, about)
        for line, cells in sheet.rows:
            if line > columns.line:
                yield reader.read(line, cells)
    if not found:
        raise ProblemError(
            f"{path} 里没有能识别的表头。须有结果或原因一列（如“{form.answer.result[0]}”、"
            f"“{form.answer.reason[0]}”），以及文书号或行号一列。请加上表头后再试。",
            f"No header in {path} is understood. There must be a column with the result or the "
            f"reason (such as {form.answer.result[-2]} or {form.answer.reason[-3]}) and one with "
            "the document number or the row number. Add the header and try again.",
        )


def _named(log: Log, file: str, path: Path) -> str:
    """Which file of ours an answer is about, by what was said or by its own name; or empty."""
    names = log.files
    if file:
        if Path(file).name not in names:
            raise UsageError(
                f"没有导出过名为 {Path(file).name} 的文件。",
                f"No file named {Path(file).name} was exported.",
            )
        return Path(file).name
    inside = [name for name in names if Path(name).stem in path.stem]
    return max(inside, key=len, default="")


class _Columns(NamedTuple):
    """Where the columns of an answer are, and its header."""

    line: int
    places: Mapping[str, int]

    def cell(self, cells: Sequence[str], name: str) -> str:
        """A cell without white space around it; empty if there is no such column."""
        place = self.places.get(name)
        return cells[place].strip() if place is not None and place < len(cells) else ""


def _header(sheet: Sheet, answer: Answer) -> _Columns | None:
    """The header of an answer; None if the sheet has none."""
    headings = _headings(answer)
    for line, cells in sheet.head:
        folded_cells = list(map(fold, cells))
        found = {name: _place(folded_cells, each) for name, each in headings.items()}
        places = {name: place for name, place in found.items() if place is not None}
        if {"result", "reason"} & places.keys() and {"line", DOCUMENT} & places.keys():
            return _Columns(line, places)
    return None


def _place(cells: Sequence[str], headings: Sequence[str]) -> int | None:
    """Where the first of some headings stands that stands there at all."""
    return next((cells.index(heading) for heading in headings if heading in cells), None)


def _headings(answer: Answer) -> dict[str, list[str]]:
    """The headings of each column, folded, the likeliest first."""
    own: dict[str, list[str]] = {
        name: list(getattr(answer, name)) for name in ("file", "line", "result", "reason")
    }
    records = list(map(record_type, TYPES))
    for name in (DOCUMENT, PARTY, CODE):
        own[name] = [heading for record in records for heading in record[name].headers]
    own[DOCUMENT] += ["文书号", "决定书文号"]
    return {name: list(map(fold, headings)) for name, headings in own.items()}


class _Reader:
    """Understands the rows of one table of an answer."""

    def __init__(self, name: str, columns: _Columns, answer: Answer, log: Log, about: str) -> None:
        self._name, self._columns, self._log, self._about = name, columns, log, about
        self._accepted, self._refused = (
            tuple(map(fold, words)) for words in (answer.accepted, answer.refused)
        )

    def read(self, line: int, cells: Sequence[str]) -> _Told | Wrong:
        """What a row says."""
        state = self._state(cells)
        if state is None:
            return self._wrong(
                line,
                "result",
                f"“{self._cell(cells, 'result')}”看不出是接收还是退回，请改为“成功”或“失败”。",
                f"'{self._cell(cells, 'result')}' says neither yes nor no. Write accepted or "
                "refused.",
            )
        entry = self._entry(line, cells)
        if isinstance(entry, Wrong):
            return entry
        return _Told(entry, state, self._cell(cells, "reason") if state == REFUSED else "")

    def _state(self, cells: Sequence[str]) -> str | None:
        """Whether a row was taken; a table without results names what is wrong with rows."""
        if "result" not in self._columns.places:
            return REFUSED if self._cell(cells, "reason") else ACCEPTED
        said = fold(self._cell(cells, "result"))
        for state, words in ((REFUSED, self._refused), (ACCEPTED, self._accepted)):
            if said in words:
                return state
        return REFUSED if said.startswith(self._refused) else None

    def _entry(self, line: int, cells: Sequence[str]) -> Entry | Wrong:
        """The row of ours that a row is about."""
        file = Path(self._cell(cells, "file").replace("\\", "/")).name or self._about
        if file and file not in self._log.files:
            return self._wrong(
                line,
                "file",
                f"没有导出过名为“{file}”的文件。请核对文件名，或用 --file 指定。",
                f"no file named '{file}' was exported. Check the name, or say --file.",
            )
        if self._cell(cells, DOCUMENT):
            return self._by_document(line, cells, file)
        return self._by_line(line, cells, file)

    def _by_line(self, line: int, cells: Sequence[str], file: str) -> Entry | Wrong:
        """The row of ours with a number."""
        said = self._cell(cells, "line")
        if not file:
            return self._wrong(
                line,
                "file",
                "没有写明是哪个文件的行。请加上文件名一列，或用 --file 指定。",
                "it does not say of which file. Add a column with the file, or say --file.",
            )
        found = self._log.at(file, int(said)) if said.isdecimal() else None
        return found or self._wrong(
            line,
            "line",
            f"{file} 没有第“{said}”行。行号从1起，表头为第1行。",
            f"{file} has no row '{said}'. Rows count from 1, which is the header.",
        )

    def _by_document(self, line: int, cells: Sequence[str], file: str) -> Entry | Wrong:
        """The row of ours with a document number, of a party if one is named."""
        number = folded(self._cell(cells, DOCUMENT))
        same = self._log.with_document(file).get(number, [])
        found = [entry for entry in same if self._is_about(entry, cells)]
        if len(found) > 1 and self._cell(cells, "line").isdecimal():
            found = [e for e in found if e.line == int(self._cell(cells, "line"))] or found
        told = {entry.said: entry for entry in found}
        if not file and len(told) > 1:
            told = {said: entry for said, entry in told.items() if entry.state == PUSHED}
        if len(told) == 1:
            return next(iter(told.values()))
        if not same:
            return self._wrong(
                line,
                DOCUMENT,
                f"没有报送过文书号“{self._cell(cells, DOCUMENT)}”。请核对。",
                f"no record with '{self._cell(cells, DOCUMENT)}' was handed on. Check it.",
            )
        return self._wrong(
            line,
            PARTY,
            "该文书号报送过不止一次，或当事人不符。请写明当事人，并用 --file 指定所答复的文件。",
            "this document was handed on more than once, or for another party. Name the party, "
            "and say with --file which file is answered.",
        )

    def _is_about(self, entry: Entry, cells: Sequence[str]) -> bool:
        """Whether a record of ours has the party that a row names."""
        return all(
            folded(said) == folded(known or "")
            for name, known in ((PARTY, entry.party_name), (CODE, entry.uscc))
            if (said := self._cell(cells, name)) and "*" not in said
        )

    def _cell(self, cells: Sequence[str], name: str) -> str:
        """A cell of a row."""
        return self._columns.cell(cells, name)

    def _wrong(self, line: int, field: str, zh: str, en: str) -> Wrong:
        """A cell that is not understood."""
        return Wrong(self._name, line, _FIELDS[field], zh, en)


def _not_understood(wrong: Sequence[Wrong]) -> ProblemError:
    """The error that names the rows, the first of many."""
    more = len(wrong) - SHOWN
    zh = [one.text("zh") for one in wrong[:SHOWN]]
    en = [one.text("en") for one in wrong[:SHOWN]]
    if more > 0:
        zh.append(f"另有 {more} 行。")
        en.append(f"{more} more rows.")
    zh.append("没有写入任何结果。改正后请再导入一次。")
    en.append("Nothing was entered. Correct the file and read it in again.")
    return ProblemError("\n".join(zh), "\n".join(en))
