"""A project directory: where everything of one portal lies."""

import re
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from ipaddress import ip_network
from pathlib import Path

from monitor.calendar import Calendar, load_calendar
from publish.errors import UsageError
from publish.profile import Profile, load_profile
from publish.reference import Reference, load_reference
from publish.schema import types_of
from publish.tables import write_table

ADDRESS = "http://127.0.0.1:8001"
"""Where the portal is found unless the settings say otherwise."""

KEEP = 2
"""How many releases stay on disk unless the settings say otherwise: requests that the one before
is still answering find its files."""

REQUESTS_PER_MINUTE = 600
"""How many answers that are made on request an address gets in a minute from each worker process,
unless the settings say otherwise. A person does not get near it."""

PROXIES = ("127.0.0.1", "::1")
"""The addresses that are believed about whom they ask for, unless the settings say otherwise."""

_KEEP = re.compile("[1-9][0-9]{0,2}")
_REQUESTS = re.compile("0|[1-9][0-9]{0,5}")
_ADDRESS = re.compile(r"https?://[^/?#\s]+/?")
SETTINGS = "gongshi.toml"
_LAID_OUT = (
    "site",
    "data/profiles",
    "data/sources",
    "data/reports",
    "data/reference/calendars",
)


@dataclass(frozen=True)
class Project:
    """The paths and settings of one portal; files are read when they are first asked for."""

    root: Path

    @property
    def data(self) -> Path:
        """Everything that is not code or looks."""
        return self.root / "data"

    @property
    def register(self) -> Path:
        """The append-only register; back it up, and `editions` with it."""
        return self.data / "register.db"

    @property
    def inbox(self) -> Path:
        """Where departments' files are laid for the scheduled intake."""
        return self.data / "inbox"

    @property
    def returned(self) -> Path:
        """Where rejected rows lie, to be corrected and handed in again."""
        return self.data / "returned"

    @property
    def releases(self) -> Path:
        """All releases and the link ``current``."""
        return self.data / "releases"

    @property
    def cache(self) -> Path:
        """What may be made anew at any time, and is quicker to keep; as private as the register."""
        return self.data / "cache"

    @property
    def certificates(self) -> Path:
        """What is told of records that were taken off; for the operator, never served."""
        return self.data / "certificates"

    @property
    def editions(self) -> Path:
        """The periods that were closed, each edition in a folder of its own; kept for good."""
        return self.data / "editions"

    @property
    def circular(self) -> Path:
        """The template of the circular: the project's own, or that of the program."""
        own = self.data / "reports" / "circular.docx"
        return own if own.exists() else project_template() / "data" / "reports" / own.name

    @property
    def current(self) -> Path:
        """The link to the release being served."""
        return self.releases / "current"

    @property
    def sources(self) -> Path:
        """One TOML file per source with its column map."""
        return self.data / "sources"

    @property
    def export(self) -> Path:
        """What is handed on to the platform by itself, and how; nothing is without this file."""
        return self.data / "export.toml"

    @property
    def exports(self) -> Path:
        """What was handed on to the platform; never served."""
        return self.data / "exports"

    @property
    def forms(self) -> Path:
        """The forms of a platform that the program does not have, or has otherwise."""
        return self.data / "forms"

    def reported(self, period: str) -> Path:
        """Where the reports of a period are laid when they are due."""
        return self.data / "reports" / period

    @property
    def address(self) -> str:
        """Where the public finds the portal, without a slash at the end."""
        return _settings(self.root)["address"]

    @property
    def keep(self) -> int:
        """How many releases stay on disk, unless something had to be taken off."""
        return int(_settings(self.root)["keep"])

    @property
    def requests_per_minute(self) -> int:
        """How often an address may ask for what has to be looked up; 0 for any number of times."""
        return int(_settings(self.root)["requests_per_minute"])

    @property
    def proxies(self) -> list[str]:
        """The addresses and networks that are believed about whom they ask for."""
        return _settings(self.root)["proxies"].split()

    @property
    def alerts(self) -> Path:
        """Who is told what is due, and how; nobody is where there is no such file."""
        return self.data / "alerts.toml"

    @property
    def calendars(self) -> Path:
        """The working-day calendars."""
        return self.data / "reference" / "calendars"

    @property
    def site(self) -> Path:
        """Templates, styles, texts and translations."""
        return self.root / "site"

    @property
    def status(self) -> Path:
        """What the scheduler tells the public: last and next runs, failed builds."""
        return self.data / "status.json"

    @property
    def lock(self) -> Path:
        """Held by whoever writes; the system lets go of it when that process ends."""
        return self.data / "writer.lock"

    @property
    def profile_path(self) -> Path:
        """The file of the jurisdiction's rules."""
        return self.data / "profiles" / f"{_settings(self.root)['profile']}.toml"

    @cached_property
    def profile(self) -> Profile:
        """The jurisdiction's rules."""
        return load_profile(self.profile_path)

    @cached_property
    def calendar(self) -> Calendar:
        """The working days that the profile counts."""
        return load_calendar(self.calendars, self.profile.jurisdiction.calendar)

    @cached_property
    def reference(self) -> Reference:
        """Departments, their other spellings, and the lists."""
        return load_reference(self.data / "reference")


