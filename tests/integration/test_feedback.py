"""Feedback cases from a department's file to duties: every stage, each from its own start."""

from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from click.testing import CliRunner

from monitor.clocks import Duty
from publish.cli import main
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import Register
from publish.release.account import duties_of
from publish.release.build import read_only
from publish.release.duties import Judge
from publish.release.release import release
from tests.conftest import silent
from tests.integration.test_types import hand_in
from tests.unit.handed import ROOT, example

AT = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
RECEIVED = "2026-03-02"  # a Monday; no holiday until April
MARKET = {"authority": "示例市市场监督管理局", "authority_uscc": "11990100006900376R"}
Step = tuple[str, ...]


def case(number: str, kind: str = "异议", **changes: str) -> dict[str, str]:
    """A case received on Monday 2 March 2026."""
    due = {"due_date": ""} if kind in {"异议", "信用修复"} else {}
    row = {"case_no": number, "feedback_kind": kind, "received_date": RECEIVED} | due
    return example("feedback", **(row | changes))


def steps(number: str, *taken: Step) -> list[dict[str, str]]:
    """Steps as day, stage, and what else there is to be said: outcome, reason or last day."""
    rows = []
    for place, (day, stage, *rest) in enumerate(taken, start=1):
        named = {"决定": "outcome", "中止": "reason", "延长": "extended_to"}.get(stage)
        more = {"outcome": "", named: rest[0]} if named else {"outcome": ""}
        if stage == "延长":
            more |= {"reason": "情况复杂"}
        row = {"case_no": number, "event_no": str(place), "stage": stage, "event_date": day}
        rows.append(example("feedback_event", **(row | more)))
    return rows


def judged(
    project: Project, register: Register, today: str = "2026-06-01"
) -> dict[str, dict[str, Duty]]:
    """The duties of each case by clock, without what the clocks of a kind begin with."""
    noon = datetime.fromisoformat(f"{today}T12:00:00").replace(tzinfo=AT.tzinfo)
    moment = Moment(register, register.cut(noon))
    judge, names = Judge(project, moment, None), dict[str, str]()
    for live in moment.records():
        judge.add(live)
        names[live.record_id] = live.values["case_no"]
    found = dict[str, dict[str, Duty]]()
    for duty in judge.of_cases():
        assert duty.record_type == "feedback" and duty.record_id
        clock = duty.clock.partition("_")[2] or duty.clock
        found.setdefault(names[duty.record_id], {})[clock] = duty
    return found


def told(duties: dict[str, Duty]) -> dict[str, tuple[str, str, str | None, str]]:
    """Of each duty: begun, due, done, status."""
    return {
        name: (d.start_date[5:], d.due_date[5:], d.done_date and d.done_date[5:], d.status)
        for name, d in duties.items()
    }


def test_each_stage_runs_from_its_own_start(project: Project, register: Register) -> None:
    """Passing on, verifying and telling each in time, and the total late: it runs by itself."""
    taken = (
        ("2026-03-03", "标注"),
        ("2026-03-05", "受理"),
        ("2026-03-09", "转交"),
        ("2026-03-16", "核实"),
        ("2026-03-17", "决定", "属实"),
        ("2026-03-19", "告知"),
    )
    hand_in(project, register, "feedback", [case("甲1")])
    hand_in(project, register, "feedback_event", steps("甲 1", *taken))
    found = judged(project, register)["甲1"]
    assert told(found) == {
        "annotate": ("03-02", "03-03", "03-03", "on_time"),
        "accept": ("03-02", "03-04", "03-05", "late"),
        "pass_on": ("03-02", "03-09", "03-09", "on_time"),
        "verify": ("03-09", "03-16", "03-16", "on_time"),
        "notify": ("03-16", "03-18", "03-19", "late"),
        "total": ("03-02", "03-18", "03-19", "late"),
    }
    assert {name: d.department for name, d in found.items()} == dict.fromkeys(
        found, "development"
    ) | {"verify": "market"}
    assert {d.received for d in found.values()} == {"2026-03-20"}


def test_stages_in_time_do_not_make_the_total(project: Project, register: Register) -> None:
    """Five, five and two days make twelve only as long as nobody is late in any of them."""
    stages = ["pass_on", "verify", "notify", "total"]
    hand_in(project, register, "feedback", [case("甲1"), case("甲2")])
    taken = (("2026-03-09", "转交"), ("2026-03-16", "核实"))
    rows = [
        *steps("甲1", *taken, ("2026-03-18", "告知")),
        *steps("甲2", ("2026-03-10", "转交"), ("2026-03-17", "核实"), ("2026-03-19", "办结")),
    ]
    hand_in(project, register, "feedback_event", rows)
    found = judged(project, register)
    assert [found["甲1"][stage].status for stage in stages] == ["on_time"] * 4
    assert [found["甲2"][stage].status for stage in stages] == [
        "late",
        "on_time",
        "on_time",
        "late",
    ]


