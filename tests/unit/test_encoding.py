"""Encodings: told by marks, by the source or by evidence, and never guessed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from publish.errors import ProblemError
from publish.handin.encoding import find_encoding
from publish.handin.read import read
from publish.handin.source import Source
from tests.unit.handed import ROOT, example

LABOUR = (ROOT / "data/demo/real/tw_labor_penalties_sample.csv").read_text("utf-8")
PENALTY = "\n".join(",".join(line) for line in (example(), example().values()))
TRADITIONAL = OpenCC("s2t")
SENTENCES = [
    "当事人经营场所未明码标价",
    "准予食品经营许可",
    "示例市青穗区鹭汀街道办事处",
    "未取得施工许可证擅自施工",
    "罚款人民币壹万元整",
    "超过规定时限未办理变更登记",
]


def told(path: Path, text: str, encoding: str, source: Source | None = None) -> tuple[str, str]:
    """The encoding that is found for a text, and the text read so."""
    path.write_bytes(text.encode(encoding))
    name, _ = find_encoding(path, path.read_bytes()[:1024], source)
    return name, path.read_text(name).removeprefix("\ufeff")


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16", "utf-16-le", "utf-16-be"],
)
def test_a_file_of_the_mainland_is_read_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    """An ordinary file comes out as it was, without a notice."""
    path = tmp_path / "rows.csv"
    ordinary = PENALTY.replace("·", "")
    _, text = told(path, ordinary, encoding)
    assert text == ordinary
    assert next(read(path)).problems == ()


@pytest.mark.parametrize("encoding", ["cp950", "big5", "big5hkscs"])
def test_big5_is_told_without_being_declared(encoding: str, tmp_path: Path) -> None:
    """The real announcements of Taiwan in Big5 come out as they were; a notice says so."""
    path = tmp_path / "labour.csv"
    text = LABOUR.replace("／", "及").encode(encoding, "ignore").decode(encoding)
    name, read_so = told(path, text, encoding)
    assert (name in {"cp950", "big5hkscs"}, read_so) == (True, text)
    (sheet,) = read(path, Source(name="x"))
    assert [(p.code, p.shown) for p in sheet.problems] == [("encoding_inferred", "Big5")]


def test_characters_of_hong_kong_are_read(tmp_path: Path) -> None:
    """What only the Hong Kong supplement holds (啲, 嘅, 𠝹) is Big5-HKSCS."""
    text = "名稱,違法事實\n示例公司,經營場所嘅商品冇明碼標價，被𠝹開啲封條\n"
    assert told(tmp_path / "hk.csv", text, "big5hkscs") == ("big5hkscs", text)


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_sentence_is_enough(tmp_path: Path, sentences: list[str], traditional: bool) -> None:
    """One short sentence tells GB 18030 from Big5."""
    text = "\n".join(f"1,2026-01-05,{sentence}" for sentence in sentences)
    if traditional:
        text = TRADITIONAL.convert(text)
    name, read_so = told(tmp_path / "short.csv", text, "cp950" if traditional else "gb18030")
    assert (name, read_so) == ("cp950" if traditional else "gb18030", text)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("a,b\n1,你\n", "gb18030"),
        ("a,b\n1,骉麤\n", "gb18030"),
        ("名前,住所\n東京都港区のラーメン屋,新宿\n", "shift_jis"),
        ("nom,ville\nSociété Générale,Orléans\nCafé,Besançon\n", "cp1252"),
    ],
)
def test_what_cannot_be_told_is_refused(text: str, encoding: str, tmp_path: Path) -> None:
    """Too little text, or none that is Chinese, is refused with the way out; a source helps."""
    path = tmp_path / "unclear.csv"
    with pytest.raises(ProblemError, match="UTF-8"):
        told(path, text, encoding)
    assert told(path, text, encoding, Source(name="x", encoding=encoding)) == (encoding, text)


def test_a_damaged_utf8_file_is_not_read_as_something_else(tmp_path: Path) -> None:
    """One wrong byte in a long UTF-8 file is named; the file is not taken for GB 18030."""
    path = tmp_path / "damaged.csv"
    good = (f"{PENALTY}\n" * 2000).encode()
    path.write_bytes(good + b"\xff\n" + good)
    with pytest.raises(ProblemError, match=f"第 ?{len(good) + 1} ?个字节起不是"):
        find_encoding(path, good[:1024], None)


def test_evidence_is_looked_for_where_it_is(tmp_path: Path) -> None:
    """A megabyte of plain ASCII before the first Chinese character does not hide it."""
    path = tmp_path / "late.csv"
    text = "a,b\n" + "1,2\n" * 500_000 + "示例市市场监督管理局,未明码标价\n"
    assert told(path, text, "gb18030") == ("gb18030", text)


def test_the_declared_encoding_wins(tmp_path: Path) -> None:
    """What the source declares is not weighed, and what is not in it is an error."""
    path = tmp_path / "declared.csv"
    text = "名称,文号\n示例,1\n"
    path.write_bytes(text.encode("gb18030"))
    assert find_encoding(path, b"", Source(name="x", encoding="cp950"))[0] == "cp950"
    with pytest.raises(ProblemError, match="不是ascii编码"):
        find_encoding(path, b"", Source(name="x", encoding="ascii"))


def test_utf16_of_odd_length_is_an_error(tmp_path: Path) -> None:
    """A UTF-16 file that breaks off within a character is not read."""
    path = tmp_path / "odd.csv"
    path.write_bytes("a,b\n1,2\n".encode("utf-16")[:-1])
    with pytest.raises(ProblemError, match="utf-16"):
        read(path)
