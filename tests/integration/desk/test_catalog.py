"""The catalog at the desk: look up, correct, bring in a file, take it away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.engine import Engine

from desk.catalog import import_pages
from desk.catalog.fields import GROUPS, values_of
from desk.catalog.import_run import LARGE
from desk.catalog.kept_imports import KEPT_FOR
from sales.catalog.importer import check_catalog, import_products
from sales.catalog.product import Product
from sales.catalog.rows import COLUMNS, to_cells
from sales.catalog.sample import sample_product
from sales.catalog.store import count_products, product_by_sku
from sales.database import transaction
from sales.settings import Settings
from tests.integration.desk.conftest import Browser, Clock, Open

TRUNK = "INX-TRK-M4-T12M12MP-PB-LP-010M"
OTHER = "INX-TRK-M4-T12M12MP-PB-LP-020M"
Desk = Callable[[str], Browser]


def file_of(*products: Product, **changes: str) -> bytes:
    """A catalog file; `changes` go into its first product."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, product in enumerate(products):
        cells = dict(zip(COLUMNS, to_cells(product), strict=True))
        writer.writerow((cells | changes if number == 0 else cells).values())
    return text.getvalue().encode()


def stored(engine: Engine, sku: str) -> Product | None:
    with transaction(engine) as session:
        return product_by_sku(session, sku)


def count(engine: Engine) -> int:
    with transaction(engine) as session:
        return count_products(session)


@pytest.fixture
def trunk(engine: Engine) -> Product:
    """One trunk cable in the catalog."""
    product = sample_product(TRUNK)
    assert import_products(engine, file_of(product)).is_applied
    return product


