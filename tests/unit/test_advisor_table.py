"""Every combination of the four answers, against a table that a colleague can read and correct."""

from __future__ import annotations

from itertools import product

import pytest

from sales.advisor import Requirements, recommend

YES_NO_UNKNOWN = {"yes": True, "no": False, "?": None}
BUDGETS = ("tight", "balanced", "performance", None)
RATES = {
    "10G or 25G": (10, 25),
    "40G or 100G": (40, 100),
    "200G and up": (200, 400, 800, 1600),
    "unknown": (None,),
}

# Rows: rework, sensitive to loss. Columns: budget tight, balanced, performance, unknown.
EXPECTED = {
    "10G or 25G": """
        yes  yes   MTP  MTP  MTP     MTP
        yes  no    MTP  MTP  MTP     MTP
        yes  ?     MTP  MTP  MTP     MTP
        no   yes   MTP  MTP  MTP     MTP
        ?    yes   MTP  MTP  MTP     MTP
        no   no    MPO  MPO  either  MPO
        no   ?     MPO  MPO  either  MPO
        ?    no    MPO  MPO  either  MPO
        ?    ?     MPO  MPO  either  MPO
    """,
    "40G or 100G": """
        yes  yes   MTP  MTP  MTP     MTP
        yes  no    MTP  MTP  MTP     MTP
        yes  ?     MTP  MTP  MTP     MTP
        no   yes   MTP  MTP  MTP     MTP
        ?    yes   MTP  MTP  MTP     MTP
        no   no    MPO  MTP  MTP     MTP
        no   ?     MTP  MTP  MTP     MTP
        ?    no    MPO  MTP  MTP     MTP
        ?    ?     MTP  MTP  MTP     MTP
    """,
    "200G and up": """
        yes  yes   MTP  MTP  MTP     MTP
        yes  no    MTP  MTP  MTP     MTP
        yes  ?     MTP  MTP  MTP     MTP
        no   yes   MTP  MTP  MTP     MTP
        ?    yes   MTP  MTP  MTP     MTP
        no   no    MTP  MTP  MTP     MTP
        no   ?     MTP  MTP  MTP     MTP
        ?    no    MTP  MTP  MTP     MTP
        ?    ?     MTP  MTP  MTP     MTP
    """,
    "unknown": """
        yes  yes   MTP  MTP     MTP     MTP
        yes  no    MTP  MTP     MTP     MTP
        yes  ?     MTP  MTP     MTP     MTP
        no   yes   MTP  MTP     MTP     MTP
        ?    yes   MTP  MTP     MTP     MTP
        no   no    MPO  MPO     either  MPO
        no   ?     MPO  either  MTP     either
        ?    no    MPO  either  MTP     either
        ?    ?     MPO  either  MTP     either
    """,
}


def combinations() -> list[tuple[Requirements, str]]:
    """Every combination that the table names, with the verdict it gives."""
    found = []
    for band, table in EXPECTED.items():
        for line in table.strip().splitlines():
            rework, loss, *verdicts = line.split()
            for rate, (budget, verdict) in product(
                RATES[band], zip(BUDGETS, verdicts, strict=True)
            ):
                answers = Requirements(rate, YES_NO_UNKNOWN[rework], YES_NO_UNKNOWN[loss], budget)
                found.append((answers, verdict))
    return found


def test_the_table_names_every_combination_once() -> None:
    named = [answers for answers, _ in combinations()]

    assert len(named) == len(set(named)) == 9 * 3 * 3 * 4


@pytest.mark.parametrize(("answers", "verdict"), combinations(), ids=str)
def test_the_four_answers_lead_to_the_verdict_of_the_table(
    answers: Requirements, verdict: str
) -> None:
    assert recommend(answers).verdict == verdict
