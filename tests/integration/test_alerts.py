"""Who is told what: real releases, a real mail server and a real web server."""

import base64
import csv
import hmac
import re
import shutil
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import date, datetime, time
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from publish.alerts.send import Told, send_alerts
from publish.alerts.webhook import FIRST_PAUSE
from publish.cli import main
from publish.errors import ProblemError, UsageError
from publish.fetch.asked import Means
from publish.handin.intake import Handing, intake
from publish.jobs.actions import Actions
from publish.project import Project, init_project, open_project
from publish.register.register import Register, open_register
from publish.release.build import read_only
from publish.release.release import release
from publish.serve.static import Site
from tests.conftest import silent
from tests.integration.postserver import PASSWORD, Post, post
from tests.integration.webserver import Web, answer, hanging, web
from tests.unit.handed import ROOT, example

TLS = ROOT / "tests/fixtures/tls"
KEY = base64.b64encode(b"a fictional key of 32 bytes, yes").decode()
MONDAY, WEDNESDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 18), date(2026, 11, 20)
RECTIFICATION = "示例整改〔2026〕1号"
OFFICE, MARKET = "office@example.gov.cn", "market@example.gov.cn"

MAIL = """
[mail]
host = "127.0.0.1"
port = {port}
security = "{security}"
sender = "portal@example.gov.cn"
timeout = 2
{more}
[mail.to]
"*" = ["office@example.gov.cn"]
market = ["market@example.gov.cn", "second@example.gov.cn"]
"""
HOOK = """
[webhooks.{name}]
url = "{url}/hook"
secret_env = "HOOK_KEY"
timeout = 1
{more}
"""
OBJECTION = """
[clocks.objection]
annotate = 1
pass_on = 5
total = 12
source = "示例市（虚构）规定"

"""

with_certificates = pytest.mark.parametrize(
    ("certificate", "more", "outcome"),
    [
        ("localhost", 'ca_file = "ca.pem"', "told"),
        ("localhost", "", "failed"),
        ("elsewhere", 'ca_file = "ca.pem"', "failed"),
    ],
    ids=["known", "unknown", "another host's"],
)
"""Runs a test with a host that proves who it is, and with others that do not."""


@dataclass
class Portal:
    """A portal with two feedback cases, and a clock of its own.

    Attributes:
        pauses: how long deliveries waited, without anybody's waiting.
    """

    project: Project
    at: datetime
    environ: dict[str, str] = field(default_factory=lambda: {"HOOK_KEY": f"whsec_{KEY}"})
    pauses: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """The time."""
        return self.at

    @property
    def means(self) -> Means:
        """Nobody waits."""
        return Means(self.environ, pause=self.pauses.append)

    def settings(self, *parts: str) -> None:
        """Writes who is told."""
        text = 'address = "https://credit.example.gov.cn"\n' + "".join(parts)
        self.project.alerts.write_text(text, "utf-8")

    def release(self, day: date) -> None:
        """The nightly release of a day."""
        self.at = datetime.combine(day, time(22), self.project.profile.zone)
        with self.register() as register:
            release(self.project, register, self.at, silent)

    def tell(self, *, dry_run: bool = False) -> list[Told]:
        """Tells what is new."""
        with self.register() as register:
            return send_alerts(self.project, register, self.now, self.means, dry_run=dry_run)

    def register(self) -> AbstractContextManager[Register]:
        """The register."""
        return open_register(self.project.register)

    @property
    def known(self) -> list[tuple[str, str]]:
        """Channel and id of each event that the register says was told."""
        with self.register() as register:
            return list(register.db.execute("SELECT channel, event FROM alert ORDER BY seq"))