def upload(browser: Browser, content: bytes, name: str = "catalog.csv", **fields: str) -> str:
    """Uploads a file; where its preview is."""
    answer = browser.post("/catalog/import", files={"file": (name, content)}, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


# Look up


def test_a_rep_finds_a_product_by_words_number_and_attributes(
    at_desk: Desk, trunk: Product
) -> None:
    browser = at_desk("rep")

    for query in ("q=trunk", f"q={TRUNK[:20].lower()}", "fiber=OM4&connector=MPO-12", "length=10"):
        assert TRUNK in browser.get(f"/catalog?{query}").text, query
    for query in ("q=cassette", "fiber=OS2", "length=11", "family=CAS&q=trunk"):
        assert TRUNK not in browser.get(f"/catalog?{query}").text, query


def test_the_list_says_of_when_prices_are_and_what_is_a_sample(
    at_desk: Desk, trunk: Product
) -> None:
    page = at_desk("rep").get("/catalog").text

    assert "1 product · prices and stock of Nov 2, 2026" in page
    assert '<span class="badge badge-warn">sample</span>' in page
    assert trunk.price_usd in page


def test_a_product_page_shows_every_field(at_desk: Desk, trunk: Product) -> None:
    page = at_desk("rep").get(f"/catalog/product?sku={TRUNK}").text

    assert "sample: not a real offer" in page
    assert "from the catalog of Nov 2, 2026" in page
    for text in (trunk.title, "MPO-12", "400GBASE-SR4", trunk.lead_time_text, "0.35"):
        assert text in page, text


def test_a_long_catalog_goes_page_by_page(at_desk: Desk, engine: Engine) -> None:
    lengths = [f"{TRUNK[:-4]}{metres:03}M" for metres in range(3, 123)]
    import_products(engine, file_of(*map(sample_product, lengths)))
    browser, address, seen = at_desk("rep"), "/catalog?family=TRK", list[str]()

    while address:
        page = browser.get(address).text
        seen += re.findall(r"product\?sku=([^\"]+)", page)
        found = re.search(r'href="([^"]+)">Next page', page)
        address = found[1].replace("&amp;", "&") if found else ""

    assert seen == lengths


def test_an_unknown_number_is_told_so(at_desk: Desk) -> None:
    answer = at_desk("rep").get("/catalog/product?sku=NOTHING")

    assert answer.status_code == 404
    assert "no product of this number" in answer.text


# Correct one


def test_every_column_of_the_file_is_in_the_form_once() -> None:
    assert sorted(field.column for fields in GROUPS.values() for field in fields) == sorted(COLUMNS)


def edited(browser: Browser, product: Product, **changes: str) -> tuple[int, str]:
    """What came of opening the form, changing fields and saving."""
    address = f"/catalog/edit?sku={product.sku}"
    version = re.search(r'name="version" value="(\w+)"', browser.get(address).text)
    assert version
    answer = browser.post(address, **{**values_of(product), **changes, "version": version[1]})
    return answer.status_code, answer.text


def test_a_manager_corrects_a_price(at_desk: Desk, trunk: Product, engine: Engine) -> None:
    browser = at_desk("manager")

    status, _ = edited(
        browser, trunk, price_usd="99.50", price_breaks="10:90", notes="-new\r\nline"
    )

    assert status == 303
    changed = stored(engine, TRUNK)
    assert changed is not None
    assert (changed.price_usd, changed.price_breaks[0].price_usd) == ("$99.50", "$90.00")
    assert changed.notes == "-new\nline"
    assert changed.applications == trunk.applications
    assert "is saved" in browser.get(f"/catalog/product?sku={TRUNK}").text


def test_saving_an_unchanged_product_changes_nothing(
    at_desk: Desk, trunk: Product, engine: Engine
) -> None:
    assert edited(at_desk("manager"), trunk)[0] == 303

    assert stored(engine, TRUNK) == trunk


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        ("price_usd", "12 dollars", "write a plain number"),
        ("stock", "-3", "greater than or equal to 0"),
        ("catalog_date", "soon", "valid date"),
        ("price_breaks", "10 for 5", "write steps as quantity:price"),
        ("polarity", "Q", "is unknown; use one of A, B, C"),
        ("length_m", "11", "the part number says 10"),
        ("applications", "1000BASE-MAGIC", "is not a link in the reference tables"),
        ("max_insertion_loss_db", "0.9", "is above 0.35, the limit of LL"),
    ],
)
def test_what_the_importer_would_refuse_is_refused_at_its_field(
    at_desk: Desk, trunk: Product, engine: Engine, column: str, text: str, told: str
) -> None:
    status, page = edited(at_desk("manager"), trunk, **{column: text})

    assert status == 422
    error = re.search(rf'id="{column}-error">([^<]+)<', page)
    assert error, page
    assert told in error[1].replace("&#39;", "'")
    assert stored(engine, TRUNK) == trunk


def test_two_managers_do_not_overwrite_each_other_unseen(
    at_desk: Desk, open_browser: Open, trunk: Product, engine: Engine
) -> None:
    browser = at_desk("manager")
    opened = browser.get(f"/catalog/edit?sku={TRUNK}").text
    assert edited(browser, trunk, stock="7")[0] == 303
    version = re.search(r'name="version" value="(\w+)"', opened)
    assert version

    late = browser.post(f"/catalog/edit?sku={TRUNK}", **{**values_of(trunk), "version": version[1]})

    assert late.status_code == 422
    assert "Somebody else has changed this product" in late.text
    kept = stored(engine, TRUNK)
    assert kept is not None
    assert kept.stock == 7


def test_the_part_number_stays_whatever_is_sent(
    at_desk: Desk, trunk: Product, engine: Engine
) -> None:
    assert edited(at_desk("manager"), trunk, sku=OTHER)[0] == 303

    assert count(engine) == 1


def test_a_manager_adds_a_product_and_cannot_add_it_twice(at_desk: Desk, engine: Engine) -> None:
    browser, values = at_desk("owner"), values_of(sample_product(OTHER))

    assert browser.post("/catalog/new", **values).status_code == 303
    assert stored(engine, OTHER) == sample_product(OTHER)

    again = browser.post("/catalog/new", **values)
    assert again.status_code == 422
    assert "has a product of this number already" in again.text


