"""A running server under requests that nobody should send: REST, Socket.IO, Slack, the desk.

No answer of the kind 500, no traceback in the log, and afterwards it serves as before.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import httpx
import pytest
import socketio

from desk.app import create_app
from desk.auth.users import create_user
from sales.database import open_engine, transaction
from sales.settings import Settings
from tests.fuzz.runs import SEED, draws
from tests.fuzz.texts import HOSTILE, ODD, json_value, message
from tests.integration.server import Server
from tests.integration.slack.house import REP, SALES, hire
from tests.integration.website.visitor import PREFIX, Visitor
from tests.slack_stand_in import SlackStandIn

RESTS, EVENTS, PACKETS, SLACKS, DESKS = 120, 120, 40, 120, 120  # in a usual run
WAIT_S = 30
FAILED_WITH = re.compile(r"^Traceback .*\n(?:[ ].*\n|\n)*(\S.*)", re.MULTILINE)
REFUSED_BY_SLACK = "slack_sdk.errors.SlackApiError"  # nobody is called U0 there
JSON_TYPES = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "x/y; charset=z",
    "application/json; charset=utf-16",
    "",
    "multipart/form-data; boundary=",
)
METHODS = ("POST",) * 12 + ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW")
PASSWORD = "six fibers in a tube"


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as slack:
        slack.add_channel(SALES, "sales", "channel", REP)
        yield slack


@pytest.fixture(scope="module")
def server(
    agent: object, tmp_path_factory: pytest.TempPathFactory, slack: SlackStandIn
) -> Iterator[Server]:
    settings = {
        "WEBSITE_SECRET": "a secret that only the tests know, long enough",
        "MESSAGE_BURST": "100000",
        "MESSAGES_PER_MINUTE": "100000",
        "SESSIONS_PER_HOUR": "100000",
        "CONNECTIONS_PER_ADDRESS": "1000",
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_SALES_CHANNEL": SALES,
        "SLACK_API_URL": slack.api_url,
    }
    server = Server(tmp_path_factory.mktemp("fuzzed"), settings).start()
    yield server
    assert server.process is not None
    assert server.process.poll() is None, server.log[-3_000:]
    assert server.say("what is the difference between MTP and MPO?", sender="afterwards")
    log = server.log
    server.stop()
    failed = [line for line in FAILED_WITH.findall(log) if not line.startswith(REFUSED_BY_SLACK)]
    assert not failed, (failed, log[-5_000:])


def send(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """The status and body of an answer; 0 when the server hung up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            connection.putheader(name.replace("_", "-"), value.encode("latin-1", "replace"))
        connection.endheaders(body)
        answer = connection.getresponse()
        is_endless = answer.getheader("Content-Type", "").startswith("text/event-stream")
        return answer.status, b"" if is_endless else answer.read()
    except (http.client.HTTPException, ConnectionError):
        return 0, b""
    finally:
        connection.close()


