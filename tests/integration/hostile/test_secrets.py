"""Whatever fails, no secret and no traceback of it is told: not in the log, not in an answer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from sales.database import open_engine
from tests.integration.delivery.receiver import Answer, Posted, receiving
from tests.integration.hostile.wire import HEAD, exchange
from tests.integration.sales.guest import Guest, receive
from tests.integration.sales.mail import serving_mail
from tests.integration.server import Server
from tests.integration.slack.house import SALES
from tests.integration.website.conftest import GENEROUS
from tests.slack_stand_in import SlackStandIn

SECRETS = {
    "WEBSITE_SECRET": "website-Zq7-alpha-bravo-charlie-delta-echo",
    "DESK_SECRET": "desk-Zq8-foxtrot-golf-hotel-india-juliet",
    "REST_TOKEN": "rest-Zq9-kilo-lima-mike-november-oscar",
    "WEBHOOK_SECRET": "webhook-Zq5-papa-quebec-romeo-sierra-tango",
    "SMTP_PASSWORD": "smtp-Zq4-uniform-victor",
    "SMTP_USER": "smtp-Zq3-user",
    "DESK_OIDC_CLIENT_SECRET": "oidc-Zq2-whiskey-xray",
}
URL_TOKEN = "hook-Zq1-token-in-the-address"
DATABASE_PASSWORD = "db-Zq0-password"
SLACK_TOKENS = ("xoxb-", "xapp-")
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def unlucky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[str]]]:
    """A server around which everything fails, and what it told everybody."""
    with SlackStandIn() as slack, serving_mail() as mail, receiving() as crm:
        slack.add_channel(SALES, "sales", "channel")
        slack.breaks(times=3)
        slack.refuses("chat.postMessage", "invalid_auth", times=50)
        crm.choose = _fails
        settings = {
            **GENEROUS,
            **SECRETS,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_SALES_CHANNEL": SALES,
            "SLACK_API_URL": slack.api_url,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail.port),
            "SMTP_SECURITY": "none",  # so that signing in is what fails
            "WEBHOOK_URLS": f"{crm.url}?token={URL_TOKEN},http://127.0.0.1:1/{URL_TOKEN}",
            "WEBHOOK_ALLOW_PRIVATE": "yes",
            "DESK_OIDC_ISSUER": "http://127.0.0.1:1",
            "DESK_OIDC_CLIENT_ID": "fiberbot",
        }
        server = Server(tmp_path_factory.mktemp("unlucky"), settings).start()
        told: list[str] = []
        try:
            _fail_in_many_ways(server, told)
        finally:
            server.stop()
        yield server, [*told, slack.bot_token, slack.signing_secret]


def _fails(_one: Posted) -> Answer:
    return Answer(status=500)


def _fail_in_many_ways(server: Server, told: list[str]) -> None:
    engine = open_engine(
        server.settings.get("DATABASE_URL") or f"sqlite:///{server.folder}/server.db"
    )

    async def scenario(ana: Guest) -> None:
        await ana.arrive()
        await ana.submit()
        told.append(ana.text)

    receive(server, scenario, "Ana Silva")
    _wait_for_failures(engine)
    told.extend(_answers(server))
    with engine.begin() as connection:  # actions raise from here on
        connection.exec_driver_sql("DROP TABLE comparisons")
        connection.exec_driver_sql("ALTER TABLE team_members RENAME TO nobody")
    told.extend(_answers(server))
    with engine.connect() as connection:
        told.extend(map(str, connection.exec_driver_sql("SELECT error, receipt FROM outbox").all()))


def _wait_for_failures(engine: sa.engine.Engine) -> None:
    """Until Slack, mail and both addresses have failed."""
    query = "SELECT count(DISTINCT stream) FROM outbox WHERE error != ''"
    give_up = time.monotonic() + PATIENCE_S
    while True:
        with engine.connect() as connection:
            if (connection.exec_driver_sql(query).scalar() or 0) >= 4:
                return
        assert time.monotonic() < give_up, "not everything has failed"
        time.sleep(0.1)


def _answers(server: Server) -> Iterator[str]:
    """What both servers say to good and bad requests."""
    bot, desk = (f"http://127.0.0.1:{port}" for port in (server.port, server.desk_port))
    right = {"Authorization": f"Bearer {SECRETS['REST_TOKEN']}"}
    compare = {"message": "what's the difference between MTP and MPO?"}
    rest = f"{bot}/webhooks/rest/webhook"
    for headers in (
        {},
        {"Authorization": "Bearer \u00e9".encode("latin-1").decode("latin-1")},
        right,
    ):
        answer = requests.post(
            rest,
            json=compare,
            headers={name: value.encode("latin-1") for name, value in headers.items()},
            timeout=30,
        )
        yield f"{answer.headers} {answer.text}"
    for path in ("/", "/status", "/webhooks/slack/webhook", "/webhooks/website/health/ready",
                 "/webhooks/website/demo", "/webhooks/website/widget.js"):  # fmt: skip
        answer = requests.request("POST" if "slack" in path else "GET", bot + path, timeout=30)
        yield f"{answer.headers} {answer.text}"
    for path in ("/", "/sign-in", "/sign-in/company", "/inbox", "/health", "/nowhere", "/team/1"):
        answer = requests.get(desk + path, timeout=30)
        yield f"{answer.headers} {answer.text}"
    for port in (server.port, server.desk_port):
        yield exchange(port, b"BROKEN\r\n" + HEAD + b"\r\n").data.decode("latin-1")


def test_no_secret_is_told_to_anybody(unlucky: tuple[Server, list[str]]) -> None:
    server, told = unlucky
    *answers, bot_token, signing_secret = told
    said = "\n".join([server.log, *answers])

    assert "Traceback" in server.log  # our own faults are logged as such, ...
    assert "Traceback" not in "\n".join(answers)  # ... and told to nobody
    for secret in (*SECRETS.values(), URL_TOKEN, bot_token, signing_secret, *SLACK_TOKENS):
        assert secret not in said, secret
    for inside in ("SELECT ", "sqlalchemy", "site-packages", str(Path.cwd())):
        assert inside not in "\n".join(answers), inside


def test_no_personal_data_is_in_the_log_of_failures(unlucky: tuple[Server, list[str]]) -> None:
    server, _ = unlucky

    assert "outbox.failed" in server.log
    for private in ("ana.silva", "Ana Silva", "Acme", "25 trunks"):
        assert private not in server.log


@pytest.mark.parametrize(
    "url",
    [f"postgresql://ann:{DATABASE_PASSWORD}@127.0.0.1:1/none",
     f"postgresql://ann:{DATABASE_PASSWORD}@127.0.0.1:1/none?nonsense=1"],
)  # fmt: skip
def test_a_command_that_fails_tells_no_password(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "outbox", "list"],
        env={**os.environ, **SECRETS, "DATABASE_URL": url, "DESK_OIDC_ISSUER": "", "SMTP_HOST": "",
             "SMTP_USER": "", "SMTP_PASSWORD": "", "DESK_OIDC_CLIENT_SECRET": ""},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Traceback" not in said
    for secret in (DATABASE_PASSWORD, *SECRETS.values()):
        assert secret not in said
