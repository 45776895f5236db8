"""What Slack repeats counts once, what did not come from Slack counts for nothing."""

from __future__ import annotations

import asyncio
import json
import time
from urllib.parse import urlencode

import pytest

from tests.integration.sales.company import Company
from tests.integration.sales.guest import Guest, receive
from tests.integration.slack.house import MANAGER, NAMES, OTHER_REP, REP, SALES, STRANGER
from tests.slack_people import FORM, words_in
from tests.slack_workspace import Json

JSON = "application/json"
REPEATS = 3
OLD_S = 301  # Slack's signatures count for five minutes


async def lead_of(shop: Company, guest: Guest) -> Json:
    """The card of a guest who has left a contact."""
    await guest.arrive()
    await guest.submit()
    await shop.everything_delivered()
    return await shop.card(guest.reference)


async def again(shop: Company, body: bytes, kind: str, **headers: str) -> list[int]:
    """The same request several times at once; what was answered."""
    url, slack = shop.slack.app_url, shop.slack
    sends = (asyncio.to_thread(slack.post, url, body, kind, **headers) for _ in range(REPEATS))
    return [answer.status for answer in await asyncio.gather(*sends)]


def test_what_slack_sends_again_reaches_the_visitor_once(shop: Company) -> None:
    async def scenario(guest: Guest) -> None:
        card = await lead_of(shop, guest)
        await shop.write(REP, card, "Hello, once.")
        body, kind = shop.slack.sent[-1]
        retry = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
        assert await again(shop, body, kind, **retry) == [200] * REPEATS
        new_id = json.dumps({**json.loads(body), "event_id": "Ev-another"}).encode()
        assert await again(shop, new_id, kind) == [200] * REPEATS  # of the same message
        await shop.write(REP, card, "And goodbye.")
        await guest.until(lambda: len(guest.said_by(NAMES[REP])) > 1)

        assert guest.said_by(NAMES[REP]) == ["Hello, once.", "And goodbye."]

    receive(shop.server, scenario, "Again Smith")


def test_a_retry_of_what_never_arrived_is_no_repeat(shop: Company) -> None:
    async def scenario(guest: Guest) -> None:
        card = await lead_of(shop, guest)
        said = {"type": "message", "user": REP, "text": "Late, but here.", "ts": "1.000001",
                "thread_ts": card["ts"], "channel": SALES, "channel_type": "channel"}  # fmt: skip
        await asyncio.to_thread(shop.slack.send_event, said, "Ev-late", 2)

        await guest.until(lambda: guest.said_by(NAMES[REP]) == ["Late, but here."])

    receive(shop.server, scenario, "Late Smith")


def test_a_mention_that_comes_as_two_events_is_answered_once(shop: Company) -> None:
    said = shop.slack.mention(REP, SALES, "leads")
    assert len(said.event_ids) == 2
    marker = shop.slack.mention(REP, SALES, "lead 999999")
    shop.slack.until(lambda: shop.slack.thread(marker.ts))
    asyncio.run(shop.everything_delivered())

    assert len(shop.slack.thread(said.ts)) == len(shop.slack.thread(marker.ts)) == 1


def test_a_button_pressed_once_and_sent_thrice_counts_once(shop: Company) -> None:
    async def scenario(guest: Guest) -> None:
        card = await lead_of(shop, guest)
        await shop.press(REP, card, "Claim")
        assert await again(shop, *shop.slack.sent[-1]) == [200] * REPEATS
        await shop.press(REP, await shop.card(guest.reference, NAMES[REP]), "Won")
        form = await asyncio.to_thread(shop.slack.opened_view, REP)
        await asyncio.to_thread(shop.slack.submit, REP, form)
        assert await again(shop, *shop.slack.sent[-1]) == [200] * REPEATS
        await shop.card(guest.reference, "*Won*")
        await shop.everything_delivered()

        assert shop.crm_events(guest.reference) == ["lead.created", "lead.claimed", "lead.won"]
        assert not [text for text in shop.whispers(REP) if guest.reference in text]

    receive(shop.server, scenario, "Press Smith")