def hand_in(project: Project, at: datetime, what: str = "feedback", **changes: str) -> None:
    """Hands in a feedback case, or what happened to one."""
    row = example(what, **changes)
    path = project.inbox / f"{what}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([row.keys(), row.values()])
    with open_register(project.register) as register:
        (batch,) = intake(project, register, path, Handing(at), silent)
    assert batch.counts.new == 1


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portal on a Wednesday: an objection has come in, and something is to be put right."""
    root = tmp_path_factory.mktemp("alerts") / "portal"
    project = init_project(root, "demo-city")
    shutil.copytree(ROOT / "data/reference", root / "data/reference", dirs_exist_ok=True)
    rules = re.sub(
        r"\[clocks\.objection\]\n(.+\n)*", OBJECTION, project.profile_path.read_text("utf-8")
    )
    project.profile_path.write_text(rules, "utf-8")
    project = open_project(root)
    at = datetime.combine(WEDNESDAY, time(9), project.profile.zone)
    hand_in(project, at, feedback_kind="objection", received_date=str(WEDNESDAY))
    hand_in(
        project,
        at,
        feedback_kind="rectification",
        case_no=RECTIFICATION,
        received_date=str(WEDNESDAY),
        due_date=str(FRIDAY),
    )
    Portal(project, at).release(WEDNESDAY)
    return root


@pytest.fixture
def portal(first: Path, tmp_path: Path) -> Portal:
    """A copy of that portal."""
    root = Path(shutil.copytree(first, tmp_path / "portal", symlinks=True))
    project = open_project(root)
    return Portal(project, datetime.combine(WEDNESDAY, time(22), project.profile.zone))


@pytest.fixture
def office() -> Iterator[Post]:
    """A mail server."""
    with post() as running:
        yield running


@pytest.fixture
def hook() -> Iterator[Web]:
    """A web server that takes what it is sent."""
    with web() as running:
        running.play = lambda _: answer(b"")
        yield running


def mail(office: Post, security: str = "none", more: str = "") -> str:
    """The settings of e-mail."""
    return MAIL.format(port=office.port, security=security, more=more)


def webhook(hook: Web, name: str = "office", more: str = "") -> str:
    """The settings of a web hook."""
    return HOOK.format(url=hook.url, name=name, more=more)


def kinds(hook: Web) -> list[list[str]]:
    """The kinds of events of each request."""
    return [[e["kind"] for e in orjson.loads(r.body)["data"]["events"]] for r in hook.requests]


def outcomes(told: list[Told]) -> dict[str, str]:
    """What became of each channel's events."""
    return {one.channel: one.outcome for one in told}


