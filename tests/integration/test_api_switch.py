"""The API while a release follows another: pages go on, tags end, changes are told."""

import asyncio
from pathlib import Path

import httpx
from click.testing import CliRunner

from publish.cli import main
from publish.serve.api.problem import ROOT
from publish.serve.app import create_app

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
        app = create_app(city_copy)
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
                rows = await rest(client, page)
                fresh = await rest(client, (await client.get(ROOT + path)).json())
                assert rows == fresh, path
                assert gone not in {row.get("record_id") for row in rows}

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


async def rest(client: httpx.AsyncClient, page: dict[str, object]) -> list[dict[str, object]]:
    """The rows of a page and of all that follow it."""
    rows: list[dict[str, object]] = []
    while True:
        rows += page["data"]  # type: ignore[arg-type]
        following = page["links"]["next"]  # type: ignore[index]
        if not following:
            return rows
        page = (await client.get(following)).json()
