"""The reference data of the two real files, checked by a folding and a count of its own."""

import csv
import hashlib
import re
import unicodedata
from collections import Counter
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

REAL = Path(__file__).parents[2] / "data" / "demo" / "real"
HEADER = (
    "code,uscc,name_zh,name_en,short_zh,short_en,kind,district,parent,valid_from,valid_to,successor"
)
# The labour file's header stands one column to the right of its data: its first cell is the county.
OFFICES = {
    "us-fda": ("fda_warning_letters.csv", "issuing_office"),
    "tw-labor": ("tw_labor_penalties_sample.csv", "編號"),
}
every_publisher = pytest.mark.parametrize("publisher", OFFICES)

Row: TypeAlias = dict[str, str]


def read(path: Path) -> list[Row]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fold(text: str) -> str:
    """Letters and digits in one case and width, all else one space."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in wide).split())


def departments(publisher: str) -> dict[str, Row]:
    """Bodies by code; a code given twice keeps the later row."""
    return {row["code"]: row for row in read(REAL / publisher / "departments.csv")}


def aliases(publisher: str) -> list[Row]:
    """The rows of the aliases."""
    return read(REAL / publisher / "aliases.csv")


def names(publisher: str) -> list[tuple[str, str]]:
    """Every folded name and alias with the code that it stands for."""
    own = [
        (fold(row[key]), code)
        for code, row in departments(publisher).items()
        for key in ("name_en", "name_zh")
    ]
    return own + [(fold(row["alias"]), row["code"]) for row in aliases(publisher)]


def spellings(publisher: str) -> Counter[str]:
    """The non-blank spellings of the body in the file, with their rows."""
    file, column = OFFICES[publisher]
    return Counter(row[column] for row in read(REAL / file) if row[column].strip())


def resolved(publisher: str) -> Counter[str]:
    """The rows of each body."""
    codes = dict(names(publisher))
    totals: Counter[str] = Counter()
    for spelling, rows in spellings(publisher).items():
        totals[codes[fold(spelling)]] += rows
    return totals


def day(text: str) -> date:
    """A date as the letters write it."""
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a date has no zone


@cache
def letters() -> list[Row]:
    """The rows of the warning letters."""
    return read(REAL / "fda_warning_letters.csv")


def readme() -> str:
    """What the README says."""
    return (REAL / "README.md").read_text(encoding="utf-8")


@every_publisher
def test_copy_is_untouched(publisher: str) -> None:
    """The file is, to the byte, the one whose checksum the README names."""
    content = (REAL / OFFICES[publisher][0]).read_bytes()
    assert f"`{hashlib.sha256(content).hexdigest()}`" in readme()


@every_publisher
def test_tables_have_the_reference_format(publisher: str) -> None:
    """Both tables have the columns of the reference format, in order."""
    first = [
        (REAL / publisher / name).read_text(encoding="utf-8").splitlines()[0]
        for name in ("departments.csv", "aliases.csv")
    ]
    assert first == [HEADER, "alias,code"]


@every_publisher
def test_codes_are_unique_and_fit_a_url(publisher: str) -> None:
    """No code is given twice, none needs escaping in an address."""
    codes = [row["code"] for row in read(REAL / publisher / "departments.csv")]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)?", code) for code in codes)


@every_publisher
def test_every_body_is_named_in_both_languages(publisher: str) -> None:
    """Names, short names and kind are filled in; short names tell the bodies apart."""
    rows = list(departments(publisher).values())
    for key in ("name_zh", "name_en", "short_zh", "short_en"):
        assert len({row[key] for row in rows} - {""}) == len(rows), key
    assert all(row["kind"] for row in rows)


@every_publisher
@pytest.mark.parametrize("relation", ["parent", "successor"])
def test_relations_lead_to_bodies_and_end(publisher: str, relation: str) -> None:
    """Every parent and successor exists, and none leads back to where it began."""
    bodies = departments(publisher)
    for code in bodies:
        seen = [code]
        while following := bodies[seen[-1]][relation]:
            assert following in bodies
            assert following not in seen
            seen.append(following)


@every_publisher
def test_every_spelling_names_exactly_one_body(publisher: str) -> None:
    """Each non-blank spelling resolves to one code that exists."""
    bodies, known = departments(publisher), names(publisher)
    for spelling in spellings(publisher):
        codes = {code for name, code in known if name == fold(spelling)}
        assert len(codes) == 1, spelling
        assert codes <= bodies.keys()


@every_publisher
def test_every_alias_is_needed(publisher: str) -> None:
    """Each alias is a spelling of the file as it stands there, and no two names fold alike."""
    assert {row["alias"] for row in aliases(publisher)} <= spellings(publisher).keys()
    folded = [name for name, _ in names(publisher)]
    assert [name for name, times in Counter(folded).items() if times > 1] == []


@every_publisher
def test_every_body_has_a_reason(publisher: str) -> None:
    """A body is named by a spelling or is above one that is."""
    parents = {row["parent"] for row in departments(publisher).values()}
    assert departments(publisher).keys() - resolved(publisher).keys() <= parents


@pytest.mark.parametrize(
    ("code", "pattern", "rows"),
    [
        ("CTP", r"tobacco", 1176),
        ("CDER", r"drug evaluation|^drug$", 832),
        ("CDRH", r"^center for devices", 204),
        ("CFSAN", r"nutrition", 154),
        ("IMP-SW", r"southwest", 84),
        ("HFP", r"^human foods", 78),
        ("IMP-WC", r"west coast", 70),
        ("PQO-2", r"^(div|off)\S+ of pharm.* ii$", 57),
        ("CBER", r"biologics evaluation", 49),
        ("HAFO-W5", r"^(?=.*animal).*west\b.*\b(v|5)$", 45),
        ("HAFO-E6", r"^(?=.*animal).*east\b.*\b(vi|6)$", 30),
    ],
)
def test_offices_have_all_their_letters(code: str, pattern: str, rows: int) -> None:
    """An office's letters are those whose spelling reads so, and as many as were counted."""
    read_so = [row for row in letters() if re.search(pattern, row["issuing_office"], re.IGNORECASE)]
    assert resolved("us-fda")[code] == len(read_so) == rows