class TestOnce:
    """Each event once to each channel."""

    def test_over_three_releases(self, portal: Portal, office: Post, hook: Web) -> None:
        """What each release brings is told to those whom it concerns, and nothing twice."""
        portal.settings(mail(office), webhook(hook))
        told = [portal.tell(), portal.tell()]
        for day in (FRIDAY, MONDAY):
            portal.release(day)
            told += [portal.tell(), portal.tell()]
        every, market = ["due", "due"], ["due"]
        steps = [
            [(one.channel, sorted(e.kind for e in one.events)) for one in step] for step in told
        ]
        assert steps == [
            [("mail/*", every), ("mail/market", market), ("webhook/office", every)],
            [],
            [("mail/*", ["overdue"]), ("webhook/office", ["overdue"])],
            [],
            [
                ("mail/*", ["due", "overdue"]),
                ("mail/market", ["overdue"]),
                ("webhook/office", ["due", "overdue"]),
            ],
            [],
        ]
        assert len(office.letters) == 5
        assert [sorted(step) for step in kinds(hook)] == [every, ["overdue"], ["due", "overdue"]]
        assert len(portal.known) == len(set(portal.known)) == 12

    def test_failing_channel_is_told_later(self, portal: Portal, office: Post, hook: Web) -> None:
        """One channel's trouble is not the other's; what still holds is told with what is new."""
        portal.settings(mail(office), webhook(hook))
        hook.play = lambda _: answer(b"", "500 Internal Server Error")
        assert outcomes(portal.tell()) == {
            "mail/*": "told",
            "mail/market": "told",
            "webhook/office": "failed",
        }
        assert {channel for channel, _ in portal.known} == {"mail/*", "mail/market"}
        hook.play = lambda _: answer(b"")
        portal.release(FRIDAY)
        portal.tell()
        assert sorted(kinds(hook)[-1]) == ["due", "overdue"]
        assert len(office.letters) == 3

    def test_stopped_between(
        self, portal: Portal, hook: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who is stopped after telling and before writing it down tells again, with the same id."""
        portal.settings(webhook(hook))

        def stop(_moment: datetime) -> str:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("publish.alerts.send.utc", stop)
            portal.tell()
        assert portal.known == []
        portal.tell()
        first, second = hook.requests
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert portal.tell() == []

    def test_dry_run(self, portal: Portal, office: Post) -> None:
        """Looking at what would be told tells nothing and changes nothing."""
        portal.settings(mail(office))
        assert outcomes(portal.tell(dry_run=True)) == {
            "mail/*": "waiting",
            "mail/market": "waiting",
        }
        assert (office.letters, portal.known) == ([], [])
        assert outcomes(portal.tell()) == {"mail/*": "told", "mail/market": "told"}

    def test_many_at_once(self, portal: Portal, hook: Web, monkeypatch: pytest.MonkeyPatch) -> None:
        """A flood is told in parts, each written down by itself."""
        monkeypatch.setattr("publish.alerts.send.MOST", 1)
        portal.settings(webhook(hook, more="tries = 1"))
        hook.in_turn(answer(b""), answer(b"", "500 No"))
        assert [one.outcome for one in portal.tell()] == ["told", "failed"]
        assert len(portal.known) == 1
        hook.in_turn(answer(b""))
        assert [one.outcome for one in portal.tell()] == ["told"]
        assert [len(sent) for sent in kinds(hook)] == [1, 1, 1]

    def test_nobody_to_tell(self, portal: Portal) -> None:
        """Without the file nothing is sent."""
        assert portal.tell() == []

    def test_nothing_released(self, tmp_path: Path, hook: Web) -> None:
        """Before the first release there is nothing to tell."""
        project = init_project(tmp_path / "new", "demo-city")
        portal = Portal(project, datetime(2026, 11, 18, 8, tzinfo=project.profile.zone))
        portal.settings(webhook(hook))
        assert portal.tell() == []


class TestWebhook:
    """Programs that are told by HTTP."""

    def test_signed(self, portal: Portal, hook: Web) -> None:
        """A request bears id, time and HMAC-SHA256 over both and the body (Standard Webhooks)."""
        portal.settings(webhook(hook))
        portal.tell()
        (request,) = hook.requests
        name, stamp = (request.headers[f"webhook-{part}"] for part in ("id", "timestamp"))
        signed = f"{name}.{stamp}.".encode() + request.body
        mac = hmac.new(base64.b64decode(KEY), signed, sha256).digest()
        assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
        assert int(stamp) == portal.at.timestamp()
        assert (request.path, request.headers["content-type"]) == ("/hook", "application/json")

    def test_what_it_says(self, portal: Portal, hook: Web) -> None:
        """Each event has its fields, words in both languages, and an address."""
        portal.settings(webhook(hook))
        portal.tell()
        said = orjson.loads(hook.requests[0].body)
        assert (said["type"], said["timestamp"]) == ("gongshi.alerts", portal.at.isoformat())
        assert said["data"]["jurisdiction"] == "demo-city"
        mine = next(e for e in said["data"]["events"] if e["department"] == "market")
        assert (mine["kind"], mine["clock"], mine["due_date"]) == (
            "due",
            "rectification",
            "2026-11-20",
        )
        assert mine["event"] == f"{mine['duty_id']}.due.2026-11-20"
        said_zh = f"2026年11月20日到期：整改（反馈事项 {mine['record_id']}），市监局"
        assert mine["text_zh"] == said_zh
        assert mine["text_en"].startswith("Due 20 Nov 2026: ")
        assert mine["url"] == f"https://credit.example.gov.cn/monitor/duty/{mine['duty_id']}"
        assert "示例整改" not in hook.requests[0].body.decode()

    def test_only_its_departments(self, portal: Portal, hook: Web) -> None:
        """A hook of one department is told of that one's."""
        portal.settings(webhook(hook, more='departments = ["market"]'))
        portal.tell()
        (request,) = hook.requests
        assert [e["department"] for e in orjson.loads(request.body)["data"]["events"]] == ["market"]

    def test_tried_again(self, portal: Portal, hook: Web) -> None:
        """What may pass is tried again after growing pauses, with the same id."""
        portal.settings(webhook(hook))
        hook.in_turn(answer(b"", "500 No"), answer(b"", "429 Busy"), answer(b"", "204 No Content"))
        assert outcomes(portal.tell()) == {"webhook/office": "told"}
        assert portal.pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE]
        assert len({request.headers["webhook-id"] for request in hook.requests}) == 1

    @pytest.mark.parametrize("status", ["400 Bad Request", "410 Gone", "302 Found"])
    def test_refused(self, portal: Portal, hook: Web, status: str) -> None:
        """What no further try can mend is not tried again at once; nothing counts as told."""
        portal.settings(webhook(hook))
        hook.play = lambda _: answer(b"", status, ["Location: http://127.0.0.1:9/"])
        (told,) = portal.tell()
        assert (told.outcome, len(hook.requests), portal.known) == ("failed", 1, [])

    def test_hanging(self, portal: Portal, hook: Web) -> None:
        """A server that says nothing is given up."""
        portal.settings(webhook(hook, more="tries = 2").replace("timeout = 1", "timeout = 0.2"))
        hook.play = lambda _: hanging()
        assert outcomes(portal.tell()) == {"webhook/office": "failed"}
        assert len(hook.requests) == 2

    def test_answer_without_end(self, portal: Portal, hook: Web) -> None:
        """Of an answer only the status counts; a body that never comes keeps nobody waiting."""
        portal.settings(webhook(hook))
        hook.play = lambda _: hanging(answer(b"", length=1_000_000))
        assert outcomes(portal.tell()) == {"webhook/office": "told"}

    def test_nobody_there(self, portal: Portal) -> None:
        """Where nobody listens the channel has failed, and the error names no address."""
        portal.settings(HOOK.format(name="office", url="http://127.0.0.1:9", more="tries = 1"))
        (told,) = portal.tell()
        assert told.outcome == "failed"
        assert told.error and "127.0.0.1" not in told.error.zh + told.error.en

    @with_certificates
    def test_certificates(self, portal: Portal, certificate: str, more: str, outcome: str) -> None:
        """Only a host that proves to be the one that is meant is told anything."""
        shutil.copy(TLS / f"{certificate}.pem", portal.project.root / "ca.pem")
        with web(context(certificate)) as hook:
            hook.play = lambda _: answer(b"")
            portal.settings(webhook(hook, more=f"tries = 1\n{more}"))
            assert outcomes(portal.tell()) == {"webhook/office": outcome}
            assert len(hook.requests) == (outcome == "told")

    def test_address_that_is_secret(
        self, portal: Portal, hook: Web, caplog: pytest.LogCaptureFixture
    ) -> None:
        """An address from the environment is in no log and no error."""
        portal.environ["HOOK_URL"] = f"{hook.url}/fictional-token-7"
        portal.settings(webhook(hook).replace(f'url = "{hook.url}/hook"', 'url_env = "HOOK_URL"'))
        hook.play = lambda _: answer(b"", "500 No")
        caplog.set_level("DEBUG")
        (told,) = portal.tell()
        assert hook.requests[0].path == "/fictional-token-7"
        assert "fictional-token-7" not in caplog.text + str(told.error)


