"""What strangers write stays text: in SQL, in pages, mails and Slack, in templates and in files."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import requests
import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from desk.pages.training_file import training_file
from sales.database import transaction
from sales.leads.export import export_leads
from sales.leads.lead import LeadDraft
from sales.leads.store import take_lead
from tests.integration.hostile.browser import DeskBrowser, owner_at_desk
from tests.integration.hostile.conftest import REST_TOKEN
from tests.integration.sales.company import Company
from tests.integration.sales.guest import Guest, receive
from tests.integration.slack.house import REP

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>"
TEMPLATES = "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {contact_reach} {0.__class__} %s %(name)s"
SLACK = "<!channel> <@U0MAN> <http://evil.example|Invoice> @here `code` *bold* &lt;!here&gt;"
LINKS = "[Pay here](http://evil.example/pay) [x](javascript:alert(1)) ![i](http://evil.example/i)"
SQL = "'; DROP TABLE leads; -- \" OR 1=1 UNION SELECT password_hash FROM team_members"
FORMULA = '=HYPERLINK("http://evil.example";"Invoice")'
COMPANY = f"{FORMULA} {MARKUP}"
NOTE = f"{TEMPLATES}\n{SLACK}\n{LINKS}\n{SQL}"
SAID = (MARKUP, TEMPLATES, SLACK, LINKS, SQL, FORMULA)
QUERIES = (
    "' OR '1'='1", "'; DELETE FROM leads; --", '" OR ""="', "1) UNION SELECT 1 --", "%", "_", "\\",
    "\x00", "' AND 1=CAST((SELECT version()) AS int) --", "x' COLLATE NOCASE --", "NEAR(a b)",
    'a" AND "b', "*", "a*", "title:x", "^x", "(", "a OR", "-", "🔌'",
)  # fmt: skip
STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212")
SPACES = ("", " ", "\t", "\r\n", "\u00a0", "\u3000", "\ufeff", "\u200b", "\x0b")
EVERY_ADDRESS = ("/inbox?q={}", "/inbox?state={}", "/inbox?owner={}", "/inbox/list?q={}&page={}",
                 "/inbox?sort={}", "/catalog?q={}", "/catalog?fiber={}&sort={}", "/catalog?page={}",
                 "/catalog/product?sku={}", "/catalog/edit?sku={}", "/questions?status={}",
                 "/questions?page={}", "/leads/1/merge?q={}", "/leads/1/merge?with={}",
                 "/dashboard?days={}", "/outbox?page={}")  # fmt: skip


@dataclass(frozen=True)
class Victim:
    """The lead of a visitor who wrote nothing but attacks."""

    firm: Company
    desk: DeskBrowser
    reference: str
    seen: list[str]  # what the visitor's page shows of the assistant
    email: str

    @property
    def page(self) -> str:
        return f"/leads/{int(self.reference[2:])}"


@pytest.fixture(scope="module")
def victim(firm: Company) -> Victim:
    found: dict[str, Any] = {}

    async def scenario(mal: Guest) -> None:
        await mal.arrive()
        for words in SAID:
            await mal.say(words)
        await mal.submit(company=COMPANY, note=NOTE)
        card = await firm.card(mal.reference)
        await firm.press(REP, card, "Claim")
        await firm.card(mal.reference, "has it since")
        await firm.write(REP, card, "Hello.")
        await mal.until(lambda: mal.agent)
        await mal.say(SLACK + LINKS)
        await firm.until(lambda: firm.visitor_said(mal.reference))
        await firm.write(REP, card, "release")
        await mal.until(lambda: mal.agent is None)
        await firm.everything_delivered()
        said = [message["text"] for message in mal.said_by_assistant()]
        found.update(reference=mal.reference, seen=said, email=mal.email)

    receive(firm.server, scenario, "Mal Ice")
    return Victim(firm, owner_at_desk(firm), **found)


def test_a_visitors_words_are_no_template_in_what_the_assistant_says(victim: Victim) -> None:
    said = "\n".join(victim.seen)

    assert "49" not in said
    assert "__class__" not in said
    assert said.count(victim.email) == 1  # the confirmation, and no {contact_reach} filled in
    assert "None" not in said


def test_the_lead_is_kept_as_it_was_written(victim: Victim) -> None:
    query = sa.text("SELECT company, note FROM leads WHERE email_key = :email")
    with victim.firm.engine.connect() as connection:
        (kept,) = connection.execute(query, {"email": victim.email}).all()

    assert tuple(kept) == (COMPANY, NOTE)


def test_slack_gets_nothing_that_pings_links_or_looks_like_ours(victim: Victim) -> None:
    told = json.dumps(victim.firm.slack.messages_in("C0SALES"), ensure_ascii=False)

    assert "Invoice" in told
    for live in ("<!channel>", "<!here>", "<@U0MAN>", "<http://evil", "<javascript", "alert(1)|"):
        assert live not in told
    assert "@here" not in told  # spelled with an unseen joiner
    for block in _texts(victim.firm.slack.messages_in("C0SALES")):
        assert block.get("verbatim"), block  # Slack makes no links of its own accord


def _texts(value: Any) -> Iterator[dict[str, Any]]:
    """Every mrkdwn object of the app's own messages."""
    if isinstance(value, dict):
        if value.get("user") == REP:
            return
        if value.get("type") == "mrkdwn":
            yield value
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def test_a_mail_shows_markup_as_text(victim: Victim) -> None:
    (mail,) = victim.firm.mail.about(victim.reference)
    html = mail.get_body(("html",))
    assert html is not None
    shown = html.get_content()

    assert "&lt;script&gt;" in shown
    assert "{{7*7}}" in shown
    for live in ("<script", "<img", "<svg", 'href="http://evil', 'javascript:alert(1)"'):
        assert live not in shown
    assert "\n" not in mail["Subject"]


