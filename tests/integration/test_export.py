"""Handing on to the platform above: what it gets, what it answers, and what never leaves."""

import csv
import sqlite3
import stat
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from publish.cli import main
from publish.errors import ProblemError, UsageError
from publish.export import write
from publish.export.form import load_form
from publish.export.settings import Order
from publish.export.write import Files
from publish.jobs.actions import Actions
from publish.jobs.jobs import Runner
from publish.register.live import Moment
from publish.register.pushes import TYPES, pushed_between
from publish.register.register import check_register, utc
from publish.release import incremental
from publish.release.release import release
from publish.release.stage import Stage
from publish.schema import record_type
from tests.conftest import silent
from tests.integration.platform import CODES, Platform, Sender, handing_on, rows_of
from tests.unit.handed import PERSON, example

PLAIN = Order(format="csv")
BOSS = {"legal_representative": "宋示例", "legal_rep_id_type": "身份证"}
BOSS |= {"legal_rep_id_no": "990101199001010019"}


def number(n: int) -> str:
    """A document number."""
    return f"示例市监罚〔2026〕{n}号"


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    """A portal with three penalties of organisations."""
    with handing_on(tmp_path / "city") as sender:
        rows = (example(**BOSS, document_no=number(n)) for n in (1, 2, 3))
        sender.hand_in("penalty", *rows)
        yield sender


VARIED = (
    ("licence", example("licence", **BOSS, licence_kind="其他-备案", remark="=1+1")),
    ("licence", example("licence", **PERSON, document_no="示例市监许〔2026〕2号")),
    (
        "licence",
        example(
            "licence",
            document_no="示例市监许〔2026〕3号",
            party_kind="个体工商户",
            party_name="示例市𠮷祥小吃店",
            uscc="00000000000000000X",
            registration_no="990100600000012",
            valid_to="2027/01/04",
        ),
    ),
    ("penalty", example(**BOSS, fine="1234.000001", penalty_kind="罚款;警告;其他-责令改正")),
    (
        "penalty",
        example(
            document_no=number(2),
            penalty_kind="没收违法所得、没收非法财物",
            fine="",
            confiscated="0.5",
            publish_until="2026/12/31",
            content="没收违法所得5000元\n限期改正",
        ),
    ),
)
"""Records of every sort that the form has a place for."""


@pytest.mark.parametrize(
    "order",
    [
        Order(with_identity=True),
        Order(with_identity=True, headings="titles"),
        Order(with_identity=True, format="csv"),
        Order(with_identity=True, format="csv", encoding="gb18030", headings="titles"),
    ],
    ids=lambda o: f"{o.format}-{o.encoding}-{o.headings}",
)
def test_what_is_handed_on_gives_the_same_records_elsewhere(tmp_path: Path, order: Order) -> None:
    """A portal that takes the files in has the same records, field by field, under the same ids."""
    with handing_on(tmp_path / "city") as city:
        for type_name in TYPES:
            city.hand_in(type_name, *(row for name, row in VARIED if name == type_name))
        done = city.export(order)
        form = load_form(city.project, "2018")
        assert (done.shown, done.withdrawn, done.persons, len(done.files)) == (5, 0, 0, 2)
        with handing_on(tmp_path / "province") as province:
            province.take_in(*done.files)
            found = [_records(each, form.columns) for each in (city, province)]
    if order.format == "csv":
        found[0] = {
            k: {n: v.replace("=1", "'=1") for n, v in r.items()} for k, r in found[0].items()
        }
    assert found[0] == found[1]


def _records(sender: Sender, columns: dict[str, tuple[str, ...]]) -> dict[str, dict[str, str]]:
    """The fields that the form has of all records."""
    moment = Moment(sender.register, sender.register.cut(sender.now))
    return {
        live.record_id: {n: live.values[n] for n in columns[live.record_type] if n in live.values}
        for live in moment.records()
    }