def test_a_case_owes_only_the_stages_that_it_needs(project: Project, register: Register) -> None:
    """Settled by itself: nothing to pass on or verify. Passed on: nothing to settle alone."""
    hand_in(project, register, "feedback", [case("甲1"), case("甲2")])
    alone = steps("甲1", ("2026-03-06", "决定", "不属实"), ("2026-03-09", "告知"))
    passed = steps("甲2", ("2026-03-03", "转交"))
    hand_in(project, register, "feedback_event", [*alone, *passed])
    found = judged(project, register)
    assert set(found["甲1"]) == {"annotate", "accept", "own", "notify", "total"}
    assert told(found["甲1"])["notify"] == ("03-06", "03-10", "03-09", "on_time")
    assert set(found["甲2"]) == {"annotate", "accept", "pass_on", "verify", "total"}
    assert told(found["甲2"])["verify"] == ("03-03", "03-10", None, "overdue")


def test_an_open_case_owes_the_way_that_leaves_most_time(
    project: Project, register: Register
) -> None:
    """Nobody is late in passing on what may still be settled without that."""
    rules = project.profile_path
    hand_in(project, register, "feedback", [case("甲1")])
    for own, pass_on, expected in (("8", "5", "own"), ("3", "5", "pass_on"), ("5", "5", "own")):
        text = (ROOT / "data/profiles/demo-city.toml").read_text("utf-8")
        text = text.replace("own = 5", f"own = {own}").replace(
            "pass_on = 5", f"pass_on = {pass_on}"
        )
        rules.write_text(text, "utf-8")
        found = judged(Project(project.root), register)["甲1"]
        assert set(found) == {"annotate", "accept", expected, "total"}
    text = (ROOT / "data/profiles/demo-city.toml").read_text("utf-8")
    rules.write_text(text.replace("own = 5", "own = 8"), "utf-8")
    hand_in(project, register, "feedback_event", steps("甲1", ("2026-03-11", "决定", "撤回")))
    found = judged(Project(project.root), register)["甲1"]
    assert set(found) == {"annotate", "accept"}, "withdrawn while it could still be settled"


def test_a_case_withdrawn_ends_what_is_open(project: Project, register: Register) -> None:
    """What was not yet due is no duty; what was overdue by then is late; nothing comes after."""
    hand_in(project, register, "feedback", [case("甲1")])
    taken = (
        ("2026-03-03", "受理"),
        ("2026-03-05", "转交"),
        ("2026-03-06", "决定", "撤回"),
        ("2026-03-20", "办结"),
    )
    hand_in(project, register, "feedback_event", steps("甲1", *taken))
    assert told(judged(project, register)["甲1"]) == {
        "annotate": ("03-02", "03-03", "03-06", "late"),
        "accept": ("03-02", "03-04", "03-03", "on_time"),
        "pass_on": ("03-02", "03-09", "03-05", "on_time"),
    }


def test_only_pauses_that_the_rule_names_count(project: Project, register: Register) -> None:
    """Inspection stops the clock, waiting for papers does not, and no pause helps afterwards."""
    reasons = {"甲1": "委托检验", "甲2": "等待补充材料", "甲3": "专家评审", "甲4": "需要鉴定"}
    rows = []
    for number, reason in reasons.items():
        paused, resumed = ("03-11", "03-13") if number == "甲3" else ("03-04", "03-06")
        rows += steps(
            number,
            ("2026-03-03", "转交"),
            (f"2026-{paused}", "中止", reason),
            *([] if number == "甲4" else [(f"2026-{resumed}", "恢复")]),
            ("2026-03-12" if number == "甲4" else "2026-03-16", "核实"),
        )
    hand_in(project, register, "feedback", [case(number) for number in reasons])
    hand_in(project, register, "feedback_event", rows)
    found = {n: each["verify"] for n, each in judged(project, register).items()}
    assert {n: (d.due_date[5:], d.excluded_days, d.status) for n, d in found.items()} == {
        "甲1": ("03-12", 2, "late"),
        "甲2": ("03-10", 0, "late"),
        "甲3": ("03-10", 0, "late"),
        "甲4": ("03-18", 6, "on_time"),
    }


