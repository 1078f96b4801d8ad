"""What of a record must not be in any public byte."""

import sqlite3

import orjson
import pytest

from publish.disclose.disclose import public_form
from publish.profile import Persons
from publish.release.leak.kinds import Kind
from publish.release.leak.secret import Secrets, Version
from publish.release.public import columns
from publish.schema import record_type

PERSONS = Persons(source="《条例》", penalty="publish_masked")
ID_NO, PHONE = "990102196205278888", "13800138000"
BASE = {
    "party_name": "示例市晨光食品有限公司",
    "party_kind": "法人及非法人组织",
    "uscc": "91990100MA00000073",
    "document_no": "示例市监罚〔2026〕1号",
    "facts": "当事人经营场所未明码标价",
    "authority": "示例市市场监督管理局",
    "authority_uscc": "11990100006900376R",
    "decision_date": "2026-01-05",
}
PERSON = BASE | {
    "party_name": "张澂珩",
    "party_kind": "自然人",
    "uscc": "",
    "person_id_no": "A1234567X",
}


def secrets(
    *versions: dict[str, str],
    shown: dict[str, str] | None = None,
    persons: Persons = PERSONS,
    **unmasked: str,
) -> Secrets:
    """The secrets of versions of one penalty.

    Args:
        versions: as they were handed in, the newest last.
        shown: the one that is public; None if the record is withheld.
        persons: the rules for natural persons.
        unmasked: what the public row says instead of what it must.
    """
    record = record_type("penalty")
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE TABLE penalty ({', '.join(column.name for column in columns(record))})")
    if shown is not None:
        form = public_form(record, shown, persons)
        fields = [field.name for field in record.public_fields]
        row = dict(zip(fields, form.values, strict=True)) | unmasked
        row |= {"record_id": "r", "batch": len(versions), "masked": int(form.masked)}
        marks = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO penalty ({', '.join(row)}) VALUES ({marks})", [*row.values()])
    made = Secrets(db, persons)
    for batch, values in enumerate(versions, start=1):
        made.add(Version("r", "penalty", batch, orjson.dumps(values).decode()))
    return made


def kinds(made: Secrets) -> dict[str, Kind]:
    """What is looked for, with its kind."""
    return {needle.decode(): kind for needle, kind in made.needles.items()}


def test_a_public_record_hides_only_what_is_internal() -> None:
    """Of a company's published penalty only the internal fields are looked for."""
    values = BASE | {
        "legal_representative": "李霁云",
        "legal_rep_id_no": ID_NO,
        "legal_rep_id_type": "身份证",
        "tax_no": "990100123456789",
        "usage_scope": "0",
    }
    assert kinds(secrets(values, shown=values)) == {
        "李霁云": Kind.NAME,
        ID_NO: Kind.NUMBER,
        "990100123456789": Kind.CODE,
    }


def test_a_number_is_looked_for_in_capitals_and_without() -> None:
    """The check character of an identity number may be written x."""
    made = kinds(secrets(BASE | {"legal_rep_id_no": "99010219620527888X"}, shown=BASE))
    assert made.keys() == {"99010219620527888X", "99010219620527888x"}


def test_a_tax_number_that_is_the_public_code_is_no_secret() -> None:
    """Since 2015 a company's tax number is its unified social credit code."""
    values = BASE | {"tax_no": BASE["uscc"]}
    assert kinds(secrets(values, shown=values)) == {}


@pytest.mark.parametrize("filler", ["0" * 18, "1" * 15, "20260105", "无"])
def test_fillers_and_short_numbers_identify_nobody(filler: str) -> None:
    """What is written where a number is not known is not looked for."""
    assert kinds(secrets(BASE | {"legal_rep_id_no": filler}, shown=BASE)) == {}


def test_a_withheld_record_hides_its_texts() -> None:
    """Of a record without a public row every long text is looked for, and every name."""
    made = kinds(secrets(PERSON))
    assert made["张澂珩"] == Kind.NAME
    assert made["A1234567X"] == Kind.NUMBER
    for text in ("facts", "document_no", "authority_uscc"):
        assert made[BASE[text][:16]] == Kind.TEXT
    assert BASE["party_name"] not in made


