"""The rows that departments hand in: a case written out in full.

A case is always written out the same way, so that a correction or a second hand-in months later
needs nothing but the case.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import cast

from publish.demo import identity
from publish.demo.acts import CASES, CHECKS, FINDS, LONGER, STEPS, STOPS, Act, Pledge
from publish.demo.chance import Urn, between, pick, stream
from publish.demo.habits import HABITS
from publish.demo.listings import Listing
from publish.demo.offences import CLOSINGS, OPENINGS, Offence
from publish.demo.parties import CITY, PERSON, District, Parties, Party
from publish.demo.permits import Permit
from publish.demo.phrases import say
from publish.demo.plan import Case, Check, Complaint, Decided, Find, Later, Turn
from publish.demo.words import WORDS
from publish.disclose.disclose import add_months
from publish.reference import CreditList, Department, Reference

Cell = str | date
FOREVER = date(2099, 12, 31)
FIRST_NATIONAL_TERMS = date(2026, 4, 1)

_MEASURES = {
    "W": "警告",
    "T": "通报批评",
    "F": "罚款",
    "C": "没收违法所得、没收非法财物",
    "S": "责令停产停业",
    "R": "暂扣或者吊销许可证、暂扣或者吊销执照",
}
_ORDERS = {
    "W": ("给予警告", "警告"),
    "T": ("予以通报批评",),
    "C": ("没收违法所得{confiscated}元",),
    "S": ("责令停业整顿{3-30}日", "责令停产整治"),
    "R": ("吊销《{certificate}》",),
}
_FINES = ("罚款{fine}元", "罚款人民币{fine}元", "处{fine}元罚款", "罚款人民币{fine}元整")
_DECISIONS = (
    "{orders}。",
    "责令立即改正；{orders}。",
    "责令限期改正，{orders}。",
    "决定对当事人处罚如下：{orders}。",
    "依法{orders}。",
)
_REMARKS = ("当场办结", "网上申请", "容缺受理后补正", "告知承诺方式办理", "变更事项见许可内容")
_PENALTY_REMARKS = ("已缴纳", "分期缴纳", "适用简易程序", "听证后作出", "已履行完毕")
_WITHHELD = ("secret", "commercial", "privacy", "minor", "other")
_PLANTS: Mapping[str, tuple[Callable[[Random], str], tuple[str, ...]]] = {
    "phone": (identity.phone, ("联系电话{}。", "经办人手机：{}。", "电话{}可核实。")),
    "card": (identity.bank_card, ("缴款账号{}。", "违法所得转入银行卡{}。")),
    "email": (identity.email, ("材料发送至{}。", "联系邮箱：{}。")),
    "plate": (identity.plate, ("涉案车辆号牌为{}。", "登记车辆{}。")),
    "id": (
        lambda rng: identity.resident_id(rng, "990102", between(rng, 1960, 2000)),
        ("经办人身份证号{}。", "委托代理人身份证号码：{}。"),
    ),
}
_REASONS = {"paused": STOPS, "extended": LONGER}
_OWN_DEADLINE = frozenset({"measure", "rectification"})
_PLANTED = 0.012  # share of texts with somebody's number in them
_OWN_NAME = 0.25  # share of people's records whose text names them in full
_HOME = 0.05
_HEAD_NAMED = 0.02


@dataclass
class Row:
    """A row to be handed in.

    Attributes:
        secrets: everything in it that must never be seen in public, as it is written there.
    """

    values: dict[str, Cell]
    party: Party
    secrets: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Clerks:
    """Those who write cases out."""

    seed: int
    reference: Reference
    parties: Parties

    def row(self, case: Case) -> Row:
        """A case written out in full."""
        rng = self._stream(case)
        if isinstance(case.matter, Later):
            return self._later(rng, case, case.matter)
        row = Row({}, self._party(rng, case))
        given = self._given(rng, case, row.party)
        brief = HABITS[case.department].style.brief
        row.values.update(row.party.fields())
        _leave_out(rng, row, brief)
        row.values |= self._authority(case)
        row.values |= self._decision(rng, case, row, given)
        row.values["item_code"] = case.item
        _handle(rng, row, case, brief)
        _plant(rng, row, case.record_type)
        return row

    def _stream(self, case: Case) -> Random:
        """The stream of a case's own."""
        return stream(self.seed, *case[:3], case.document_no, case.number)

    def _later(self, rng: Random, case: Case, matter: Later) -> Row:
        """A row that follows from a case."""
        root = matter.of
        while isinstance(root.matter, Complaint):
            root = root.matter.of
        row = Row({}, self._party(self._stream(root), root))
        row.values |= self._authority(case)
        if isinstance(matter, Check):
            row.values |= _check(rng, case, matter)
        elif isinstance(matter, Find):
            row.values |= _find(rng, case, matter)
        elif isinstance(matter, Turn):
            row.values |= _turn(rng, case, matter)
        else:
            row.values |= _complaint(rng, case, matter)
            _apply(rng, row)
        return row

    def _decision(
        self, rng: Random, case: Case, row: Row, given: Mapping[str, str]
    ) -> dict[str, Cell]:
        """The fields of the record type."""
        if isinstance(case.matter, Permit):
            return _licence(rng, case, case.matter, given)
        if isinstance(case.matter, Offence):
            return _penalty(rng, case, case.matter, row.party, given)
        if isinstance(case.matter, Act):
            return _act(rng, case, case.matter, given)
        if isinstance(case.matter, Pledge):
            return _pledge(rng, case, case.matter, given)
        listing = cast("Listing", case.matter)
        return _entry(rng, case, listing, self.reference.lists[listing.list_id], given)

    def _party(self, rng: Random, case: Case) -> Party:
        """The party; of districts it is one of their own."""
        matter, year = cast("Decided", case.matter), case.decided.year
        who = pick(rng, matter.who)
        if who in "pf":
            return self.parties.person(rng, who, self._homes.get(case.department), year)
        if isinstance(matter, Listing):  # nobody stands twice under one document
            return self.parties.business(who, matter.sector, case.number + 97 * year)
        number = self.parties.number(rng, who, self._homes.get(case.department))
        return self.parties.business(who, matter.sector, number)

    def _given(self, rng: Random, case: Case, party: Party) -> dict[str, str]:
        """What slots of templates may ask for besides words."""
        seen = case.decided - timedelta(days=between(rng, 4, 75))
        return {
            "address": party.address,
            "date": f"{seen.year}年{seen.month}月{seen.day}日",
            "year": str(case.decided.year),
            "yy": str(case.decided.year)[2:],
            "region": self.reference.departments[case.department].uscc[2:8],
            "serial": f"{case.number:05}",
        }

    def _authority(self, case: Case) -> dict[str, Cell]:
        """Who decided and who hands in."""
        department = self.reference.departments[case.department]
        name = self._authority_name(case, department)
        if case.record_type == "list_entry":
            return {"decided_by": name, "decided_by_uscc": department.uscc}
        values: dict[str, Cell] = {"authority": name, "authority_uscc": department.uscc}
        if isinstance(case.matter, Permit | Offence | Act):
            values |= {"source": department.name_zh, "source_uscc": department.uscc}
        return values

    def _authority_name(self, case: Case, department: Department) -> str:
        """The name as the department writes it: in districts that of the office concerned."""
        if department.district:
            office = self.reference.departments[case.domain].name_zh.removeprefix(CITY)
            return f"{department.district}{office}"
        if HABITS[case.department].style.brief:
            return f"{CITY}{department.short_zh}"
        return department.name_zh

    @cached_property
    def _homes(self) -> Mapping[str, int]:
        """The number of the district that a department is the government of."""
        names = [d.name for d in self.parties.districts]
        return {
            d.code: names.index(d.district)
            for d in self.reference.departments.values()
            if d.district
        }


