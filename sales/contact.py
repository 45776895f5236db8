"""Turns what a visitor typed into an e-mail address or a phone number that a person can use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    ValidationResult,
)

CONTACT_PHONE = "(408) 796-7735"  # the supplier's article, June 2025
CONTACT_EMAIL = "sales@infinitenetworksinc.com"

LONGEST_CONTACT = 320  # characters; 64 + @ + 255 is the longest address there is
FEWEST_PHONE_DIGITS = 7
MISTYPED_DOMAINS = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmal.com": "gmail.com",
    "gamil.com": "gmail.com",
    "gnail.com": "gmail.com",
    "gmaill.com": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.co": "gmail.com",
    "gmail.cm": "gmail.com",
    "hotmial.com": "hotmail.com",
    "hotmai.com": "hotmail.com",
    "hotmail.con": "hotmail.com",
    "outlok.com": "outlook.com",
    "outloook.com": "outlook.com",
    "outlook.con": "outlook.com",
    "yaho.com": "yahoo.com",
    "yahooo.com": "yahoo.com",
    "yahoo.con": "yahoo.com",
    "iclod.com": "icloud.com",
    "icloud.con": "icloud.com",
}
AROUND_AN_ADDRESS = " \t\r\n<>()[]\"'`,;:!?."
TOO_FEW, TOO_MANY = "It has too few digits; include the area code.", "It has too many digits."
UNKNOWN_COUNTRY = "The country code is unknown; write it as +44 or +49."
LOOKS_LIKE = "It should look like (408) 796-7735 or +44 20 7946 0018."
PHONE_HINTS = {
    ValidationResult.TOO_SHORT: TOO_FEW,
    ValidationResult.TOO_LONG: TOO_MANY,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "The area code is missing.",
    ValidationResult.INVALID_COUNTRY_CODE: UNKNOWN_COUNTRY,
}
PARSE_HINTS = {
    NumberParseException.INVALID_COUNTRY_CODE: UNKNOWN_COUNTRY,
    NumberParseException.TOO_SHORT_AFTER_IDD: TOO_FEW,
    NumberParseException.TOO_SHORT_NSN: TOO_FEW,
    NumberParseException.TOO_LONG: TOO_MANY,
}
NO_SUCH_NUMBER = "No such number exists there; outside the US start with + and the country code."


class ContactError(ValueError):
    """No usable contact. `reply` is for the customer, `hint` may be shown with it.

    Neither the text nor the hint holds what the visitor typed. `suggestion` may: it is the whole
    corrected address, to offer to the visitor and never to a log.
    """

    def __init__(self, reply: str, hint: str, suggestion: str | None = None) -> None:
        super().__init__(f"No usable contact. {hint}")
        self.reply, self.hint, self.suggestion = reply, hint, suggestion


@dataclass(frozen=True)
class Contact:
    """An e-mail address, a phone number (E.164), or both."""

    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


def parse_email(text: str, *, as_typed: bool = False) -> str:
    """The address in its usual form (domain in lower case). Asks no DNS server.

    Raises ContactError with a hint; a mistyped provider such as gmial.com comes with a
    `suggestion`, and `as_typed` lets it through when the visitor insists.
    """
    address = _bare_address(text)
    hint = _email_mistake(address)
    if hint:
        raise ContactError("say_bad_email", hint)
    try:
        checked = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        hint = "It should look like name@company.com."
        raise ContactError("say_bad_email", hint) from None
    better = MISTYPED_DOMAINS.get(checked.domain)
    if better and not as_typed:
        suggestion = f"{checked.local_part}@{better}"
        raise ContactError("say_bad_email", f"Did you mean {better}?", suggestion)
    return checked.normalized


def parse_phone(text: str, region: str = "US") -> str:
    """The number as E.164 (+14087967735); `region` holds where no country code is given.

    An extension is dropped. Raises ContactError with a hint.
    """
    if len(text) > LONGEST_CONTACT:
        raise ContactError("say_bad_phone", "It is too long.")
    if sum(character.isdigit() for character in text) < FEWEST_PHONE_DIGITS:
        raise ContactError("say_bad_phone", TOO_FEW)
    number = _number_in(text, region) or _whole_number(text, region)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def parse_contact(text: str, region: str = "US") -> Contact:
    """The e-mail address or phone number in the text, or both where both are there.

    Raises ContactError: about the address where there is an @, about the number where there are
    digits enough, else about the contact.
    """
    if "@" in text:
        return _with_email(text, region)
    if sum(character.isdigit() for character in text) >= FEWEST_PHONE_DIGITS:
        return Contact(phone=parse_phone(text, region))
    hint = "An e-mail address needs an @, a phone number its area code."
    raise ContactError("say_bad_contact", hint)


def _with_email(text: str, region: str) -> Contact:
    word = next(word for word in text.split() if "@" in word)
    if _email_mistake(_bare_address(word)):  # "ana @ company.com": judge the whole text
        return Contact(email=parse_email(text))
    email = parse_email(word)
    try:
        return Contact(email=email, phone=parse_phone(text.replace(word, " ", 1), region))
    except ContactError:  # the rest of the sentence is no number, which is fine
        return Contact(email=email)


def _number_in(text: str, region: str) -> PhoneNumber | None:
    """The first valid number in a sentence ("12 trunks, call 408-796-7735 please")."""
    matches = PhoneNumberMatcher(text, region)
    return next((match.number for match in matches), None)


def _whole_number(text: str, region: str) -> PhoneNumber:
    """The text as one number, or ContactError saying why it is none."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        hint = PARSE_HINTS.get(error.error_type, LOOKS_LIKE)
        raise ContactError("say_bad_phone", hint) from None
    if phonenumbers.is_valid_number(number):
        return number
    possible = phonenumbers.is_possible_number_with_reason(number)
    raise ContactError("say_bad_phone", PHONE_HINTS.get(possible, NO_SUCH_NUMBER))


def _bare_address(text: str) -> str:
    return re.sub(r"^mailto:", "", text.strip(AROUND_AN_ADDRESS), flags=re.IGNORECASE)


def _email_mistake(address: str) -> str:
    """A hint about a common mistake, or "" for none."""
    local, at, domain = address.partition("@")
    if len(address) > LONGEST_CONTACT:
        return "It is too long."
    if not at:
        return "The @ is missing."
    if re.search(r"\s", address):
        return "It must not hold spaces."
    if "@" in domain:
        return "It has more than one @."
    if not local:
        return "The name before the @ is missing."
    if "." not in domain:
        return "The ending, such as .com, is missing after the @."
    return ""