def test_files_are_as_the_standard_writes_them(sender: Sender) -> None:
    """Field codes, days with strokes, 2099/12/31 for what has no end, amounts in 10,000 yuan."""
    (path,) = sender.export().files
    first = rows_of(path)[0]
    assert path.name == "行政处罚_2018_20260302T030000Z.csv"
    assert (first["CF_WSH"], first["CF_JDRQ"], first["CF_YXQ"]) == (
        number(1),
        "2026/01/05",
        "2099/12/31",
    )
    assert (first["CF_NR_FK"], first["CF_ZT"], first["FR_ZJHM"]) == (
        "0.1",
        "0",
        "990101199001010019",
    )


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_nothing_internal_leaves_unless_asked_for(tmp_path: Path, format_: str) -> None:
    """Without --with-identity no person's name or number, nor any internal field, is in a byte."""
    with handing_on(tmp_path / "city") as city:
        city.hand_in("licence", *(row | {"tax_no": "990100111"} for _, row in VARIED[:3]))
        facts = "经查，宋示例（990101199001010019）到场"
        city.hand_in("penalty", example(**BOSS, facts=facts))
        done = city.export(Order.model_validate({"format": format_}))
        assert (done.shown, done.persons) == (3, 1)
        everything = "".join(map(_text, done.files))
    assert "示例市晨光食品有限公司" in everything
    for secret in ("张示例", "宋示例", "990101199001010019", "990100111"):
        assert secret not in everything


def _text(path: Path) -> str:
    """All that stands in a file."""
    if path.suffix == ".csv":
        return path.read_text("utf-8-sig")
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(part).decode("utf-8", "replace") for part in archive.namelist())


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_files_with_identity_numbers_are_for_their_owner_only(sender: Sender, format_: str) -> None:
    """Nobody else on the machine may read them."""
    (path,) = sender.export(CODES.model_copy(update={"format": format_})).files
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("public", ["data/releases", "data/releases/x", "data/editions", "site"])
def test_no_file_is_laid_where_the_public_reads(sender: Sender, public: str) -> None:
    """A folder that is served is refused, and nothing is entered."""
    with pytest.raises(UsageError, match="served to the public"):
        sender.export(CODES.model_copy(update={"out": public}))
    assert sender.states() == {}


def test_only_what_changed_is_handed_on(sender: Sender) -> None:
    """What the platform was told, or has taken, does not come again; a correction does."""
    (path,) = sender.export().files
    assert sender.export().files == ()
    sender.answer("文件名,行号,结果", *(f"{path.name},{n},成功" for n in (2, 3, 4)))
    assert sender.export(again=True).files == ()
    sender.hand_in(
        "penalty", example(**BOSS, document_no=number(2), content="罚款2000元", fine="0.2")
    )
    (path,) = sender.export().files
    assert [(row["CF_WSH"], row["CF_NR"]) for row in rows_of(path)] == [(number(2), "罚款2000元")]


def test_what_is_refused_comes_again_once_corrected(sender: Sender) -> None:
    """Uncorrected it stays on the list of what is refused; again brings it all the same."""
    (path,) = sender.export().files
    done = sender.answer(
        "行号,结果,原因", "2,成功,", "3,退回,处罚依据不完整", name=f"{path.stem}-答复.csv"
    )
    assert (done.accepted, done.refused, done.waiting) == (1, 1, 1)
    assert sender.export().files == ()
    again = sender.export(again=True)
    assert [row["CF_WSH"] for row in rows_of(again.files[0])] == [number(2), number(3)]
    sender.answer("文书号,结果,原因", f"{number(2)},失败,仍不完整", file=again.files[0].name)
    basis = "《中华人民共和国价格法》第四十二条、第四十三条"
    sender.hand_in("penalty", example(**BOSS, document_no=number(2), legal_basis=basis))
    (path,) = sender.export().files
    assert [row["CF_YJ"] for row in rows_of(path)] == [basis]


@pytest.mark.parametrize(
    ("kind", "status", "remark"),
    [
        ("revoked", "1", ""),
        ("repaired", "3", "已准予信用修复，请停止公示"),
        ("upheld", "3", "异议成立，更正前请停止公示"),
    ],
)
def test_what_came_off_is_taken_back(sender: Sender, kind: str, status: str, remark: str) -> None:
    """The row is the one that the platform has, with the standard's status; once, not again."""
    sender.export()
    sender.happen(kind, sender.record_id(number(2)))
    done = sender.export()
    (row,) = rows_of(done.files[0])
    assert (done.shown, done.withdrawn) == (0, 1)
    assert (row["CF_WSH"], row["CF_ZT"], row["BZ"]) == (number(2), status, remark)
    assert sender.export().files == ()


def test_what_the_platform_never_had_is_not_taken_back(sender: Sender) -> None:
    """A record that came off before it was handed on, or that was refused, is not mentioned."""
    sender.happen("revoked", sender.record_id(number(1)))
    (path,) = sender.export().files
    assert [row["CF_WSH"] for row in rows_of(path)] == [number(2), number(3)]
    sender.answer("行号,结果,原因", "2,失败,不合格", file=path.name)
    sender.happen("revoked", sender.record_id(number(2)))
    assert sender.export().files == ()