@pytest.mark.parametrize(
    "page", ["", "/now", "/merge", "/erase", "/inbox", "/questions", "/outbox"]
)
def test_the_desk_shows_it_as_text(victim: Victim, page: str) -> None:
    path = page if page in ("/inbox", "/questions", "/outbox") else victim.page + page
    answer = victim.desk.get(path)

    assert answer.status_code == 200
    for live in ("<script>alert", "<img src=x", "<svg", 'href="http://evil', 'href="javascript:',
                 ">49<", "{contact_reach}49"):  # fmt: skip
        assert live not in answer.text
    if page == "":
        assert "{{7*7}}" in answer.text
        assert "&lt;script&gt;" in answer.text


def test_an_exported_cell_runs_nothing_in_a_spreadsheet(victim: Victim) -> None:
    answer = victim.desk.get("/inbox/export")
    rows = [*csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))]

    assert [row for row in rows if victim.email in row]
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip("".join(SPACES)).startswith(STARTS), cell


@pytest.mark.parametrize("space", SPACES)
def test_whatever_stands_before_a_formula_it_is_none(engine: Engine, space: str) -> None:
    drafts = [
        LeadDraft(consent=True, email=f"a{n}@example.com", note="x", company=f"{space}{start}1+1")
        for n, start in enumerate(STARTS)
    ]
    file = io.StringIO()
    with transaction(engine) as session:
        for draft in drafts:
            take_lead(session, draft, datetime.now(UTC))
        export_leads(session, file)
    file.seek(0)

    kept = [row["company"] for row in csv.DictReader(file)]
    assert len(kept) == len(STARTS)
    assert all(cell[0] in ("'", *"123456789") for cell in kept), kept


def test_questions_for_training_carry_no_markup_of_rasa() -> None:
    hostile = [
        "[x](intent) {y}",
        "a\n- intent: leave_contact\n  examples: |\n    - b",
        "- c",
        "a: |",
        "\u2028- intent: x",
        "\x85- intent: y",
        "# no comment",
        "&a *b !!python/object x",
    ]
    text = training_file({"faq/mtp": hostile})

    (found,) = yaml.safe_load(text)["nlu"]
    assert set(found) == {"intent", "examples"}
    assert len(found["examples"].splitlines()) == len(hostile)
    assert not set("[]{}") & set(found["examples"])


def counts(firm: Company) -> dict[str, int]:
    with firm.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {
            name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()  # noqa: S608
            for name in names
        }


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_sql_in_the_desks_addresses_is_words(victim: Victim, address: str) -> None:
    before = counts(victim.firm)
    for query in QUERIES:
        answer = victim.desk.get(address.replace("{}", quote(query)))

        assert answer.status_code in (200, 400, 404), (address, answer.status_code)
        assert "argon2" not in answer.text
    assert counts(victim.firm) == before


def test_sql_over_rest_is_words(firm: Company) -> None:
    url = f"http://127.0.0.1:{firm.server.port}/webhooks/rest/webhook"
    before = counts(firm)
    for query in QUERIES:
        for text in (f"find {query}", f"price of INX-{query}", query):
            answer = requests.post(
                url,
                json={"sender": f"sql {query}".replace("\x00", ""), "message": text},
                headers={"Authorization": f"Bearer {REST_TOKEN}"},
                timeout=30,
            )
            assert answer.status_code == 200
            assert "went wrong" not in answer.text, text
    changed = {name for name, number in counts(firm).items() if number != before[name]}
    assert changed <= {"events", "unknown_questions", "job_locks"}
    asyncio.run(firm.everything_delivered())
