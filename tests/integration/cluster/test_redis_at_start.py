"""What the assistant does about its Redis when it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import requests

from bot.redis_link import check_at_start
from sales.settings import SettingsError
from tests.integration.cluster.parts import Redis, serving_redis
from tests.integration.server import Server, free_port, texts

PASSWORD = "pa55/word"
IN_URL = "pa55%2Fword"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis that asks for a password."""
    with serving_redis(tmp_path_factory.mktemp("redis")) as server:
        with redis.Redis.from_url(server.url) as client:
            client.config_set("requirepass", PASSWORD)
        yield server


def with_user(server: Redis, user: str) -> str:
    return server.url.replace("//", f"//{user}@")


def test_a_redis_that_lets_us_in_is_no_news(guarded: Redis) -> None:
    assert check_at_start(with_user(guarded, f":{IN_URL}")) == ""


@pytest.mark.parametrize("user", [":wr0ng", "", f"nobody:{IN_URL}"])
def test_a_redis_that_does_not_let_us_in_is_refused_without_the_password(
    guarded: Redis, user: str
) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL: the Redis at 127") as refused:
        check_at_start(with_user(guarded, user) if user else guarded.url)

    assert not [word for word in ("wr0ng", "pa55", "nobody") if word in str(refused.value)]


@pytest.mark.parametrize(("end", "told"), [("/999", "database number"), ("/0?odd=1", "option")])
def test_a_database_or_an_option_that_there_is_not_is_refused(
    guarded: Redis, end: str, told: str
) -> None:
    url = with_user(guarded, f":{IN_URL}").removesuffix("/0") + end
    with pytest.raises(SettingsError, match=told):
        check_at_start(url)


def test_the_command_says_so_and_ends(guarded: Redis, tmp_path: Path) -> None:
    settings = {"REDIS_URL": with_user(guarded, ":wr0ng"), "PORT": str(free_port()),
                "DESK_PORT": str(free_port()),
                "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "COLUMNS": "300"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"], env={**os.environ, **settings}, check=False,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.startswith("REDIS_URL: the Redis at 127.0.0.1:")
    assert len(done.stderr.splitlines()) == 1
    assert "wr0ng" not in done.stdout + done.stderr


def test_one_that_comes_up_later_than_the_assistant_is_warned_of_and_then_used(
    agent: object, tmp_path: Path
) -> None:  # `agent`: the model is trained
    later = Redis(tmp_path)
    server = Server(tmp_path, {"REDIS_URL": later.url.replace("//", "//:pa55@")}).start()
    ready = f"http://127.0.0.1:{server.port}/ready"
    try:
        assert f"REDIS_URL: no Redis answers at 127.0.0.1:{later.port}" in server.log
        assert "pa55" not in server.log
        assert "US Conec" in texts(server.say("what is the difference between MTP and MPO?"))
        answer = requests.get(ready, timeout=10)
        assert (answer.status_code, answer.json()["redis"]) == (200, False)
        later.start()
        with redis.Redis.from_url(later.url) as client:
            client.config_set("requirepass", "pa55")
        answer = requests.get(ready, timeout=10)
        assert (answer.status_code, answer.json()["redis"]) == (200, True)
    finally:
        server.stop()
        if later.process:
            later.kill()
