"""The reference files: complete, sourced, and refused with the place of a mistake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sales.reference.files import (
    FEATURES,
    REFERENCE_DIR,
    ReferenceFileError,
    known_links,
    read_comparisons,
    read_components,
    read_links,
    read_sources,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the reference files that a test may spoil."""
    return Path(shutil.copytree(REFERENCE_DIR, tmp_path / "reference"))


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_all_links_are_there_with_their_source_and_confidence() -> None:
    links = read_links()

    assert len(links) == 71
    assert all(link.sources and link.confidence for link in links)


def test_a_link_keeps_reach_and_loss_per_fiber() -> None:
    link = known_links()["400GBASE-SR4.2"]

    assert [(f.fiber, f.reach_m, f.max_loss_db) for f in link.fibers] == [
        ("OM3", 70, 1.7),
        ("OM4", 100, 1.8),
        ("OM5", 150, 2.0),
    ]


def test_a_loss_that_is_not_published_is_none_and_never_a_guess() -> None:
    assert all(fiber.max_loss_db is None for fiber in known_links()["400G-XDR4"].fibers)


def test_return_loss_is_said_the_right_way_round() -> None:
    row = next(row for row in read_comparisons() if row.feature == "return_loss")

    assert row.better == "MTP"
    assert "higher is better" in row.verdict
    assert "higher in dB" in row.mtp
    assert "lower in dB" in row.mpo


def test_the_comparison_has_every_row_of_the_article_in_its_order() -> None:
    assert tuple(row.feature for row in read_comparisons()) == FEATURES


def test_every_source_that_is_named_is_explained() -> None:
    sources = read_sources()
    entries = (*read_links(), *read_components(), *read_comparisons())

    assert {name for entry in entries for name in entry.sources} <= set(sources)


@pytest.mark.parametrize(
    ("file", "old", "new", "places"),
    [
        ("links.yml", "rate_gbps: 400", "rate_gbps: fast", ("400GBASE-SR16", "rate_gbps", "fast")),
        ("links.yml", "reach_m: {OS2: 10000}", "reach_m: {OM4: 10000}", ("10GBASE-LR", "OM4")),
        ("links.yml", "- name: 10GBASE-LRM", "- name: 10GBASE-SR", ("10GBASE-SR", "twice")),
        ("links.yml", "polish: APC", "polisch: APC", ("40G-PLR4", "polish")),
        ("components.yml", "[tia5683, course]", "[hearsay]", ("mpo-standard-mm", "hearsay")),
        ("components.yml", "max: 0.75", "max: much", ("mpo-standard-mm", "figures.max", "much")),
        ("comparisons.yml", "feature: cost", "feature: smell", ("smell", "feature")),
        ("comparisons.yml", "better: MTP", "better: both", ("tolerance", "better")),
        ("links.yml", "links:", "links: [", ("readable YAML",)),
    ],
)
def test_a_mistake_names_file_entry_and_field(
    folder: Path, file: str, old: str, new: str, places: tuple[str, ...]
) -> None:
    spoil(folder / file, old, new)

    with pytest.raises(ReferenceFileError) as refusal:
        read_links(folder), read_components(folder), read_comparisons(folder)

    assert str(refusal.value).startswith(file)
    assert all(place in str(refusal.value) for place in places)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "links.yml").unlink()

    with pytest.raises(ReferenceFileError, match=r"links\.yml: the file is missing"):
        read_links(folder)
