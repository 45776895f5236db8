"""Brings a CSV file into the catalog, all of it or nothing, and writes the catalog back out."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Engine

from sales.catalog.product import Product
from sales.catalog.rows import (
    COLUMNS,
    GUARD,
    REQUIRED_COLUMNS,
    TEXT_COLUMNS,
    CatalogRow,
    looks_like_formula,
    sku_key,
    to_cells,
    unguarded,
)
from sales.catalog.store import to_products
from sales.catalog.tables import products
from sales.catalog.validity import broken_link_rules, broken_rules
from sales.catalog.writing import Staging, gather_statistics
from sales.database import transaction
from sales.reference.files import known_links
from sales.reference.values import Link

CHUNK = 500
MANY = 1_000  # rows, from which on the database counts anew what it holds
Progress = Callable[[str, int, int], None]  # stage ("checked" or "written"), done, total
MOST_PROBLEMS = 100  # listed; the rest is counted
HEADER_ROW = 1  # as a spreadsheet counts


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell. Row 1 is the header; row 0 means the file as a whole."""

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        place = f"Row {self.row}" if self.row else "File"
        column = f", column {self.column}" if self.column else ""
        value = f", value {self.value!r}" if self.value else ""
        return f"{place}{column}{value}: {self.reason}"


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or why it changed nothing."""

    rows: int
    added: int = 0
    updated: int = 0
    removed: int = 0
    problems: tuple[Problem, ...] = ()  # the first `most_problems`
    problem_count: int = 0
    is_applied: bool = False  # False when anything is wrong and in a dry run

    @property
    def is_ok(self) -> bool:
        return self.problem_count == 0


@dataclass(frozen=True)
class StoredProblem:
    """A rule that a product in the catalog breaks."""

    sku: str
    reason: str


@dataclass
class _Findings:
    most: int = MOST_PROBLEMS
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, row: int, column: str, value: object, reason: str) -> None:
        self.count += 1
        if len(self.problems) < self.most:
            self.problems.append(Problem(row, column, str(value)[:80], reason))

    def report(self, rows: int) -> ImportReport:
        return ImportReport(rows, problems=tuple(self.problems), problem_count=self.count)


def import_products(
    engine: Engine,
    source: Path | str | bytes,
    *,
    dry_run: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
    most_problems: int = MOST_PROBLEMS,
) -> ImportReport:
    """Adds and updates the products of a CSV file (a path, or its bytes), by their numbers.

    With any problem in any row nothing changes, and the report lists what to correct. A dry run
    reports the same and changes nothing. `replace` also removes products the file does not name.
    """
    findings = _Findings(most_problems)
    with engine.connect() as connection, Staging(connection) as staging:
        with connection.begin():
            rows = _stage(staging, _products_of(source, findings, progress), findings)
        if findings.count:
            return findings.report(rows)
        with connection.begin():
            if not dry_run:
                staging.lock()
            report = _report(staging, findings, rows, replace=replace, dry_run=dry_run)
            if report.is_applied:
                staging.apply(replace=replace)
        if report.is_applied and rows >= MANY:
            with connection.begin():
                gather_statistics(connection)
    if progress and report.is_applied:
        progress("written", rows, rows)
    return report


def _stage(staging: Staging, found: Iterator[Product], findings: _Findings) -> int:
    """Stages what is sound, as long as everything is; how many rows were sound."""
    rows = 0
    while chunk := list(islice(found, CHUNK)):
        rows += len(chunk)
        if not findings.count:
            staging.add(chunk)
    return rows


def _report(
    staging: Staging, findings: _Findings, rows: int, *, replace: bool, dry_run: bool
) -> ImportReport:
    """What bringing in the staged rows comes to, or why it cannot be done."""
    for sku, stored in staging.differently_written(findings.most + 1):
        findings.add(0, "sku", sku, f"The catalog has it as {stored}.")
    if findings.count:
        return findings.report(rows)
    updated = staging.known()
    removed = staging.absent() if replace else 0
    return ImportReport(rows, rows - updated, updated, removed, is_applied=not dry_run)


def export_products(engine: Engine, file: Path) -> int:
    """Writes the whole catalog as a CSV file that `import_products` reads back; how many rows."""
    count = 0
    with file.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        for product in _stored_products(engine):
            writer.writerow(to_cells(product))
            count += 1
    return count


def check_catalog(engine: Engine) -> tuple[StoredProblem, ...]:
    """Every rule that a stored product breaks, by part number; () when all are sound."""
    links = known_links()
    return tuple(
        StoredProblem(product.sku, reason)
        for product in _stored_products(engine)
        for reason in _broken(product, links)
    )


def read_products(
    source: Path | str | bytes,
    progress: Progress | None = None,
    most_problems: int = MOST_PROBLEMS,
) -> tuple[list[Product], _Findings]:
    """The sound products of a CSV file, and what is wrong with the others."""
    findings = _Findings(most_problems)
    return list(_products_of(source, findings, progress)), findings


def _products_of(
    source: Path | str | bytes, findings: _Findings, progress: Progress | None
) -> Iterator[Product]:
    """The sound products, one after the other; what is wrong goes into the findings."""
    text = _decoded(source, findings)
    count = _count_rows(text, findings) if text is not None else 0
    if text is None or findings.count:
        return
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(rows)
    if _header_is_right(header, findings):
        yield from _checked(header, rows, count, findings, progress)


def _decoded(source: Path | str | bytes, findings: _Findings) -> str | None:
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:2_000]:
        findings.add(0, "", "", "It is not UTF-8 text; save it as 'CSV UTF-8'.")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        reason = "It is not UTF-8 text from here on; save the file as 'CSV UTF-8'."
        findings.add(row, "", data[max(0, error.start - 10) : error.start + 5], reason)
        return None


def _count_rows(text: str, findings: _Findings) -> int:
    """How many rows are below the header. Read once without keeping them: a file may be large."""
    count, is_blank, has_products = -1, True, False
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            count += 1
            if any(row):
                is_blank = False
                has_products = has_products or count > 0
    except csv.Error as error:
        findings.add(0, "", "", f"It is not a CSV file: {error}.")
        return 0
    if is_blank:
        findings.add(0, "", "", "The file is empty.")
    elif not has_products:
        findings.add(0, "", "", "The file has no products below its header.")
    return count


def _header_is_right(header: list[str], findings: _Findings) -> bool:
    names = [name.strip() for name in header]
    if len(names) == 1 and ";" in names[0]:
        findings.add(HEADER_ROW, "", names[0], "Separate the columns with commas.")
        return False
    for name in names:
        if name not in COLUMNS:
            close = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {close[0]}?" if close else "remove it."
            findings.add(HEADER_ROW, name, name, f"There is no such column; {hint}")
    for name in sorted({name for name in names if names.count(name) > 1}):
        findings.add(HEADER_ROW, name, name, "The column is there twice.")
    for name in REQUIRED_COLUMNS:
        if name not in names:
            findings.add(HEADER_ROW, name, "", "The column is missing.")
    return findings.count == 0


def _checked(
    header: list[str],
    rows: Iterable[list[str]],
    count: int,
    findings: _Findings,
    progress: Progress | None,
) -> Iterator[Product]:
    names = [name.strip() for name in header]
    links, seen = known_links(), dict[str, int]()
    for number, cells in enumerate(rows, start=HEADER_ROW + 1):
        if progress and number % CHUNK == 0:
            progress("checked", number - HEADER_ROW, count)
        if not any(cells):
            continue  # spreadsheets leave blank rows behind
        product = _checked_row(number, names, cells, links, findings)
        if product is None:
            continue
        first = seen.setdefault(sku_key(product.sku), number)
        if first != number:
            findings.add(number, "sku", product.sku, f"Row {first} has the same number already.")
        yield product
    if progress:
        progress("checked", count, count)


def _checked_row(
    number: int, names: list[str], cells: list[str], links: dict[str, Link], findings: _Findings
) -> Product | None:
    if len(cells) != len(names):
        reason = f"The row has {len(cells)} cells and the header {len(names)}."
        findings.add(number, "", "", reason)
        return None
    values = {}
    before = findings.count
    for name, cell in zip(names, cells, strict=True):
        if name in TEXT_COLUMNS and looks_like_formula(cell):
            reason = (
                "It looks like a formula; write an apostrophe (') before it to keep it as text."
            )
            findings.add(number, name, cell, reason)
        values[name] = unguarded(cell) if cell.startswith(GUARD) else cell
    product = _product(number, values, findings) if findings.count == before else None
    if product is None:
        return None
    for reason in _broken(product, links):
        column, _, rest = reason.partition(": ")
        known = column in values
        findings.add(number, column if known else "", values.get(column, ""), rest or reason)
    return product


def _product(number: int, values: dict[str, str], findings: _Findings) -> Product | None:
    try:
        return CatalogRow.model_validate(values).to_product()
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            column = str(wrong["loc"][0])
            reason = wrong["msg"].removeprefix("Value error, ")
            findings.add(number, column, values.get(column, ""), reason)
        return None


def _broken(product: Product, links: dict[str, Link]) -> list[str]:
    return [*broken_rules(product), *broken_link_rules(product, links)]


def _stored_products(engine: Engine) -> Iterator[Product]:
    last = ""
    with transaction(engine) as session:
        while True:
            query = sa.select(products).where(products.c.sku > last).order_by(products.c.sku)
            rows = session.execute(query.limit(CHUNK)).all()
            if not rows:
                return
            yield from to_products(session, rows)
            last = rows[-1].sku
