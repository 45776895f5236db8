"""What a process must not be served with: settings that open it to strangers, or contradict.

Checked when the assistant or the desk starts. A single setting that is unusable is refused
earlier, by `Settings.from_env`.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from sales.settings.desk import DeskSettings
from sales.settings.reader import SettingsError
from sales.settings.selling import MailSettings, SlackSettings, WebhookSettings
from sales.settings.settings import Settings

EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  listening on all addresses


def refuse_unsafe(settings: Settings) -> None:
    """Raises SettingsError with a sentence for everything that is unsafe, not only the first."""
    found = [*_unsafe(settings)]
    if found:
        raise SettingsError("\n".join(found))


def refuse_unsafe_desk(desk: DeskSettings) -> None:
    """The same for the desk alone."""
    found = [*_unsafe_desk(desk)]
    if found:
        raise SettingsError("\n".join(found))


def is_open_to_the_network(settings: Settings) -> bool:
    """Whether others than this machine reach the assistant, through a proxy or without."""
    return not is_loopback(settings.host) or bool(settings.website.trusted_proxies)


def is_loopback(host: str) -> bool:
    """Whether the name or address is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _unsafe(settings: Settings) -> Iterator[str]:
    if settings.port == settings.desk.port and _share(settings.host, settings.desk.host):
        yield (
            f"PORT and DESK_PORT are both {settings.port}; give one of them another number, "
            f"such as DESK_PORT={_neighbour(settings.port)}."
        )
    if "*" in settings.website.allowed_origins and is_open_to_the_network(settings):
        yield (
            "ALLOWED_ORIGINS is * while others reach the chat, so any site may use it; name the "
            "sites that embed it, such as https://www.example.com, several with commas."
        )
    yield from _unsafe_desk(settings.desk)
    if settings.slack:
        yield from _unsafe_slack(settings.slack)
    if settings.mail:
        yield from _unsafe_mail(settings.mail)
    if settings.webhooks:
        yield from _unsafe_webhooks(settings.webhooks)


def _unsafe_desk(desk: DeskSettings) -> Iterator[str]:
    if not is_loopback(desk.host) and not desk.url:
        yield (
            f"DESK_HOST is {desk.host}, which opens the desk to the network; put a proxy with "
            "https in front and set DESK_URL to its address, such as https://desk.example.com, "
            "or set DESK_HOST=127.0.0.1."
        )
    if _is_in_the_clear(desk.url):
        yield (
            "DESK_URL begins with http://, so passwords would go over the network readable; "
            "serve the desk over https and set DESK_URL to that address."
        )
    if _is_in_the_clear(desk.oidc_issuer):
        yield "DESK_OIDC_ISSUER begins with http://; set it to the provider's https:// address."


def _unsafe_slack(slack: SlackSettings) -> Iterator[str]:
    if _is_in_the_clear(slack.api_url):
        yield "SLACK_API_URL begins with http://; leave it blank, or set an https:// address."


def _unsafe_mail(mail: MailSettings) -> Iterator[str]:
    if mail.security == "none" and mail.password and not is_loopback(mail.host):
        yield (
            "SMTP_SECURITY is none, so SMTP_PASSWORD would go over the network readable; set "
            "SMTP_SECURITY to starttls or tls."
        )


def _unsafe_webhooks(webhooks: WebhookSettings) -> Iterator[str]:
    if webhooks.allow_private:
        return
    for number, url in enumerate(webhooks.urls, start=1):
        if _is_in_the_clear(url):
            yield (
                f"WEBHOOK_URLS: number {number} begins with http://, so what people told you "
                "would go over the network readable; use its https:// address (http:// is for "
                "the private network, with WEBHOOK_ALLOW_PRIVATE=yes)."
            )


def _is_in_the_clear(url: str) -> bool:
    """Whether the address is http:// and not on this machine."""
    if not url.lower().startswith("http://"):
        return False
    return not is_loopback(urlsplit(url).hostname or "")


def _share(one: str, other: str) -> bool:
    """Whether both listen on the same address."""
    return (
        one == other
        or one in EVERYWHERE
        or other in EVERYWHERE
        or (is_loopback(one) and is_loopback(other))
    )


def _neighbour(port: int) -> int:
    return port + 1 if port < 65_535 else port - 1
