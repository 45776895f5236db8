"""No regular expression of ours takes much longer than a quadratic search of the same text."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.fuzz import patterns
from tests.fuzz.patterns import MOST_TIMES_QUADRATIC, Use
from tests.fuzz.runs import chance

BAD = (r"(a|a)*b", r"(?:\w+\s*)+!", r"\s*x?\s*\s*y", r"^(\d*\.?\d+)*db")


def test_every_pattern_bears_the_text_that_is_worst_for_it() -> None:
    """In a process of its own, which sees every pattern being made."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.patterns"], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr[-2_000:]
    found = re.search(r"^(\d+) uses of patterns", ran.stdout, re.MULTILINE)
    assert found, ran.stdout
    assert int(found[1]) > 300, "patterns are no longer found"


@pytest.mark.parametrize("text", BAD)
def test_a_bad_pattern_is_found(text: str) -> None:
    use = Use(re.compile(text), "search", "here")

    found = patterns.measured([use], chance("bad ones"))

    assert found[0].times > MOST_TIMES_QUADRATIC