def context(certificate: str) -> ssl.SSLContext:
    """How a server encrypts."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(TLS / f"{certificate}.pem")
    return made


class TestMail:
    """Departments that are told by e-mail."""

    def test_letter(self, portal: Portal, office: Post) -> None:
        """A letter says in both languages what is due, with links, and that a program wrote it."""
        portal.settings(mail(office))
        portal.tell()
        (_, letter) = next(one for one in office.letters if MARKET in one[0])
        assert letter["Subject"] == "〔演示数据〕市监局：即将到期1件"
        assert (letter["From"], letter["Auto-Submitted"]) == (
            "portal@example.gov.cn",
            "auto-generated",
        )
        assert letter["Date"].datetime == portal.at
        plain, html = (letter.get_body([kind]) for kind in ("plain", "html"))
        assert plain and html
        for body in (plain.get_content(), html.get_content()):
            assert re.search(r"2026年11月20日到期：整改（反馈事项 [a-z0-9]{16}），市监局", body)
            assert "Due 20 Nov 2026: " in body
            assert "https://credit.example.gov.cn/monitor/duty/" in body
            assert "示例整改" not in body

    def test_who_gets_it(self, portal: Portal, office: Post) -> None:
        """All addresses of a department get one letter; the same events have the same id."""
        portal.settings(mail(office))
        portal.tell()
        assert [to for to, _ in office.letters] == [[OFFICE], [MARKET, "second@example.gov.cn"]]
        ids = [str(letter["Message-ID"]) for _, letter in office.letters]
        assert len(set(ids)) == 2 and all(name.endswith("@example.gov.cn>") for name in ids)

    def test_one_address_is_wrong(self, portal: Portal, office: Post) -> None:
        """An address that is not known keeps the letter from nobody else, and is said."""
        portal.settings(mail(office))
        office.refused = {MARKET}
        told = {one.channel: one for one in portal.tell()}
        trouble = told["mail/market"].error
        assert (told["mail/market"].outcome, told["mail/*"].error) == ("told", None)
        assert trouble and "1" in trouble.en and MARKET not in trouble.zh + trouble.en
        assert portal.tell() == []

    def test_all_addresses_are_wrong(self, portal: Portal, office: Post) -> None:
        """Where nobody got the letter it is sent again; the others got theirs."""
        portal.settings(mail(office))
        office.refused = {OFFICE}
        assert outcomes(portal.tell()) == {"mail/*": "failed", "mail/market": "told"}
        office.refused = set()
        assert outcomes(portal.tell()) == {"mail/*": "told"}

    def test_full(self, portal: Portal, office: Post) -> None:
        """A letter that the server does not take is sent again."""
        portal.settings(mail(office))
        office.reply = "452 no room"
        assert set(outcomes(portal.tell()).values()) == {"failed"}
        office.reply = ""
        assert set(outcomes(portal.tell()).values()) == {"told"}

    def test_hanging(self, portal: Portal, office: Post) -> None:
        """A server that says nothing is waited for once, not once for each department."""
        portal.settings(mail(office).replace("timeout = 2", "timeout = 0.3"))
        office.hangs = True
        assert outcomes(portal.tell()) == {"mail/*": "failed", "mail/market": "failed"}
        assert portal.known == []

    @with_certificates
    def test_starttls(self, portal: Portal, certificate: str, more: str, outcome: str) -> None:
        """The password is told only to a server that proves to be the one that is meant."""
        shutil.copy(TLS / f"{certificate}.pem", portal.project.root / "ca.pem")
        portal.environ["MAIL_PASSWORD"] = PASSWORD
        log_in = 'user = "portal"\npassword_env = "MAIL_PASSWORD"\n'
        with post(context(certificate), login=True) as office:
            portal.settings(mail(office, "starttls", log_in + more))
            assert set(outcomes(portal.tell()).values()) == {outcome}
            assert office.logins == (["portal"] if outcome == "told" else [])

    def test_no_starttls(self, portal: Portal, office: Post) -> None:
        """A server that cannot encrypt gets nothing if it should."""
        portal.settings(mail(office, "starttls"))
        assert set(outcomes(portal.tell()).values()) == {"failed"}
        assert office.letters == []

    def test_wrong_password(self, portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
        """A password that is not taken is in no log and no error."""
        shutil.copy(TLS / "localhost.pem", portal.project.root / "ca.pem")
        portal.environ["MAIL_PASSWORD"] = "not-this-one"  # noqa: S105 - of a server that lives for one test
        more = 'user = "portal"\npassword_env = "MAIL_PASSWORD"\nca_file = "ca.pem"'
        with post(context("localhost"), login=True) as office:
            portal.settings(mail(office, "starttls", more))
            told = portal.tell()
        assert set(outcomes(told).values()) == {"failed"}
        assert "not-this-one" not in caplog.text + str([one.error for one in told])


class TestSettings:
    """data/alerts.toml."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("nonsense = 1", "nonsense"),
            ('[webhooks.a]\nsecret_env = "K"', "give either url or url_env"),
            ('[webhooks.a]\nurl = "ftp://x"\nsecret_env = "K"', "webhooks.a.url"),
            ('[webhooks.a]\nurl = "https://u:p@x"\nsecret_env = "K"', "no user or password"),
            ('[webhooks.a]\nurl = "https://x"\nsecret_env = "my secret!"', "not the secret itself"),
            (MAIL.format(port=25, security="none", more='user = "u"'), "password_env"),
            (
                MAIL.format(port=25, security="none", more='user = "u"\npassword_env = "P"'),
                "in the open",
            ),
            (MAIL.format(port=25, security="none", more="").replace(OFFICE, "nobody"), "mail.to"),
            (MAIL.format(port=25, security="none", more="").replace("market =", "mars ="), "mars"),
        ],
    )
    def test_mistakes_are_named(self, portal: Portal, text: str, said: str) -> None:
        """Each mistake is named by its place; what may be a secret is not repeated."""
        portal.settings(text)
        with pytest.raises(UsageError) as caught:
            portal.tell()
        assert said in caught.value.en and "alerts.toml" in caught.value.en
        assert "my secret!" not in caught.value.en and "u:p" not in caught.value.en

    @pytest.mark.parametrize("value", ["", "c2hvcnQ=", "not base64!"])
    def test_key_that_is_none(self, portal: Portal, hook: Web, value: str) -> None:
        """A missing or weak key is named by its variable, and nothing is sent unsigned."""
        portal.environ["HOOK_KEY"] = value
        portal.settings(webhook(hook))
        (told,) = portal.tell()
        assert told.outcome == "failed" and told.error and "HOOK_KEY" in told.error.en
        assert hook.requests == []


