"""The schema goes up and down on both databases, with data in it."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

from sales.catalog.importer import import_products
from sales.catalog.sample import SAMPLE_FILE
from sales.catalog.store import ProductQuery, count_products, find_products
from sales.catalog.tables import product_kinds, products
from sales.database import Base, open_engine, transaction
from sales.leads import handling
from sales.leads.lead import LeadDraft
from sales.leads.store import find_lead, lead_history, take_lead
from sales.leads.tables import lead_events, leads
from sales.migrate import downgrade_database, upgrade_database
from sales.office import HOUSE
from sales.reference.seed import seed_reference
from sales.team.store import add_member

OURS = {
    "products", "product_kinds", "kind_links", "price_breaks", "catalog_meta", "components",
    "comparisons", "ethernet_links", "ethernet_link_fibers", "reference_sources", "leads",
    "lead_events", "lead_aliases", "answer_feedback", "conversation_ratings", "team_members",
    "sign_in_failures", "ended_sessions", "outbox", "slack_inbox", "slack_cards",
    "job_locks", "takeovers", "unknown_questions", "facts",
}  # fmt: skip


def tables(url: str) -> set[str]:
    return set(sa.inspect(open_engine(url)).get_table_names())


def test_an_empty_database_gets_every_table(empty_database_url: str) -> None:
    upgrade_database(empty_database_url)

    assert tables(empty_database_url) >= OURS


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    before = tables(database_url)

    upgrade_database(database_url)

    assert tables(database_url) == before


def test_up_down_and_up_again_with_data(database_url: str) -> None:
    engine = open_engine(database_url)
    seed_reference(engine)
    import_products(engine, SAMPLE_FILE)

    downgrade_database(database_url)
    assert tables(database_url) & OURS == set()

    upgrade_database(database_url)
    seed_reference(engine)
    assert import_products(engine, SAMPLE_FILE).added == 528
    with transaction(engine) as session:
        assert count_products(session) == 528


def test_searches_find_the_same_after_the_way_down_and_up_with_data(database_url: str) -> None:
    engine = open_engine(database_url)
    seed_reference(engine)
    import_products(engine, SAMPLE_FILE)
    before = found_by_searches(engine)
    stored = kinds_and_ranks(engine)

    downgrade_database(database_url, "0005")
    with engine.connect() as connection:
        prices = "SELECT count(*) FROM product_kinds WHERE min_price_cents IS NULL"
        assert connection.exec_driver_sql(prices).scalar() == 6  # services, on request
        assert connection.exec_driver_sql("SELECT count(*) FROM products").scalar() == 528
    upgrade_database(database_url)

    assert found_by_searches(engine) == before
    assert kinds_and_ranks(engine) == stored
    assert import_products(engine, SAMPLE_FILE).updated == 528
    assert found_by_searches(engine) == before


def found_by_searches(engine: Engine) -> list[list[str]]:
    """What one search of each sort finds, with words, lengths and stock."""
    queries = (
        ProductQuery(family="TRK", fiber="OM4", length_m=10),
        ProductQuery(words="cleaner pen"),
        ProductQuery(words="cable", in_stock=True, pieces=100),
        ProductQuery(fiber="OS2", sort="longest"),
        ProductQuery(max_price_cents=2_000, sort="cheapest"),
        ProductQuery(family="SVC"),
    )
    with transaction(engine) as session:
        found = [[p.sku for p in find_products(session, query, 20)] for query in queries]
    assert all(found)
    return found


def kinds_and_ranks(engine: Engine) -> list[tuple[object, ...]]:
    """Everything that is derived from the products."""
    columns = [c for c in product_kinds.c if c.name != "words"]
    with engine.connect() as connection:
        kinds = connection.execute(sa.select(*columns).order_by(product_kinds.c.id)).all()
        ranked = sa.select(products.c.sku, products.c.rank).order_by(products.c.sku)
        return [*map(tuple, kinds), *map(tuple, connection.execute(ranked).all())]


def test_leads_and_their_history_survive_the_way_to_sales_work_and_back(database_url: str) -> None:
    engine, noon = open_engine(database_url), datetime(2025, 7, 1, 19, tzinfo=UTC)
    draft = LeadDraft(consent=True, email="zoe@example.com", note="20 trunks")
    with transaction(engine) as session:
        ann = add_member(session, "Ann", "ann@example.com", "rep", noon)
        taken = take_lead(session, draft, noon)
        handling.claim(session, taken.id, ann, noon, HOUSE)

    downgrade_database(database_url, "0003")
    with engine.connect() as connection:
        assert connection.execute(sa.select(leads.c.note, leads.c.state)).all() == [
            ("20 trunks", "claimed")
        ]
        assert connection.execute(sa.select(lead_events.c.what)).scalars().all() == [
            "taken", "claimed",
        ]  # fmt: skip
    upgrade_database(database_url)

    with transaction(engine) as session:
        lead = find_lead(session, taken.reference)
        assert lead is not None
        assert [event.who for event in lead_history(session, lead)] == ["visitor", "Ann"]
        assert (lead.level, lead.priority, lead.due_at, lead.version) == ("rep", "normal", None, 0)
        ben = add_member(session, "Ben", "ben@example.com", "rep", noon)
        assert handling.claim(session, lead.id, ben, noon, HOUSE).owner_id == ben.id


def test_the_migrations_create_the_tables_that_the_code_describes(database_url: str) -> None:
    with open_engine(database_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)

    ours = [item for item in differences if any(f"'{name}'" in repr(item) for name in OURS)]
    assert ours == []
