"""Bringing a catalog file in: all of it or nothing, with every mistake named."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.catalog.importer import (
    MOST_PROBLEMS,
    ImportReport,
    check_catalog,
    export_products,
    import_products,
    read_products,
)
from sales.catalog.rows import COLUMNS, to_cells
from sales.catalog.sample import SAMPLE_FILE, sample_product
from sales.catalog.store import (
    ProductQuery,
    catalog_date,
    count_products,
    find_products,
    product_by_sku,
)
from sales.catalog.tables import catalog_meta, products
from sales.database import transaction

CORD = "INX-PAT-M4-T12F12FP-PB-LP-003M"
TRUNK = "INX-TRK-M4-T12M12MP-PB-LP-010M"


def row(of: str = CORD, **changes: str) -> dict[str, str]:
    """The cells of a sample product, some of them changed."""
    cells = dict(zip(COLUMNS, to_cells(sample_product(of)), strict=True))
    return {**cells, **changes}


def csv_bytes(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def count(engine: Engine) -> int:
    with transaction(engine) as session:
        return count_products(session)


def reasons(report: ImportReport) -> str:
    return "\n".join(map(str, report.problems))


def test_a_file_is_imported_and_again_updates_the_same_products(engine: Engine) -> None:
    first = import_products(engine, SAMPLE_FILE)
    second = import_products(engine, SAMPLE_FILE)

    assert (first.added, first.updated, first.is_applied) == (528, 0, True)
    assert (second.added, second.updated, second.is_applied) == (0, 528, True)
    assert count(engine) == 528


def test_a_new_price_replaces_the_old_with_its_breaks_and_links(engine: Engine) -> None:
    import_products(engine, csv_bytes(row()))
    changed = row(
        price_usd="70.5",
        price_breaks="100:60.00",
        stock="0",
        applications="100GBASE-SR4",
        catalog_date="2026-12-01",
    )
    import_products(engine, csv_bytes(changed))

    with transaction(engine) as session:
        found = product_by_sku(session, CORD)
        date = catalog_date(session)
        by_link = find_products(session, ProductQuery(application="40GBASE-SR4"))
    assert found is not None
    assert by_link == []
    assert (found.price_usd, found.stock, found.unit_price_cents(100)) == ("$70.50", 0, 6000)
    assert found.applications == ("100GBASE-SR4",)
    assert str(date) == "2026-12-01"


def test_a_dry_run_reports_and_changes_nothing(engine: Engine) -> None:
    report = import_products(engine, SAMPLE_FILE, dry_run=True)

    assert (report.added, report.is_applied, report.is_ok) == (528, False, True)
    assert count(engine) == 0


def test_one_wrong_row_changes_nothing_at_all(engine: Engine) -> None:
    import_products(engine, csv_bytes(row()))

    report = import_products(engine, csv_bytes(row(price_usd="99.00"), row(TRUNK, stock="many")))

    assert not report.is_applied
    assert [(p.row, p.column, p.value) for p in report.problems] == [(3, "stock", "many")]
    with transaction(engine) as session:
        found = product_by_sku(session, CORD)
        assert found is not None
        assert found.price_usd == "$88.00"


def test_replace_removes_what_the_file_does_not_name(engine: Engine) -> None:
    import_products(engine, SAMPLE_FILE)

    report = import_products(engine, csv_bytes(row(TRUNK)), replace=True)

    assert (report.updated, report.removed) == (1, 527)
    assert count(engine) == 1
    with transaction(engine) as session:
        assert len(find_products(session, ProductQuery())) == 1


@pytest.mark.parametrize(
    ("changes", "column", "hint"),
    [
        ({"price_usd": "12.345"}, "price_usd", "2 decimal places"),
        ({"price_usd": "$12"}, "price_usd", "plain number"),
        ({"price_usd": "-1"}, "price_usd", "greater than or equal to 0"),
        ({"price_usd": "1e9"}, "price_usd", "plain number"),
        ({"price_usd": "nan"}, "price_usd", "plain number"),
        ({"stock": "1.5"}, "stock", "integer"),
        ({"stock": ""}, "stock", "integer"),
        ({"length_m": "3 m"}, "length_m", "plain number"),
        ({"catalog_date": "yesterday"}, "catalog_date", "date"),
        ({"price_breaks": "10=5"}, "price_breaks", "quantity:price"),
        ({"price_breaks": "1:5.00"}, "price_breaks", "quantity:price"),
        ({"applications": "100GBASE-SR4;100GBASE-SR4"}, "applications", "each link once"),
        ({"applications": "400GBASE-DR4"}, "applications", "does not run on OM4"),
        ({"fiber": "OM3"}, "fiber", "the part number says 'OM4'"),
        ({"sku": "inx-pat"}, "sku", "match pattern"),
        ({"sku": "INX-PAT-M4"}, "sku", "after the family it needs"),
        ({"title": ""}, "title", "at least 3"),
        ({"title": "=HYPERLINK(1)"}, "title", "looks like a formula"),
        ({"notes": "@SUM(A1)"}, "notes", "apostrophe"),
        ({"is_sample": "perhaps"}, "is_sample", "boolean"),
    ],
)
def test_a_wrong_cell_is_named_with_row_column_and_reason(
    changes: dict[str, str], column: str, hint: str
) -> None:
    _, findings = read_products(csv_bytes(row(TRUNK), row(**changes)))

    found = [problem for problem in findings.problems if problem.column == column]
    assert found, findings.problems
    assert found[0].row == 3
    assert hint in found[0].reason


def test_every_mistake_is_listed_up_to_a_limit_and_all_are_counted(engine: Engine) -> None:
    wrong = [row(sku, stock="x", price_usd="y") for sku in (CORD, TRUNK)] * 100

    report = import_products(engine, csv_bytes(*wrong))

    assert len(report.problems) == MOST_PROBLEMS
    assert report.problem_count == 400


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (csv_bytes(row()).splitlines()[0], "no products below"),
        (csv_bytes(row()).decode().encode("utf-16"), "save it as 'CSV UTF-8'"),
        (
            csv_bytes(row(notes="caf\u00e9")).decode().encode("latin-1"),
            "save the file as 'CSV UTF-8'",
        ),
        (csv_bytes(row()).replace(b",", b";"), "Separate the columns with commas"),
        (b'sku,title\n"open', "not a CSV file"),
        (csv_bytes({**row(), "colour": "red"}), "no such column"),
        (csv_bytes({"pric_usd": "1", **row()}), "did you mean price_usd?"),
        (csv_bytes({k: v for k, v in row().items() if k != "stock"}), "column is missing"),
        (csv_bytes(row()).replace(b"sku,brand", b"sku,sku"), "there twice"),
        (csv_bytes(row()) + b"one,two\n", "2 cells"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(data: bytes, hint: str) -> None:
    _, findings = read_products(data)

    assert hint in "\n".join(map(str, findings.problems))


def test_a_byte_order_mark_blank_rows_and_missing_optional_columns_are_fine(engine: Engine) -> None:
    plain = {"sku": "AB-1", "family": "ENC", "title": "Box", "price_usd": "5", "stock": "1"}
    data = csv_bytes({**plain, "catalog_date": "2026-11-20"})

    report = import_products(engine, b"\xef\xbb\xbf" + data + b",,,,,\n")

    assert report.is_applied, reasons(report)
    assert report.added == 1


def test_the_same_number_twice_is_refused_with_dashes_or_without(engine: Engine) -> None:
    plain = {"family": "ENC", "title": "Box", "price_usd": "5", "stock": "1"}
    plain["catalog_date"] = "2026-11-20"
    twice = csv_bytes({"sku": "AB-12", **plain}, {"sku": "A-B12", **plain})
    assert "Row 2 has the same number" in reasons(import_products(engine, twice))

    import_products(engine, csv_bytes({"sku": "AB-12", **plain}))
    again = import_products(engine, csv_bytes({"sku": "A-B12", **plain}))
    assert "The catalog has it as AB-12" in reasons(again)


def test_what_is_exported_imports_back_the_same(engine: Engine, tmp_path: Path) -> None:
    import_products(engine, SAMPLE_FILE)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"

    assert export_products(engine, first) == 528
    report = import_products(engine, first, replace=True)
    export_products(engine, second)

    assert report.is_applied, reasons(report)
    assert first.read_bytes() == second.read_bytes()
    lines = first.read_text(encoding="utf-8-sig").splitlines()
    assert sorted(lines) == sorted(SAMPLE_FILE.read_text(encoding="utf-8").splitlines())


def test_formula_looking_text_is_exported_harmless_and_comes_back_unchanged(
    engine: Engine, tmp_path: Path
) -> None:
    notes = ["'=1+1", "'-minus", "''quoted"]
    skus = [CORD, TRUNK, "INX-ENC-1U-4X12-F"]
    data = csv_bytes(*(row(sku, notes=note) for sku, note in zip(skus, notes, strict=True)))
    assert import_products(engine, data).is_applied
    file = tmp_path / "out.csv"

    export_products(engine, file)
    assert import_products(engine, file).is_applied

    with file.open(encoding="utf-8-sig", newline="") as handle:
        written = {line["sku"]: line["notes"] for line in csv.DictReader(handle)}
    assert [written[sku] for sku in skus] == notes
    with transaction(engine) as session:
        stored = [product_by_sku(session, sku) for sku in skus]
    assert [item.notes for item in stored if item] == ["=1+1", "-minus", "'quoted"]


def test_the_stored_catalog_can_be_checked_again(engine: Engine) -> None:
    import_products(engine, SAMPLE_FILE)
    assert check_catalog(engine) == ()

    with transaction(engine) as session:
        session.execute(sa.update(products).where(products.c.sku == CORD).values(polish="UPC"))

    found = check_catalog(engine)
    assert {problem.sku for problem in found} == {CORD}
    assert any("multimode MPO is PC" in problem.reason for problem in found)


def test_progress_is_told_for_both_stages(engine: Engine) -> None:
    told: list[tuple[str, int, int]] = []
    note: Callable[[str, int, int], None] = lambda *args: told.append(args)  # noqa: E731

    import_products(engine, SAMPLE_FILE, progress=note)

    assert told[-1] == ("written", 528, 528)
    assert ("checked", 528, 528) in told


def test_others_write_while_a_file_is_read_and_checked(engine: Engine) -> None:
    """SQLite lets one write at a time: a visitor's message must not wait for a large file."""
    impatient = engine
    if engine.dialect.name == "sqlite":
        impatient = sa.create_engine(engine.url, connect_args={"timeout": 0}, future=True)
    written: list[int] = []

    def write(stage: str, done: int, _total: int) -> None:
        if stage == "checked":
            with transaction(impatient) as session:
                session.execute(sa.insert(catalog_meta).values(key=f"note {done}", value="x"))
            written.append(done)

    cord = sample_product(CORD)
    rows = [
        dict(zip(COLUMNS, to_cells(replace(cord, sku=f"AB-{n:05d}")), strict=True))
        for n in range(1_600)
    ]

    report = import_products(engine, csv_bytes(*rows), progress=write)

    assert report.added == 1_600
    assert len(written) == 4
    impatient.dispose()