def as_body(random: Random, value: Any) -> bytes:
    """JSON, often with something wrong in it."""
    data = json.dumps(value, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    place = random.randrange(len(data) + 1)
    spoilt = (
        data,
        data,
        data,
        data,
        data[:place],
        data[:place] + b"\xff" + data[place:],
        b"",
        data.decode("utf-8", "replace").encode("utf-16"),
        b"[" * 5_000,
        b'{"a":' * 3_000,
        b'{"message": 1e99999}',
        b"\x00" * 50,
        b"NaN",
    )
    return random.choice(spoilt)


def header_value(random: Random) -> str:
    text = random.choice((message(random), random.choice(HOSTILE), random.choice(ODD)))
    return "".join(c for c in text if c not in "\r\n\x00")[:300]


def test_rest_answers_whatever_it_is_sent(server: Server) -> None:
    for number, random in enumerate(draws("rest", RESTS)):
        words = {"sender": message(random)[:250], "message": message(random)}
        value = random.choice((words, words, json_value(random, 3)))
        body, method = as_body(random, value), random.choice(METHODS)
        headers = {"Content_Type": random.choice(JSON_TYPES)}
        if random.random() < 0.2:
            names = ("Authorization", "Accept", "X_Forwarded_For", "Cookie", "Origin", "Host")
            headers[random.choice(names)] = header_value(random)
        status, answer = send(server.port, method, "/webhooks/rest/webhook", body, **headers)

        where = f"FUZZ_SEED={SEED}, rest {number}: {method} {headers} {body[:200]!r}"
        assert status < 500, (where, status, answer[:300])
        if status == 200 and method == "POST":
            replies = json.loads(answer)
            assert replies, where
            assert not any("went wrong" in str(reply.get("text")) for reply in replies), where


@pytest.mark.parametrize(
    ("method", "body", "accept", "status"),
    [
        ("GET", b"", "?", 405),
        ("POST", b'{"message": "hi", "sender": "a\\ud800"}', "*/*", 400),
        ("POST", b"[" * 5_000, "*/*", 400),
    ],
    ids=["an Accept header that is none", "half a character", "nested without end"],
)
def test_rest_refuses_what_once_was_a_traceback(
    server: Server, method: str, body: bytes, accept: str, status: int
) -> None:
    answer = send(server.port, method, "/webhooks/rest/webhook", body, Accept=accept)

    assert answer[0] == status, answer


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[" * 5_000, "application/json"),
        (b"command=%2Ffiber&text=x&user_id=U0REP", "application/x-www-form-urlencoded"),
        (b"payload=%7B%22type%22%3A%22block_actions%22%7D", "application/x-www-form-urlencoded"),
    ],
    ids=["nested without end", "a command from nowhere", "a press by nobody"],
)
def test_slack_is_refused_what_nobody_could_work_on(
    server: Server, slack: SlackStandIn, body: bytes, kind: str
) -> None:
    headers = {name.replace("-", "_"): value for name, value in slack.signed(body).items()}
    answer = send(
        server.port, "POST", "/webhooks/slack/webhook", body, **headers, Content_Type=kind
    )

    assert answer[0] == 400, answer


def test_every_event_of_a_website_client_is_acknowledged(server: Server) -> None:
    names = ("user_uttered", "form_submitted", "feedback", "rating", "session_request", "restart")

    async def run() -> None:
        visitor = Visitor(server)
        await visitor.arrive()
        try:
            for number, random in enumerate(draws("events", EVENTS)):
                name, data = random.choice(names), event_of(random, visitor.token)
                where = f"FUZZ_SEED={SEED}, event {number}: {name} {data!r:.300}"
                if number % 40 == 39:  # a connection may send so many events
                    await visitor.leave()
                    visitor = Visitor(server)
                    await visitor.arrive()
                try:
                    ack = await visitor.send(name, data)
                except socketio.exceptions.SocketIOError as error:
                    raise AssertionError(f"{where}: no answer ({error!r})") from error
                assert ack["status"] in ("ok", "refused"), (where, ack)
                assert ack.get("code") != "failed", (where, ack)
        finally:
            await visitor.leave()

    asyncio.run(run())


def event_of(random: Random, token: str) -> Any:
    """The data of an event, near to right or of any type."""
    if random.random() < 0.3:
        return json_value(random, 3)
    values = {name: message(random) for name in ("name", "reach", "company", "note")}
    data = {
        "session_id": token,
        "message": message(random),
        "message_id": f"m{random.random()}",
        "protocol": 1,
        "form": "contact",
        "values": {**values, "consent": True},
        "stars": random.choice((1, 5, 9, "5", None)),
        "comment": message(random),
        "value": random.choice(("up", "down", "left")),
    }
    if random.random() < 0.5:
        data[random.choice(list(data))] = json_value(random, 2)
    return data


def test_packets_that_are_none_end_only_their_own_connection(server: Server) -> None:
    url = f"http://127.0.0.1:{server.port}{PREFIX}/socket.io/?EIO=4&transport=websocket"

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            for random in draws("packets", PACKETS):
                async with session.ws_connect(url) as socket:
                    await socket.receive(timeout=WAIT_S)
                    try:
                        for _ in range(random.randint(1, 4)):
                            await send_packet(socket, random)
                        await asyncio.sleep(0)
                    except ConnectionError:
                        continue  # it was cut off already

    asyncio.run(run())
    assert server.say("hello", sender="a bystander")


