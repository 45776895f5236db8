"""The files of facts: unique, sourced, and refused with file and id."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sales.reference.facts import read_fact_sources, read_facts
from sales.reference.files import FACTS, REFERENCE_DIR, ReferenceFileError, read_sources

CARE = """
sources:
- id: test-standard
  title: A standard about end faces
facts:
- id: test-magnification
  title: Magnification for multimode end faces
  value: "200"
  unit: power
  source: [test-standard]
  confidence: secondary
- id: test-passes
  title: Passes of a pen
  value: "2 to 3"
  unit: passes
  source: [gk]
  confidence: general-knowledge
  notes: Makers differ.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project's sources, with one file of facts that a test may spoil."""
    folder = tmp_path / "reference"
    (folder / FACTS).mkdir(parents=True)
    shutil.copyfile(REFERENCE_DIR / "sources.yml", folder / "sources.yml")
    (folder / FACTS / "care.yml").write_text(CARE, encoding="utf-8")
    return folder


def test_a_fact_keeps_its_value_as_it_is_said(folder: Path) -> None:
    first, second = read_facts(folder)

    assert (first.id, first.value, first.unit) == ("test-magnification", "200", "power")
    assert (second.value, second.sources, second.notes) == ("2 to 3", ("gk",), "Makers differ.")


def test_a_file_may_bring_sources_of_its_own(folder: Path) -> None:
    assert read_fact_sources(folder) == {"test-standard": "A standard about end faces"}


def test_without_a_file_there_are_no_facts(tmp_path: Path) -> None:
    shutil.copyfile(REFERENCE_DIR / "sources.yml", tmp_path / "sources.yml")

    assert read_facts(tmp_path) == ()


def test_every_fact_of_the_project_names_sources_that_are_explained() -> None:
    explained = {**read_sources(), **read_fact_sources()}

    assert {name for fact in read_facts() for name in fact.sources} <= set(explained)


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ("[test-standard]", "[hearsay]", ("test-magnification", "source", "hearsay")),
        ("id: test-passes", "id: test-magnification", ("test-magnification", "twice")),
        ("id: test-standard", "id: gk", ("gk", "twice", "sources.yml")),
        ('value: "200"', "value: 200", ("test-magnification", "value", "quotes")),
        ("id: test-passes", "id: Test_Passes", ("Test_Passes", "id")),
        ("secondary", "likely", ("test-magnification", "confidence", "likely")),
        ("general-knowledge", "confirmed", ("test-passes", "no source is named")),
        ("facts:", "figures:", ("figures",)),
        ("unit: passes", "units: passes", ("test-passes", "unit")),
    ],
)
def test_a_mistake_names_file_and_id(
    folder: Path, old: str, new: str, places: tuple[str, ...]
) -> None:
    file = folder / FACTS / "care.yml"
    assert old in CARE
    file.write_text(CARE.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(ReferenceFileError) as refusal:
        read_facts(folder)

    assert str(refusal.value).startswith("facts/care.yml")
    assert all(place in str(refusal.value) for place in places)


@pytest.mark.parametrize("twice", ["id: test-magnification", "id: test-standard"])
def test_an_id_is_used_once_over_all_files(folder: Path, twice: str) -> None:
    section = "facts" if "magnification" in twice else "sources"
    rest = ', value: "1", unit: m, source: [gk], confidence: general-knowledge'
    row = f"- {{{twice}, title: Again{rest if section == 'facts' else ''}}}"
    content = f"{section}:\n{row}\n" + ("" if section == "facts" else "facts: []\n")
    (folder / FACTS / "testing.yml").write_text(content, encoding="utf-8")

    with pytest.raises(ReferenceFileError, match=r"facts/testing\.yml.*twice.*facts/care\.yml"):
        read_facts(folder)
