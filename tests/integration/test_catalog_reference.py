"""Sourced figures out of the database."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.reference.facts import read_facts
from sales.reference.files import FACTS, FILE_NAMES, REFERENCE_DIR, ReferenceFileError, read_links
from sales.reference.seed import seed_reference
from sales.reference.store import (
    all_components,
    all_facts,
    all_figures,
    all_links,
    comparison,
    comparison_rows,
    component,
    figure_text,
    find_link,
    links_for_rate,
    links_like,
    source_titles,
)

HOUSE_FACT = """
sources:
- {id: test-house, title: "The house's own measurement"}
facts:
- {id: test-height, title: Height, value: "0.30", unit: m, source: [test-house],
   confidence: secondary}
"""


@pytest.fixture
def seeded(sample_engine: Engine) -> Engine:
    return sample_engine


def test_seeding_again_replaces_only_the_file_that_changed(engine: Engine, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(REFERENCE_DIR, tmp_path / "reference"))
    assert seed_reference(engine, folder) == FILE_NAMES
    assert seed_reference(engine, folder) == ()

    file = folder / "comparisons.yml"
    file.write_text(file.read_text().replace("mtp: Removable housing", "mtp: It comes off"))
    assert seed_reference(engine, folder) == ("comparisons.yml",)

    with transaction(engine) as session:
        found = comparison(session, "housing")
        assert found is not None
        assert found.mtp == "It comes off"


def test_a_fact_and_its_source_are_known_after_the_file_was_added(
    engine: Engine, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(REFERENCE_DIR, tmp_path / "reference"))
    seed_reference(engine, folder)
    (folder / FACTS).mkdir(exist_ok=True)
    (folder / FACTS / "house.yml").write_text(HOUSE_FACT)

    assert seed_reference(engine, folder) == ("sources.yml", FACTS)

    with transaction(engine) as session:
        found = next(fact for fact in all_facts(session) if fact.id == "test-height")
        assert (found.value, found.unit, found.confidence) == ("0.30", "m", "secondary")
        assert source_titles(session, found.sources) == ["The house's own measurement"]
        assert all_figures(session)["fact.test-height"] == "0.30"


def test_a_mistake_in_one_file_leaves_every_table_as_it_was(engine: Engine, tmp_path: Path) -> None:
    seed_reference(engine)
    folder = Path(shutil.copytree(REFERENCE_DIR, tmp_path / "reference"))
    (folder / "sources.yml").write_text("sources: {seed: x}")

    with pytest.raises(ReferenceFileError):
        seed_reference(engine, folder)

    with transaction(engine) as session:
        assert len(all_links(session)) == 71
        assert source_titles(session, ["gk"])


def test_links_come_out_as_they_went_in(seeded: Engine) -> None:
    with transaction(seeded) as session:
        assert tuple(all_links(session)) == read_links()


def test_a_link_is_found_by_any_spelling_and_none_when_several_fit(seeded: Engine) -> None:
    with transaction(seeded) as session:
        found = find_link(session, "400g dr4")
        assert found is not None
        assert found.name == "400GBASE-DR4"
        assert find_link(session, "SR4") is None
        assert len(links_like(session, "SR4")) == 4
        assert find_link(session, "token ring") is None


def test_facts_come_out_as_they_went_in(seeded: Engine) -> None:
    with transaction(seeded) as session:
        assert tuple(all_facts(session)) == read_facts()


def test_links_of_a_rate(seeded: Engine) -> None:
    with transaction(seeded) as session:
        assert [link.name for link in links_for_rate(session, 1600)] == [
            "1.6TBASE-DR8",
            "1.6TBASE-DR8-2",
        ]
        assert links_for_rate(session, 7) == []


def test_a_component_has_typical_and_largest_loss_with_its_source(seeded: Engine) -> None:
    with transaction(seeded) as session:
        elite = component(session, "mtp-elite-mm")
        assert elite is not None
        assert (elite.typical, elite.max) == (0.10, 0.35)
        assert source_titles(session, elite.sources)
        assert component(session, "copper") is None
        assert len(all_components(session)) == 53


def test_the_comparison_comes_in_the_articles_order(seeded: Engine) -> None:
    with transaction(seeded) as session:
        rows = comparison_rows(session)

    assert [row.feature for row in rows[:4]] == [
        "manufacturer",
        "tolerance",
        "insertion_loss",
        "return_loss",
    ]


def test_figures_for_sentences_are_exact(seeded: Engine) -> None:
    with transaction(seeded) as session:
        figures = all_figures(session)

    assert figures["mtp-elite-mm.max"] == "0.35"
    assert figures["mtp-standard-mm.max"] == "0.60"
    assert figures["400GBASE-DR4.reach.OS2"] == "500"
    assert figures["400GBASE-DR4.loss.OS2"] == "3.0"
    assert figures["100G-PSM4.loss.OS2"] == "3.26"
    assert figures["OM4.attenuation_design.850"] == "3.0"
    assert figures["mpo-standard-sm.return_loss_min"] == "60"
    assert "400G-XDR4.loss.OS2" not in figures
    assert all(figures[f"fact.{fact.id}"] == fact.value for fact in read_facts())


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.6, 2, "0.60"), (3.0, 1, "3.0"), (3.26, 1, "3.26"), (500.0, 0, "500"), (7.5, 0, "7.5")],
)
def test_a_figure_is_never_rounded(value: float, decimals: int, text: str) -> None:
    assert figure_text(value, decimals) == text
