"""The demo city: fictional, the same every time, and with everything there is to show."""

import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calendar import Calendar, load_calendar
from publish.demo import Event, HandIn, generate, identity
from publish.demo.acts import ACTS, ANY, PLEDGES, Act, Pledge
from publish.demo.city import plan_city
from publish.demo.faults import FAULTS
from publish.demo.habits import EVERYWHERE, HABITS
from publish.demo.listings import LISTINGS, Listing
from publish.demo.offences import CLOSINGS, OFFENCES, OPENINGS, Offence
from publish.demo.parties import PERSON
from publish.demo.permits import PERMITS, Permit
from publish.demo.phrases import say
from publish.demo.plan import EVENTS, Case
from publish.demo.rows import Row
from publish.demo.sectors import SECTORS
from publish.demo.words import RARE_GIVEN, WORD_HEADS, WORD_TAILS, WORDS
from publish.disclose.disclose import public_form
from publish.handin import idcard, uscc
from publish.handin.intake import Batch, Handing, intake
from publish.profile import load_profile
from publish.project import init_project
from publish.reference import Reference, load_reference
from publish.register.identity import record_id
from publish.register.register import open_register
from publish.schema import RECORD_TYPES, code_lists, record_type

ROOT = Path(__file__).parents[2]
UNTIL = date(2026, 11, 20)
NEW = ("other_act", "commitment", "fulfilment", "feedback", "feedback_event", "audit")
GIVEN = dict.fromkeys(("address", "date", "year", "yy", "region", "serial"), "·")


@dataclass(frozen=True)
class City:
    """A city that was generated once for many tests."""

    happenings: Sequence[HandIn | Event]
    secrets: Sequence[str]

    @property
    def hand_ins(self) -> list[HandIn]:
        """The files only."""
        return [h for h in self.happenings if isinstance(h, HandIn)]

    @property
    def planned(self) -> Counter[str]:
        """How many rows of each sort were handed in."""
        return sum((Counter(h.planned) for h in self.hand_ins), Counter())


@pytest.fixture(scope="module")
def reference() -> Reference:
    """The demo's departments and lists."""
    return load_reference(ROOT / "data/reference")


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    """The working days of China."""
    return load_calendar(ROOT / "data/reference/calendars", "cn")


@pytest.fixture(scope="module")
def city(
    reference: Reference, calendar: Calendar, tmp_path_factory: pytest.TempPathFactory
) -> City:
    """A city of 5,000 records."""
    return _city(reference, calendar, tmp_path_factory.mktemp("city"), 5000)


@pytest.fixture(scope="module")
def rows(reference: Reference, calendar: Calendar) -> list[tuple[Case, Row]]:
    """The rows of 6,000 records as they are first handed in."""
    plan, clerks = plan_city(reference, calendar, seed=20261120, records=6000, until=UNTIL, years=3)
    steps = (step for code in HABITS for post in plan.posts(code) for step in post.steps)
    return [(step.case, clerks.row(step.case)) for step in steps if step.what == "new"]


def _city(reference: Reference, calendar: Calendar, folder: Path, records: int) -> City:
    """A city written to a folder."""
    secrets = folder / "secrets.txt"
    happenings = generate(
        reference, calendar, folder / "out", records=records, until=UNTIL, secrets=secrets
    )
    return City(list(happenings), secrets.read_text("utf-8").splitlines())


def _with_party(rows: list[tuple[Case, Row]]) -> list[tuple[Case, Row]]:
    """The rows that name a party."""
    return [(case, row) for case, row in rows if "uscc" in row.values]


def _rows_of(rows: list[tuple[Case, Row]], name: str) -> list[tuple[Case, Row]]:
    """The rows of one record type."""
    return [(case, row) for case, row in rows if case.record_type == name]


# The whole city ------------------------------------------------------------------------------


