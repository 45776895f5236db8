"""Correct one product, or add one. The importer judges it, by the rules of any catalog file."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.catalog.fields import (
    GROUPS,
    LABELS,
    as_csv,
    errors_by_field,
    values_from,
    values_of,
    version_of,
)
from desk.catalog.pages import product_or_404
from desk.rendering import flash, redirect, render
from sales.catalog.importer import import_products
from sales.catalog.product import Product
from sales.catalog.rows import COLUMNS
from sales.catalog.store import product_by_sku
from sales.database import transaction

logger = logging.getLogger(__name__)
SOMEBODY_ELSE = (
    "Somebody else has changed this product since you opened it. Compare with its page, then "
    "save again to put your version in its place."
)
TAKEN = "The catalog has a product of this number already; change that one."


@requires("catalog")
def edit_page(request: Request) -> Response:
    product = product_or_404(request)
    return _form(request, product, values_of(product))


@requires("catalog")
def save(request: Request) -> Response:
    product = product_or_404(request)
    values = {**values_from(request.state.form), "sku": product.sku}
    if request.state.form.get("version") != version_of(product):
        return _form(request, product, values, {"": SOMEBODY_ELSE})
    return _store(request, product, values)


@requires("catalog")
def new_page(request: Request) -> Response:
    today = f"{request.app.state.clock():%Y-%m-%d}"
    values = {**dict.fromkeys(COLUMNS, ""), "polarity": "NA", "stock": "0", "catalog_date": today}
    return _form(request, None, values)


@requires("catalog")
def add(request: Request) -> Response:
    values = values_from(request.state.form)
    with transaction(request.app.state.engine) as session:
        is_taken = bool(values["sku"]) and product_by_sku(session, values["sku"]) is not None
    if is_taken:
        return _form(request, None, values, {"sku": TAKEN})
    return _store(request, None, values)


def _store(request: Request, product: Product | None, values: dict[str, str]) -> Response:
    report = import_products(request.app.state.engine, as_csv(values))
    if not report.is_ok:
        return _form(request, product, values, errors_by_field(report.problems))
    logger.info("catalog.saved: %s by member %s", values["sku"], request.state.member.id)
    flash(request, f"{values['sku']} is {'saved' if product else 'added'}.")
    return redirect(f"/catalog/product?{urlencode({'sku': values['sku']})}")


def _form(
    request: Request,
    product: Product | None,
    values: dict[str, str],
    errors: dict[str, str] | None = None,
) -> Response:
    return render(
        request,
        "catalog/edit.html",
        status=422 if errors else 200,
        product=product,
        groups=GROUPS,
        labels=LABELS,
        values=values,
        errors=errors or {},
        version=version_of(product),
    )


routes = [
    Route("/catalog/edit", edit_page, methods=["GET"]),
    Route("/catalog/edit", save, methods=["POST"]),
    Route("/catalog/new", new_page, methods=["GET"]),
    Route("/catalog/new", add, methods=["POST"]),
]