def test_an_open_pause_moves_with_the_day(project: Project, register: Register) -> None:
    """A case that rests is not due, today or in a month, and is once it went on."""
    hand_in(project, register, "feedback", [case("甲1")])
    rows = steps(
        "甲1", ("2026-03-03", "转交"), ("2026-03-05", "中止", "检测"), ("2026-05-22", "恢复")
    )
    hand_in(project, register, "feedback_event", rows[:2])
    for today, due in (("2026-03-20", "2026-03-25"), ("2026-05-22", "2026-05-27")):
        verify = judged(project, register, today)["甲1"]["verify"]
        assert (verify.due_date, verify.status) == (due, "pending")
    later = datetime(2026, 5, 22, 9, tzinfo=AT.tzinfo)
    hand_in(project, register, "feedback_event", rows[2:], later)
    verify = judged(project, register, "2026-06-01")["甲1"]["verify"]
    assert (verify.due_date, verify.status) == ("2026-05-27", "overdue")


def test_extensions_count_as_far_as_the_rule_goes(project: Project, register: Register) -> None:
    """Verifying may take five days more and the total eight; asked for too late, none."""
    hand_in(project, register, "feedback", [case("甲1"), case("甲2"), case("甲3")])
    passed = ("2026-03-03", "转交")
    rows = [
        *steps("甲1", passed, ("2026-03-10", "延长", "2026-03-13")),
        *steps("甲2", passed, ("2026-03-10", "延长", "2026-05-29")),
        *steps("甲3", passed, ("2026-03-11", "延长", "2026-03-16")),
    ]
    hand_in(project, register, "feedback_event", rows)
    found = judged(project, register)
    assert {n: each["verify"].extended_to for n, each in found.items()} == {
        "甲1": "2026-03-13",
        "甲2": "2026-03-17",
        "甲3": None,
    }
    assert {n: each["total"].extended_to for n, each in found.items()} == {
        "甲1": None,
        "甲2": "2026-03-30",
        "甲3": None,
    }
    assert found["甲3"]["verify"].due_date == "2026-03-10"


def test_repairs_measures_and_rectification(project: Project, register: Register) -> None:
    """A repair is carried out only where granted; the others have a last day of their own."""
    cases = [
        case("修1", "信用修复"),
        case("修2", "信用修复"),
        case("反1", "联合奖惩措施反馈", due_date="2026-03-31"),
        case("整1", "整改", due_date="2026-03-31"),
    ]
    rows = [
        *steps(
            "修1", ("2026-03-05", "受理"), ("2026-03-19", "决定", "同意"), ("2026-03-24", "执行")
        ),
        *steps("修2", ("2026-03-16", "决定", "不同意")),
        *steps("反1", ("2026-04-01", "执行")),
        *steps("整1", ("2026-03-20", "延长", "2026-04-30"), ("2026-04-30", "办结")),
    ]
    later = AT.replace(month=5)
    hand_in(project, register, "feedback", cases, later)
    hand_in(project, register, "feedback_event", rows, later)
    found = {n: told(each) for n, each in judged(project, register).items()}
    assert found == {
        "修1": {
            "accept": ("03-02", "03-05", "03-05", "on_time"),
            "decide": ("03-05", "03-19", "03-19", "on_time"),
            "execute": ("03-19", "03-23", "03-24", "late"),
        },
        "修2": {
            "accept": ("03-02", "03-05", "03-16", "late"),
            "decide": ("03-02", "03-16", "03-16", "on_time"),
        },
        "反1": {"measure": ("03-02", "03-31", "04-01", "late")},
        "整1": {"rectification": ("03-02", "04-30", "04-30", "on_time")},
    }


def test_the_rule_of_the_day_of_receipt_applies(project: Project, register: Register) -> None:
    """No rule, no clock: a stage without a figure is no duty."""
    text = project.profile_path.read_text("utf-8")
    project.profile_path.write_text(text.replace("annotate = 1\n", ""), "utf-8")
    early = {"received_date": "2025-06-20"}
    hand_in(project, register, "feedback", [case("甲1"), case("修1", "信用修复", **early)])
    found = judged(project, register)
    assert "annotate" not in found["甲1"] and "修1" not in found


def test_a_step_corrected_counts_as_corrected(project: Project, register: Register) -> None:
    """The newest version of a step is what happened; the day it was first told of stays."""
    hand_in(project, register, "feedback", [case("甲1")])
    hand_in(project, register, "feedback_event", steps("甲1", ("2026-03-12", "转交")))
    hand_in(
        project,
        register,
        "feedback_event",
        steps("甲1", ("2026-03-06", "转交")),
        AT.replace(month=4),
    )
    passed = judged(project, register)["甲1"]["pass_on"]
    assert (passed.done_date, passed.status) == ("2026-03-06", "on_time")
    assert passed.received == "2026-03-20"