def test_the_same_arguments_give_the_same_bytes(
    reference: Reference, calendar: Calendar, tmp_path: Path
) -> None:
    """Two runs agree in names, bytes, times, events and secrets."""
    one, two = (_city(reference, calendar, tmp_path / n, 300) for n in ("one", "two"))
    assert [(h.at, h.path.name, h.path.read_bytes()) for h in one.hand_ins] == [
        (h.at, h.path.name, h.path.read_bytes()) for h in two.hand_ins
    ]
    assert [h for h in one.happenings if isinstance(h, Event)] == [
        h for h in two.happenings if isinstance(h, Event)
    ]
    assert one.secrets == two.secrets


def test_another_seed_gives_another_city(
    reference: Reference, calendar: Calendar, tmp_path: Path
) -> None:
    """The seed reaches what is decided and what is written."""
    for seed in (1, 2):
        list(generate(reference, calendar, tmp_path / str(seed), records=100, seed=seed))
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("1", "2"))
    assert one.keys() != two.keys()
    assert all(one[name] != two[name] for name in one.keys() & two.keys())


def test_time_runs_forward_in_office_hours_of_working_days(city: City, calendar: Calendar) -> None:
    """Times rise strictly, have a zone, and lie between nine and six on working days."""
    times = [h.at for h in city.happenings]
    assert all(a < b for a, b in pairwise(times))
    assert all(t.tzinfo for t in times)
    assert all(calendar.is_workday(t.date()) and t.date() <= UNTIL for t in times)
    assert all(time(9) <= t.time() < time(18) for t in times)


def test_every_sort_of_trouble_is_there(city: City) -> None:
    """In 5,000 records each fault and each later fate of a row occurs."""
    wanted = {"new", "duplicate", "draft", "corrected", "revoked", "exit", "broken", "mended"}
    wanted |= {f"broken:{name}" for name in FAULTS}
    assert wanted <= city.planned.keys()
    kinds = {h.kind for h in city.happenings if isinstance(h, Event)}
    assert kinds == {"repaired", "revoked", "objection_opened", "objection_closed"}


def test_shares_of_trouble(city: City) -> None:
    """About as many records as wanted, and about as many of them in trouble as meant."""
    planned = city.planned
    assert 4800 < planned["new"] + planned["draft"] + planned["mended"] < 5200
    assert 0.010 < planned["broken"] / 5000 < 0.025
    assert 0.005 < planned["duplicate"] / 5000 < 0.015
    assert 0.010 < planned["corrected"] / 5000 < 0.020
    assert 0.002 < planned["revoked"] / 5000 < 0.008


def test_there_are_files_of_every_form(city: City) -> None:
    """Workbooks and CSV files in both encodings, by the habits of the departments."""
    paths = [h.path for h in city.hand_ins]
    assert any(p.suffix == ".xlsx" for p in paths)
    starts = {h.department: h.path.read_bytes()[:3] for h in city.hand_ins}
    assert starts["market"] == b"\xef\xbb\xbf"
    assert starts["police"] == "行政".encode("gb18030")[:3]


def test_files_do_not_multiply_with_records(reference: Reference, calendar: Calendar) -> None:
    """Ten times the records come in fewer than twice the files."""
    few, many = (
        sum(
            post.steps[0].what not in EVENTS
            for code in HABITS
            for post in plan_city(
                reference, calendar, seed=1, records=records, until=UNTIL, years=1
            )[0].posts(code)
        )
        for records in (8000, 80_000)
    )
    assert few < many < 2 * few


def test_all_comes_in_as_planned(reference: Reference, calendar: Calendar, tmp_path: Path) -> None:
    """What the register counts for each file is what was meant, and events find their records."""
    project = init_project(tmp_path, "demo-city")
    for table in (ROOT / "data/reference").glob("*.csv"):
        shutil.copy(table, project.data / "reference")
    with open_register(project.register) as register:
        for h in generate(reference, calendar, project.inbox, records=300):
            if isinstance(h, Event):
                key = register.identity_key
                assert register.find(record_id(record_type(h.record_type), h.values, key))
                continue
            handing = Handing(h.at, department=h.department)
            batches = intake(project, register, h.path, handing, lambda _step, _done: None)
            assert sum((_counted(b) for b in batches), Counter()) == _meant(h), h.path.name


