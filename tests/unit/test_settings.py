"""Settings are complete, or refused with every sentence that says what to set."""

from __future__ import annotations

from datetime import date, time

import pytest

from sales.settings import Settings, SettingsError

RANDOM = "6b1f0c9d2e8a47535d0e9c1b7f3a2864"
SLACK = {
    "SLACK_BOT_TOKEN": "xoxb-very-secret",
    "SLACK_SIGNING_SECRET": "signing-very-secret",
    "SLACK_SALES_CHANNEL": "C0123456789",
}


def problems(**env: str) -> str:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(env)
    return str(refused.value)


def test_without_settings_nothing_leaves_the_machine() -> None:
    settings = Settings.from_env({})

    assert (settings.slack, settings.mail, settings.webhooks) == (None, None, None)
    routes = settings.office.routes
    assert (routes.slack, routes.email, routes.webhooks) == (False, False, ())
    assert (settings.host, settings.desk.host) == ("127.0.0.1", "127.0.0.1")


def test_what_is_connected_hears_of_leads() -> None:
    webhook = {"WEBHOOK_URLS": "https://crm.example.com/hook", "WEBHOOK_SECRET": RANDOM}
    settings = Settings.from_env({**SLACK, "SMTP_HOST": "mail.example.com", **webhook})

    assert settings.office.routes.slack
    assert settings.office.routes.email
    assert settings.office.routes.webhooks == ("https://crm.example.com/hook",)
    assert settings.mail is not None
    assert (settings.mail.port, settings.mail.security) == (587, "starttls")
    assert settings.mail.recipients == ("sales@infinitenetworksinc.com",)


def test_secrets_are_not_shown() -> None:
    shown = repr(Settings.from_env({**SLACK, "DESK_SECRET": f"dddd{RANDOM}", "SMTP_HOST": "mail",
                                    "SMTP_PASSWORD": "hunter22",
                                    "REDIS_URL": "redis://:pass1234@redis/0"}))  # fmt: skip

    for secret in ("very-secret", "dddd", "hunter22", "pass1234"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SALES_CHANNEL"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SALES_CHANNEL": "C1"}, "SLACK_APP_TOKEN"),
        ({"SMTP_HOST": "mail", "SMTP_SECURITY": "ssl3"}, "starttls, tls, none"),
        ({"WEBHOOK_URLS": "https://crm.example.com"}, "WEBHOOK_SECRET"),
        ({"WEBHOOK_URLS": "ftp://crm", "WEBHOOK_SECRET": RANDOM}, "number 1"),
        ({"BUSINESS_TIMEZONE": "Mars/Olympus"}, "America/Los_Angeles"),
        ({"BUSINESS_HOURS": "17:00-08:00"}, "08:00-17:00"),
        ({"BUSINESS_HOURS": "all day"}, "08:00-17:00"),
        ({"BUSINESS_DAYS": "monday"}, "mon-fri"),
        ({"BUSINESS_HOLIDAYS": "ATLANTIS"}, "BUSINESS_HOLIDAYS"),
        ({"DESK_URL": "desk.example.com"}, "DESK_URL"),
        ({"DESK_SECRET": "short"}, "openssl"),
        ({"DESK_OIDC_ISSUER": "https://id.example.com"}, "DESK_OIDC_CLIENT_SECRET"),
        ({"SLA_MINUTES": "soon"}, "SLA_MINUTES"),
        ({"REDIS_URL": "redis.example.com:6379"}, "redis://"),
        ({"REDIS_URL": "redis://:s3c#ret@host:6379/0"}, "# as %23"),
        ({"REDIS_URL": "redis://:s3c/ret@host:6379/0"}, "/ as %2F"),
        ({"REDIS_URL": "redis://host:port/0"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://host:6379/first"}, "REDIS_URL"),
        ({"REDIS_URL": "redis:///0"}, "REDIS_URL"),
    ],
)
def test_what_cannot_work_is_refused_with_what_would(env: dict[str, str], told: str) -> None:
    said = problems(**env)

    assert told in said
    assert "s3c" not in said


def test_every_problem_is_told_at_once() -> None:
    told = problems(PORT="0", SLA_MINUTES="x", BUSINESS_DAYS="x").splitlines()

    assert len(told) == 3


def test_office_hours_as_people_write_them() -> None:
    hours = Settings.from_env(
        {
            "BUSINESS_TIMEZONE": "Europe/Berlin",
            "BUSINESS_DAYS": "sat-mon, wed",
            "BUSINESS_HOURS": "09:30-18:15",
            "BUSINESS_HOLIDAYS": "DE",
        }
    ).office.hours

    assert hours.timezone == "Europe/Berlin"
    assert hours.days == {5, 6, 0, 2}
    assert (hours.opens, hours.closes) == (time(9, 30), time(18, 15))
    assert date(2026, 12, 25) in hours.holidays
    assert date(2026, 12, 28) not in hours.holidays


def test_a_house_may_work_through_holidays() -> None:
    hours = Settings.from_env({"BUSINESS_HOLIDAYS": "none"}).office.hours

    assert date(2026, 12, 25) not in hours.holidays