def test_a_correction_that_must_not_be_shown_is_not_told(sender: Sender) -> None:
    """To take a record back the platform gets what it has, not what came since."""
    sender.export()
    sender.hand_in(
        "penalty",
        example(**BOSS, document_no=number(2), facts="涉密事项", withhold_reason="secret"),
    )
    (path,) = sender.export().files
    (row,) = rows_of(path)
    assert (row["CF_SY"], row["CF_ZT"], row["BZ"]) == (
        "当事人经营场所未明码标价",
        "3",
        "请停止公示",
    )


def test_an_open_objection_is_told_and_its_end_too(sender: Sender) -> None:
    """Status 2 while it is open, 0 when it was closed."""
    sender.export()
    sender.happen("objection_opened", sender.record_id(number(2)))
    assert [row["CF_ZT"] for row in rows_of(sender.export().files[0])] == ["2"]
    sender.happen("objection_closed", sender.record_id(number(2)))
    assert [row["CF_ZT"] for row in rows_of(sender.export().files[0])] == ["0"]


_EVENTS = ("revoked", "repaired", "upheld", "objection_opened", "objection_closed", "correct")
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(_EVENTS), st.integers(1, 3)),
        st.tuples(st.just("export"), st.integers(0, 3)),
        st.tuples(st.just("lost"), st.just(0)),
    ),
    max_size=8,
)


