"""A catalog file of any kind is imported whole, or refused with rows and reasons; never half."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from random import Random

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.catalog.importer import export_products, import_products
from sales.catalog.sample import SAMPLE_FILE
from sales.catalog.tables import products
from sales.reference.seed import seed_reference
from tests.fuzz.runs import SEED, draws
from tests.fuzz.texts import HOSTILE, NUMBERS, ODD, UNITS, message

FILES = 120  # in a usual run
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7")
NOTATIONS = (
    "1.234,56",
    "1 234.56",
    "$1,234.56",
    "1e3",
    "-1",
    "½",
    "0x10",
    "٣",
    "\uff11\uff12",
    "1.2.3",
    "NaN",
    "inf",
    "1" * 400,
    "12.345",
    "2026-02-30",
    "30.02.2026",
    "yes",
    "=1+1",
    "@x",
    "+1",
    "'=1",
    "10:1;5:2",
    "1:;:2",
    "a" * 5_000,
)


@cache
def sound_rows() -> list[list[str]]:
    """The header of the sample catalog and some of its rows."""
    with SAMPLE_FILE.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    return [rows[0], *rows[1 :: max(1, len(rows) // 40)]]


def file_of(random: Random) -> bytes:
    """A sound file with something wrong in it, at one place or at all."""
    header, *rows = sound_rows()
    cells = [list(row) for row in random.sample(rows, random.randint(0, 4))]
    for _ in range(random.randrange(4)):
        if cells:
            row = random.choice(cells)
            row[random.randrange(len(row))] = _cell(random)
    table = [list(header), *cells]
    _spoil_shape(random, table)
    text = _written(random, table)
    data = text.encode(random.choice((*ENCODINGS[:2] * 4, *ENCODINGS)), "replace")
    return _spoil_bytes(random, data)


def _cell(random: Random) -> str:
    kind = random.choice((NOTATIONS, NUMBERS, UNITS, HOSTILE, ODD))
    return random.choice((random.choice(kind), message(random)))


def _spoil_shape(random: Random, table: list[list[str]]) -> None:
    kind = random.randrange(10)
    row = random.choice(table)
    if kind == 0:
        row.append(_cell(random))
    elif kind == 1 and row:
        row.pop(random.randrange(len(row)))
    elif kind == 2:
        random.shuffle(table)
    elif kind == 3:
        table.append(list(row))
    elif kind == 4:
        table[0][random.randrange(len(table[0]))] = random.choice((_cell(random), table[0][0], ""))
    elif kind == 5:
        table.insert(random.randrange(len(table)), [])


def _written(random: Random, table: list[list[str]]) -> str:
    out = io.StringIO(newline="")
    quoting = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    ends = random.choice(("\n", "\r\n", "\r"))
    delimiter = random.choices((",", ";", "\t"), (8, 1, 1))[0]
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=ends).writerows(table)
    return out.getvalue()


def _spoil_bytes(random: Random, data: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    spoilt = (
        data,
        data,
        data,
        data[:place],
        data[:place] + b'"' + data[place:],
        data[:place] + b"\x00" + data[place:],
        data[:place] + b"\xff\xfe" + data[place:],
        b"\xef\xbb\xbf" + data,
        data + b"\x1a",
        data.replace(b",", b",,", 1),
        data * 2,
    )
    return random.choice(spoilt)


def test_a_file_is_imported_whole_or_refused_with_reasons(engine: Engine, tmp_path: Path) -> None:
    seed_reference(engine)
    applied = 0
    for number, random in enumerate(draws("catalog files", FILES)):
        data, where = file_of(random), f"FUZZ_SEED={SEED}, file {number}"
        before = _skus(engine)
        report = import_products(engine, data, replace=random.random() < 0.2)
        assert report.is_ok == report.is_applied, where
        if not report.is_ok:
            assert report.problems, where
            assert all(problem.reason for problem in report.problems), where
            assert _skus(engine) == before, where
            continue
        applied += 1
        again = tmp_path / "again.csv"
        assert export_products(engine, again) == len(_skus(engine)), where
        back = import_products(engine, again, dry_run=True)
        assert back.is_ok, (where, [str(problem) for problem in back.problems])
    assert applied, "no file was sound: what is tried is too odd to find anything"


def _skus(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(sa.select(products.c.sku)).scalars())