def _counted(batch: Batch) -> Counter[str]:
    """What became of the rows of a sheet."""
    return +Counter({name: n for name, n in vars(batch.counts).items() if name != "rows"})


def _meant(hand_in: HandIn) -> Counter[str]:
    """What should become of the rows of a file."""
    planned = Counter(hand_in.planned)
    return +Counter(
        new=planned["new"] + planned["draft"] + planned["mended"],
        corrected=planned["corrected"] + planned["revoked"] + planned["exit"],
        duplicate=planned["duplicate"],
        rejected=planned["broken"],
    )


# Departments ---------------------------------------------------------------------------------


def test_every_department_has_a_habit(reference: Reference) -> None:
    """Habits and departments are the same set; what districts do, city departments do too."""
    assert HABITS.keys() == reference.departments.keys()
    assert set(EVERYWHERE) <= HABITS.keys()
    assert {listing.list_id for listing in LISTINGS} == reference.lists.keys()
    assert {entry.owner for entry in reference.lists.values()} <= HABITS.keys()


def test_departments_are_of_region_99(reference: Reference) -> None:
    """Codes of departments are valid and of a region that does not exist."""
    for department in reference.departments.values():
        assert uscc.is_valid(department.uscc)
        assert uscc.organisation_code_is_valid(department.uscc[8:17])
        assert department.uscc[2:6] == "9901"


def test_authorities_are_known(rows: list[tuple[Case, Row]], reference: Reference) -> None:
    """Every authority resolves to the department that hands in, by its code and by its name."""
    for case, row in rows:
        prefix = "decided_by" if case.record_type == "list_entry" else "authority"
        name, code = str(row.values[prefix]), str(row.values[f"{prefix}_uscc"])
        assert reference.resolve(code, None) == case.department
        assert reference.resolve(None, name) == case.department


def test_the_merged_department_ends(rows: list[tuple[Case, Row]], reference: Reference) -> None:
    """Nothing is decided after the merger; then the successor decides on the same matters."""
    merged = reference.departments["forestry"]
    own = [case.decided for case, _ in rows if case.department == merged.code]
    taken_over = [
        case.decided
        for case, _ in rows
        if case.department == merged.successor and case.domain == merged.code
    ]
    assert max(own) <= date.fromisoformat(merged.valid_to) < min(taken_over)


def test_habits_change_as_told() -> None:
    """One department becomes better over the years, one worse in 2026."""
    better, worse = HABITS["housing"], HABITS["health"]
    assert better.late_share(date(2023, 12, 1)) > 10 * better.late_share(UNTIL)
    assert worse.late_share(UNTIL) > 5 * worse.late_share(date(2025, 6, 1))
    assert worse.late_share(date(2020, 1, 1)) == worse.late_share(date(2023, 11, 1))


def test_volumes_differ(rows: list[tuple[Case, Row]]) -> None:
    """The largest department decides a hundred times as much as the smallest."""
    count = Counter(case.department for case, _ in rows)
    assert count["market"] > 100 * count["archives"]
    types = Counter(case.record_type for case, _ in rows)
    assert 0.50 < types["licence"] / len(rows) < 0.58
    assert 0.30 < types["penalty"] / len(rows) < 0.38
    assert types.keys() == set(RECORD_TYPES)
    assert 0.05 < sum(types[name] for name in NEW) / len(rows) < 0.15


def test_decisions_name_their_items(rows: list[tuple[Case, Row]], reference: Reference) -> None:
    """Every item is one of the department's and of the type; six items are never used."""
    items = reference.catalogue
    listed = {(code, item.record_type) for (code, _), item in items.items()}
    named = {
        (case.department, str(row.values["item_code"]), case.record_type)
        for case, row in rows
        if (case.department, case.record_type) in listed and "item_code" in row.values
    }
    assert all(items[code, item].record_type == name for code, item, name in named)
    licences = {key for key, item in items.items() if item.record_type == "licence"}
    large = {"market", "transport", "health", "education", "culture", "agriculture"}
    unused = {(code, item) for code, item in licences - {key[:2] for key in named} if code in large}
    assert unused == {
        ("market", "MARKET-XK-08"),
        ("transport", "TRANSPORT-XK-06"),
        ("health", "HEALTH-XK-05"),
        ("education", "EDUCATION-XK-03"),
        ("culture", "CULTURE-XK-04"),
        ("agriculture", "AGRICULTURE-XK-05"),
    }


