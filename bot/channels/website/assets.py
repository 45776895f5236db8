"""The files of the widget, from the folder that its build writes."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
COMPRESSIBLE = {".css", ".html", ".js", ".json", ".map", ".svg"}
FILE_NAME = re.compile(r"[\w-][\w.-]{0,127}", re.ASCII)
NOT_BUILT = (
    "The chat widget is not built yet. `make run` builds it; so does `npm ci && npm run build` "
    "in web/.\n"
)


class NotBuiltError(FileNotFoundError):
    """The widget has not been built; the text says how."""


@dataclass(frozen=True)
class Asset:
    """A file as it goes over the wire."""

    content_type: str
    etag: str
    plain: bytes = field(repr=False)
    zipped: bytes | None = field(repr=False)


def read_asset(folder: Path, name: str) -> Asset | None:
    """The file of this name right in the folder, or None.

    None as well for a name that leads elsewhere, a hidden file, or an unknown kind of file.
    """
    path = folder / name
    if not FILE_NAME.fullmatch(name) or path.suffix not in CONTENT_TYPES:
        return None
    if not path.is_file() or path.resolve().parent != folder.resolve():
        return None
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _load(path: Path, _changed_at: int) -> Asset:
    content = path.read_bytes()
    zipped = gzip.compress(content, mtime=0) if path.suffix in COMPRESSIBLE else None
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return Asset(CONTENT_TYPES[path.suffix], etag, content, zipped)