async def send_packet(socket: aiohttp.ClientWebSocketResponse, random: Random) -> None:
    text = json.dumps(json_value(random, 3)).encode("utf-8", "replace").decode()
    kind = random.choice(
        (
            "",
            "0",
            "1",
            "2",
            "3",
            "4",
            "40",
            "41",
            "42",
            "43",
            "44",
            "45",
            "451-",
            "42999999999999999999",
            "40/other,",
            "42/\u202e,",
            "b4",
            "4" * 500,
        )
    )
    if random.random() < 0.2:
        await socket.send_bytes(random.randbytes(random.choice((0, 1, 40, 70_000))))
    else:
        body = random.choice(
            (text, message(random).encode("utf-8", "replace").decode(), "[" * 9_000)
        )
        await socket.send_str(kind + body)


def test_what_slack_signed_is_taken_or_refused(server: Server, slack: SlackStandIn) -> None:
    for number, random in enumerate(draws("slack", SLACKS)):
        body, kind = slack_body(random)
        headers = {k.replace("-", "_"): v for k, v in slack.signed(body).items()}
        if random.random() < 0.1:
            headers[random.choice(list(headers))] = header_value(random)
        headers["Content_Type"] = kind
        status, answer = send(server.port, "POST", "/webhooks/slack/webhook", body, **headers)

        where = f"FUZZ_SEED={SEED}, slack {number}: {kind} {body[:300]!r}"
        assert status in (200, 400, 401, 413), (where, status, answer[:300])


def slack_body(random: Random) -> tuple[bytes, str]:
    """An event, a pressed button, a command or a form, with anything in any place."""
    payload: Any = random.choice((_slack_event, _slack_press, _slack_view))(random)
    for _ in range(random.randrange(3)):
        _spoil(random, payload)
    form = "application/x-www-form-urlencoded"
    kind = random.randrange(4)
    if kind == 0:
        text = json.dumps(payload)
        return f"payload={quote(text)}".encode(), form
    if kind == 1:
        fields = {
            "command": "/fiber",
            "text": message(random),
            "user_id": random.choice((REP, "")),
            "channel_id": SALES,
            "trigger_id": str(random.random()),
        }
        fields.pop(random.choice(list(fields)))
        return urlencode(fields, errors="replace").encode(), form
    return as_body(random, payload), random.choice(("application/json", form, "text/html", ""))


def _slack_event(random: Random) -> dict[str, Any]:
    kind = random.choice(("message", "app_mention", "reaction_added", "url_verification"))
    said = {
        "type": kind,
        "channel": random.choice((SALES, "D0REP")),
        "user": random.choice((REP, "U0")),
        "text": random.choice(("", "<@U0BOT> ")) + message(random),
        "channel_type": "im",
        "ts": f"17.{random.randrange(10**6)}",
        "thread_ts": random.choice(("", "1.5")),
        "subtype": random.choice((None, "bot_message", "message_changed")),
    }
    return {
        "type": "event_callback",
        "event_id": f"E{random.random()}",
        "event": said,
        "authorizations": [{"user_id": "U0BOT", "is_bot": True}],
    }


def _slack_press(random: Random) -> dict[str, Any]:
    actions = ("lead.claim", "lead.won", "lead.reply", "say.0", "x", message(random)[:50])
    return {
        "type": "block_actions",
        "user": {"id": REP},
        "channel": {"id": SALES},
        "message": {"ts": "1.5"},
        "trigger_id": f"t{random.random()}",
        "actions": [{"action_id": random.choice(actions), "value": message(random)}],
    }


def _slack_view(random: Random) -> dict[str, Any]:
    view = {
        "callback_id": random.choice(("lead.note", "contact", "lead.lost", message(random)[:30])),
        "private_metadata": random.choice(("", "1", "{}", message(random))),
        "id": "V1",
        "state": {"values": {"text": {"text": {"value": message(random)}}}},
    }
    return {"type": "view_submission", "user": {"id": REP}, "view": view}


