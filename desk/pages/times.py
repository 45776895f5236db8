"""Times and phone numbers as short as a colleague can read them. No database here."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers
from markupsafe import Markup


def short_time(at: datetime, now: datetime, zone: str) -> Markup:
    """ "07:06" today, "Nov 21, 07:06" this year, else with the year, where the office is."""
    there, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    text = f"{there:%H:%M}"
    if there.date() != today.date():
        year = "" if there.year == today.year else f", {there.year}"
        text = f"{there:%b %-d}{year}, {text}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), f"{there:%b %-d, %Y, %H:%M:%S %Z}", text
    )


def phone_text(phone: str) -> str:
    """ "+14087967735" is "+1 408-796-7735"; what is no number stays as it is."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
