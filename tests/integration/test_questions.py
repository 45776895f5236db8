"""What the assistant did not know reaches the owner once per question, and a decision lasts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from sales.database import transaction
from sales.questions.question import NoSuchGroupError, QuestionError, TopicError
from sales.questions.store import (
    assign,
    count_groups,
    dismiss,
    grouped_questions,
    record_unknown,
    reopen,
    training_examples,
)
from sales.team.store import add_member

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with transaction(engine) as session:
        yield session


@pytest.fixture
def owner(session: Session) -> int:
    return add_member(session, "Olga", "olga@example.com", "owner", NOON).id


def ask(
    session: Session,
    *texts: str,
    conversation: str = "c1",
    guesses: tuple[str, ...] = (),
    kind: str = "not_understood",
    now: datetime = NOON,
) -> None:
    for text in texts:
        record_unknown(session, conversation, text, kind, guesses, now)


def test_the_same_question_in_other_letters_and_dots_is_one_group(session: Session) -> None:
    ask(session, "Do you splice fiber?", conversation="c1")
    ask(session, "hi, do you splice fiber", conversation="c2", now=NOON + DAY)
    ask(session, "DO YOU SPLICE FIBER!!", conversation="c2", now=NOON + 2 * DAY)
    ask(session, "do you splice cable")

    first, second = grouped_questions(session)

    assert (first.count, first.conversations) == (3, 2)
    assert (first.first, first.latest) == (NOON, NOON + 2 * DAY)
    assert first.texts == (
        "DO YOU SPLICE FIBER!!",
        "hi, do you splice fiber",
        "Do you splice fiber?",
    )
    assert (second.count, second.texts) == (1, ("do you splice cable",))


def test_figures_and_names_keep_questions_apart(session: Session) -> None:
    ask(session, "is 1.6T ok", "is 16T ok", "400G DR4+ reach", "400G DR4 reach", "0.5 dB?", "5 dB?")

    assert len(grouped_questions(session)) == 6


def test_a_group_shows_at_most_five_wordings_and_the_guesses_that_came_most(
    session: Session,
) -> None:
    for mark in ("", "?", "!", "?!", "??", "...", ";"):
        ask(session, f"can it rust{mark}", guesses=("faq/durability", "ask_link"))
    ask(session, "can it rust?", guesses=("faq/jackets", "ask_link"), kind="out_of_scope")

    (group,) = grouped_questions(session)

    assert group.count == 8
    assert len(group.texts) == len(set(group.texts)) == 5
    assert group.guesses == ("ask_link", "faq/durability", "faq/jackets")
    assert group.kinds == ("not_understood", "out_of_scope")


def test_the_most_asked_come_first_then_the_latest_page_by_page(session: Session) -> None:
    ask(session, "old", "twice", "twice")
    ask(session, "new", now=NOON + DAY)

    pages = [grouped_questions(session, limit=2, offset=start) for start in (0, 2, 4)]

    assert [[group.texts[0] for group in page] for page in pages] == [["twice", "new"], ["old"], []]


def test_a_decision_takes_a_group_off_the_list_and_says_who_made_it(
    session: Session, owner: int
) -> None:
    ask(session, "do you splice", "do you splice?", "tell me a joke")
    splice, joke = grouped_questions(session)

    assert assign(session, splice.group_key, "faq/services", owner, NOON + DAY) == 2
    assert dismiss(session, joke.group_key, owner, NOON + DAY) == 1

    assert grouped_questions(session) == []
    assert count_groups(session) == {"open": 0, "assigned": 1, "dismissed": 1}
    (assigned,) = grouped_questions(session, "assigned")
    assert (assigned.topic, assigned.decided_by) == ("faq/services", owner)
    assert assigned.decided_at == NOON + DAY
    (dismissed,) = grouped_questions(session, "dismissed")
    assert (dismissed.texts, dismissed.topic) == (("tell me a joke",), None)


def test_a_decision_holds_for_the_same_question_asked_later(session: Session, owner: int) -> None:
    ask(session, "tell me a joke")
    dismiss(session, grouped_questions(session)[0].group_key, owner, NOON)

    ask(session, "Tell me a joke!", now=NOON + DAY)

    assert grouped_questions(session) == []
    (dismissed,) = grouped_questions(session, "dismissed")
    assert (dismissed.count, dismissed.latest) == (2, NOON + DAY)


def test_a_group_can_be_opened_again_with_everything_in_it(session: Session, owner: int) -> None:
    ask(session, "do you splice")
    key = grouped_questions(session)[0].group_key
    assign(session, key, "faq/services", owner, NOON)
    ask(session, "do you splice?")

    assert reopen(session, key, owner, NOON + DAY) == 2

    (group,) = grouped_questions(session)
    assert (group.count, group.topic) == (2, None)
    assert training_examples(session) == {}


def test_training_examples_are_the_assigned_texts_once_each_by_topic(
    session: Session, owner: int
) -> None:
    ask(
        session, "do you splice?", "Do you splice", "can you\n test it", "tell me a joke", "ignored"
    )
    topics = {
        "do you splice?": "faq/services",
        "can you\n test it": "faq/services",
        "tell me a joke": "smalltalk/joke",
    }
    for group in grouped_questions(session):
        topic = topics.get(group.texts[-1])
        if topic:
            assign(session, group.group_key, topic, owner, NOON)

    assert training_examples(session) == {
        "faq/services": ["do you splice?", "can you test it"],
        "smalltalk/joke": ["tell me a joke"],
    }


@pytest.mark.parametrize("topic", ["", "faq/", "Ask Link", "faq/a/b", "a\nb", "x" * 65])
def test_what_cannot_be_a_topic_is_refused_and_decides_nothing(
    session: Session, owner: int, topic: str
) -> None:
    ask(session, "do you splice")
    key = grouped_questions(session)[0].group_key

    with pytest.raises(TopicError, match="no topic"):
        assign(session, key, topic, owner, NOON)

    assert count_groups(session)["open"] == 1


def test_a_group_that_is_gone_is_told_apart_from_one_that_is_there(
    session: Session, owner: int
) -> None:
    for decide in (dismiss, reopen):
        with pytest.raises(NoSuchGroupError, match="Load the list again"):
            decide(session, "0" * 64, owner, NOON)
    with pytest.raises(NoSuchGroupError):
        assign(session, "0" * 64, "ask_link", owner, NOON)


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\u2060"])
def test_a_text_with_nothing_to_read_is_not_kept(session: Session, text: str) -> None:
    ask(session, text)

    assert grouped_questions(session) == []


@pytest.mark.parametrize("text", ["🤷", "???", "bad \ud800 half\x00 character", "\u2060/affirm"])
def test_odd_texts_are_kept_as_far_as_they_can_be_read(session: Session, text: str) -> None:
    ask(session, text)

    (group,) = grouped_questions(session)
    assert group.texts[0].encode("utf-8")
    assert not {"\x00", "\u2060"} & set(group.texts[0])


def test_a_very_long_question_is_cut(session: Session) -> None:
    ask(session, "word " * 1_000)

    assert len(grouped_questions(session)[0].texts[0]) <= 2_000


def test_an_unknown_kind_or_status_says_what_would_work(session: Session) -> None:
    with pytest.raises(QuestionError, match="not_understood or out_of_scope"):
        ask(session, "hello", kind="strange")
    with pytest.raises(QuestionError, match="open, assigned, dismissed"):
        grouped_questions(session, "closed")


def test_a_group_tells_nothing_of_its_texts_when_it_is_printed_or_named(session: Session) -> None:
    ask(session, "i am Ana Lee and i ask about something")

    (group,) = grouped_questions(session)

    assert "Ana" not in repr(group)
    assert "ana" not in group.group_key
    assert len(group.group_key) == 64


def test_the_list_stays_quick_with_many_questions(session: Session) -> None:
    """One statement for the counts and one for the texts, however many groups a page has."""
    ask(session, *(f"question {number % 40}" for number in range(400)))
    statements: list[str] = []
    connection = session.connection()
    sa.event.listen(connection, "before_cursor_execute", lambda *event: statements.append(event[2]))

    groups = grouped_questions(session, limit=50)

    assert (len(groups), sum(group.count for group in groups)) == (40, 400)
    assert len(statements) == 2
