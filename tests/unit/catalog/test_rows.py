"""Cells of the catalog file."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sales.catalog.rows import COLUMNS, CatalogRow, guarded, looks_like_formula, to_cells, unguarded
from sales.catalog.sample import sample_product


@given(st.text())
def test_guarded_text_is_no_formula_and_comes_back_as_it_was(text: str) -> None:
    assert not looks_like_formula(guarded(text))
    assert (unguarded(guarded(text)) if guarded(text) != text else text) == text


def test_a_product_reads_back_from_its_own_cells() -> None:
    product = replace(sample_product("INX-PAT-M4-T12F12FP-PB-LP-005M"), length_m=5.25)

    assert (
        CatalogRow.model_validate(dict(zip(COLUMNS, to_cells(product), strict=True))).to_product()
        == product
    )