def districts(reference: Reference) -> list[District]:
    """The districts and counties of the city, with their region codes."""
    return [District(d.district, d.uscc[2:8]) for d in reference.departments.values() if d.district]


def _licence(rng: Random, case: Case, permit: Permit, given: Mapping[str, str]) -> dict[str, Cell]:
    """The fields of a licence."""
    ends = add_months(case.decided, 12 * permit.years) if permit.years else FOREVER
    return {
        "document_name": permit.document,
        "document_no": case.document_no,
        "licence_kind": permit.kind,
        "certificate_name": permit.certificate,
        "licence_no": say(rng, permit.number, given),
        "content": say(rng, pick(rng, permit.contents), given),
        "decision_date": case.decided,
        "valid_from": case.decided,
        "valid_to": ends,
        "status": "3" if rng.random() < 0.003 else "0",
        "remark": _remark(rng, _REMARKS),
    }


def _penalty(
    rng: Random, case: Case, offence: Offence, party: Party, given: Mapping[str, str]
) -> dict[str, Cell]:
    """The fields of a penalty."""
    measures = pick(rng, offence.measures)
    fine = _amount(rng, *offence.fine) if "F" in measures else 0
    taken = _amount(rng, 60, 20_000) if "C" in measures else 0
    severity = _severity(rng, measures, fine, case.decided)
    return {
        "document_no": case.document_no,
        "violation_kind": offence.kind,
        "facts": _facts(rng, offence, party, given),
        "legal_basis": offence.basis,
        "penalty_kind": ";".join(_MEASURES[m] for m in measures),
        "content": _imposed(rng, measures, fine, taken, offence.certificate),
        "fine": _ten_thousands(fine),
        "confiscated": _ten_thousands(taken),
        "revoked_certificate": offence.certificate if "R" in measures else "",
        "decision_date": case.decided,
        "valid_to": add_months(case.decided, 12 * between(rng, 1, 3)),
        "publish_until": _until(rng, case.decided),
        "remark": _remark(rng, _PENALTY_REMARKS),
        "severity": severity,
        "usage_scope": _SCOPES.draw(rng),
        "status": "0",
    }