class TestRelease:
    """The feeds of a release."""

    def test_served(self, portal: Portal) -> None:
        """Feeds are served as what they are, and tell of what the release holds."""
        site = Site(portal.project.current / "site")
        feed = site.find("/departments/market/alerts.xml")
        calendar = site.find("/en/departments/market/deadlines.ics")
        assert feed and feed.kind == "application/atom+xml; charset=utf-8"
        assert "整改" in feed.body.decode()
        assert calendar and calendar.kind == "text/calendar; charset=utf-8"
        assert b"DTSTART;VALUE=DATE:20261120" in calendar.body

    def test_as_the_duties(self, portal: Portal) -> None:
        """Every entry of a feed is a duty of the release, and says nothing of the case itself."""
        with closing(read_only(portal.project.current / "monitor.db")) as db:
            duties = {row[0] for row in db.execute("SELECT duty_id FROM duty")}
        feed = (portal.project.current / "site/alerts.xml").read_text("utf-8")
        told = set(re.findall(r"/monitor/duty/([^\"]+)", feed))
        assert told and told <= duties
        assert "示例整改" not in feed and "示例异议" not in feed

    def test_done(self, portal: Portal, hook: Web) -> None:
        """What is done is in no feed with the next release, and nobody is told that it was due."""
        done = {"case_no": RECTIFICATION, "stage": "executed", "outcome": "", "reason": ""}
        at = datetime.combine(FRIDAY, time(10), portal.project.profile.zone)
        hand_in(portal.project, at, "feedback_event", event_date=str(FRIDAY), **done)
        portal.settings(webhook(hook, more='departments = ["market"]'))
        portal.release(FRIDAY)
        for name in ("alerts.xml", "deadlines.ics"):
            mine = portal.project.current / "site/departments/market" / name
            assert "整改" not in mine.read_text("utf-8")
        assert portal.tell() == []

    def test_in_the_digest(self, portal: Portal) -> None:
        """Feeds are among the pages whose digest a release states; the same moment, the same."""
        stated = orjson.loads((portal.project.current / "manifest.json").read_bytes())
        assert {"site/alerts.xml", "site/departments/market/deadlines.ics"} <= stated[
            "sha256"
        ].keys()


