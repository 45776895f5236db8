"""`fiberbot backup` and `fiberbot restore`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bot.commands.shared import console, errors, readable_errors
from sales.backup.archive import BackupError, Manifest
from sales.backup.contents import in_words
from sales.backup.make import Counts, make_backup
from sales.backup.make import Progress as Report
from sales.backup.restore import Restored, restore_backup
from sales.settings import Settings, SettingsError

Target = Annotated[Path, typer.Argument(help="The file to write; it must not exist.")]
Source = Annotated[Path, typer.Argument(help="A file that `fiberbot backup` wrote.")]
Yes = Annotated[bool, typer.Option("--yes", help="Replace what is there without asking.")]


def backup(file: Target) -> None:
    """Write conversations, leads, catalog and kept secrets into one file; nothing has to stop."""
    with _readable(), _bars() as bars:
        manifest = make_backup(Settings.from_env(), file, _report(bars))
    size = file.stat().st_size / 1_000_000
    console.print(
        f"{file}: {in_words(manifest.counts)}, {size:.1f} MB.", markup=False, soft_wrap=True
    )
    missing = ", ".join(("the settings (.env)", *manifest.settings))
    console.print(f"Not in it, keep it elsewhere: {missing}.", markup=False, soft_wrap=True)
    console.print("It holds personal data and secrets: keep it as safe as the database.")


def restore(file: Source, yes: Yes = False) -> None:
    """Replace the database and the kept secrets by those of a backup: all of it, or nothing."""
    with _readable(), _bars() as bars:

        def confirm(manifest: Manifest, present: Counts) -> bool:
            bars.stop()
            told = f"{file} of {manifest.made_at} has {in_words(manifest.counts)}."
            console.print(told, markup=False, soft_wrap=True)
            question = f"Replace what is there ({in_words(present)})?"
            is_wanted = yes or typer.confirm(question, default=False)
            bars.start()
            return is_wanted

        restored = restore_backup(Settings.from_env(), file, confirm, _report(bars))
    if restored is None:
        console.print("Nothing was changed.")
        raise typer.Exit(1)
    _tell(restored)


def _tell(restored: Restored) -> None:
    console.print(f"Restored: {in_words(restored.manifest.counts)}.")
    for path in restored.kept:
        console.print(f"What was there before is kept as {path}.", markup=False, soft_wrap=True)
    for name in restored.unset:
        console.print(f"Set {name} as it was where the backup was made; old sessions need it.")
    for name in restored.overruled:
        console.print(
            f"{name} is set here and used instead of the secret in the backup: old sessions end, "
            "unless it is left blank."
        )


@contextmanager
def _readable() -> Iterator[None]:
    with readable_errors():
        try:
            yield
        except BackupError as error:
            raise SettingsError(str(error)) from error


def _bars() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    return Progress(*columns, TimeElapsedColumn(), console=errors)


def _report(bars: Progress) -> Report:
    """Shows each step as a bar."""
    tasks: dict[str, TaskID] = {}

    def report(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = bars.add_task(step)
        bars.update(tasks[step], completed=done, total=max(total, 1))

    return report
