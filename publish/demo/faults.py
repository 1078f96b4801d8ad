"""What goes wrong in departments' files, on purpose and in known numbers."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random

from publish.demo.chance import pick
from publish.demo.parties import PERSON
from publish.demo.rows import FOREVER, Cell, Row
from publish.handin import uscc

Values = dict[str, Cell]
Fault = Callable[[Random, Values, date], None]

_TIMES = {"person_id": 5, "no_notice": 20, "fine": 3}  # what few rows can have must come up oftener


_DATES = ("decision_date", "signed_date", "checked_date", "received_date", "event_date")
_TEXTS = ("content", "note", "summary", "inspector_note")
_CODES = ("status", "result", "feedback_kind", "stage", "record_type")


def spoil(rng: Random, row: Row, handed_in: date) -> str:
    """Makes a row one that cannot be accepted.

    Returns:
        The name of the fault.
    """
    possible = (name for name in FAULTS if _possible(name, row))
    name = pick(rng, [name for name in possible for _ in range(_TIMES.get(name, 1))])
    FAULTS[name](rng, row.values, handed_in)
    return name


def misprint(row: Row, record_type: str) -> None:
    """Makes a row the first version of one that is corrected later."""
    values = row.values
    if record_type == "list_entry":
        values["status"] = "3"
    elif "valid_to" not in values:
        text = next(name for name in _TEXTS if name in values)
        values[text] = f"{values[text]}（以文书为准）"
    elif values.get("fine"):
        values["fine"] = f"{float(str(values['fine'])) * 10:g}"
    elif values["valid_to"] != FOREVER:
        values["valid_to"] = FOREVER
    else:
        values["content"] = f"{values['content']}（以证书记载为准）"


def _possible(name: str, row: Row) -> bool:
    """Whether a fault can befall a row."""
    values = row.values
    if name in {"check", "lower_case", "look_alike", "exponent"}:
        return values.get("uscc", "") not in {"", uscc.NONE_GIVEN}
    if name == "person_id":
        return row.party.kind == PERSON and values.get("person_id_type") == "身份证"
    if name == "no_notice":
        return values.get("list_kind") == "black"
    return name != "fine" or bool(values.get("fine"))


def _missing(rng: Random, values: Values, _day: date) -> None:
    """Leaves out what must be there."""
    required = (
        "party_name",
        "decision_date",
        "content",
        "facts",
        "decided_by_uscc",
        "matter",
        "commitment_no",
        "checked_date",
        "case_no",
        "found_date",
    )
    values[pick(rng, [name for name in required if values.get(name)])] = ""


def _impossible_date(rng: Random, values: Values, _day: date) -> None:
    """Writes a date that is none."""
    name = _decided(values)
    day = values[name]
    year = day.year if isinstance(day, date) else 2026
    values[name] = pick(rng, (f"{year}/02/30", f"{year}-13-05", f"{year}年", "见文书"))


def _future(rng: Random, values: Values, day: date) -> None:
    """Writes a decision date after the hand-in."""
    values[_decided(values)] = day + timedelta(days=pick(rng, (3, 31, 365)))
    if "valid_to" in values:
        values["valid_to"] = FOREVER


def _check(rng: Random, values: Values, _day: date) -> None:
    """Gets one digit of the credit code wrong."""
    code = str(values["uscc"])
    values["uscc"] = code[:-1] + pick(rng, [c for c in uscc.ALPHABET if c != code[-1]])


def _lower_case(_rng: Random, values: Values, _day: date) -> None:
    """Writes the credit code in lower case."""
    values["uscc"] = str(values["uscc"]).lower()


def _look_alike(_rng: Random, values: Values, _day: date) -> None:
    """Writes letters for digits: every code of this city has a zero in it."""
    code = str(values["uscc"])
    values["uscc"] = code[:5] + code[5:].replace("1", "l", 1).replace("0", "O", 1)


def _exponent(_rng: Random, values: Values, _day: date) -> None:
    """Leaves of the credit code what a spreadsheet shows of a long number."""
    values["uscc"] = f"{str(values['uscc'])[0]}.{str(values['uscc'])[1:6]}E+17"


def _unknown_code(_rng: Random, values: Values, _day: date) -> None:
    """Writes a value that its code list does not have."""
    values[next(name for name in _CODES if name in values)] = "9"


def _decided(values: Values) -> str:
    """The field that says when a row's matter was decided."""
    return next(name for name in _DATES if name in values)


def _no_notice(_rng: Random, values: Values, _day: date) -> None:
    """Puts somebody on a black list unheard."""
    values["notice_date"] = ""


def _no_fine(_rng: Random, values: Values, _day: date) -> None:
    """Leaves out the amount of a fine."""
    values["fine"] = ""


def _person_id(_rng: Random, values: Values, _day: date) -> None:
    """Gets the identity number of a natural person wrong."""
    number = str(values["person_id_no"])
    values["person_id_no"] = number[:-1] + ("1" if number[-1] != "1" else "2")


FAULTS: Mapping[str, Fault] = {
    "missing": _missing,
    "impossible_date": _impossible_date,
    "future": _future,
    "check": _check,
    "lower_case": _lower_case,
    "look_alike": _look_alike,
    "exponent": _exponent,
    "unknown_code": _unknown_code,
    "fine": _no_fine,
    "person_id": _person_id,
    "no_notice": _no_notice,
}
"""Everything that may be wrong with a row, by name."""
