"""A visitor's e-mail or phone is understood as people type it, and refused with a useful hint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.contact import (
    CONTACT_EMAIL,
    CONTACT_PHONE,
    Contact,
    ContactError,
    parse_contact,
    parse_email,
    parse_phone,
)


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("ana@example.com", "ana@example.com"),
        ("  <Ana.Lee@Example.COM>, ", "Ana.Lee@example.com"),
        ("mailto:ana@example.com.", "ana@example.com"),
        ("ana+fiber@mail.example.co.uk", "ana+fiber@mail.example.co.uk"),
        ("jürgen@bücher.example", "jürgen@bücher.example"),
    ],
)
def test_an_address_is_read_as_people_type_it(typed: str, email: str) -> None:
    assert parse_email(typed) == email


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("ana.example.com", "@ is missing"),
        ("ana @ example.com", "spaces"),
        ("ana@@example.com", "more than one @"),
        ("@example.com", "before the @"),
        ("ana@example", ".com, is missing"),
        ("ana@exa_mple.com", "name@company.com"),
        ("a..b@example.com", "name@company.com"),
        ("a" * 400 + "@example.com", "too long"),
        ("", "@ is missing"),
    ],
)
def test_a_wrong_address_is_refused_with_what_to_change(typed: str, hint: str) -> None:
    with pytest.raises(ContactError) as refused:
        parse_email(typed)

    assert refused.value.reply == "say_bad_email"
    assert hint in refused.value.hint


def test_a_mistyped_provider_is_suggested_and_can_be_insisted_on() -> None:
    with pytest.raises(ContactError) as refused:
        parse_email("ana@gmial.com")

    assert "gmail.com" in refused.value.hint
    assert refused.value.suggestion == "ana@gmail.com"
    assert parse_email("ana@gmial.com", as_typed=True) == "ana@gmial.com"


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        (CONTACT_PHONE, "+14087967735"),
        ("408.796.7735", "+14087967735"),
        ("+1 408 796 7735", "+14087967735"),
        ("4087967735 ext. 12", "+14087967735"),
        ("+49 30 901820", "+4930901820"),
    ],
)
def test_a_number_becomes_e164(typed: str, phone: str) -> None:
    assert parse_phone(typed) == phone


def test_a_number_without_country_code_belongs_to_the_region() -> None:
    assert parse_phone("020 7946 0018", region="GB") == "+442079460018"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("408 796", "too few digits"),
        ("796-7735", "area code"),
        ("408 796 7735 7735 7735", "too many digits"),
        ("+999 123 456 789", "country code"),
        ("(000) 796-7735", "No such number"),
        ("call me", "too few digits"),
        ("4" * 400, "too long"),
    ],
)
def test_a_wrong_number_is_refused_with_what_to_change(typed: str, hint: str) -> None:
    with pytest.raises(ContactError) as refused:
        parse_phone(typed)

    assert refused.value.reply == "say_bad_phone"
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("typed", "email", "phone"),
    [
        ("ana@example.com", "ana@example.com", None),
        ("my mail is ana@example.com, thanks!", "ana@example.com", None),
        ("(408) 796-7735", None, "+14087967735"),
        ("call me at 408-796-7735", None, "+14087967735"),
        ("12 trunks of 30 m, call 408-796-7735 please", None, "+14087967735"),
        ("ana@example.com or 408-796-7735", "ana@example.com", "+14087967735"),
        ("12 trunks, write to ana@example.com", "ana@example.com", None),
    ],
)
def test_either_contact_is_found_in_a_sentence(
    typed: str, email: str | None, phone: str | None
) -> None:
    assert parse_contact(typed) == Contact(email, phone)


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        ("ana @ example.com", "say_bad_email"),
        ("call 0000000000", "say_bad_phone"),
        ("later", "say_bad_contact"),
        ("796", "say_bad_contact"),
    ],
)
def test_no_contact_is_refused_by_what_it_looked_like(typed: str, reply: str) -> None:
    with pytest.raises(ContactError) as refused:
        parse_contact(typed)

    assert refused.value.reply == reply


@pytest.mark.parametrize("typed", ["secretname@gmial.com", "secretname@", "408 555 01"])
def test_an_error_never_holds_what_the_visitor_typed(typed: str) -> None:
    with pytest.raises(ContactError) as refused:
        parse_contact(typed)

    said = f"{refused.value} {refused.value!r} {refused.value.hint}"
    assert "secretname" not in said
    assert "408 555" not in said
    assert refused.value.__cause__ is None


def test_a_contact_does_not_show_itself_in_a_log() -> None:
    assert repr(Contact("ana@example.com", "+14087967735")) == "Contact()"


def test_our_own_contacts_are_valid() -> None:
    assert parse_contact(f"{CONTACT_EMAIL} {CONTACT_PHONE}") == Contact(
        CONTACT_EMAIL, "+14087967735"
    )


@given(st.text(alphabet="ab1234567890@. +-()<>\u00e9\u202e\x00", max_size=40))
def test_any_text_gives_a_contact_or_a_contact_error(text: str) -> None:
    try:
        found = parse_contact(text)
        reached: object = found.email or found.phone
    except ContactError as error:
        reached = error.reply.startswith("say_bad_")

    assert reached


@given(st.from_regex(r"[a-z]{1,9}@[a-z]{2,9}\.(com|org|net)", fullmatch=True))
def test_reading_an_address_twice_changes_nothing(address: str) -> None:
    once = parse_email(address, as_typed=True)

    assert parse_email(once, as_typed=True) == once
