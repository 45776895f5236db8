"""Brings a CSV file into the catalog, all of it or nothing, and writes the catalog back out."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from sales.catalog.product import FAMILIES, FAMILY_WORDS, Product
from sales.catalog.rows import (
    COLUMNS,
    GUARD,
    LIST_SEPARATOR,
    REQUIRED_COLUMNS,
    TEXT_COLUMNS,
    CatalogRow,
    looks_like_formula,
    to_cells,
    unguarded,
)
from sales.catalog.store import DATE_KEY, sku_key, to_products
from sales.catalog.tables import catalog_meta, price_breaks, product_links, products
from sales.catalog.validity import broken_link_rules, broken_rules
from sales.database import transaction
from sales.reference.files import known_links
from sales.reference.values import Link, fiber_mode

MOST_PROBLEMS = 100  # listed; the rest is counted
CHUNK = 500
HEADER_ROW = 1  # as a spreadsheet counts
Progress = Callable[[str, int, int], None]  # stage ("checked" or "written"), done, total


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
    problems: tuple[Problem, ...] = ()  # the first MOST_PROBLEMS
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
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, row: int, column: str, value: object, reason: str) -> None:
        self.count += 1
        if len(self.problems) < MOST_PROBLEMS:
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
) -> ImportReport:
    """Adds and updates the products of a CSV file (a path, or its bytes), by their numbers.

    With any problem in any row nothing changes, and the report lists what to correct. A dry run
    reports the same and changes nothing. `replace` also removes products the file does not name.
    """
    found, findings = read_products(source, progress)
    if findings.count:
        return findings.report(len(found))
    with transaction(engine) as session:
        existing = _existing(session, found, findings)
        removed = _absent(session, found) if replace else []
        if findings.count:
            return findings.report(len(found))
        report = ImportReport(
            rows=len(found),
            added=len(found) - len(existing),
            updated=len(existing),
            removed=len(removed),
            is_applied=not dry_run,
        )
        if not dry_run:
            _remove(session, removed)
            _write(session, found, progress)
            _remember_date(session)
    return report


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
    source: Path | str | bytes, progress: Progress | None = None
) -> tuple[list[Product], _Findings]:
    """The sound products of a CSV file, and what is wrong with the others."""
    findings = _Findings()
    text = _decoded(source, findings)
    rows = _rows(text, findings) if text is not None else []
    header = rows[0] if rows else []
    if findings.count or not _header_is_right(header, findings):
        return [], findings
    return _checked(header, rows[1:], findings, progress), findings


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


def _rows(text: str, findings: _Findings) -> list[list[str]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        findings.add(0, "", "", f"It is not a CSV file: {error}.")
        return []
    if not rows:
        findings.add(0, "", "", "The file is empty.")
    elif not any(any(row) for row in rows[1:]):
        findings.add(0, "", "", "The file has no products below its header.")
    return rows


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
    header: list[str], rows: list[list[str]], findings: _Findings, progress: Progress | None
) -> list[Product]:
    names = [name.strip() for name in header]
    links, seen, found = known_links(), {}, []  # type: ignore[var-annotated]
    for number, cells in enumerate(rows, start=HEADER_ROW + 1):
        if progress and number % CHUNK == 0:
            progress("checked", number - HEADER_ROW, len(rows))
        if not any(cells):
            continue  # spreadsheets leave blank rows behind
        product = _checked_row(number, names, cells, links, findings)
        if product is None:
            continue
        first = seen.setdefault(sku_key(product.sku), number)
        if first != number:
            findings.add(number, "sku", product.sku, f"Row {first} has the same number already.")
        found.append(product)
    if progress:
        progress("checked", len(rows), len(rows))
    return found


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
            reason = "It looks like a formula; write an apostrophe (') before it to keep it as text."
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


def _existing(session: Session, found: list[Product], findings: _Findings) -> set[str]:
    """Numbers the catalog holds already; one that differs in dashes alone is a problem."""
    by_key = {sku_key(product.sku): product.sku for product in found}
    existing = set()
    for keys in _chunks(list(by_key)):
        query = sa.select(products.c.sku, products.c.sku_key).where(products.c.sku_key.in_(keys))
        for row in session.execute(query):
            if by_key[row.sku_key] != row.sku:
                reason = f"The catalog has it as {row.sku}."
                findings.add(0, "sku", by_key[row.sku_key], reason)
            existing.add(row.sku)
    return existing


def _absent(session: Session, found: list[Product]) -> list[str]:
    kept = {product.sku for product in found}
    stored = session.execute(sa.select(products.c.sku)).scalars()
    return [sku for sku in stored if sku not in kept]


def _remove(session: Session, skus: list[str]) -> None:
    for chunk in _chunks(skus):
        _forget_details(session, chunk)
        session.execute(sa.delete(products).where(products.c.sku.in_(chunk)))


def _forget_details(session: Session, skus: list[str]) -> None:
    for table in (price_breaks, product_links):
        session.execute(sa.delete(table).where(table.c.sku.in_(skus)))


def _write(session: Session, found: list[Product], progress: Progress | None) -> None:
    statement = _upsert(session)
    done = 0
    for chunk in _chunks(found):
        _forget_details(session, [product.sku for product in chunk])
        session.execute(statement, [_columns(product) for product in chunk])
        _insert(session, price_breaks, [step for item in chunk for step in _step_rows(item)])
        _insert(session, product_links, [link for item in chunk for link in _link_rows(item)])
        done += len(chunk)
        if progress:
            progress("written", done, len(found))


def _upsert(session: Session) -> Any:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(products)
    changed = {name: insert.excluded[name] for name in products.c.keys() if name != "sku"}
    return insert.on_conflict_do_update(index_elements=[products.c.sku], set_=changed)


def _insert(session: Session, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(sa.insert(table), rows)


def _columns(product: Product) -> dict[str, Any]:
    values = asdict(product)
    del values["price_breaks"], values["applications"]
    key = sku_key(product.sku)
    return {
        **values,
        "sku_key": key,
        "sku_key_reversed": key[::-1],
        "fiber_mode": fiber_mode(product.fiber),
        "compatible_with": LIST_SEPARATOR.join(product.compatible_with),
        "search_text": search_text(product),
        "rank": rank(product),
    }


def search_text(product: Product) -> str:
    """What a word search looks through, in lower case."""
    words = FAMILY_WORDS.get(product.family, "")
    parts = (product.sku, product.title, product.description, words, product.notes)
    return " ".join(parts).lower()


def rank(product: Product) -> int:
    """Smaller is shown first: in stock, then by family, low loss, the usual kind, MTP."""
    family = list(FAMILIES).index(product.family)
    grade = {"LL": 0, "ULL": 1, "STD": 2, "": 0}[product.loss_grade]
    out_of_stock = 0 if product.in_stock else 1
    return (
        out_of_stock * 10_000
        + family * 100
        + grade * 20
        + _oddities(product) * 2
        + (product.brand == "MPO")
    )


def _oddities(product: Product) -> int:
    """In how many ways it is not what most people order: Type B, plenum or riser, fixed gender."""
    return sum(
        (
            product.polish == "APC" and fiber_mode(product.fiber) == "MM",
            product.gender_a == "X",
            product.construction == "armored",
            product.jacket in ("LSZH", "OSP", "IND"),
            product.polarity in ("A", "C", "U1", "U2"),
        )
    )


def _step_rows(product: Product) -> Iterator[dict[str, Any]]:
    for step in product.price_breaks:
        yield {"sku": product.sku, **asdict(step)}


def _link_rows(product: Product) -> Iterator[dict[str, Any]]:
    for place, link in enumerate(product.applications):
        yield {"sku": product.sku, "link": link, "position": place}


def _remember_date(session: Session) -> None:
    newest: date | None = session.execute(sa.select(sa.func.max(products.c.catalog_date))).scalar()
    session.execute(sa.delete(catalog_meta).where(catalog_meta.c.key == DATE_KEY))
    if newest:
        row = {"key": DATE_KEY, "value": newest.isoformat()}
        session.execute(sa.insert(catalog_meta).values(**row))


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


def _chunks(items: list[Any]) -> Iterable[list[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