def _act(rng: Random, case: Case, act: Act, given: Mapping[str, str]) -> dict[str, Cell]:
    """The fields of another administrative act."""
    return {
        "act_kind": act.kind,
        "document_name": act.document,
        "document_no": case.document_no,
        "content": say(rng, pick(rng, act.texts), given),
        "decision_date": case.decided,
        "status": "3" if rng.random() < 0.003 else "0",
        "remark": _remark(rng, ("现场办结", "已送达", "已归档")),
    }


def _pledge(rng: Random, case: Case, pledge: Pledge, given: Mapping[str, str]) -> dict[str, Cell]:
    """The fields of a commitment."""
    days = between(rng, *pledge.days)
    by_letter = rng.random() < 0.1
    return {
        "commitment_no": case.document_no,
        "commitment_kind": pledge.kind,
        "matter": pledge.matter,
        "content": "" if by_letter else say(rng, pick(rng, pledge.texts), given),
        "content_url": f"https://{case.department}.shili.example/cn/{case.number}.pdf"
        if by_letter
        else "",
        "signed_date": case.decided,
        "kept_by_date": case.decided + timedelta(days=days) if days else "",
        "status": "0",
    }


def _check(rng: Random, case: Case, check: Check) -> dict[str, Cell]:
    """The fields of the check of a commitment."""
    kept, broken = CHECKS[cast("Pledge", check.of.matter).kind]
    return {
        "commitment_no": check.of.document_no,
        "checked_date": case.decided,
        "result": "kept" if check.kept else "broken",
        "note": pick(rng, kept if check.kept else broken),
    }


def _complaint(rng: Random, case: Case, complaint: Complaint) -> dict[str, Cell]:
    """The fields of a case of feedback."""
    return {
        "case_no": _case_no(case, complaint),
        "feedback_kind": complaint.kind,
        "record_type": complaint.of.record_type,
        "document_no": complaint.of.document_no,
        "received_date": case.decided,
        "due_date": _own_deadline(rng, case) if complaint.kind in _OWN_DEADLINE else "",
        "summary": f"当事人{pick(rng, CASES[complaint.kind])}",
    }


def _own_deadline(rng: Random, case: Case) -> date:
    """The last day that a case states for itself."""
    return case.decided + timedelta(days=between(rng, 2, 5) * 7)


