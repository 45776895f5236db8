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

from sales.catalog.kinds import kind_row
from sales.catalog.product import Product
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
from sales.catalog.tables import (
    catalog_meta,
    kind_links,
    price_breaks,
    product_kinds,
    products,
)
from sales.catalog.validity import broken_link_rules, broken_rules
from sales.database import transaction
from sales.reference.files import known_links
from sales.reference.values import Link

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
    found, findings = read_products(source, progress, most_problems)
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
    source: Path | str | bytes,
    progress: Progress | None = None,
    most_problems: int = MOST_PROBLEMS,
) -> tuple[list[Product], _Findings]:
    """The sound products of a CSV file, and what is wrong with the others."""
    findings = _Findings(most_problems)
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
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        findings.add(0, "", "", f"It is not a CSV file: {error}.")
        return []
    if not any(map(any, rows)):
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
        _forget_steps(session, chunk)
        session.execute(sa.delete(products).where(products.c.sku.in_(chunk)))


def _forget_steps(session: Session, skus: list[str]) -> None:
    session.execute(sa.delete(price_breaks).where(price_breaks.c.sku.in_(skus)))


def _write(session: Session, found: list[Product], progress: Progress | None) -> None:
    written: set[str] = set()
    done = 0
    for chunk in _chunks(found):
        kinds = {product.sku: kind_row(product) for product in chunk}
        _write_kinds(session, chunk, kinds, written)
        _forget_steps(session, [product.sku for product in chunk])
        rows = [_columns(product, kinds[product.sku]["id"]) for product in chunk]
        session.execute(_upsert(session, products, "sku"), rows)
        steps = [step for product in chunk for step in _step_rows(product)]
        if steps:
            session.execute(sa.insert(price_breaks), steps)
        done += len(chunk)
        if progress:
            progress("written", done, len(found))
    _count_kinds(session)


def _write_kinds(
    session: Session, chunk: list[Product], kinds: dict[str, dict[str, Any]], written: set[str]
) -> None:
    """Adds the kinds that are new; a kind never changes, since its id is its content."""
    rows, links = [], []
    for product in chunk:
        row = kinds[product.sku]
        if row["id"] in written:
            continue
        written.add(row["id"])
        rows.append(row)
        for place, link in enumerate(product.applications):
            links.append({"kind_id": row["id"], "link": link, "position": place})
    if rows:
        session.execute(_add(session, product_kinds), rows)
    if links:
        session.execute(_add(session, kind_links), links)


def _count_kinds(session: Session) -> None:
    """Sets how many products each kind has and its lowest price; kinds without any go."""
    c = products.c
    of_kind = sa.select(sa.func.count()).where(c.kind_id == product_kinds.c.id).scalar_subquery()
    lowest = sa.select(sa.func.min(c.price_cents)).where(c.kind_id == product_kinds.c.id)
    values = {"products": of_kind, "min_price_cents": lowest.scalar_subquery()}
    session.execute(sa.update(product_kinds).values(**values))
    empty = sa.select(product_kinds.c.id).where(product_kinds.c.products == 0)
    session.execute(sa.delete(kind_links).where(kind_links.c.kind_id.in_(empty)))
    session.execute(sa.delete(product_kinds).where(product_kinds.c.products == 0))


def _dialect(session: Session) -> Any:
    return sqlite if session.get_bind().dialect.name == "sqlite" else postgresql


def _upsert(session: Session, table: sa.Table, key: str) -> Any:
    insert = _dialect(session).insert(table)
    changed = {c.name: insert.excluded[c.name] for c in table.c if c.name != key}
    return insert.on_conflict_do_update(index_elements=[table.c[key]], set_=changed)


def _add(session: Session, table: sa.Table) -> Any:
    return _dialect(session).insert(table).on_conflict_do_nothing()


def _columns(product: Product, kind_id: str) -> dict[str, Any]:
    values = {name: getattr(product, name) for name in _PLAIN_COLUMNS}
    key = sku_key(product.sku)
    return {
        **values,
        "sku_key": key,
        "sku_key_reversed": key[::-1],
        "kind_id": kind_id,
        "compatible_with": LIST_SEPARATOR.join(product.compatible_with),
    }


_PLAIN_COLUMNS = tuple(
    column.name
    for column in products.c
    if column.name not in ("sku_key", "sku_key_reversed", "kind_id", "compatible_with")
)


def _step_rows(product: Product) -> Iterator[dict[str, Any]]:
    for step in product.price_breaks:
        yield {"sku": product.sku, **asdict(step)}


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
