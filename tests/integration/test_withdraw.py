"""A record withdrawn is gone with the command that withdraws it, from a server that is running."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
from click.testing import CliRunner

from publish.cli import main
from publish.serve.app import create_app
from tests.server import unlimited


def test_gone_with_the_next_request(city_copy: Path) -> None:
    """Page, search, tables and downloads answer without it at once; the tombstone stands."""
    with closing(sqlite3.connect(city_copy / "data/releases/current/credit.db")) as db:
        record, document = db.execute("SELECT record_id, document_no FROM licence").fetchone()
    addresses = (
        f"/credit/licence/{record}",
        f"/credit/licence.json?_shape=array&document_no={document}",
        f"/records?q={document}",
        "/downloads/licence.csv",
        "/downloads/licence.jsonl.gz",
    )

    async def story() -> None:
        app = create_app(unlimited(city_copy))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://portal", follow_redirects=True
        ) as client:
            before = [await client.get(address) for address in addresses]
            assert [r.status_code for r in before] == [200] * 5
            assert all(record in r.text for r in before[:4])
            words = ["--root", str(city_copy), "withdraw", record, "--reason", "决定已撤销"]
            done = await asyncio.to_thread(CliRunner().invoke, main, words)
            assert done.exit_code == 0, done.output
            after = [await client.get(address) for address in addresses]
            assert [r.status_code for r in after] == [404, 200, 200, 200, 200]
            assert document not in after[0].text
            assert all(record not in r.text for r in after[1:])
            stone = await client.get(f"/credit/tombstone/{record}.json?_shape=array")
            assert stone.json()[0]["reason"] == "revoked"
            await app.close()

    asyncio.run(story())