def _spoil(random: Random, value: Any) -> None:
    """Put something else at one place of a payload."""
    while isinstance(value, dict) and value:
        key = random.choice(list(value))
        if not isinstance(value[key], dict) or random.random() < 0.3:
            value[key] = json_value(random, 2)
            return
        value = value[key]


@pytest.mark.parametrize("is_signed_in", [False, True], ids=["signed out", "signed in"])
def test_the_desk_answers_every_form(server: Server, is_signed_in: bool) -> None:
    cookie, token = _sign_in(server) if is_signed_in else ("", "")
    paths = _desk_paths(server)
    for number, random in enumerate(draws(f"desk {is_signed_in}", DESKS // 2)):
        method, path, body, kind = _desk_request(random, paths, token)
        headers = {"Content_Type": kind, "Cookie": cookie, "Host": f"127.0.0.1:{server.desk_port}"}
        if random.random() < 0.2:
            headers[random.choice(("Cookie", "Origin", "Accept", "HX_Request"))] = header_value(
                random
            )
        status, answer = send(server.desk_port, method, path, body, **headers)

        where = f"FUZZ_SEED={SEED}, desk {number}: {method} {path} {kind} {body[:300]!r}"
        assert status < 500, (where, status, answer[:300])


def _desk_request(random: Random, paths: list[str], token: str) -> tuple[str, str, bytes, str]:
    number = random.choice(
        ("1", "0", "-1", "9" * 30, "x", quote(message(random)[:60], safe="", errors="replace"))
    )
    path = random.choice(paths)
    while "{" in path:
        path = path[: path.index("{")] + number + path[path.index("}") + 1 :]
    if random.random() < 0.4:
        names = ("q", "view", "page", "from", "to", "days", "status", "after", "word")
        asked = {random.choice(names): message(random)[:200]}
        return "GET", f"{path}?{urlencode(asked, errors='replace')}", b"", "text/plain"
    names = (
        "email",
        "password",
        "text",
        "note",
        "reason",
        "until",
        "for",
        "name",
        "role",
        "sku",
        "to",
        "price_usd",
        "lead",
        "other",
        "q",
        "minutes",
        "slack_user_id",
        "version",
        "key",
    )
    fields = {name: message(random) for name in random.sample(names, random.randint(0, 6))}
    if random.random() < 0.9:
        fields["csrf_token"] = token
    body = urlencode(fields, errors="replace").encode()
    kind = "application/x-www-form-urlencoded"
    if random.random() < 0.15:
        head = b'--x\r\nContent-Disposition: form-data; name="text"; filename="\xff"\r\n\r\n'
        bad = head + b"\xff\x00\r\n--x"
        return (
            "POST",
            path,
            random.choice((bad, bad + b"--\r\n", b"--", body)),
            random.choice(
                ("multipart/form-data; boundary=x", "multipart/form-data", "application/json", "")
            ),
        )
    return "POST", path, body, kind


def _desk_paths(server: Server) -> list[str]:
    settings = Settings.from_env(
        {
            "VAR_DIR": str(server.folder / "var"),
            "DATABASE_URL": f"sqlite:///{server.folder / 'server.db'}",
        }
    )
    app = create_app(settings, open_engine(settings.database_url))
    paths = [getattr(route, "path", "") for route in app.routes]
    return [path for path in paths if path and path not in ("/sign-out", "/static")]


def _sign_in(server: Server) -> tuple[str, str]:
    """The cookie and the form token of a manager."""
    engine = open_engine(f"sqlite:///{server.folder / 'server.db'}")
    with transaction(engine) as session:
        create_user(session, "boss@example.com", "Bo Ss", "owner", PASSWORD, datetime.now(UTC))
    hire(engine)
    with httpx.Client(base_url=f"http://127.0.0.1:{server.desk_port}") as client:
        found = re.compile(r'name="csrf_token" value="([^"]+)"')
        token = found.search(client.get("/account", follow_redirects=True).text)
        assert token
        fields = {"csrf_token": token[1], "email": "boss@example.com", "password": PASSWORD}
        answer = client.post("/sign-in", data=fields)
        assert answer.status_code == 303, answer.text
        token = found.search(client.get("/account").text)
        assert token
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items()), token[1]
