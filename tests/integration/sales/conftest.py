"""One company for the tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.sales.company import Company, company


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company on SQLite, whose server must not fail in any of the tests."""
    with company(tmp_path_factory.mktemp("shop")) as shop:
        yield shop
    assert "Traceback" not in shop.server.log, shop.server.log