FAULT = {  # each lets the last step of an import fail, after its products are written
    "sqlite": (
        "CREATE TRIGGER fault BEFORE UPDATE ON product_kinds "
        "BEGIN SELECT RAISE(ABORT, 'disk fault'); END",
        "DROP TRIGGER fault",
    ),
    "postgresql": (
        "ALTER TABLE product_kinds ADD CONSTRAINT fault CHECK (products = 0) NOT VALID",
        "ALTER TABLE product_kinds DROP CONSTRAINT fault",
    ),
}


def test_an_import_that_fails_half_way_leaves_everything_as_it_was(engine: Engine) -> None:
    import_products(engine, csv_bytes(row()))
    fault, mend = FAULT[engine.dialect.name]
    with engine.begin() as connection:
        connection.exec_driver_sql(fault)

    with pytest.raises(sa.exc.DBAPIError):
        import_products(engine, csv_bytes(row(price_usd="1.00", price_breaks=""), row(TRUNK)))

    with engine.begin() as connection:
        connection.exec_driver_sql(mend)
    with transaction(engine) as session:
        kept = product_by_sku(session, CORD)
        assert kept == sample_product(CORD)
        assert count_products(session) == 1
        assert [p.sku for p in find_products(session, ProductQuery(words="cord"))] == [CORD]
    assert import_products(engine, csv_bytes(row(price_usd="1.00", price_breaks=""))).is_applied


def test_five_thousand_rows_take_a_few_seconds_at_most(engine: Engine) -> None:
    """Fifty thousand are to take under a minute; a tenth is enough to notice a slip."""
    cord = sample_product(CORD)
    rows = [to_cells(replace(cord, sku=f"AB-{number:05d}")) for number in range(5_000)]
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    started = time.perf_counter()

    report = import_products(engine, text.getvalue().encode())

    assert report.added == 5_000
    assert time.perf_counter() - started < 15
