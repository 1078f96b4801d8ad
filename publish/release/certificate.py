"""Certificates of removal: what changed when records came off, and that nothing of them is left.

They are for the operator, who answers whoever asked for a removal. They lie in data/certificates,
are never served, and hold nothing of what was removed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from publish.disclose.disclose import REASONS
from publish.errors import ProblemError
from publish.project import Project
from publish.register.register import Register, local, utc
from publish.register.removal import cause, removal_by, taken_off
from publish.release.leak.kinds import Kind
from publish.release.manifest import NAME, file_sha256, read_manifest
from publish.release.traces import Traces, look_for
from publish.schema import record_type

Progress = Callable[[str, int], None]

_PAGES = "site/"


def certificates(project: Project, release: str) -> list[Path]:
    """The readable certificates of what a release took off; that of all of it comes last."""
    folder = project.certificates
    own = sorted(folder.glob(f"{release}-*.md"))
    return [path for path in (*own, folder / f"{release}.md") if path.exists()]


@dataclass(frozen=True)
class Certifier:
    """Certifies what a release took off, once; after a stop at any moment it can be done again.

    Attributes:
        release: the newest release, after it was switched to.
    """

    project: Project
    register: Register
    release: str

    @cached_property
    def gone(self) -> Mapping[str, str]:
        """The records that it took off, with the reasons."""
        return taken_off(self.register, self.release)

    @property
    def is_due(self) -> bool:
        """Whether it took something off and that has not been certified."""
        return bool(self.gone) and not (self.project.certificates / f"{self.release}.json").exists()

    def note_before(self, before: Path) -> None:
        """Keeps what must be known of the release before, whose files are about to go."""
        if not self._underway.exists():
            files = read_manifest(before)["sha256"] | {NAME: file_sha256(before / NAME)}
            _write(self._underway, orjson.dumps({"release": before.name, "files": files}))

    def certify(self, progress: Progress) -> None:
        """Searches all of data/releases and writes the certificates.

        One is of the release with all that it took off; a record that somebody asked to have
        taken off has one of its own as well.

        Raises:
            ProblemError: if anything of a record is left, naming the files.
        """
        progress("certificate", len(self.gone))
        traces = look_for(self.project, self.register, self.gone, self.project.current.resolve())
        common = self._common(traces)
        records = [self._record(record_id, traces) for record_id in self.gone]
        for record in records:
            if record["asked"]:
                self._put(f"{self.release}-{record['record_id']}", common, [record])
        self._put(self.release, common, records)
        self._underway.unlink(missing_ok=True)
        if traces.found:
            raise ProblemError(
                f"已切换到 {self.release}，但已撤下记录的内容仍在：{'、'.join(traces.found)}",
                f"Switched to {self.release}, but something of what was taken off is still in: "
                f"{', '.join(traces.found)}",
            )

    @property
    def _underway(self) -> Path:
        """What is kept of the release before until the certificates are written."""
        return self.project.certificates / f".{self.release}.before.json"

    @cached_property
    def _switched(self) -> datetime:
        """When the release was switched to, by the clock of the file system (UTC)."""
        return datetime.fromtimestamp(self.project.current.lstat().st_mtime, UTC)

    @cached_property
    def _as_of(self) -> str:
        """The moment of the release (UTC)."""
        row = self.register.db.execute(
            "SELECT as_of FROM release WHERE release = ? AND outcome = 'ok'", (self.release,)
        ).fetchone()
        return str(row[0])

    def _common(self, traces: Traces) -> dict[str, Any]:
        """What is the same for all records that the release took off."""
        kept = orjson.loads(self._underway.read_bytes()) if self._underway.exists() else {}
        before: dict[str, str] = kept.get("files", {})
        after = read_manifest(self.project.current)["sha256"]
        after[NAME] = file_sha256(self.project.current / NAME)
        names = sorted(before.keys() | after.keys())
        return {
            "release_before": kept.get("release"),
            "release": self.release,
            "gone": local(utc(self._switched), self.project.profile.zone),
            "artifacts": [
                {"file": name, "before": before.get(name), "after": after.get(name)}
                for name in names
                if before.get(name) != after.get(name)
            ],
            "unchanged": sum(before.get(name) == after.get(name) for name in names),
            "searched": {"files": traces.files, "bytes": traces.bytes},
        }

    def _record(self, record_id: str, traces: Traces) -> dict[str, Any]:
        """What is told of one record."""
        name, department = self.register.db.execute(
            "SELECT record_type, department FROM version WHERE record_id = ? "
            "ORDER BY seq DESC LIMIT 1",
            (record_id,),
        ).fetchone()
        asked = self._asked(record_id)
        return {
            "record_id": record_id,
            "record_type": name,
            "department": department,
            "reason": self.gone[record_id],
            "asked": asked,
            "seconds": self._seconds(asked["told"]) if asked else None,
            "strings": {k.name.lower(): n for k, n in sorted(traces.strings[record_id].items())},
            "said_elsewhere": traces.explained[record_id],
            "found": sorted(file for file, ids in traces.found.items() if record_id in ids),
        }

    def _asked(self, record_id: str) -> dict[str, Any] | None:
        """Who asked for it and when, in local time; None if its term was over, or the like."""
        removal = removal_by(self.register, record_id, self.gone[record_id], self._as_of)
        found = cause(self.register, removal, self.register.held(self._as_of))
        if found is None:
            return None
        zone = self.project.profile.zone
        asked = found._asdict()
        return asked | {"told": local(found.told, zone), "since": local(found.since, zone)[:10]}

    def _seconds(self, told: str) -> int:
        """From when the portal was told to when the record was gone."""
        return round((self._switched - datetime.fromisoformat(told)).total_seconds())

    def _put(self, name: str, common: dict[str, Any], records: list[dict[str, Any]]) -> None:
        """Writes a certificate, the one for programs last: that it is there says that all is."""
        certificate = common | {"records": records}
        _write(self.project.certificates / f"{name}.md", _readable(certificate).encode())
        text = orjson.dumps(certificate, option=orjson.OPT_INDENT_2)
        _write(self.project.certificates / f"{name}.json", text + b"\n")


def _write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)


def _readable(certificate: Mapping[str, Any]) -> str:
    """A certificate in Markdown, Chinese before English."""
    parts = (_heading(certificate), _of_records(certificate), _of_search(certificate))
    return "\n".join(chain(*parts, _of_files(certificate))) + "\n"


def _heading(certificate: Mapping[str, Any]) -> Iterator[str]:
    """When what was gone."""
    before, after = certificate["release_before"] or "—", certificate["release"]
    yield "# 撤下证明 Certificate of removal"
    yield ""
    yield f"- 撤下时刻 Gone: {certificate['gone']}"
    yield f"- 撤下前版本 Release before: {before}"
    yield f"- 撤下后版本 Release after: {after}"


def _of_records(certificate: Mapping[str, Any]) -> Iterator[str]:
    """Each record: what it was, why it went, who asked for it, how long it took."""
    yield from ("", "## 记录 Records")
    for record in certificate["records"]:
        kind, (zh, en) = record_type(record["record_type"]), REASONS[record["reason"]]
        yield from ("", f"### {record['record_id']}", "")
        yield f"- 类型 Type: {kind.one_zh} {kind.one_en}"
        yield f"- 部门 Department: {record['department']}"
        yield f"- 原因 Reason: {zh} {en} ({record['reason']})"
        if asked := record["asked"]:
            batch = f"批次 batch {asked['batch']}" if asked["batch"] else asked["why"]
            yield f"- 提出 Asked for: {asked['told']}, {asked['by']}, {batch}"
            yield f"- 起算日 Clock started: {asked['since']}"
            yield f"- 用时 Took: {record['seconds']:,} 秒 seconds"


def _of_search(certificate: Mapping[str, Any]) -> Iterator[str]:
    """What was looked for, in how much, and what came of it."""
    records, where = certificate["records"], certificate["searched"]
    sought = Counter[str]()
    for record in records:
        sought.update(record["strings"])
    elsewhere = sum(record["said_elsewhere"] for record in records)
    left = sorted({name for record in records for name in record["found"]})
    yield from ("", "## 检索 Search", "")
    yield (
        f"撤下后，在 data/releases 的 {where['files']:,} 个文件（{where['bytes']:,} 字节，"
        f"压缩的已解开）中检索了只出自上述记录的 {sought.total():,} 个字符串；另有 {elsewhere:,} 个"
        "仍见于其他公开信息，未检索。"
    )
    yield (
        f"After it, the {where['files']:,} files of data/releases ({where['bytes']:,} bytes, "
        f"unpacked where packed) were searched for the {sought.total():,} strings that only these "
        f"records held; {elsewhere:,} more are still public elsewhere and were not looked for."
    )
    yield ""
    for name, number in sorted(sought.items()):
        kind = Kind[name.upper()]
        yield f"- {kind.zh} {kind.en}: {number:,}"
    yield ""
    yield f"**仍有 Found in: {', '.join(left)}**" if left else "**未检出。None was found.**"


def _of_files(certificate: Mapping[str, Any]) -> Iterator[str]:
    """The public files that are not as they were; pages are counted, the JSON lists them."""
    changed = certificate["artifacts"]
    listed = [each for each in changed if not each["file"].startswith(_PAGES)]
    pages = len(changed) - len(listed)
    yield from ("", "## 公开文件 Public files", "")
    yield (
        f"改写或删除 {len(changed):,} 个，其中网页等 {pages:,} 个（逐一列于同名 JSON 文件）；"
        f"未变 {certificate['unchanged']:,} 个。"
    )
    yield (
        f"{len(changed):,} rewritten or gone, {pages:,} of them pages and what these are made of "
        f"(listed in the JSON file beside this); {certificate['unchanged']:,} unchanged."
    )
    yield from ("", "| 文件 File | 原 SHA-256 before | 现 SHA-256 after |", "|---|---|---|")
    for each in listed:
        yield f"| {each['file']} | {each['before'] or '—'} | {each['after'] or '—'} |"