def test_a_number_that_two_cases_bear(project: Project, register: Register) -> None:
    """Each case takes the steps of its own department, and a stranger's step goes to none."""
    other = {"authority": "示例市税务局", "authority_uscc": tax(project)}
    third = {"authority": "示例市公安局", "authority_uscc": police(project)}
    hand_in(project, register, "feedback", [case("甲1"), case("甲1", **other)])
    rows = [
        *steps("甲1", ("2026-03-04", "受理")),
        *(row | other for row in steps("甲1", ("2026-03-05", "受理"))),
        *(row | third for row in steps("甲1", ("2026-03-06", "转交"))),
    ]
    hand_in(project, register, "feedback_event", rows)
    moment = Moment(register, register.cut(AT))
    judge = Judge(project, moment, None)
    for live in moment.records():
        judge.add(live)
    duties = [d for d in judge.of_cases() if d.clock in {"objection_accept", "objection_pass_on"}]
    assert sorted((d.done_date, d.status) for d in duties) == [
        ("2026-03-04", "on_time"),
        ("2026-03-05", "late"),
    ]


def tax(project: Project) -> str:
    """The tax service's code."""
    return project.reference.departments["tax"].uscc


def police(project: Project) -> str:
    """The police's code."""
    return project.reference.departments["police"].uscc


def test_nothing_of_a_case_is_public_but_its_dates(project: Project, register: Register) -> None:
    """Its duties are in the release; its number, its words and its reasons are in no file."""
    said = {"summary": "申请人称金额不符甚多"}
    hand_in(project, register, "feedback", [case("秘字第8812号", **said)])
    rows = steps("秘字第8812号", ("2026-03-03", "转交"), ("2026-03-05", "中止", "送往检测所甲处"))
    hand_in(project, register, "feedback_event", [row | {"summary": "承办人述"} for row in rows])
    release(project, register, AT, silent)
    with closing(read_only(project.current / "monitor.db")) as db:
        clocks = db.execute("SELECT clock FROM duty ORDER BY 1").fetchall()
    assert [name for (name,) in clocks] == [
        "objection_accept",
        "objection_annotate",
        "objection_pass_on",
        "objection_total",
        "objection_verify",
    ]
    for path in project.current.resolve().rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for word in ("秘字第8812号", "申请人称金额", "检测所甲处", "承办人述"):
                assert word.encode() not in content, path


def test_officials_are_told_how_each_stage_was_counted(
    project: Project, register: Register
) -> None:
    """The account of a case names its pauses and extensions, in both languages."""
    hand_in(project, register, "feedback", [case("甲1")])
    taken = (
        ("2026-03-03", "转交"),
        ("2026-03-04", "中止", "委托检验"),
        ("2026-03-06", "恢复"),
        ("2026-03-09", "延长", "2026-03-18"),
    )
    hand_in(project, register, "feedback_event", steps("甲1", *taken))
    moment = Moment(register, register.cut(AT))
    (record,) = (r.record_id for r in moment.records() if r.record_type == "feedback")
    accounts = {each["clock"]: each for each in duties_of(project, moment, record)}
    verify, total = accounts["objection_verify"], accounts["objection_total"]
    assert verify["moves"] == [
        {"kind": "pause", "since": "2026-03-04", "until": "2026-03-06"},
        {"kind": "extension", "made": "2026-03-09", "to": "2026-03-18"},
    ]
    for text in (
        "转交",
        "2026年3月4日（周三）中止",
        "中止的2个工作日不计入",
        "延长至2026年3月18日",
    ):
        assert text in verify["counted_zh"]
    for text in ("paused Wed 4 Mar 2026", "2 working days of pauses", "extended to Wed 18 Mar"):
        assert text in verify["counted_en"]
    assert "5日至6日中止不计" in total["counted_zh"] and "5-6 paused" in total["counted_en"]
    done = CliRunner().invoke(main, ["--root", str(project.root), "explain", record])
    assert done.exit_code == 0 and verify["counted_zh"] in done.output
    steps_of = (r.record_id for r in moment.records() if r.record_type == "feedback_event")
    assert duties_of(project, moment, next(steps_of)) == []


def test_a_case_that_is_held_makes_no_duty(project: Project, register: Register) -> None:
    """Until a batch is signed off, what it says of a case does not count."""
    text = project.profile_path.read_text("utf-8")
    rule = (
        '\n[review]\nrecord_types = ["feedback_event"]\nsource = "示例市（虚构）规定：先审后发"\n'
    )
    project.profile_path.write_text(text + rule, "utf-8")
    held = Project(project.root)
    hand_in(held, register, "feedback", [case("甲1")], AT - timedelta(days=60))
    hand_in(held, register, "feedback_event", steps("甲1", ("2026-03-03", "受理")))
    assert judged(held, register)["甲1"]["accept"].status == "overdue"
