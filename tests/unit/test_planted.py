"""Any valid row with any defects: what is found is what was planted, no more and no less."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from publish.handin import uscc
from tests.unit.handed import check, codes, example
from tests.unit.test_findings import CELLS

# Fields that rules look at together: one defect among them may hide another.
_TOGETHER = (
    {"decision_date", "valid_to", "publish_until", "department_published"},
    {"party_kind", "party_name", "uscc", "registration_no"},
    {"penalty_kind", "fine", "content"},
    {"authority", "authority_uscc"},
    {"facts"},
    {"remark"},
)
PLANTS = [
    [
        (code, changes)
        for code, (name, changes) in CELLS.items()
        if name == "penalty" and fields & changes.keys()
    ]
    for fields in _TOGETHER
]
han = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5, exclude_characters="无"),
    min_size=3,
    max_size=30,
)
days = st.dates(date(2026, 1, 5), date(2026, 11, 20))


@st.composite
def valid_rows(draw: st.DrawFn) -> dict[str, str]:
    """A penalty of an organisation, with nothing wrong."""
    first = f"91990100MA{draw(st.integers(0, 9_999_999)):07}"
    decided = draw(days)
    return example(
        party_name=draw(han) + "有限公司",
        uscc=first + uscc.check_character(first),
        document_no=f"示例市监罚〔2026〕{draw(st.integers(1, 99_999))}号",
        violation_kind=draw(han),
        facts=draw(han),
        legal_basis=draw(han),
        fine=str(draw(st.decimals("0.000001", "999.9", places=6))),
        decision_date=decided.strftime(
            draw(st.sampled_from(["%Y/%m/%d", "%Y-%m-%d", "%Y年%m月%d日", "%Y.%m.%d"]))
        ),
        valid_to=draw(st.sampled_from(["2099/12/31", "长期", "2027-01-01"])),
        severity=draw(st.sampled_from(["", "0", "一般", "严重"])),
        remark=draw(st.sampled_from(["", "/", "无"])),
    )


plants = st.lists(st.sampled_from(PLANTS), unique_by=id).flatmap(
    lambda groups: st.tuples(*map(st.sampled_from, groups))
)


@given(valid_rows(), plants)
def test_what_is_planted_is_found(
    row: dict[str, str], planted: tuple[tuple[str, dict[str, str]], ...]
) -> None:
    """Each planted defect is found under its name, and nothing else is."""
    for _, changes in planted:
        row |= changes
    assert codes(check(row)) == {code for code, _ in planted}


def test_every_defect_of_a_penalty_can_be_planted() -> None:
    """No kind of finding of a penalty is left out above."""
    of_penalties = {code for code, (name, _) in CELLS.items() if name == "penalty"}
    assert {code for group in PLANTS for code, _ in group} == of_penalties