def test_items_have_the_deadlines_of_the_catalogue(
    rows: list[tuple[Case, Row]], reference: Reference
) -> None:
    """Investment projects have two days, and only two departments decide on them."""
    short = [case for case, row in rows if row.values.get("item_code") == "XM-TZ"]
    assert {case.department for case in short} <= {"development", "zone"}
    days = {reference.deadline_days(c.department, c.item, c.decided.isoformat()) for c in short}
    assert days == {2}


def test_the_credit_office_tells_of_the_finds(city: City, rows: list[tuple[Case, Row]]) -> None:
    """What inspectors found in many departments comes in files of its own; none is lost."""
    finds = [h for h in city.hand_ins if "抽查记录" in h.path.name]
    assert {h.department for h in finds} == {"development"}
    assert len({h.path for h in city.hand_ins}) == len(city.hand_ins)
    assert len({case.department for case, _ in _rows_of(rows, "audit")}) > 10


def test_one_department_falls_silent(city: City, rows: list[tuple[Case, Row]]) -> None:
    """From July to September 2026 it decides and hands in nothing."""
    first, last = date(2026, 7, 1), date(2026, 9, 30)
    told = [h for h in city.hand_ins if h.department == "commerce"]
    assert told and not any(first <= h.at.date() <= last for h in told)
    assert any(c.department == "commerce" and first <= c.decided <= last for c, _ in rows)


# Rows ----------------------------------------------------------------------------------------


def test_numbers_are_valid_and_of_nobody(rows: list[tuple[Case, Row]]) -> None:
    """All codes and identity numbers pass their checks and are of region 99."""
    for _, row in _with_party(rows):
        code = str(row.values["uscc"])
        assert code in {"", uscc.NONE_GIVEN} or (uscc.is_valid(code) and code[2:6] == "9901")
        organisation = str(row.values["organisation_code"])
        assert organisation == "" or uscc.organisation_code_is_valid(organisation)
        for paper in ("person", "legal_rep"):
            if row.values[f"{paper}_id_type"] == "身份证":
                number = str(row.values[f"{paper}_id_no"])
                assert idcard.is_valid(number) and number.startswith("9901")


def test_parties_come_in_all_kinds(rows: list[tuple[Case, Row]]) -> None:
    """Sole traders with and without a code, collectives, foreigners, minors, rare names."""
    licences, penalties = _rows_of(rows, "licence"), _rows_of(rows, "penalty")
    for group, low, high in ((licences, 0.06, 0.12), (penalties, 0.08, 0.15)):
        people = [row for _, row in group if row.party.kind == PERSON]
        assert low < len(people) / len(group) < high
    codes = Counter(str(row.values["uscc"])[:2] for _, row in _with_party(rows))
    assert {"91", "92", "52", "N2", "00", ""} <= codes.keys()
    names = {row.party.name for _, row in rows if row.party.kind == PERSON}
    assert any("·" in name for name in names)
    assert any(ord(char) > 0xFFFF for name in names for char in name)
    assert any(name[:2] == "欧阳" for name in names)
    assert any(name.isascii() for name in names)
    persons = [pair for pair in _with_party(rows) if pair[1].party.kind == PERSON]
    assert any(_age(case, row) < 18 for case, row in persons)


def _age(case: Case, row: Row) -> int:
    """A person's age in the year of the decision; foreigners count as grown up."""
    born = idcard.birth_date(str(row.values["person_id_no"]))
    return case.decided.year - born.year if born else 99


def test_businesses_come_again(rows: list[tuple[Case, Row]]) -> None:
    """Many organisations have several records."""
    firms = [row for _, row in _with_party(rows) if row.party.kind != PERSON]
    count = Counter(str(row.values["uscc"]) for row in firms)
    assert sum(n > 1 for n in count.values()) > len(count) / 5