def test_a_long_text_is_looked_for_by_its_beginning() -> None:
    """A page may show only part of a text; what many texts begin with is explained by them."""
    facts = "执法人员检查发现当事人未办理许可证，货值12345678元整，" * 3
    made = [needle for needle in kinds(secrets(BASE | {"facts": facts})) if needle in facts]
    assert sorted(map(len, made)) == [16, 48] and all(map(facts.startswith, made))


def test_what_is_masked_is_looked_for_with_its_surroundings() -> None:
    """Of a text from which something was taken out: the number, and the place of each cut."""
    facts = f"当事人张澂珩（身份证{ID_NO}）电话{PHONE}，在望月路1号门前摆摊"
    values = PERSON | {"facts": facts}
    made = secrets(values, shown=values)
    found = kinds(made)
    assert made.shown == 0
    assert found["张澂珩"] == Kind.NAME
    assert found[PHONE] == Kind.CONTACT
    assert found["当事人张澂珩（身份证"] == Kind.TEXT
    assert all(n in facts for n, kind in found.items() if kind == Kind.TEXT)
    assert "在望月路1号门前摆摊" not in found


def test_an_identity_number_in_a_text_is_one_however_it_is_grouped() -> None:
    """It is looked for as it stands in the text and without its spaces."""
    spaced = f"{ID_NO[:6]} {ID_NO[6:14]} {ID_NO[14:]}"
    values = BASE | {"facts": f"负责人证件号{spaced}，未明码标价"}
    found = kinds(secrets(values, shown=values))
    assert found[spaced] == found[ID_NO] == Kind.NUMBER


def test_a_corrected_text_is_looked_for() -> None:
    """What a correction replaced is not public any more; what it left is."""
    before = BASE | {"facts": "当事人在梧桐里小区无证经营烧烤摊位"}
    after = BASE | {"facts": "当事人在梧桐里小区门前占道经营烧烤"}
    found = kinds(secrets(before, after, shown=after))
    assert found == {before["facts"][:16]: Kind.TEXT, before["facts"]: Kind.TEXT}


@pytest.mark.parametrize("name", ["李霁云", "ANNA EXAMPLE"])
def test_a_name_in_its_own_public_text_is_a_leak(name: str) -> None:
    """A person's name that masking left in the record's own text is counted, if it is hidden."""
    facts = f"法定代表人{name}未明码标价"
    values = BASE | {"legal_representative": name, "facts": facts}
    assert secrets(values, shown=values).shown == 0
    assert secrets(values, shown=values, facts=facts).shown == 1
    unmasked = Persons(source="《条例》", legal_representative="public")
    assert kinds(secrets(values, shown=values, persons=unmasked, facts=facts)) == {}


def test_a_shop_may_bear_the_name_of_its_owner() -> None:
    """The public name of a business is no leak of its owner's name."""
    values = BASE | {"party_name": "示例市李霁云小吃店", "legal_representative": "李霁云"}
    assert secrets(values, shown=values).shown == 0


def test_names_that_cannot_be_looked_for() -> None:
    """A single character, a short Latin name and a name that is masked already."""
    for name in ("李", "Li", "李**"):
        assert kinds(secrets(BASE | {"legal_representative": name}, shown=BASE)) == {}


def test_the_strictest_kind_counts() -> None:
    """A value that is a name in one record and a number in another is a number."""
    one = BASE | {"legal_representative": "E99000123"}
    other = BASE | {"legal_rep_id_no": "E99000123"}
    assert kinds(secrets(one, other))["E99000123"] == Kind.NUMBER


def test_kinds_have_words_and_an_order() -> None:
    """Each kind is named in both languages, and the strict ones come first."""
    assert all(kind.zh and kind.en for kind in Kind)
    assert sorted(Kind, key=lambda kind: len(kind.explained_by)) == list(Kind)