def test_what_is_typed_stays_text(at_desk: Desk, trunk: Product) -> None:
    browser, markup = at_desk("manager"), '"><img src=x onerror=alert(1)>'

    edited(browser, trunk, notes=markup)

    for address in (f"/catalog/product?sku={TRUNK}", f"/catalog/edit?sku={TRUNK}"):
        assert "<img src=x" not in browser.get(address).text


# Bring in a file


def test_a_file_is_shown_first_and_brought_in_after(
    at_desk: Desk, trunk: Product, engine: Engine
) -> None:
    browser, changed = at_desk("manager"), sample_product(OTHER)
    preview = upload(browser, file_of(trunk, changed, stock="5"))
    page = browser.get(preview).text
    figures = re.findall(r'class="figure">(\d+)<', page)

    assert figures == ["1", "1", "0"]
    assert count(engine) == 1

    answer = browser.post(preview)

    assert answer.headers["location"] == "/catalog"
    assert "1 added, 1 updated, 0 removed" in browser.get("/catalog").text
    kept = stored(engine, TRUNK)
    assert kept is not None
    assert kept.stock == 5


def test_replacing_the_catalog_says_what_will_be_gone(
    at_desk: Desk, trunk: Product, engine: Engine
) -> None:
    browser = at_desk("manager")
    preview = upload(browser, file_of(sample_product(OTHER)), replace="yes")

    assert "1 product of the catalog is not in the file" in browser.get(preview).text

    browser.post(preview)
    assert stored(engine, TRUNK) is None
    assert stored(engine, OTHER) is not None


def test_a_file_with_mistakes_names_row_and_column_and_changes_nothing(
    at_desk: Desk, trunk: Product, engine: Engine
) -> None:
    browser = at_desk("manager")
    preview = upload(browser, file_of(sample_product(OTHER), trunk, price_usd="cheap"))
    page = browser.get(preview).text

    assert "1 mistake; nothing was changed." in page
    assert re.search(r'class="number">2</td><td><code>price_usd</code></td>', page)
    assert "cheap" in page
    assert "write a plain number such as 12 or 12.50" in page

    assert browser.post(preview).headers["location"] == preview
    assert stored(engine, OTHER) is None


def test_of_many_mistakes_the_page_shows_200_and_the_file_all(at_desk: Desk) -> None:
    browser = at_desk("manager")
    rows = "".join(f"A{number},ZZZ,xyz,=1+1,0,2026-11-02\n" for number in range(350))
    content = f"sku,family,title,price_usd,stock,catalog_date\n{rows}".encode()

    preview = upload(browser, content)
    page = browser.get(preview).text
    download = browser.get(f"{preview}/problems.csv")

    assert "The first 200 of 350" in page
    assert page.count('<tr><td class="number">') == 200
    table = list(csv.reader(io.StringIO(download.content.decode("utf-8-sig"))))
    assert table[0] == ["row", "column", "value", "reason"]
    assert len(table) == 351
    assert table[1][2] == "'=1+1"  # no spreadsheet runs it


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file is empty."),
        (b"\xff\xfes\x00k\x00", "It is not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "It is not UTF-8 text"),
        (b"sku;family\nA;B\n", "Separate the columns with commas."),
        (b"sku,family\n", "The file has no products below its header."),
    ],
)
def test_what_is_no_catalog_file_is_told_apart(at_desk: Desk, content: bytes, told: str) -> None:
    browser = at_desk("manager")

    assert told in browser.get(upload(browser, content)).text