@settings(max_examples=12)
@given(steps=_STEPS)
def test_the_platform_ends_up_with_what_the_portal_shows(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Whatever happened, was refused or got lost: when all is answered both show the same."""
    platform = Platform()
    with handing_on(tmp_path_factory.mktemp("history") / "city") as sender:
        sender.hand_in("penalty", *(example(document_no=number(n)) for n in (1, 2, 3)))
        for turn, (step, n) in enumerate(steps):
            if step == "correct":
                sender.hand_in("penalty", example(document_no=number(n), content=f"罚款{turn}元"))
            elif step == "lost":
                sender.export()
            elif step == "export":
                _exchange(sender, platform, refuse=frozenset({number(n)}))
            else:
                sender.happen(step, sender.record_id(number(n)))
        _exchange(sender, platform, again=True)
        assert _shown_here(sender) == {
            n: (row["CF_NR"], row["CF_ZT"]) for n, row in platform.shown().items()
        }
        assert sender.export(again=True).files == ()
        assert list(check_register(sender.project.register, lambda _: None)) == []


def _exchange(
    sender: Sender,
    platform: Platform,
    *,
    refuse: frozenset[str] = frozenset(),
    again: bool = False,
) -> None:
    """Hands on, and reads the platform's answer in."""
    if answer := platform.take(sender.export(again=again).files, refuse):
        sender.answer("文件名,行号,处理结果,失败原因", *answer)


def _shown_here(sender: Sender) -> dict[str, tuple[str, str]]:
    """What the portal would publish now: the penalty imposed and the status, by document."""
    moment = Moment(sender.register, sender.register.cut(sender.later()))
    stage = Stage(sender.project, moment)
    return {
        live.values["document_no"]: (
            live.values["content"],
            "2" if stage.case(live).history.objection else "0",
        )
        for live in moment.records()
        if stage.decide(live).publish
    }


ANSWERS = {
    "codes": ("CF_WSH,结果,原因", "{no},失败,{why}"),
    "names": (
        "序号,行政处罚决定书文号（必填）,行政相对人名称,校验结果,错误信息",
        "1,{no},示例市晨光食品有限公司,校验失败：见后,{why}",
    ),
    "by row": ("文件名,行号,入库状态,退回原因", "{file},3,未通过,{why}"),
    "path and English": ("File,Row,Result,Reason", "C:\\上报\\{file},3,Rejected,{why}"),
    "errors only": ("行政处罚决定书文号,错误原因", "{no},{why}"),
    "title above": ("某省平台数据校验结果,,\n文书号,处理结果,不通过原因", "{no},不通过,{why}"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_understood_however_they_are_headed(sender: Sender, name: str) -> None:
    """By document or by row, with a result or only with what is wrong, in any order."""
    (path,) = sender.export().files
    header, row = ANSWERS[name]
    said = row.format(no=number(2), file=path.name, why="处罚依据不完整")
    done = sender.answer(header, said, rest=True)
    assert (done.accepted, done.refused, done.waiting) == (2, 1, 0)
    states = sender.states()
    assert states[number(2)] == ["show 0 pushed", "show 0 refused"]
    assert states[number(3)] == ["show 0 pushed", "show 0 accepted"]
    ((reason,),) = sender.register.db.execute("SELECT reason FROM push WHERE state = 'refused'")
    assert reason == "处罚依据不完整"


def test_an_answer_may_come_twice_and_may_change(sender: Sender) -> None:
    """The same again is counted and not entered; another answer to the same row counts."""
    (path,) = sender.export().files
    sender.answer("行号,结果,原因", "2,失败,超时", file=path.name)
    done = sender.answer("行号,结果,原因", "2,失败,超时", file=path.name)
    assert (done.accepted, done.refused, done.known) == (0, 0, 1)
    sender.answer("行号,结果,原因", "2,成功,", file=path.name)
    assert sender.states()[number(1)][-1] == "show 0 accepted"


def test_an_answer_without_a_file_is_to_what_was_said_last(sender: Sender) -> None:
    """The same in two files is answered once; of two versions nobody can tell, so that is asked."""
    sender.export()
    sender.export(again=True)
    done = sender.answer("文书号,状态,结果", f"{number(1)},完成,成功")
    assert (done.accepted, done.waiting) == (1, 2)
    assert sender.answer("文书号,结果", f"{number(1)},成功").known == 1
    sender.hand_in("penalty", example(**BOSS, document_no=number(2), content="罚款2000元"))
    (path,) = sender.export().files
    with pytest.raises(ProblemError, match="handed on more than once"):
        sender.answer("文书号,结果", f"{number(2)},成功")
    assert sender.answer("文书号,结果", f"{number(2)},成功", file=path.name).accepted == 1
    assert sender.export(again=True).shown == 1


def test_several_errors_in_one_row_are_one_refusal(sender: Sender) -> None:
    """A platform may give a line to each thing that is wrong: all of them are kept."""
    (path,) = sender.export().files
    done = sender.answer("行号,结果,原因", "2,失败,甲", "2,失败,乙", file=path.name)
    assert done.refused == 1
    ((reason,),) = sender.register.db.execute("SELECT reason FROM push WHERE state = 'refused'")
    assert reason == "甲；乙"


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("行号,结果", "2,处理中", "答复.csv row 2, result: '处理中' says neither yes nor no"),
        ("行号,结果", "9,成功", "row 2, row number: .* has no row '9'"),
        ("行号,结果", "二,成功", "row 2, row number: .* has no row '二'"),
        ("文书号,结果", "示例罚〔2026〕99号,成功", "row 2, document number: no record with"),
        (
            "文书号,行政相对人名称,结果",
            f"{number(1)},另一家,成功",
            "row 2, party: .* another party",
        ),
        ("文件名,行号,结果", "别的.csv,2,成功", "row 2, file: no file named '别的.csv'"),
    ],
)
def test_an_answer_that_is_not_understood_changes_nothing(
    sender: Sender, header: str, row: str, said: str
) -> None:
    """File, row, field and what to do are named, and the rows beside it are not entered either."""
    (path,) = sender.export().files
    good = {"文件名": path.name, "行号": "3", "文书号": number(2), "结果": "成功"}
    other = ",".join(good.get(heading, "") for heading in header.split(","))
    with pytest.raises(ProblemError, match=said):
        sender.answer(header, row, other, file="" if "文件名" in header else path.name)
    assert [states[-1] for states in sender.states().values()] == ["show 0 pushed"] * 3


def test_an_answer_without_a_header_says_what_it_needs(sender: Sender) -> None:
    """A table of something else is refused with the headings that would do."""
    sender.export()
    with pytest.raises(ProblemError, match="No header"):
        sender.answer("甲,乙", "1,2")


def test_a_stop_while_writing_leaves_nothing(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither files nor entries: the next export hands on all of it."""

    def stop(self: Files) -> list[Path]:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(Files, "settle", stop)
        with pytest.raises(OSError, match="disk full"):
            sender.export()
    assert list(sender.project.exports.iterdir()) == []
    assert sender.states() == {}
    assert sender.export().shown == 3


def test_a_workbook_that_is_full_is_followed_by_another(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel's last row is not the end: rows go on in the next file, each with its place."""
    monkeypatch.setattr(write, "SHEET_ROWS", 2)
    done = sender.export(Order(with_identity=True))
    assert [path.stem[-2:] for path in done.files] == ["0Z", "-2"]
    assert [[row["CF_WSH"] for row in rows_of(path)] for path in done.files] == [
        [number(1), number(2)],
        [number(3)],
    ]
    places = sender.register.db.execute("SELECT file, line FROM push ORDER BY seq").fetchall()
    assert [line for _, line in places] == [2, 3, 2]


def test_a_city_may_have_a_form_of_its_own(sender: Sender) -> None:
    """A form in data/forms takes the place of the program's; one that cannot work is refused."""
    sender.project.forms.mkdir()
    own = load_form(sender.project, "2018").model_dump()
    own["columns"] = {"penalty": ["document_no", "party_name", "authority_uscc", "status"]}
    path = sender.project.forms / "province.toml"
    path.write_text(_toml(own), "utf-8")
    (written,) = sender.export(PLAIN.model_copy(update={"codes": "province"})).files
    assert list(rows_of(written)[0]) == ["CF_WSH", "CF_XDR_MC", "CF_CFJGDM", "CF_ZT"]
    for wrong, said in ((["document_no"], "taken back"), (["nothing"], "no such field")):
        own["columns"] = {"penalty": wrong}
        path.write_text(_toml(own), "utf-8")
        with pytest.raises(UsageError, match=said):
            load_form(sender.project, "province")
    with pytest.raises(UsageError, match="There are: 2018"):
        load_form(sender.project, "2031")


def _toml(form: dict[str, object]) -> str:
    """A form as a file: JSON's strings and arrays are TOML's too."""
    lines = [f"{key} = {orjson.dumps(v).decode()}" for key, v in form.items() if isinstance(v, str)]
    for name in ("columns", "answer"):
        table = form[name]
        assert isinstance(table, dict)
        lines += [f"[{name}]", *(f"{k} = {orjson.dumps(v).decode()}" for k, v in table.items())]
    return "\n".join(lines)


def test_the_second_clock_can_end_with_the_platform(sender: Sender) -> None:
    """Where the rules say so, the day of the file counts, and only of one that was taken."""
    sender.hand_in("penalty", example(**PERSON, document_no=number(4)))
    late = example(document_no=number(5), decision_date="2026/02/26")
    sender.hand_in("penalty", late)
    _rule(sender, "accepted")
    (first,) = sender.export().files
    sender.answer("文书号,结果,原因", f"{number(5)},失败,不全", file=first.name, rest=True)
    sender.later(days=14)
    sender.hand_in("penalty", late | {"content": "罚款3000元"})
    (second,) = sender.export().files
    assert _clock(sender)[number(5)][:2] == ("overdue", None)
    sender.answer("行号,结果", "2,成功", file=second.name)
    found = _clock(sender)
    assert found[number(1)] == ("late", "2026-03-02", "accepted")
    assert found[number(5)] == ("late", "2026-03-16", "accepted")
    assert found[number(4)][0] == "exempt"
    _rule(sender, "pushed")
    assert _clock(sender)[number(5)] == ("on_time", "2026-03-02", "pushed")
    _rule(sender, "received")
    assert _clock(sender)[number(4)] == ("late", "2026-03-02", "received")


def _rule(sender: Sender, ends: str) -> None:
    """Lets the second clock end with something else."""
    path = sender.project.profile_path
    text = path.read_text("utf-8")
    before = text[text.index("\nends = ") + 1 :].splitlines()[0]
    path.write_text(text.replace(before, f'ends = "{ends}"'), "utf-8")
    sender.project = type(sender.project)(sender.project.root)


def _clock(sender: Sender) -> dict[str, tuple[str, str | None, str]]:
    """Status, day done and what decides of the second clock, by document."""
    moment = Moment(sender.register, sender.register.cut(sender.later()))
    stage = Stage(sender.project, moment)
    found = {}
    for live in moment.records():
        duty = stage.push(live, publish=stage.decide(live).publish)
        assert duty
        found[live.values["document_no"]] = (duty.status, duty.done_date, duty.decides)
    return found


def test_a_release_shows_what_was_handed_on_since_the_last(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its duties, and how they are explained, name the day on which the decision was handed on.

    Made from the release before it judges anew just what was handed on, and is as if made in full.
    """
    monkeypatch.setattr(incremental, "MOST", 1e9)
    _rule(sender, "pushed")
    assert _released(sender) == {("overdue", None)}
    sender.happen("revoked", sender.record_id(number(3)))
    before = utc(sender.now)
    files = sender.export().files
    ids = {sender.record_id(row["CF_WSH"]) for path in files for row in rows_of(path)}
    assert pushed_between(sender.register, before, utc(sender.now)) == ids
    assert pushed_between(sender.register, utc(sender.now), "9999") == set()
    moment = Moment(sender.register, sender.register.cut(sender.now))
    base = incremental.base(sender.project, moment)
    assert base
    assert base.ids == ids | {sender.record_id(number(3))}
    expected = {("late", "2026-03-02"), ("overdue", None)}
    assert _released(sender) == expected
    assert _released(sender, full=True) == expected
    explain = ["--root", str(sender.project.root), "explain", sender.record_id(number(1))]
    found = CliRunner().invoke(main, explain)
    assert "完成（向上级平台报送的日期）：逾期完成" in found.stdout


def _released(sender: Sender, *, full: bool = False) -> set[tuple[str, str | None]]:
    """Status and day done of the second clock's duties in a new release."""
    done = release(sender.project, sender.register, sender.later(), silent, full=full)
    path = sender.project.releases / done.release / "monitor.db"
    with closing(sqlite3.connect(path)) as db:
        return set(db.execute("SELECT status, done_date FROM duty WHERE clock = 'push'"))


def test_the_command_hands_on_and_reads_answers(sender: Sender) -> None:
    """As an office would use it: export, answer, what is refused; JSON for programs."""
    root = str(sender.project.root)

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["--root", root, "export", *words])
        return result.exit_code, result.stdout

    code, out = run("--json", "--format", "csv")
    (path,) = orjson.loads(out)["files"]
    assert code == 0
    assert run()[1].startswith("没有需要报送的记录")
    answer = sender.project.root / "answer.csv"
    answer.write_text(f"文书号,结果,原因\n{number(1)},成功,\n{number(2)},失败,依据不全\n", "utf-8")
    code, out = run("--answer", str(answer), "--file", path)
    assert code == 1
    assert "接收 accepted 1，退回 refused 1，此前已导入 known 0，尚未答复 not answered yet 1" in out
    code, out = run("--refused", "--json")
    (row,) = orjson.loads(out)
    assert (code, row["document_no"], row["reason"], row["department"]) == (
        1,
        number(2),
        "依据不全",
        "market",
    )
    assert "市场监督管理局 行政处罚 示例市监罚〔2026〕2号" in run("--refused")[1]
    assert run("--rest-accepted")[0] == 2
    assert run("--codes", "2031")[0] == 2


def test_the_scheduler_hands_on_only_where_settings_say_so(sender: Sender) -> None:
    """Without data/export.toml the job is not due and says what it lacks; with it, it works."""
    actions = Actions(sender.project, sender.register, sender.later)
    with pytest.raises(UsageError, match=r"export\.toml"):
        actions.export()
    assert "export" not in _jobs(sender, actions)
    sender.project.export.write_text('codes = "2018"\nformat = "csv"\n', "utf-8")
    assert actions.export() == 3
    assert "export" in _jobs(sender, actions)
    (path,) = sender.project.exports.iterdir()
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 3


def _jobs(sender: Sender, actions: Actions) -> set[str]:
    """The jobs that the status page shows."""
    runner = Runner(sender.project, actions.by_name(), sender.register, sender.later)
    runner.start()
    return {job["name"] for job in orjson.loads(sender.project.status.read_bytes())["jobs"]}


def test_a_file_headed_like_the_platforms_workbook_is_taken_in(sender: Sender) -> None:
    """Departments hand in the workbook that they know: numbered codes, amounts with their unit."""
    headings = {
        "uscc": "行政相对人代码_1 (统一社会信用代码)",
        "registration_no": "行政相对人代码_2 (工商注册号)",
        "legal_rep_id_no": "法定代表人身份证号",
        "fine": "罚款金额 (万元)",
        "confiscated": "没收违法所得、没收非法财物的金额 (万元)",
    }
    row = example(**BOSS, document_no=number(9), registration_no="990100000000015", confiscated="1")
    columns = load_form(sender.project, "2018").columns["penalty"]
    path = sender.project.root / "workbook.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            headings.get(name, record_type("penalty")[name].title_zh) for name in columns
        )
        writer.writerow(row[name] for name in columns)
    sender.take_in(path)
    found = _records(sender, {"penalty": tuple(headings)})[sender.record_id(number(9))]
    assert found == {name: row[name] for name in headings}
