"""The file that a backup is: a tar of its parts, behind a list of them with their digests."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "fiberbot-backup.json"
DATABASE = "database"
LARGEST_MANIFEST = 1_000_000  # bytes
CHUNK = 1 << 20
UNREADABLE = (tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError)


class BackupError(RuntimeError):
    """A backup could not be made, read or restored; the text says what would help."""


@dataclass(frozen=True)
class Part:
    """How large a file in the backup is, and its digest."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    made_at: str  # ISO 8601, UTC
    database: str  # sqlite or postgresql
    revision: str  # of the schema
    counts: Mapping[str, int]  # of what people ask for first: conversations, leads, products
    settings: tuple[str, ...]  # secrets that were set, so they are not in the backup
    parts: Mapping[str, Part]
    format: int = FORMAT


def part_of(file: Path) -> Part:
    """Size and digest of a file."""
    with file.open("rb") as handle:
        return Part(file.stat().st_size, hashlib.file_digest(handle, "sha256").hexdigest())


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A private folder inside `folder`, on the same disk, that goes away with everything in it.

    Raises BackupError when the disk is full, or the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fiberbot-") as name:
            yield Path(name)
    except OSError as error:
        named = error.filename or folder
        raise BackupError(f"{named}: {error.strerror or error}.") from error


def write_archive(file: Path, manifest: Manifest, parts: Mapping[str, Path], stage: Path) -> None:
    """Put the parts into `file`, readable by its owner only; it appears when it is whole."""
    whole = stage / "whole"
    with os.fdopen(os.open(whole, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as handle:
        with tarfile.open(fileobj=handle, mode="w:gz", compresslevel=6) as tar:
            _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
            for name, path in parts.items():
                tar.add(path, name, recursive=False, filter=_nobodys)
        handle.flush()
        os.fsync(handle.fileno())
    whole.replace(file)


def read_archive(file: Path, stage: Path) -> Manifest:
    """Unpack a backup into `stage` and check every byte. Raises BackupError naming the file."""
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    try:
        with tarfile.open(file, "r:*") as tar:
            manifest = _manifest(tar)
            for name, part in manifest.parts.items():
                _unpack(tar, name, part, stage / name)
    except BackupError as error:
        raise BackupError(f"{file}: {error}") from error
    except (*UNREADABLE, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the disk, not the file
            raise
        raise BackupError(
            f"{file} is not a backup made by `fiberbot backup`, or it is damaged "
            f"({type(error).__name__}). Nothing was changed."
        ) from error
    return manifest


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


def _nobodys(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of this machine's users."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


def _manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST or first.size > LARGEST_MANIFEST:
        raise ValueError("no list of contents")
    found: dict[str, Any] = json.loads(_opened(tar, first).read())
    if found["format"] != FORMAT:
        raise BackupError(
            f"the backup has format {found['format']}, this assistant reads {FORMAT}. "
            "Restore it with the version that made it, or a newer one."
        )
    parts = {name: Part(**part) for name, part in found["parts"].items()}
    if DATABASE not in parts or any("/" in name or name.startswith(".") for name in parts):
        raise ValueError("odd parts")
    return Manifest(**{**found, "parts": parts, "settings": tuple(found["settings"])})


def _unpack(tar: tarfile.TarFile, name: str, part: Part, target: Path) -> None:
    info = tar.getmember(name)
    if not info.isreg() or info.size != part.size:
        raise BackupError(f"{name} in it is damaged. Nothing was changed.")
    source, digest = _opened(tar, info), hashlib.sha256()
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != part.sha256:
        raise BackupError(f"{name} in it is damaged. Nothing was changed.")


def _opened(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    handle = tar.extractfile(info)
    if handle is None:
        raise ValueError("not a file")
    return handle
