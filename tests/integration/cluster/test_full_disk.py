"""One process on SQLite, whose disk is full: the visitor is told, nothing is lost or doubled."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.integration.cluster.parts import small_disk
from tests.integration.server import Server
from tests.integration.website.conftest import GENEROUS, SECRET
from tests.integration.website.visitor import Visitor, visit

PHONE = "(408) 796-7735"
FAILURES = 4
FORM = {"name": "Vi", "reach": "vi@example.com", "company": "", "note": "", "consent": True}
SAID = "SELECT json_extract(data, '$.message_id') FROM events WHERE type_name = 'user' ORDER BY id"


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with small_disk(size_mb=16) as disk:
        file = disk.folder / "server.db"
        server = Server(
            tmp_path,
            {**GENEROUS, "DATABASE_URL": f"sqlite:///{file}", "WEBSITE_SECRET": SECRET},
        ).start()

        async def scenario(ana: Visitor) -> None:
            await ana.arrive()
            assert await ana.say("hello", "m0") == {"status": "ok"}
            disk.fill()
            ids, refused = [], []
            while len(refused) < FAILURES:
                ids.append(f"m{len(ids) + 1}")
                ack = await ana.say("what is polarity?", ids[-1])
                if ack["status"] != "ok":
                    assert (ack["code"], PHONE in ack["text"]) == ("failed", True)
                    refused.append(ids[-1])
            form = await ana.submit("form", **FORM)
            assert form["code"] == "failed"

            disk.clear()
            for i in refused:
                assert await ana.say("what is polarity?", i) == {"status": "ok"}
            assert (await ana.submit("form", **FORM))["status"] == "ok"
            said = _rows(file, SAID)
            assert sorted(i for i in said if i) == sorted(["m0", *ids, "form"])
            numbers = list(dict.fromkeys(reply["number"] for reply in ana.replies))
            assert numbers == list(range(1, len(numbers) + 1))
            assert _rows(file, "SELECT count(*) FROM leads") == [1]
            assert _rows(file, "PRAGMA integrity_check") == ["ok"]

        try:
            visit(server, scenario)
        finally:
            server.stop()


def _rows(file: Path, query: str) -> list[object]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute(query)]
