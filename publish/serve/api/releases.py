"""Releases, and what changed between them."""

from monitor.tables import RELEASE
from publish.release.changes import CHANGE, changes, known
from publish.serve.api.declare import (
    Asked,
    Column,
    Databases,
    Listed,
    Release,
    Single,
    table_columns,
)
from publish.serve.api.figures import missing
from publish.serve.api.problem import ROOT, RequestError

RELEASES = (
    *table_columns(RELEASE),
    Column("current", "integer", "是否当前版本", "1 for the release being served", nullable=False),
)
_NEWEST = Column("last_release", "string", "最后变更的版本", "last release that changed it")
CHANGES = (
    *(column for column in table_columns(CHANGE) if column.name != "release"),
    _NEWEST,
)
UNTIL = Column(
    "until", "string", "变更截至的版本", "the release up to which changes are told", nullable=False
)


def releases(_databases: Databases, release: Release, asked: Asked) -> Listed:
    """The releases that are still there, newest first."""
    after = asked.after[0] if asked.after else None
    left = [row for row in release.kept if after is None or row["release"] < str(after)]
    page = left[: asked["limit"]]
    ended = (page[-1]["release"],) if len(left) > len(page) else None
    return Listed(page, ended, len(release.kept))


def one_release(_databases: Databases, release: Release, asked: Asked) -> Single:
    """One release."""
    found = next((r for r in release.kept if r["release"] == asked["release"]), None)
    if not found:
        raise missing("发布版本", "release", asked["release"], "releases")
    return Single(found, {"changes": f"{ROOT}/changes?since={found['release']}"})


def changed(databases: Databases, release: Release, asked: Asked) -> Listed:
    """What became of each record since a release, by record.

    All pages tell of the changes up to the release that answered the first of them.
    """
    until, after = (str(part) for part in asked.after or (release.row["release"], ""))
    limit = asked["limit"]
    try:
        found = changes(databases.credit, asked["since"], until=until, after=after, limit=limit + 1)
    except LookupError as error:
        raise _not_kept(known(databases.credit)) from error
    page = found[:limit]
    ended = (until, page[-1].record_id) if len(found) > limit else None
    rows = [
        {
            "record_id": one.record_id,
            "record_type": one.record_type,
            "department": one.department,
            "kind": one.kind,
            "fields": ",".join(one.fields) or None,
            "cause": one.cause,
            "reason": one.reason,
            "last_release": one.release,
        }
        for one in page
    ]
    return Listed(rows, ended, None, {"until": until})


def _not_kept(releases: list[str]) -> RequestError:
    """The problem that nobody can tell any more what changed since then."""
    return RequestError(
        "not_kept",
        "没有这个发布版本，或它以来的变更已不再保留。请重新下载全部数据：/downloads/。",
        "There is no such release, or the changes since it are not kept any more. Take all data "
        "anew: /downloads/.",
        {"known": releases},
    )