def open_project(root: Path) -> Project:
    """The project in a directory.

    Raises:
        UsageError: if the directory holds no project.
    """
    _settings(root)
    return Project(root.resolve())


def init_project(root: Path, profile: str) -> Project:
    """Lays out a new, empty project; what is already there is kept.

    Raises:
        UsageError: if the directory is a project already or the profile is unknown.
    """
    if (root / SETTINGS).exists():
        raise UsageError(
            f"{root} 已经是一个项目（有 {SETTINGS}）。请另选一个文件夹。",
            f"{root} is a project already (it has {SETTINGS}). Choose another folder.",
        )
    template = project_template()
    _known_profile(template, profile)
    for part in _LAID_OUT:
        shutil.copytree(template / part, root / part, dirs_exist_ok=True)
    for table in types_of("reference").values():
        write_table(root / "data/reference" / str(table.file), table, [])
    (root / "data/inbox").mkdir()
    (root / SETTINGS).write_text(f'profile = "{profile}"\n', "utf-8")
    return open_project(root)


def project_template() -> Path:
    """The folder from which new projects are laid out: the package's own, or the checkout's."""
    packed = Path(str(files("publish"))) / "_project"
    return packed if packed.is_dir() else packed.parent.parent


def profile_names(folder: Path) -> Iterator[str]:
    """The profiles of a project or template, sorted."""
    yield from sorted(p.stem for p in (folder / "data/profiles").glob("*.toml"))


def _known_profile(template: Path, profile: str) -> None:
    """Refuses a profile that is not there, naming those that are."""
    names = list(profile_names(template))
    if profile not in names:
        raise UsageError(
            f"没有名为 {profile} 的规则。可用：{'、'.join(names)}。",
            f"There is no profile {profile}. There are: {', '.join(names)}.",
        )


def _settings(root: Path) -> dict[str, str]:
    """The project's settings file."""
    path = root / SETTINGS
    if not path.is_file():
        raise UsageError(
            f"{root} 里没有项目（找不到 {SETTINGS}）。"
            "新建项目：gongshi init 文件夹；或用 --root 指定项目。",
            f"There is no project in {root} (no {SETTINGS}). "
            "Make one with 'gongshi init DIR', or name one with --root.",
        )
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
        address = str(settings.get("address", ADDRESS))
        if not _ADDRESS.fullmatch(address):
            raise _wrong_address(path, address)
        keep = str(settings.get("keep", KEEP))
        if not _KEEP.fullmatch(keep):
            raise _wrong_number(path, "keep", "1–999", keep)
        requests = str(settings.get("requests_per_minute", REQUESTS_PER_MINUTE))
        if not _REQUESTS.fullmatch(requests):
            raise _wrong_number(path, "requests_per_minute", "0–999999", requests)
        proxies = settings.get("proxies", PROXIES)
        return {
            "profile": str(settings["profile"]),
            "address": address.rstrip("/"),
            "keep": keep,
            "requests_per_minute": requests,
            "proxies": " ".join(_networks(path, proxies)),
        }
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise UsageError(
            f'{path} 应写明 profile = "规则名"：{error}',
            f'{path} must say profile = "NAME": {error}',
        ) from error


def _wrong_address(path: Path, address: str) -> UsageError:
    """The error for an address that cannot stand before the path of a page."""
    return UsageError(
        f"{path}：address 应为门户的网址，如 https://credit.example.cn，而不是 {address}。",
        f"{path}: address must be the portal's address, such as https://credit.example.cn, "
        f"not {address}.",
    )


def _networks(path: Path, given: Sequence[object]) -> Iterator[str]:
    """Addresses and networks, refused where one is neither."""
    for one in given:
        try:
            ip_network(str(one), strict=False)
            yield str(one)
        except ValueError as error:
            raise UsageError(
                f"{path}：proxies 应为 IP 地址或网段的列表，而不是 {one}。",
                f"{path}: proxies must be a list of IP addresses or networks, not {one}.",
            ) from error


def _wrong_number(path: Path, key: str, allowed: str, given: str) -> UsageError:
    """The error for a setting that is no number, or none that can be."""
    return UsageError(
        f"{path}：{key} 应为整数（{allowed}），而不是 {given}。",
        f"{path}: {key} must be a whole number ({allowed}), not {given}.",
    )
