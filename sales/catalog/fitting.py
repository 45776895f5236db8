"""Which links a product serves, worked out from its connectors, fiber, polish and length."""

from __future__ import annotations

from collections.abc import Iterable

from sales.catalog.product import Product
from sales.reference.values import Link, fiber_mode

DUPLEX = ("LC-D", "LC-U")
PASSIVE = ("TRK", "PAT", "HRN", "CNV", "LCP", "CAS", "ADP", "LPB")


def fitting_links(product: Product, links: Iterable[Link]) -> tuple[str, ...]:
    """Names of the links that the product can carry, in the order of the reference file.

    A link is left out where its reach on that fiber is shorter than the product.
    """
    if product.family not in PASSIVE:
        return ()
    return tuple(link.name for link in links if _fits(product, link))


def _fits(product: Product, link: Link) -> bool:
    return _fiber_fits(product, link) and (
        _parallel_fits(product, link) if link.is_parallel else _duplex_fits(product, link)
    )


def _fiber_fits(product: Product, link: Link) -> bool:
    if product.fiber in ("MM", "SM"):
        return link.fiber_mode == product.fiber
    figure = link.on(product.fiber)
    return figure is not None and figure.reach_m >= (product.length_m or 0)


def _duplex_fits(product: Product, link: Link) -> bool:
    """LC cords directly; a trunk or cassette because cassettes bring duplex links over it."""
    if product.family == "CAS":
        return product.connector_b in DUPLEX and _flat_enough(product)
    if product.family == "TRK":
        return product.connector_a in ("MPO-8", "MPO-12") and _flat_enough(product)
    if product.family not in ("LCP", "ADP", "LPB") or product.connector_a not in DUPLEX:
        return False
    return fiber_mode(product.fiber) == "MM" or product.polish in link.polish.split("/")


def _flat_enough(product: Product) -> bool:
    return fiber_mode(product.fiber) == "SM" or product.polish == "PC"


def _parallel_fits(product: Product, link: Link) -> bool:
    if product.polarity == "C" or not _polish_fits(product, link):
        return False
    if product.family == "CAS":
        return False
    if product.family == "HRN" and not (link.breakout and link.fibers_used == product.fibers):
        return False
    return any(_plug_fits(plug, link) for plug in {product.connector_a, product.connector_b})


def _polish_fits(product: Product, link: Link) -> bool:
    if "module specific" in link.polish:
        return product.polish in ("PC", "APC")
    return product.polish in link.polish.split("/")


def _plug_fits(connector: str, link: Link) -> bool:
    """An MPO-8 is an MPO-12 with four empty positions; eight-lane optics also come twin-port."""
    if connector in ("MPO-8", "MPO-12"):
        return "MPO-12" in link.connector and link.fibers_used <= 16
    return connector.startswith("MPO") and connector in link.connector
