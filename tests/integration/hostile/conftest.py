"""One company under attack, whose every secret can be told apart wherever it turns up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sales.company import Company, company
from tests.integration.website.conftest import SHOP

REQUEST_TIMEOUT_S = 3
REST_TOKEN = "rest-Token-zq81-kept-from-everybody-7f3a"
DESK_SECRET = "desk-Secret-zq82-kept-from-everybody-5b9c"


@pytest.fixture(scope="package")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On SQLite. Nothing that strangers do may end in a traceback."""
    folder = tmp_path_factory.mktemp("hostile")
    settings = {
        "VAR_DIR": str(folder / "var"),
        "ENCODER_DIR": str(_encoder()),
        "REST_TOKEN": REST_TOKEN,
        "DESK_SECRET": DESK_SECRET,
        "ALLOWED_ORIGINS": SHOP,
        "REQUEST_TIMEOUT_S": str(REQUEST_TIMEOUT_S),
    }
    with company(folder, **settings) as firm:
        yield firm
    assert "Traceback" not in firm.server.log, firm.server.log


def _encoder() -> Path:
    from sales.settings import Settings

    return Settings.from_env().encoder_dir.resolve()