def test_authorities_have_all_their_penalties() -> None:
    """The 27 penalties fall to eleven authorities, most of them to Kaohsiung."""
    totals = resolved("tw-labor")
    assert (totals.total(), len(totals), totals["KHH"], totals["EPZA"]) == (27, 11, 8, 1)


def test_letters_fall_within_the_life_of_their_office() -> None:
    """No letter is dated before its office began or after it ended."""
    bodies, codes = departments("us-fda"), dict(names("us-fda"))
    for row in letters():
        if row["issuing_office"]:
            body = bodies[codes[fold(row["issuing_office"])]]
            sent = day(row["letter_date"]).isoformat()
            assert (body["valid_from"] or sent) <= sent <= (body["valid_to"] or sent), row["url"]


@given(st.data())
def test_typing_does_not_matter(data: st.DataObject) -> None:
    """Case, dashes, quotes and white space leave a spelling with its body."""
    known = dict(names("us-fda"))
    spelling = data.draw(st.sampled_from(sorted(spellings("us-fda"))))
    gaps = st.text(alphabet=" -–—‐|,()\"'\u3000\u00a0", min_size=1, max_size=3)
    typed = "".join(data.draw(gaps) if c == " " else c for c in spelling)
    typed = data.draw(st.sampled_from([str.upper, str.lower, str.title]))(typed)
    assert known[fold(typed)] == known[fold(spelling)]


def numbers() -> list[str]:
    """The numbers in the addresses of the letters."""
    return [
        found[1]
        for row in letters()
        if (found := re.search(r"-(\d{5,6})-\d{8}(?:-0)?$", row["url"]))
    ]


def figures() -> dict[str, int]:
    """What the README says of the letters, counted anew."""
    offices = spellings("us-fda")
    waits = [(day(row["posted_date"]) - day(row["letter_date"])).days for row in letters()]
    again = {m[1] for row in letters() if (m := re.search(r"-(\d{6})-\d{8}-0$", row["url"]))}
    shared = {number for number, times in Counter(numbers()).items() if times > 1}
    return {
        "rows": len(letters()),
        "spellings of the issuing office": len(offices),
        "spellings left after folding": len({fold(office) for office in offices}),
        "bodies that they name": len(resolved("us-fda")),
        "rows without an office": sum(not row["issuing_office"].strip() for row in letters()),
        "rows posted before the date of the letter": sum(wait < 0 for wait in waits),
        "rows posted on the date of the letter": waits.count(0),
        "addresses that occur twice": len(letters()) - len({row["url"] for row in letters()}),
        "addresses that do not end in name-number-date": sum(
            not re.search(r"[^/]-\d{5,6}-\d{8}$", row["url"]) for row in letters()
        ),
        "letters posted twice (same number, the later address ends in -0)": len(shared & again),
        "numbers that two different letters bear": len(shared - again),
        "rows whose company is a named physician or researcher": sum(
            bool(re.search(r", (M\.?D|D\.?O|Ph\.?D|DDS)\b", row["company"])) for row in letters()
        ),
    }


def test_readme_gives_the_figures_of_the_file() -> None:
    """Each figure in the README is what the file holds."""
    said = readme()
    assert [f for f, n in figures().items() if f"| {f} | {n:,} |" not in said] == []