def test_what_withholds_a_record_occurs(rows: list[tuple[Case, Row]]) -> None:
    """Scopes of use, severities, reasons to refuse, ends of publication, hasty list entries."""
    penalties = [row.values for _, row in _rows_of(rows, "penalty")]
    assert {"0", "1", "2"} <= {row["usage_scope"] for row in penalties}
    assert {row["severity"] for row in penalties} == {"0", "1", "2", "3"}
    assert any(row["publish_until"] for row in penalties)
    minor = [r for r in penalties if r["severity"] == "1" and str(r["decision_date"]) > "2026-04"]
    assert minor
    assert any(row.values.get("withhold_reason") for _, row in rows)
    entries = [row.values for _, row in _rows_of(rows, "list_entry")]
    assert {row["list_kind"] for row in entries} == {"red", "black", "watch"}
    black = [row for row in entries if row["list_kind"] == "black"]
    assert all(row["notice_date"] for row in black)
    assert any(not row["legal_basis"] for row in black)


def test_what_follows_from_decisions(rows: list[tuple[Case, Row]]) -> None:
    """All kinds of acts, commitments kept and broken, cases of each kind in every stage, finds."""

    def told(name: str, column: str) -> set[object]:
        return {row.values[column] for _, row in _rows_of(rows, name)}

    def values(name: str) -> set[object]:
        return {value.value for value in code_lists()[name].values}

    assert {act.kind for act in ACTS} == values("act_kind")
    assert len(told("other_act", "act_kind")) > 5
    assert told("commitment", "commitment_kind") == values("commitment_kind")
    assert told("fulfilment", "result") == values("fulfilment_result")
    assert told("feedback", "feedback_kind") == values("feedback_kind")
    assert told("feedback_event", "stage") == values("feedback_stage")
    assert told("feedback_event", "outcome") == values("feedback_outcome") | {""}
    assert told("audit", "record_type") == {"licence", "penalty"}
    made = told("commitment", "commitment_no")
    assert len(told("fulfilment", "commitment_no") & made) > 10
    handed_in: set[object] = {
        row.values["document_no"] for _, row in rows if "document_name" in row.values
    }
    handed_in |= told("penalty", "document_no")
    assert told("audit", "document_no") - handed_in
    opened = told("feedback", "case_no")
    assert len(told("feedback_event", "case_no") & opened) > 0.8 * len(opened)


def test_nobody_stands_twice_under_one_document(rows: list[tuple[Case, Row]]) -> None:
    """A list's parties differ within each of its documents."""
    keys = [
        (case.document_no, row.party.uscc, row.party.registration_no, row.values["person_id_no"])
        for case, row in _rows_of(rows, "list_entry")
    ]
    assert len(keys) == len(set(keys))


def test_secrets_are_planted_and_found_by_the_masking(rows: list[tuple[Case, Row]]) -> None:
    """All sorts of secrets stand in the rows; none is left in the public form of any row."""
    persons = load_profile(ROOT / "data/profiles/demo-city.toml").persons.latest
    public = []
    for case, row in rows:
        values = {name: str(cell) for name, cell in row.values.items() if cell}
        assert all(any(secret in text for text in values.values()) for secret in row.secrets)
        form = public_form(record_type(case.record_type), values, persons)
        public += [str(value) for value in form.values if value]
    secrets = {secret for _, row in rows for secret in row.secrets}
    for pattern in (
        r"19900\d{6}",
        r"9901\d{13}[\dX]",
        r"629999\d{13}",
        "青Z.{5}",
        r".+@.+",
        ".+室",
    ):
        assert any(re.fullmatch(pattern, secret) for secret in secrets)
    text = "\n".join(public)
    assert [secret for secret in secrets if secret in text] == []


def test_the_list_of_secrets_is_complete(city: City, rows: list[tuple[Case, Row]]) -> None:
    """Names and numbers of all persons are listed."""
    assert len(city.secrets) > 1000
    assert len({secret for secret in city.secrets if idcard.is_valid(secret)}) > 400


