"""Look products up, by words, attributes or part number, and take the catalog away as a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from desk.access import requires
from desk.catalog.fields import GROUPS, values_of
from desk.rendering import render
from sales.catalog.browsing import count_by_family, products_after
from sales.catalog.importer import export_products
from sales.catalog.product import FAMILIES, Product
from sales.catalog.store import (
    CONNECTOR_NAMES,
    ProductQuery,
    catalog_date,
    close_skus,
    find_products,
    product_by_sku,
)
from sales.database import transaction

PAGE = 50  # products
FIBERS = ("OM3", "OM4", "OM5", "OS2", "MM", "SM")
CONNECTORS = ("MPO-8", "MPO-12", "MPO-16", "MPO-24", *CONNECTOR_NAMES)
LONGEST_WORDS = 200
LONGEST_LENGTH_M = 10_000


@requires("view")
def browse(request: Request) -> Response:
    asked = {name: value.strip() for name, value in request.query_params.items()}
    family = asked.get("family") if asked.get("family") in FAMILIES else None
    with transaction(request.app.state.engine) as session:
        counts = count_by_family(session)
        is_search = any(asked.get(name) for name in ("q", "fiber", "connector", "length", "stock"))
        if is_search:
            found = _search(session, asked, family)
        else:
            found = products_after(session, asked.get("after", ""), family, PAGE + 1)
        date = catalog_date(session)
    return render(
        request,
        "catalog/browse.html",
        asked={**dict.fromkeys(("q", "fiber", "connector", "length", "stock"), ""), **asked},
        family=family or "",
        counts=counts,
        total=sum(counts.values()),
        families=[(code, f"{FAMILIES[code]} ({count:,})") for code, count in counts.items()],
        fibers=FIBERS,
        connectors=CONNECTORS,
        products=found[:PAGE],
        has_more=len(found) > PAGE,
        is_search=is_search,
        next_page=_next_page(found, family),
        catalog_date=date,
    )


def _search(session: object, asked: dict[str, str], family: str | None) -> list[Product]:
    """By part number when the words are one, else by words and attributes."""
    words = asked.get("q", "")[:LONGEST_WORDS]
    if words and " " not in words and any(letter.isdigit() for letter in words):
        numbered = close_skus(session, words, PAGE + 1)  # type: ignore[arg-type]
        if numbered:
            return [product for product in numbered if family in (None, product.family)]
    query = ProductQuery(
        family=family,
        words=words,
        fiber=asked["fiber"] if asked.get("fiber") in FIBERS else None,
        connector=asked["connector"] if asked.get("connector") in CONNECTORS else None,
        length_m=_metres(asked.get("length", "")),
        in_stock=bool(asked.get("stock")),
    )
    return find_products(session, query, PAGE + 1)  # type: ignore[arg-type]


def _metres(text: str) -> float | None:
    try:
        length = float(text)
    except ValueError:
        return None
    return length if 0 < length <= LONGEST_LENGTH_M else None


def _next_page(found: list[Product], family: str | None) -> str:
    if len(found) <= PAGE:
        return ""
    place = {"after": found[PAGE - 1].sku, **({"family": family} if family else {})}
    return f"/catalog?{urlencode(place)}"


@requires("view")
def product_page(request: Request) -> Response:
    product = product_or_404(request)
    return render(
        request,
        "catalog/product.html",
        product=product,
        groups=GROUPS,
        values=values_of(product),
    )


def product_or_404(request: Request) -> Product:
    """The product that `?sku=` names."""
    sku = request.query_params.get("sku", "")
    with transaction(request.app.state.engine) as session:
        product = product_by_sku(session, sku) if sku else None
    if product is None:
        raise HTTPException(404, "The catalog has no product of this number. Search for it.")
    return product


@requires("catalog")
def export(request: Request) -> Response:
    state = request.app.state
    state.settings.var_dir.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="export-", suffix=".csv", dir=state.settings.var_dir)
    os.close(handle)
    file = Path(name)
    try:
        export_products(state.engine, file)
    except BaseException:
        file.unlink()
        raise
    return FileResponse(
        file,
        media_type="text/csv; charset=utf-8",
        filename=f"catalog-{state.clock():%Y-%m-%d}.csv",
        background=BackgroundTask(file.unlink, missing_ok=True),
    )


routes = [
    Route("/catalog", browse),
    Route("/catalog/product", product_page),
    Route("/catalog/export", export),
]