class TestJob:
    """Told by the clock, and by hand."""

    def test_after_each_release(self, portal: Portal, hook: Web) -> None:
        """What is due is told at once after a release, and not again before the next."""
        portal.settings(webhook(hook))
        with portal.register() as register:
            jobs = Actions(portal.project, register, portal.now, portal.means)
            assert jobs.urgent() == ["alerts"]
            register.record_job("alerts", "2026-11-18T14:00:01Z", "started", None, 0, 0.0, None)
            assert jobs.alerts() == 2
            assert jobs.urgent() == []
            portal.release(FRIDAY)
            assert jobs.urgent() == ["alerts"]

    def test_nobody_to_tell(self, portal: Portal) -> None:
        """Without data/alerts.toml nothing is urgent."""
        with portal.register() as register:
            assert list(Actions(portal.project, register, portal.now).urgent()) == []

    def test_failed(self, portal: Portal, hook: Web) -> None:
        """A job that could not tell somebody has failed, so that it is tried again and shown."""
        portal.settings(webhook(hook))
        hook.play = lambda _: answer(b"", "500 No")
        with portal.register() as register:
            jobs = Actions(portal.project, register, portal.now, portal.means)
            with pytest.raises(ProblemError, match="webhook/office"):
                jobs.alerts()

    def test_reports(self, portal: Portal) -> None:
        """Two working days before a circular is due the reports are written, once."""
        folder = portal.project.data / "reports/2026-11"
        with portal.register() as register:
            jobs = Actions(portal.project, register, portal.now, portal.means)
            assert jobs.reports() == 0
            portal.release(date(2026, 12, 8))
            assert jobs.reports() == len(list(folder.iterdir())) > 0
            assert (folder / "circular-2026-11.docx").is_file()
            (folder / "circular-2026-11.docx").write_bytes(b"signed")
            assert jobs.reports() == 0
        assert (folder / "circular-2026-11.docx").read_bytes() == b"signed"
        assert {path.name for path in folder.parent.iterdir()} == {"circular.docx", "2026-11"}

    def test_no_reports_without_figures(self, tmp_path: Path) -> None:
        """Of a portal without departments nothing is reported, released or not."""
        project = init_project(tmp_path / "new", "demo-city")
        portal = Portal(project, datetime.combine(WEDNESDAY, time(22), project.profile.zone))
        with portal.register() as register:
            assert Actions(project, register, portal.now).reports() == 0
            portal.release(date(2026, 12, 8))
            assert Actions(project, register, portal.now).reports() == 0

    def test_command(self, portal: Portal, hook: Web, monkeypatch: pytest.MonkeyPatch) -> None:
        """The command lists, tells, and says that there is nothing new."""
        monkeypatch.setenv("HOOK_KEY", KEY)
        portal.settings(webhook(hook))
        words = ["--root", str(portal.project.root), "monitor", "alerts"]
        seen = CliRunner().invoke(main, [*words, "--dry-run"])
        assert seen.exit_code == 0 and "待发 to be told 2" in seen.output
        told = orjson.loads(CliRunner().invoke(main, [*words, "--json"]).output)
        assert [(one["channel"], one["outcome"], len(one["events"])) for one in told] == [
            ("webhook/office", "told", 2)
        ]
        assert "nothing new" in CliRunner().invoke(main, words).output
        hook.play = lambda _: answer(b"", "400 No")
        portal.release(MONDAY)
        assert CliRunner().invoke(main, words).exit_code == 1