def _longer(case: Case, turn: Turn) -> date:
    """The last day that an extension grants."""
    if cast("Complaint", turn.of.matter).kind in _OWN_DEADLINE:
        return turn.of.decided + timedelta(days=49)
    return case.decided + timedelta(days=9)


def _turn(rng: Random, case: Case, turn: Turn) -> dict[str, Cell]:
    """The fields of a step of a case of feedback."""
    return {
        "case_no": _case_no(turn.of, cast("Complaint", turn.of.matter)),
        "event_no": str(turn.number),
        "stage": turn.stage,
        "event_date": case.decided,
        "outcome": turn.outcome,
        "reason": pick(rng, _REASONS[turn.stage]) if turn.stage in _REASONS else "",
        "extended_to": _longer(case, turn) if turn.stage == "extended" else "",
        "summary": pick(rng, STEPS[turn.stage]),
    }


def _find(rng: Random, case: Case, find: Find) -> dict[str, Cell]:
    """The fields of an inspector's find."""
    return {
        "record_type": find.of.record_type,
        "document_no": find.of.document_no,
        "decision_date": find.of.decided,
        "found_date": case.decided,
        "inspector_note": pick(rng, FINDS),
    }


def _case_no(case: Case, complaint: Complaint) -> str:
    """The number of a case of feedback."""
    word = {"objection": "异议", "repair": "修复", "measure": "反馈", "rectification": "整改"}
    mark = HABITS[case.department].mark
    return f"{mark}{word[complaint.kind]}〔{complaint.of.decided.year}〕{case.number}号"


def _apply(rng: Random, row: Row) -> None:
    """Writes down who applied: the party, or whoever acts for it."""
    someone = row.party.person or row.party.head
    name, number = someone.name if someone else row.party.name, identity.phone(rng)
    row.values |= {"applicant_name": name, "applicant_contact": number}
    row.secrets += [name, number]


def _entry(
    rng: Random, case: Case, listing: Listing, listed: CreditList, given: Mapping[str, str]
) -> dict[str, Cell]:
    """The fields of an entry on a list."""
    text = say(rng, pick(rng, listing.texts), given)
    red, black = listed.kind == "red", listed.kind == "black"
    notice = case.decided - timedelta(days=between(rng, 8, 40))
    hasty = case.decided - timedelta(days=between(rng, 1, 4))
    return {
        "list_id": listing.list_id,
        "list_kind": listed.kind,
        "reason": "" if red else f"{text}。",
        "honour_name": text if red else "",
        "basis_document_no": case.document_no,
        "legal_basis": "" if black and rng.random() < 0.06 else listed.legal_basis,
        "decision_date": case.decided,
        "notice_date": hasty if red and rng.random() < 0.08 else notice,
        "publish_until": add_months(case.decided, int(listed.term_months)),
        "status": "0",
    }


def _facts(rng: Random, offence: Offence, party: Party, given: Mapping[str, str]) -> str:
    """What was found, how it came up, and how it ended."""
    scene = offence.scene
    if party.kind == PERSON and scene in {"place", "sample"}:
        scene = "person"
    found = (say(rng, pick(rng, part), given) for part in (OPENINGS[scene], offence.facts))
    return f"{''.join(found)}。{pick(rng, CLOSINGS)}"


def _imposed(rng: Random, measures: str, fine: int, taken: int, certificate: str) -> str:
    """The penalty in words."""
    grouped = rng.random() < 0.4
    given = {
        "fine": f"{fine:,}" if grouped else str(fine),
        "confiscated": f"{taken:,}" if grouped else str(taken),
        "certificate": certificate,
    }
    orders = (say(rng, pick(rng, _ORDERS.get(m, _FINES)), given) for m in measures)
    return say(rng, pick(rng, _DECISIONS), {"orders": "，".join(orders)})


def _amount(rng: Random, low: int, high: int) -> int:
    """An amount in yuan: small ones are commoner, large ones rounder."""
    amount = float(low * (high / low) ** rng.random() ** 1.5)
    step = next((s for most, s in ((500, 10), (3000, 100), (50_000, 500)) if amount < most), 5000)
    return max(low, round(amount / step) * step)


