"""Which passwords are good enough, and how they are checked."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from desk.auth.passwords import PasswordError, Passwords, check_password, generated_password

LIGHT = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # the rules, not the cost


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(LIGHT)


@pytest.mark.parametrize(
    "good", ["six fibers in a tube", "Straße nach Überlingen", "k7m3p-xw9fh-2", "pin-drop!!cat"]
)
def test_a_long_password_will_do(good: str) -> None:
    check_password(good, "ana@example.com", "Ana Ruiz")


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("", "12 to 256 characters"),
        ("elevenchars", "12 to 256 characters"),
        ("x7!q" * 65, "12 to 256 characters"),
        ("aaaaaaaaaaaaaaa", "more different characters"),
        ("abcabcabcabcabc", "more different characters"),
        ("abcdefghijklmn", "no run"),
        ("9876543210/.-,", "no run"),
        ("ANA.M.Ruiz@example.com", "name or e-mail"),
        ("2026!ana.m.ruiz!!", "name or e-mail"),
        ("Ana Ruiz Delgado 2026!", "name or e-mail"),
        ("passwordpassword", "first that are guessed"),
    ],
)
def test_what_is_easily_guessed_will_not(bad: str, told: str) -> None:
    with pytest.raises(PasswordError, match=told):
        check_password(bad, "ana.m.ruiz@example.com", "Ana Ruiz Delgado")


def test_a_password_matches_its_hash_and_no_other(passwords: Passwords) -> None:
    kept = passwords.hash("six fibers in a tube")

    assert passwords.matches(kept, "six fibers in a tube")
    assert not passwords.matches(kept, "Six fibers in a tube")
    assert not passwords.matches(kept, "")


def test_two_hashes_of_one_password_differ(passwords: Passwords) -> None:
    assert passwords.hash("six fibers in a tube") != passwords.hash("six fibers in a tube")


def test_nothing_matches_where_no_password_is_kept(passwords: Passwords) -> None:
    assert not passwords.matches(None, "")
    assert not passwords.matches(None, "six fibers in a tube")


def test_a_damaged_hash_matches_nothing(passwords: Passwords) -> None:
    assert not passwords.matches("no hash", "six fibers in a tube")


def test_keyboards_that_compose_letters_differently_type_the_same_password(
    passwords: Passwords,
) -> None:
    kept = passwords.hash("Überlingen am See")

    assert passwords.matches(kept, "U\u0308berlingen am See")


def test_an_endless_password_is_no_work(passwords: Passwords) -> None:
    assert not passwords.matches(passwords.hash("six fibers in a tube"), "x" * 10_000_000)


def test_a_hash_made_with_less_work_is_dated(passwords: Passwords) -> None:
    assert Passwords().is_dated(passwords.hash("six fibers in a tube"))
    assert not passwords.is_dated(passwords.hash("six fibers in a tube"))


def test_generated_passwords_are_good_and_never_the_same() -> None:
    made = {generated_password() for _ in range(50)}

    assert len(made) == 50
    for password in made:
        check_password(password, "ana@example.com", "Ana Ruiz")
        assert not set(password) & set("il1o0")