def test_texts_are_not_copies_of_each_other(rows: list[tuple[Case, Row]]) -> None:
    """Hardly any two penalties read the same."""
    facts = [row.values["facts"] for _, row in _rows_of(rows, "penalty")]
    assert len(set(facts)) > 0.98 * len(facts)


# Words and numbers ---------------------------------------------------------------------------


def test_templates_can_be_filled() -> None:
    """Every slot of every template is a range, a choice, a word list, or something given."""
    templates = [
        t
        for table in (PERMITS, OFFENCES, LISTINGS, ACTS, PLEDGES)
        for m in table
        for t in _texts(m)
    ]
    templates += [t for group in OPENINGS.values() for t in group]
    for template in templates:
        assert not re.search("[{}]", say(Random(1), template, GIVEN)), template


def _texts(matter: Permit | Offence | Listing | Act | Pledge) -> tuple[str, ...]:
    """The templates of a matter."""
    if isinstance(matter, Permit):
        return (*matter.contents, matter.number)
    return matter.facts if isinstance(matter, Offence) else matter.texts


def test_matters_refer_to_what_there_is() -> None:
    """Fields of work, lines of business, kinds of licence and scenes are known ones."""
    kinds = {value.value for value in code_lists()["licence_kind"].values}
    matters: list[Permit | Offence] = [*PERMITS, *OFFENCES]
    for matter in matters:
        assert matter.domain in HABITS
        assert matter.sector in SECTORS
        assert set(matter.who) <= set("ospf")
    assert all(permit.kind in kinds or permit.kind.startswith("其他-") for permit in PERMITS)
    for offence in OFFENCES:
        assert offence.scene in OPENINGS
        assert offence.certificate or not any("R" in m for m in offence.measures)
        assert all(offence.fine[0] > 0 for m in offence.measures if "F" in m)
    assert {listing.sector for listing in LISTINGS} <= SECTORS.keys()
    others: list[Act | Pledge] = [*ACTS, *PLEDGES]
    for other in others:
        assert other.domain in {*HABITS, ANY}
        assert other.sector in SECTORS


def test_short_names_are_in_no_other_text() -> None:
    """The characters of two-character names are not used elsewhere, so a search finds names."""
    texts = [
        t
        for table in (PERMITS, OFFENCES, LISTINGS, ACTS, PLEDGES)
        for m in table
        for t in _texts(m)
    ]
    texts += [o.kind + o.basis for o in OFFENCES] + [p.document + p.certificate for p in PERMITS]
    texts += [*CLOSINGS, *(t for group in OPENINGS.values() for t in group)]
    texts += [*WORD_HEADS, *WORD_TAILS, *(w for words in WORDS.values() for w in words)]
    texts += [t for s in SECTORS.values() for t in (*s.industries, *s.wholes, *s.shops)]
    assert not set(RARE_GIVEN) & set("".join(texts))


@given(st.integers(), st.sampled_from(["91", "92", "52", "N2", "11"]))
def test_credit_codes_pass_both_checks(seed: int, kind: str) -> None:
    """Made-up credit codes are valid as a whole and in their organisation code."""
    code = identity.credit_code(kind, "990102", identity.code_body(Random(seed)))
    assert uscc.is_valid(code)
    assert uscc.organisation_code_is_valid(code[8:17])


@given(st.integers(), st.integers(1950, 2015))
def test_identity_numbers_pass_their_check(seed: int, year: int) -> None:
    """Made-up identity numbers are valid and of the year asked for."""
    number = identity.resident_id(Random(seed), "990102", year)
    assert idcard.is_valid(number)
    born = idcard.birth_date(number)
    assert born is not None and born.year == year


@given(st.integers())
def test_bank_cards_pass_their_check(seed: int) -> None:
    """Made-up card numbers have nineteen digits and a Luhn sum that ends in zero."""
    card = identity.bank_card(Random(seed))
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in card[-2::-2])
    assert len(card) == 19
    assert (sum(map(int, card[::-2])) + sum(doubled)) % 10 == 0
