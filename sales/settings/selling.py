"""How leads reach people: office hours, deadlines, Slack, mail, webhooks; how long data stays."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from sales.business_hours import BusinessHours
from sales.contact import CONTACT_EMAIL
from sales.office import Office, Routes, SlaPolicy
from sales.settings.reader import HIGHEST_PORT, Reader

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class SlackSettings:
    """The Slack app and the channel that leads go to; docs/slack.md says where each comes from."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    sales_channel: str  # its id, such as C0123456789
    app_token: str = field(repr=False)  # for Socket Mode; "": Slack calls us
    api_url: str


@dataclass(frozen=True)
class MailSettings:
    """The mail server, and who hears of leads."""

    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    security: str  # starttls, tls or none
    sender: str
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class WebhookSettings:
    """Where changes of leads are posted to, signed with the secret; docs/webhooks.md."""

    urls: tuple[str, ...] = field(repr=False)  # an address may hold a token
    secret: str = field(repr=False)
    allow_private: bool  # targets inside the private network


@dataclass(frozen=True)
class RetentionSettings:
    """Days after which data is deleted."""

    lead_days: int  # after a lead was closed
    conversation_days: int  # after the last word of a conversation without a lead


def slack_settings(env: Reader) -> SlackSettings | None:
    """None when Slack is not connected."""
    env.useless(
        "SLACK_BOT_TOKEN", ("SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SLACK_SALES_CHANNEL")
    )
    if not env.needs("Slack", "SLACK_BOT_TOKEN", ("SLACK_SALES_CHANNEL",)):
        return None
    app_token, signing_secret = env.text("SLACK_APP_TOKEN"), env.text("SLACK_SIGNING_SECRET")
    if not (app_token or signing_secret):
        env.problems.append("Slack needs SLACK_SIGNING_SECRET, or SLACK_APP_TOKEN for Socket Mode.")
    if env.text("SLACK_BOT_TOKEN").startswith("xapp-") or app_token.startswith("xoxb-"):
        env.problems.append(
            "SLACK_BOT_TOKEN is the token that begins with xoxb-, SLACK_APP_TOKEN the one that "
            "begins with xapp-; they are the wrong way round."
        )
    if env.text("SLACK_SALES_CHANNEL").startswith("#"):
        env.problems.append(
            "SLACK_SALES_CHANNEL is a name; set it to the channel's id, such as C0123456789 "
            "(at the end of the channel's details in Slack)."
        )
    return SlackSettings(
        bot_token=env.text("SLACK_BOT_TOKEN"),
        signing_secret=signing_secret,
        sales_channel=env.text("SLACK_SALES_CHANNEL"),
        app_token=app_token,
        api_url=env.url("SLACK_API_URL", "https://slack.com/api") + "/",
    )


def mail_settings(env: Reader) -> MailSettings | None:
    """None when no mail server is named."""
    env.useless("SMTP_HOST", ("SMTP_USER", "SMTP_PASSWORD", "MAIL_TO"))
    if not env.text("SMTP_HOST"):
        return None
    security = env.choice("SMTP_SECURITY", ("starttls", "tls", "none"), "starttls")
    return MailSettings(
        host=env.text("SMTP_HOST"),
        port=env.number("SMTP_PORT", 465 if security == "tls" else 587, HIGHEST_PORT),
        user=env.text("SMTP_USER"),
        password=env.text("SMTP_PASSWORD"),
        security=security,
        sender=env.text("MAIL_FROM", CONTACT_EMAIL),
        recipients=env.words("MAIL_TO") or (CONTACT_EMAIL,),
    )


def webhook_settings(env: Reader) -> WebhookSettings | None:
    """None when no address is named."""
    urls = env.words("WEBHOOK_URLS")
    if not urls:
        return None
    for number, url in enumerate(urls, start=1):
        if not url.startswith(("https://", "http://")):
            env.problems.append(f"WEBHOOK_URLS: number {number} does not begin with https://.")
    if not env.text("WEBHOOK_SECRET"):
        env.problems.append("WEBHOOK_URLS needs WEBHOOK_SECRET: `openssl rand -hex 32` makes one.")
    allow_private = env.choice("WEBHOOK_ALLOW_PRIVATE", ("yes", "no"), "no") == "yes"
    return WebhookSettings(urls, env.secret("WEBHOOK_SECRET"), allow_private)


def retention_settings(env: Reader) -> RetentionSettings:
    """As the environment has it."""
    return RetentionSettings(
        lead_days=env.number("LEAD_DAYS", 730),
        conversation_days=env.number("CONVERSATION_DAYS", 365),
    )


def office(env: Reader, routes: Routes, desk_url: str) -> Office:
    """Business hours, deadlines and where news of leads go."""
    return Office(
        hours=_business_hours(env),
        sla=SlaPolicy(
            minutes={
                "high": env.number("SLA_MINUTES_HIGH", 15),
                "normal": env.number("SLA_MINUTES", 30),
                "low": env.number("SLA_MINUTES_LOW", 120),
            }
        ),
        routes=routes,
        takeover_minutes=env.number("TAKEOVER_MINUTES", 30),
        desk_url=desk_url,
    )


def _business_hours(env: Reader) -> BusinessHours:
    timezone = env.text("BUSINESS_TIMEZONE", "America/Los_Angeles")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        env.problems.append(
            f"BUSINESS_TIMEZONE is {timezone!r}; write it like America/Los_Angeles."
        )
        timezone = "UTC"
    opens, closes = _opening_hours(env)
    return BusinessHours(timezone, _days(env), opens, closes, _holidays(env))


def _opening_hours(env: Reader) -> tuple[time, time]:
    text = env.text("BUSINESS_HOURS", "08:00-17:00")
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        opens = closes = time()
    if opens < closes:
        return opens, closes
    env.problems.append(f"BUSINESS_HOURS is {text!r}; write it like 08:00-17:00.")
    return time(8), time(17)


def _days(env: Reader) -> frozenset[int]:
    """Days as "mon-fri" or "mon,wed,sat"; 0 is Monday."""
    text = env.text("BUSINESS_DAYS", "mon-fri").lower()
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = (word.strip() for word in part.partition("-"))
        if first not in DAYS or (last or first) not in DAYS:
            env.problems.append(f"BUSINESS_DAYS is {text!r}; write it like mon-fri or mon,wed,sat.")
            return frozenset(range(5))
        span = (DAYS.index(last or first) - DAYS.index(first)) % len(DAYS)
        found |= {(DAYS.index(first) + step) % len(DAYS) for step in range(span + 1)}
    return frozenset(found)


def _holidays(env: Reader) -> Container[date]:
    """Public holidays of a country ("US") or one of its parts ("US-CA"); "none": work through."""
    text = env.text("BUSINESS_HOLIDAYS", "US").upper()
    if text == "NONE":
        return frozenset()
    country, _, part = text.partition("-")
    try:
        days: Container[date] = holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:  # what `holidays` raises for a country it lacks
        env.problems.append(f"BUSINESS_HOLIDAYS is {text!r}; write a country such as US, or none.")
        return frozenset()
    return days
