"""The stand-in is as strict as Slack, so that what passes against it passes there."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_people import NO_ANSWER, actions_in, words_in
from tests.slack_stand_in import SlackStandIn

SALES, ANA = "C0SALES", "U0ANA"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "A lead"}}
Json = dict[str, Any]


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as slack:
        slack.add_user(ANA, "Ana Silva")
        slack.add_channel(SALES, "sales")
        yield slack


def ask(slack: SlackStandIn, talk: Callable[[AsyncWebClient], Awaitable[Any]], **more: Any) -> Any:
    """What Slack answers to the real client."""
    settings: Json = {"token": slack.bot_token, "base_url": slack.api_url, "timeout": 5, **more}

    async def run() -> Any:
        return await talk(AsyncWebClient(retry_handlers=[], **settings))

    return asyncio.run(run())


def error_of(
    slack: SlackStandIn, talk: Callable[[AsyncWebClient], Awaitable[Any]], **more: Any
) -> str:
    with pytest.raises(SlackApiError) as refused:
        ask(slack, talk, **more)
    return str(refused.value.response["error"])


def button(action_id: str) -> Json:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": action_id},
    }


def actions(*names: str) -> Json:
    return {"type": "actions", "elements": [button(name) for name in names]}


def text(kind: str, length: int) -> Json:
    return {"type": kind, "text": "x" * length}


def typed(**more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "text", **more}
    label = {"type": "plain_text", "text": "Reason"}
    return {"type": "input", "block_id": "reason", "label": label, "element": element}


def modal(*blocks: Json, title: str = "Escalate") -> Json:
    words = {name: {"type": "plain_text", "text": title} for name in ("title", "submit")}
    return {"type": "modal", "callback_id": "escalate", "blocks": list(blocks), **words}


def test_a_message_is_posted_changed_answered_and_found_again(slack: SlackStandIn) -> None:
    async def talk(client: AsyncWebClient) -> Any:
        key = {"event_type": "fiberbot", "event_payload": {"key": "lead:1"}}
        posted = await client.chat_postMessage(channel=SALES, text="new", metadata=key)
        await client.chat_postMessage(channel=SALES, text="reply", thread_ts=posted["ts"])
        await client.chat_update(channel=SALES, ts=posted["ts"], text="claimed", blocks=[SECTION])
        history = await client.conversations_history(channel=SALES, include_all_metadata=True)
        plain = await client.conversations_history(channel=SALES)
        replies = await client.conversations_replies(channel=SALES, ts=posted["ts"])
        return history.data, plain.data, replies.data

    history, plain, replies = ask(slack, talk)

    assert [m["text"] for m in history["messages"]] == ["claimed"]
    assert history["messages"][0]["metadata"]["event_payload"] == {"key": "lead:1"}
    assert "metadata" not in plain["messages"][0]
    assert [m["text"] for m in replies["messages"]] == ["claimed", "reply"]
    (card,) = slack.messages_in(SALES)
    assert [m["text"] for m in slack.thread(card["ts"])] == ["reply"]
    assert words_in(card) == "claimed\nA lead"


def test_history_comes_in_pages_newest_first(slack: SlackStandIn) -> None:
    async def talk(client: AsyncWebClient) -> list[str]:
        for number in range(5):
            await client.chat_postMessage(channel=SALES, text=str(number))
        return [
            message["text"]
            async for page in await client.conversations_history(channel=SALES, limit=2)
            for message in page["messages"]
        ]

    assert ask(slack, talk) == ["4", "3", "2", "1", "0"]


REFUSED: dict[str, tuple[str, Callable[[AsyncWebClient], Awaitable[Any]]]] = {
    "no text": ("no_text", lambda c: c.chat_postMessage(channel=SALES, text="")),
    "no such channel": ("channel_not_found", lambda c: c.chat_postMessage(channel="C9", text="x")),
    "a long text": ("msg_too_long", lambda c: c.chat_postMessage(channel=SALES, text="x" * 40_001)),
    "much in blocks": (
        "msg_blocks_too_long",
        lambda c: c.chat_postMessage(
            channel=SALES, text="x", blocks=[{"type": "section", "text": text("mrkdwn", 3_000)}] * 5
        ),
    ),
    "nothing to change": (
        "message_not_found", lambda c: c.chat_update(channel=SALES, ts="1.000001", text="x")
    ),
    "nothing to delete": (
        "message_not_found", lambda c: c.chat_delete(channel=SALES, ts="1.000001")
    ),
    "no such thread": (
        "thread_not_found", lambda c: c.conversations_replies(channel=SALES, ts="1.000001")
    ),
    "nobody": ("user_not_found", lambda c: c.users_info(user="U9")),
    "a made-up trigger": (
        "invalid_trigger_id", lambda c: c.views_open(trigger_id="1.2.3", view=modal(SECTION))
    ),
    "a stranger in the channel": (
        "user_not_in_channel", lambda c: c.chat_postEphemeral(channel=SALES, user=ANA, text="x")
    ),
    "an unknown method": ("unknown_method", lambda c: c.api_call("chat.shout")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_slack_says_what_is_wrong(slack: SlackStandIn, name: str) -> None:
    error, talk = REFUSED[name]

    assert error_of(slack, talk) == error


BLOCKS = {
    "51 blocks": [{"type": "divider"}] * 51,
    "an unknown type": [{"type": "card"}],
    "an unknown property": [{**SECTION, "color": "red"}],
    "a long section": [{"type": "section", "text": text("mrkdwn", 3_001)}],
    "an empty section": [{"type": "section", "text": text("mrkdwn", 0)}],
    "a section of nothing": [{"type": "section"}],
    "a long header": [{"type": "header", "text": text("plain_text", 151)}],
    "a header with marks": [{"type": "header", "text": text("mrkdwn", 5)}],
    "11 fields": [{"type": "section", "fields": [text("mrkdwn", 1)] * 11}],
    "a long field": [{"type": "section", "fields": [text("mrkdwn", 2_001)]}],
    "26 buttons": [actions(*map(str, range(26)))],
    "no button": [actions()],
    "two of a name": [actions("claim", "claim")],
    "a long label": [{"type": "actions", "elements": [button("x" * 76)]}],
    "a long value": [{"type": "actions", "elements": [{**button("x"), "value": "x" * 2_001}]}],
    "a wrong style": [{"type": "actions", "elements": [{**button("x"), "style": "loud"}]}],
    "11 in a context": [{"type": "context", "elements": [text("mrkdwn", 1)] * 11}],
    "two blocks of a name": [{"type": "divider", "block_id": "a"}] * 2,
    "six in an overflow": [
        {
            "type": "section",
            "text": text("mrkdwn", 1),
            "accessory": {
                "type": "overflow",
                "action_id": "more",
                "options": [{"text": text("plain_text", 1), "value": str(n)} for n in range(6)],
            },
        }
    ],
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_beyond_the_limits_are_refused(slack: SlackStandIn, name: str) -> None:
    post = {"channel": SALES, "text": "x", "blocks": BLOCKS[name]}

    assert error_of(slack, lambda client: client.chat_postMessage(**post)) == "invalid_blocks"
    assert slack.messages_in(SALES) == []


def test_blocks_at_the_limits_are_taken(slack: SlackStandIn) -> None:
    blocks = [
        {"type": "header", "text": text("plain_text", 150)},
        {"type": "section", "text": text("mrkdwn", 3_000)},
        {"type": "section", "fields": [text("mrkdwn", 200)] * 10},
        actions(*map(str, range(25))),
        *[{"type": "divider"}] * 46,
    ]

    ask(slack, lambda c: c.chat_postMessage(channel=SALES, text="x" * 40_000, blocks=blocks))
    assert len(actions_in(slack.messages_in(SALES)[0])) == 25


def test_only_the_right_token_with_the_right_scope_is_let_in(slack: SlackStandIn) -> None:
    def post(client: AsyncWebClient) -> Awaitable[Any]:
        return client.chat_postMessage(channel=SALES, text="x")

    assert error_of(slack, post, token="xoxb-other") == "invalid_auth"
    assert error_of(slack, post, token=slack.app_token) == "not_allowed_token_type"
    slack.scopes.discard("chat:write")
    assert error_of(slack, post) == "missing_scope"
    slack.scopes.add("chat:write")
    slack.channels[SALES].members.clear()
    assert error_of(slack, post) == "not_in_channel"


def test_the_bot_changes_and_deletes_only_what_is_its_own(slack: SlackStandIn) -> None:
    said = slack.say(ANA, SALES, "hello")
    where = {"channel": SALES, "ts": said.ts}

    assert error_of(slack, lambda c: c.chat_update(**where, text="x")) == "cant_update_message"
    assert error_of(slack, lambda c: c.chat_delete(**where)) == "cant_delete_message"


def test_a_reply_to_a_deleted_message_lands_in_the_channel_as_in_slack(slack: SlackStandIn) -> None:
    async def reply(client: AsyncWebClient, ts: str) -> Json:
        posted = await client.chat_postMessage(channel=SALES, text="reply", thread_ts=ts)
        return dict(posted["message"])

    lonely = ask(slack, lambda c: c.chat_postMessage(channel=SALES, text="lonely"))["ts"]
    answered = ask(slack, lambda c: c.chat_postMessage(channel=SALES, text="answered"))["ts"]
    ask(slack, lambda client: reply(client, answered))
    slack.delete(SALES, lonely)
    slack.delete(SALES, answered)

    assert "thread_ts" not in ask(slack, lambda client: reply(client, lonely))
    assert ask(slack, lambda client: reply(client, answered))["thread_ts"] == answered
    again = error_of(slack, lambda c: c.chat_update(channel=SALES, ts=answered, text="x"))
    assert again == "message_not_found"


def test_a_modal_opens_once_and_soon(slack: SlackStandIn) -> None:
    def opening(trigger: str) -> Callable[[AsyncWebClient], Awaitable[Any]]:
        return lambda client: client.views_open(trigger_id=trigger, view=modal(typed()))

    first = slack.new_trigger(ANA)
    ask(slack, opening(first))
    assert error_of(slack, opening(first)) == "exchanged_trigger_id"
    slack.trigger_lifetime_s = 0
    assert error_of(slack, opening(slack.new_trigger(ANA))) == "expired_trigger_id"
    assert slack.opened_view(ANA)["callback_id"] == "escalate"


@pytest.mark.parametrize(
    "view",
    [
        modal(typed(), title="x" * 25),
        modal(typed(max_length=3_001)),
        modal({**typed(), "label": text("mrkdwn", 3)}),
        modal(*[SECTION] * 101),
        {**modal(typed()), "private_metadata": "x" * 3_001},
        {name: part for name, part in modal(typed()).items() if name != "submit"},
    ],
)
def test_a_modal_beyond_the_limits_is_refused(slack: SlackStandIn, view: Json) -> None:
    def opening(client: AsyncWebClient) -> Awaitable[Any]:
        return client.views_open(trigger_id=slack.new_trigger(ANA), view=view)

    assert error_of(slack, opening) == "invalid_arguments"


def test_it_can_be_unwell_in_every_way(slack: SlackStandIn) -> None:
    def post(client: AsyncWebClient) -> Awaitable[Any]:
        return client.chat_postMessage(channel=SALES, text="x")

    slack.refuses("chat.postMessage", "fatal_error")
    assert error_of(slack, post) == "fatal_error"
    slack.rate_limits(retry_after_s=7)
    with pytest.raises(SlackApiError) as limited:
        ask(slack, post)
    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["Retry-After"] == "7"
    slack.breaks(status=503)
    with pytest.raises(SlackApiError):
        ask(slack, post)
    slack.hangs_up()
    with pytest.raises(aiohttp.ClientError):
        ask(slack, post)
    slack.hangs()
    with pytest.raises(TimeoutError):
        ask(slack, post, timeout=0.2)
    slack.recovers()

    assert slack.messages_in(SALES) == []
    ask(slack, post)
    assert len(slack.messages_in(SALES)) == 1


def test_an_answer_can_get_lost_after_the_message_was_kept(slack: SlackStandIn) -> None:
    slack.loses_answers("chat.postMessage")

    with pytest.raises(aiohttp.ClientError):
        ask(slack, lambda client: client.chat_postMessage(channel=SALES, text="x"))
    assert len(slack.messages_in(SALES)) == 1
    assert slack.called("chat.postMessage")[0].answer is None


def test_it_goes_down_and_comes_back_with_everything(slack: SlackStandIn) -> None:
    def post(client: AsyncWebClient) -> Awaitable[Any]:
        return client.chat_postMessage(channel=SALES, text="x")

    ask(slack, post)
    slack.go_down()
    with pytest.raises(aiohttp.ClientConnectionError):
        ask(slack, post)
    slack.come_back()
    ask(slack, post)

    assert len(slack.messages_in(SALES)) == 2


class App:
    """An app that remembers what Slack sent. `answers` are given in order, then 200."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str]] = []
        self.heard: list[tuple[dict[str, str], str]] = []
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                app.heard.append((dict(self.headers), self.rfile.read(length).decode()))
                status, body = app.answers.pop(0) if app.answers else (200, "")
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_args: Any) -> None:
                """Tests read what was asked, not a log."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def events(self) -> list[Json]:
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture
def app(slack: SlackStandIn) -> Iterator[App]:
    app = App()
    slack.app_url = f"http://127.0.0.1:{app.server.server_port}/slack"
    yield app
    app.server.shutdown()
    app.server.server_close()


def test_events_are_signed_as_slack_signs_them(slack: SlackStandIn, app: App) -> None:
    said = slack.say(ANA, ANA, "MTP & <MPO>?")
    ((headers, body),) = app.heard
    verifier = SignatureVerifier(slack.signing_secret)

    assert said.answers[0].is_ok
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(body + " ", headers)
    event = app.events[0]["event"]
    assert (event["channel_type"], event["text"]) == ("im", "MTP &amp; &lt;MPO&gt;?")


def test_a_mention_is_told_twice_with_one_ts(slack: SlackStandIn, app: App) -> None:
    slack.mention(ANA, SALES, "leads")

    kinds = [told["event"]["type"] for told in app.events]
    assert kinds == ["message", "app_mention"]
    assert len({told["event"]["ts"] for told in app.events}) == 1
    assert len({told["event_id"] for told in app.events}) == 2


def test_an_event_that_is_not_answered_well_comes_again(slack: SlackStandIn, app: App) -> None:
    slack.retries, app.answers = 3, [(500, ""), (500, "")]
    said = slack.say(ANA, ANA, "hello")

    numbers = [headers.get("X-Slack-Retry-Num") for headers, _ in app.heard]
    assert numbers == [None, "1", "2"]
    assert {told["event_id"] for told in app.events} == set(said.event_ids)


def test_an_app_that_cannot_be_reached_has_no_answer(slack: SlackStandIn) -> None:
    slack.app_url = "http://127.0.0.1:1/"

    assert slack.say(ANA, ANA, "hello").answers[0].status == NO_ANSWER


def test_buttons_modals_and_commands_reach_the_app(slack: SlackStandIn, app: App) -> None:
    message = ask(
        slack,
        lambda c: c.chat_postMessage(channel=SALES, text="x", blocks=[actions("claim", "won")]),
    )["message"]
    slack.press(ANA, message, "claim")
    trigger = slack.new_trigger(ANA)
    ask(slack, lambda c: c.views_open(trigger_id=trigger, view=modal(typed())))
    view = slack.opened_view(ANA)
    app.answers = [(200, '{"response_action": "errors", "errors": {"reason": "Say why."}}')]
    slack.submit(ANA, view, reason="")
    assert slack.views
    slack.submit(ANA, view, reason="a custom part")
    assert not slack.views
    app.answers = [(200, '{"text": "Nothing is open."}')]
    slack.slash(ANA, SALES, "/fiber", "leads")

    bodies = [body for _, body in app.heard]
    assert "block_actions" in bodies[0]
    assert "a+custom+part" in bodies[2]
    assert "command=%2Ffiber" in bodies[3]
    assert slack.ephemerals[-1]["text"] == "Nothing is open."


def test_socket_mode_carries_events_and_their_answers(slack: SlackStandIn) -> None:
    heard: list[Json] = []

    async def acknowledge(client: SocketModeClient, request: Any) -> None:
        heard.append(request.payload)
        answer = SocketModeResponse(request.envelope_id, {"text": "ok"})
        await client.send_socket_mode_response(answer)

    async def run() -> tuple[Any, Any]:
        web = AsyncWebClient(base_url=slack.api_url)
        client = SocketModeClient(app_token=slack.app_token, web_client=web)
        client.socket_mode_request_listeners.append(acknowledge)
        await client.connect()
        try:
            said = await asyncio.to_thread(slack.say, ANA, ANA, "hello")
            command = await asyncio.to_thread(slack.slash, ANA, ANA, "/fiber", "leads")
            return said.answers[0], command
        finally:
            await client.close()

    event, command = asyncio.run(run())

    assert event.is_ok
    assert command.json == {"text": "ok"}
    assert [told.get("type", told.get("command")) for told in heard] == ["event_callback", "/fiber"]
