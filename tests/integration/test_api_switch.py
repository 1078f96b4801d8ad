"""The API while a release follows another: pages go on, tags end, changes are told."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner

from publish.cli import main
from publish.serve.api.problem import ROOT
from publish.serve.app import create_app
from tests.server import unlimited

LISTS = (
    "/records?limit=400",
    "/records?limit=400&sort=decided",
    "/records?limit=400&sort=published",
    "/records?limit=200&q=示例",
    "/departments?limit=9",
)


def test_pages_go_on(city_copy: Path) -> None:
    """Pages begun in one release go on in the next: no row twice, none left out, none withdrawn."""

    async def story() -> None:
        app = create_app(unlimited(city_copy))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
            first = [(await client.get(ROOT + path)).json() for path in LISTS]
            release = first[0]["meta"]["release"]
            whole = (await client.get(f"{ROOT}/records?limit=1000")).json()["data"]
            seen = {row["record_id"] for one in first[:4] for row in one["data"]}
            gone = next(r["record_id"] for r in whole if r["record_id"] not in seen)
            held = await client.get(f"{ROOT}/records/{gone}")
            words = ["--root", str(city_copy), "withdraw", gone, "--reason", "决定已撤销"]
            done = await asyncio.to_thread(CliRunner().invoke, main, words)
            assert done.exit_code == 0, done.output

            for path, page in zip(LISTS, first, strict=True):
                begun = keys(page["data"])
                fresh = keys(await rest(client, (await client.get(ROOT + path)).json()))
                rows = keys(await rest(client, page))
                assert gone not in rows and len(rows) == len(set(rows))
                # What went off with the release, if it was on the page that was read before.
                assert [key for key in rows if key in fresh] == fresh, path
                assert set(rows) - set(fresh) <= set(begun)

            again = await client.get(
                f"{ROOT}/records/{gone}", headers={"if-none-match": held.headers["etag"]}
            )
            assert (held.status_code, again.status_code) == (200, 410)
            assert again.json()["tombstone"]["reason"] == "revoked"
            told = (await client.get(f"{ROOT}/changes?since={release}")).json()
            assert (gone, "withdrawn", "revoked") in {
                (row["record_id"], row["kind"], row["reason"]) for row in told["data"]
            }
            assert told["meta"]["until"] == told["meta"]["release"] > release
        await app.close()

    asyncio.run(story())


def keys(rows: list[dict[str, Any]]) -> list[str]:
    """What names each row."""
    return [row["record_id"] if "record_id" in row else row["code"] for row in rows]


async def rest(client: httpx.AsyncClient, page: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a page and of all that follow it."""
    rows: list[dict[str, Any]] = []
    while True:
        rows += page["data"]
        following = page["links"]["next"]
        if not following:
            return rows
        page = (await client.get(following)).json()