def test_no_file_and_too_large_a_file_are_told_clearly(
    at_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = at_desk("manager")
    assert "Choose a CSV file first." in browser.post("/catalog/import").text

    monkeypatch.setattr(import_pages, "LARGEST_FILE", 1_000_000)
    answer = browser.post("/catalog/import", files={"file": ("large.csv", b"x" * 1_000_001)})
    hopeless = browser.post("/catalog/import", files={"file": ("huge.csv", b"x" * 100_100_000)})

    assert (answer.status_code, hopeless.status_code) == (422, 413)
    assert "The file is larger than 1 MB." in answer.text
    assert "larger than the 100 MB that this page takes" in hopeless.text


def test_a_preview_is_used_once(at_desk: Desk, engine: Engine) -> None:
    browser = at_desk("manager")
    preview = upload(browser, file_of(sample_product(TRUNK)))
    browser.post(preview)
    import_products(engine, file_of(sample_product(TRUNK), stock="1"))

    again = browser.post(preview)

    assert again.headers["location"] == "/catalog/import"
    assert "Upload the file again." in browser.get("/catalog/import").text
    kept = stored(engine, TRUNK)
    assert kept is not None
    assert kept.stock == 1


def test_a_preview_is_over_after_two_hours(at_desk: Desk, clock: Clock, engine: Engine) -> None:
    browser = at_desk("manager")
    preview = upload(browser, file_of(sample_product(TRUNK)))
    clock.at += KEPT_FOR

    assert browser.post(preview).headers["location"] == "/catalog/import"
    assert count(engine) == 0


def test_a_preview_is_for_who_uploaded_it(at_desk: Desk, engine: Engine) -> None:
    manager, owner = at_desk("manager"), at_desk("owner")
    preview = upload(manager, file_of(sample_product(TRUNK)))

    for answer in (owner.get(preview), owner.post(preview), owner.get(f"{preview}/problems.csv")):
        assert answer.headers["location"] == "/catalog/import"
    assert count(engine) == 0


def test_a_file_that_was_touched_since_is_not_brought_in(
    at_desk: Desk, settings: Settings, engine: Engine
) -> None:
    browser = at_desk("manager")
    preview = upload(browser, file_of(sample_product(TRUNK)))
    (kept,) = (settings.var_dir / "imports").glob("*.csv")
    kept.write_bytes(file_of(sample_product(TRUNK), stock="9"))

    browser.post(preview)

    assert count(engine) == 0


@pytest.mark.parametrize("token", ["..%2F..%2Fsecret", "x" * 32, "a.b"])
def test_made_up_previews_lead_nowhere(at_desk: Desk, token: str) -> None:
    assert at_desk("manager").get(f"/catalog/import/{token}").status_code in (303, 404)


def test_a_dropped_file_is_gone(at_desk: Desk, settings: Settings) -> None:
    browser = at_desk("manager")
    preview = upload(browser, file_of(sample_product(TRUNK)))

    browser.post(f"{preview}/discard")

    assert list((settings.var_dir / "imports").iterdir()) == []
    assert browser.get(preview).status_code == 303


def test_a_large_file_goes_the_same_way_in_a_process_of_its_own(
    at_desk: Desk, engine: Engine
) -> None:
    browser, padding = at_desk("manager"), "x" * 2_000
    lengths = [f"{TRUNK[:-4]}{metres:03}M" for metres in range(3, 183)]
    texts = {"description": padding, "notes": padding, "lead_time_text": padding}
    large = [replace(sample_product(sku), **texts) for sku in lengths]
    content = file_of(*large)
    assert len(content) > LARGE

    with_mistake = browser.get(upload(browser, file_of(*large, stock="many"))).text
    assert "1 mistake; nothing was changed." in with_mistake

    preview = upload(browser, content)
    assert count(engine) == 0
    browser.post(preview)
    assert "180 added, 0 updated, 0 removed" in browser.get("/catalog").text
    assert count(engine) == 180


# Take it away


def test_the_export_can_be_imported_again(
    at_desk: Desk, trunk: Product, engine: Engine, settings: Settings
) -> None:
    browser = at_desk("manager")

    answer = browser.get("/catalog/export")

    assert answer.headers["content-disposition"] == (
        'attachment; filename="catalog-2026-11-23.csv"'
    )
    assert import_products(engine, answer.content).updated == 1
    assert stored(engine, TRUNK) == trunk
    assert not list(settings.var_dir.glob("export-*"))


def test_nothing_at_the_desk_makes_a_catalog_unsound(
    at_desk: Desk, trunk: Product, engine: Engine
) -> None:
    edited(at_desk("manager"), trunk, stock="1", catalog_date=date(2026, 11, 20).isoformat())

    assert check_catalog(engine) == ()