@pytest.mark.parametrize("lie", ["forged", "old", "other body", "unsigned"])
def test_what_is_not_signed_by_slack_changes_nothing(shop: Company, lie: str) -> None:
    async def scenario(guest: Guest) -> None:
        card = await lead_of(shop, guest)
        press = {
            "type": "block_actions", "user": {"id": MANAGER}, "trigger_id": f"t-{lie}",
            "channel": {"id": SALES}, "message": card,
            "actions": [{"action_id": "lead.claim", "value": str(int(guest.reference[2:]))}],
        }  # fmt: skip
        body = urlencode({"payload": json.dumps(press)}).encode()
        headers: dict[str, dict[str, str]] = {
            "forged": shop.slack.signed(body, secret="a guess"),
            "old": shop.slack.signed(body, at=time.time() - OLD_S),
            "other body": shop.slack.signed(body + b" "),
            "unsigned": {"X-Slack-Signature": "", "X-Slack-Request-Timestamp": ""},
        }
        assert await again(shop, body, FORM, **headers[lie]) == [401] * REPEATS

        await shop.press(OTHER_REP, card, "Claim")  # an honest one comes through
        await shop.card(guest.reference, f"*{NAMES[OTHER_REP]}* has it")
        await shop.everything_delivered()
        assert shop.crm_events(guest.reference) == ["lead.created", "lead.claimed"]

        assert (await again(shop, body, FORM)) == [200] * REPEATS  # it was the lie that counted
        await shop.until(lambda: _is_told(shop, MANAGER, guest.reference))

    receive(shop.server, scenario, f"Lie {lie.title()}")


def test_a_copy_of_an_honest_request_does_nothing_a_second_time(shop: Company) -> None:
    async def scenario(guest: Guest) -> None:
        card = await lead_of(shop, guest)
        await shop.press(REP, card, "Claim")
        body, kind = shop.slack.sent[-1]
        overheard = shop.slack.signed(body)
        await shop.write(REP, card, "Hello")
        await guest.until(lambda: guest.agent == NAMES[REP])
        await shop.write(REP, card, "release")
        await shop.write(REP, card, "lost: a test")
        await shop.card(guest.reference, "*Lost*")
        await shop.write(REP, card, "reopen")
        await shop.card(guest.reference, f"*{NAMES[REP]}* has it")
        await shop.everything_delivered()
        heard = shop.crm_events(guest.reference)
        assert await again(shop, body, kind, **overheard) == [200] * REPEATS
        await shop.write(REP, card, "note: after the copies")
        await shop.until(lambda: len(shop.crm_events(guest.reference)) > len(heard))

        assert shop.crm_events(guest.reference) == [*heard, "lead.note"]

    receive(shop.server, scenario, "Copy Smith")


def test_who_is_not_on_the_team_gets_the_visitors_assistant_and_moves_no_lead(
    shop: Company,
) -> None:
    async def scenario(guest: Guest) -> None:
        card = await lead_of(shop, guest)
        number = int(guest.reference[2:])
        slack = shop.slack
        order = f"escalate {number} to engineering: x"
        said = await asyncio.to_thread(slack.mention, STRANGER, SALES, order)
        await shop.until(lambda: slack.thread(said.ts))
        await asyncio.to_thread(slack.slash, STRANGER, SALES, "/fiber", f"claim {number}")
        told = len(shop.whispers(STRANGER))
        await shop.press(STRANGER, card, "Claim")
        await shop.press(STRANGER, card, "lead.snooze", "1 hour")
        await shop.write(STRANGER, card, "Everything is free today!")
        await shop.until(lambda: len(shop.whispers(STRANGER)) >= told + 3)
        await shop.everything_delivered()

        refusals = [text for text in shop.whispers(STRANGER) if "I do not know you yet" in text]
        assert len(refusals) == 3  # two buttons and the words in the thread
        assert any("Nothing was sent to the visitor." in text for text in refusals)
        assert "Nobody has it yet" in words_in(shop.cards(guest.reference)[0])
        assert shop.crm_events(guest.reference) == ["lead.created"]
        assert "free today" not in guest.text
        assert guest.email not in json.dumps(slack.thread(said.ts))

    receive(shop.server, scenario, "Safe Smith")


def test_a_visitor_in_slack_is_answered_and_becomes_a_lead(shop: Company) -> None:
    slack = shop.slack
    mine = slack.direct_messages(STRANGER)

    def say(text: str) -> str:
        known = len(slack.messages_in(mine))
        slack.say(STRANGER, STRANGER, text)
        heard: Json = slack.until(lambda: slack.messages_in(mine)[known + 1 :])[-1]
        return words_in(heard)

    assert "polarity" in say("what is polarity?").lower()
    for text in ("can a person contact me?", "yes", "Sam Stone", "sam.stone@example.com", "no",
                 "no", "yes"):  # fmt: skip
        shown = say(text)

    async def answered() -> None:
        card = await shop.card(f"L-{shown.partition('L-')[2][:6]}", "Sam Stone", "by slack")
        await shop.write(REP, card, "Hello Sam!")
        await shop.until(lambda: "Hello Sam!" in words_in(slack.messages_in(mine)[-1]))
        slack_says = [m["text"] for m in slack.messages_in(mine)]
        assert sum("Hello Sam!" in text for text in slack_says) == 1
        assert f"*{NAMES[REP]}:* Hello Sam!" in slack_says[-1]

    asyncio.run(answered())


def _is_told(shop: Company, user: str, reference: str) -> bool:
    return any(reference in text for text in shop.whispers(user))
