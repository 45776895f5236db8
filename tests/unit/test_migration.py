"""Migration: what stays and what changes on the way to another rate, from the link table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.migration import (
    PLANTS,
    Migration,
    MigrationError,
    Plant,
    Way,
    plan_migration,
    reach_table,
)
from sales.migration_text import headline, migration_lines, migration_sources
from sales.reference.files import known_links, read_sources
from sales.reference.values import fiber_mode

LINKS = tuple(known_links().values())
RATES = sorted({link.rate_gbps for link in LINKS if link.family == "ethernet"})


def plan(rate: int, fiber: str, length_m: float, *more: object) -> Migration:
    return plan_migration(Plant(fiber, length_m, *more), rate, LINKS)  # type: ignore[arg-type]


def way(found: Migration, link: str) -> Way:
    return next(each for each in found.ways if each.link.name == link)


def test_duplex_cabling_is_reused_by_two_fiber_optics() -> None:
    found = plan(100, "OM4", 80, "LC")
    bidi = way(found, "100G-BiDi")
    assert bidi.effort == 0
    assert bidi.stays == ("Fiber: the OM4 cabling stays.",)
    assert "trunk" in way(found, "100GBASE-SR4").steps
    assert headline(found).startswith("Yes")


def test_cassettes_give_way_to_adapter_panels_for_parallel_optics() -> None:
    sr4 = way(plan(100, "OM4", 80, "MPO-12", True, 1, "B"), "100GBASE-SR4")
    assert {"cassettes", "cords"} <= set(sr4.steps)
    assert "Fiber: the OM4 MPO-12 trunks stay." in sr4.stays
    assert any("adapter panels" in text for text in sr4.changes)


def test_type_a_trunks_take_one_cord_of_each_type_and_type_c_none() -> None:
    straight = way(plan(40, "OM4", 80, "MPO-12", False, 1, "A"), "40GBASE-SR4")
    flipped = way(plan(40, "OM4", 80, "MPO-12", False, 1, "C"), "40GBASE-SR4")
    assert any("one Type A and one Type B" in text for text in straight.changes)
    assert "trunk" in flipped.steps


def test_angled_optics_on_flat_trunks_take_cords_with_two_polishes() -> None:
    sr4 = way(plan(400, "OM4", 80, "MPO-12", False, 1, "B"), "400GBASE-SR4")
    assert any("flat at the panel" in text for text in sr4.changes)
    sr42 = way(plan(400, "OM4", 80, "MPO-12", False, 1, "B"), "400GBASE-SR4.2")
    assert any("polish of the module" in text for text in sr42.changes)


def test_sixteen_fiber_optics_take_conversion_cables_and_two_trunks() -> None:
    one = way(plan(400, "OM4", 80, "MPO-12", False, 1, "B"), "400GBASE-SR8")
    two = way(plan(400, "OM4", 80, "MPO-12", False, 2, "B"), "400GBASE-SR8")
    assert {"conversion", "trunk"} <= set(one.steps)
    assert "conversion" in two.steps
    assert "trunk" not in two.steps


def test_twin_mpo_12_optics_need_no_conversion() -> None:
    dr8 = way(plan(800, "OS2", 400, "MPO-12", False, 2, "B"), "800GBASE-DR8")
    assert dr8.steps == ("optics", "cords")


def test_beyond_the_reach_new_fiber_is_the_way() -> None:
    found = plan(400, "OM3", 90, "MPO-12")
    assert all(each.fiber != "OM3" for each in found.ways)
    assert "400GBASE-SR8" in {link.name for link in found.beyond}
    assert headline(found).startswith("No")
    assert way(found, "400GBASE-DR4").steps[-1] == "fiber"


def test_the_limit_shown_is_the_one_that_holds_at_this_length() -> None:
    near = way(plan(40, "OM4", 100, "MPO-12"), "40GBASE-SR4")
    far = way(plan(40, "OM4", 150, "MPO-12"), "40GBASE-SR4")
    assert (near.figure.max_loss_db, far.figure.max_loss_db) == (1.9, 1.5)
    assert near.reach_m == far.reach_m == 150


def test_drafts_come_last_and_say_so() -> None:
    found = plan(800, "OS2", 400, "MPO-12")
    drafts = [each.link.is_draft for each in found.ways]
    assert drafts == sorted(drafts)
    assert all(
        any("draft" in note for note in each.notes) for each in found.ways if each.link.is_draft
    )


def test_an_unknown_rate_or_fiber_is_refused() -> None:
    with pytest.raises(MigrationError, match="123G"):
        plan(123, "OM4", 80)
    with pytest.raises(MigrationError, match="OM9"):
        Plant("OM9", 80)


def test_the_reach_table_is_the_reference() -> None:
    table = reach_table(100, LINKS)
    assert {"OM3", "OM4", "OS2"} <= set(table)
    for fiber, rows in table.items():
        assert all(link.on(fiber).reach_m == reach for link, reach in rows)  # type: ignore[union-attr]
        assert [reach for _, reach in rows] == sorted((reach for _, reach in rows), reverse=True)


@given(
    st.sampled_from(RATES),
    st.sampled_from(["OM3", "OM4", "OM5", "OS2"]),
    st.floats(1, 50_000),
    st.sampled_from(PLANTS),
    st.booleans(),
    st.integers(1, 4),
    st.sampled_from(["", "A", "B", "C"]),
)
def test_every_way_reaches_and_the_least_change_is_first(
    rate: int, fiber: str, length_m: float, plug: str, boxes: bool, trunks: int, polarity: str
) -> None:
    found = plan(rate, fiber, length_m, plug, boxes, trunks, polarity)
    for each in found.ways:
        assert each.link.rate_gbps == rate
        assert each.figure.reach_m >= length_m
        assert fiber_mode(each.fiber) == each.link.fiber_mode
        assert each.steps[0] == "optics"
        assert each.stays
        assert each.changes
    order = [(each.link.is_draft, each.effort) for each in found.ways]
    assert order == sorted(order)
    lines = migration_lines(found, [read_sources()[each] for each in migration_sources(found)])
    assert lines[0].startswith(("Yes", "No"))
    assert "$" not in "".join(lines)


@given(st.sampled_from(RATES), st.sampled_from(["OM3", "OM4", "OS2"]), st.floats(1, 20_000))
def test_a_shorter_run_never_has_fewer_ways_on_its_own_fiber(
    rate: int, fiber: str, length_m: float
) -> None:
    def own(length: float) -> set[str]:
        return {each.link.name for each in plan(rate, fiber, length).ways if each.fiber == fiber}

    assert own(length_m) <= own(length_m / 2)
