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

_TIMES = {"person_id": 5}  # few parties are people, so theirs must come up oftener


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
    elif values.get("fine"):
        values["fine"] = f"{float(str(values['fine'])) * 10:g}"
    elif values["valid_to"] != FOREVER:
        values["valid_to"] = FOREVER
    else:
        values["content"] = f"{values['content']}（以证书记载为准）"


def _possible(name: str, row: Row) -> bool:
    """Whether a fault can befall a row."""
    if name in {"check", "lower_case", "look_alike", "exponent"}:
        return row.values["uscc"] not in {"", uscc.NONE_GIVEN}
    if name == "person_id":
        return row.party.kind == PERSON and row.values["person_id_type"] == "身份证"
    return name != "fine" or bool(row.values.get("fine"))


def _missing(rng: Random, values: Values, _day: date) -> None:
    """Leaves out what must be there."""
    required = ("party_name", "decision_date", "content", "facts", "decided_by_uscc")
    values[pick(rng, [name for name in required if values.get(name)])] = ""


def _impossible_date(rng: Random, values: Values, _day: date) -> None:
    """Writes a date that is none."""
    year = values["decision_date"].year if isinstance(values["decision_date"], date) else 2026
    values["decision_date"] = pick(rng, (f"{year}/02/30", f"{year}-13-05", f"{year}年", "见文书"))


def _future(rng: Random, values: Values, day: date) -> None:
    """Writes a decision date after the hand-in."""
    values["decision_date"] = day + timedelta(days=pick(rng, (3, 31, 365)))
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
    values["status"] = "9"


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
}
"""Everything that may be wrong with a row, by name."""