def _ten_thousands(yuan: int) -> str:
    """An amount in 万元; blank for nothing."""
    return f"{yuan / 10_000:.6f}".rstrip("0").rstrip(".") if yuan else ""


def _severity(rng: Random, measures: str, fine: int, decided: date) -> str:
    """The grade: by what was imposed, more careful once minor cases are not published."""
    if rng.random() < 0.12:
        return "0"
    if "R" in measures or fine >= 100_000:
        return "3"
    minor = 0.8 if measures == "W" else 0.3 if fine < 2000 else 0.12
    if decided >= FIRST_NATIONAL_TERMS:
        minor *= 0.8
    return "1" if rng.random() < minor else "3" if rng.random() < 0.05 else "2"


def _until(rng: Random, decided: date) -> Cell:
    """The end of publication where the department gives it."""
    return add_months(decided, between(rng, 3, 12)) if rng.random() < 0.12 else ""


def _remark(rng: Random, remarks: Sequence[str]) -> str:
    """A remark, mostly none."""
    return pick(rng, remarks) if rng.random() < 0.1 else ""


def _leave_out(rng: Random, row: Row, brief: bool) -> None:
    """Blanks what is often not filled in about those who act for an organisation."""
    if brief or rng.random() < 0.3:
        row.values["legal_representative"] = ""
    if brief or rng.random() < 0.6:
        row.values["legal_rep_id_type"] = row.values["legal_rep_id_no"] = ""
    names = ["legal_representative", "legal_rep_id_no", "person_id_no"]
    if row.party.kind == PERSON:
        names.append("party_name")
    row.secrets += [cast("str", row.values[n]) for n in names if row.values[n]]


def _handle(rng: Random, row: Row, case: Case, brief: bool) -> None:
    """Fills in what the department says about publication, for some rows."""
    if rng.random() < 0.004:
        row.values["withhold_reason"] = pick(rng, _WITHHELD)
    if not brief and rng.random() < 0.05:
        day = case.decided + timedelta(days=between(rng, 0, 1))
        row.values["department_published"] = day
        row.values["department_published_url"] = (
            f"https://{case.department}.shili.example/{day:%Y%m%d}/{case.number}.html"
        )


def _plant(rng: Random, row: Row, record_type: str) -> None:
    """Writes into some texts what has no business there: numbers, addresses, names."""
    values, text = row.values, _TEXTS[record_type]
    if row.party.kind == PERSON and rng.random() < _OWN_NAME and values[text]:
        values[text] = _named(str(values[text]), row.party.name)
    if row.party.kind == PERSON and rng.random() < _HOME and values[text]:
        home = f"{row.party.address}{pick(rng, WORDS['estate'])}{between(rng, 1, 28)}号楼"
        home += f"{between(rng, 1, 4)}单元{between(rng, 101, 2604)}室"
        _append(row, text, f"住址：{home}。", home)
    head = values["legal_representative"]
    if head and values[text] and rng.random() < _HEAD_NAMED:
        _append(row, text, f"法定代表人{head}到场并签字。", str(head))
    if values[text] and rng.random() < _PLANTED:
        make, phrases = _PLANTS[pick(rng, tuple(_PLANTS))]
        secret = make(rng)
        _append(row, pick(rng, (text, "remark")), pick(rng, phrases).format(secret), secret)


def _named(text: str, name: str) -> str:
    """A text that names the party."""
    if "当事人" in text:
        return text.replace("当事人", f"当事人{name}", 1)
    return f"申请人{name}：{text}"


def _append(row: Row, column: str, sentence: str, secret: str) -> None:
    """Adds a sentence with a secret to a text."""
    before = str(row.values.get(column, ""))
    if before and before[-1] not in "。；":
        before += "；"
    row.values[column] = before + sentence
    row.secrets.append(secret)


_TEXTS = {
    "licence": "content",
    "penalty": "facts",
    "other_act": "content",
    "list_entry": "reason",
    "commitment": "content",
}
_SCOPES = Urn((("0", 0.6), ("", 0.385), ("1", 0.01), ("2", 0.005)))
