"""A secret that is made once and kept in a file, for those who set none."""

from __future__ import annotations

import os
import secrets
import uuid
from pathlib import Path


def kept_secret(file: Path) -> tuple[str, bool]:
    """The secret kept in the file, readable by its owner only, and whether it was made just now.

    Of several processes that start at once, all get the same one.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
    is_new = False
    if not file.exists():
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
            handle.write(secrets.token_hex(32))
        try:
            os.link(draft, file)  # fails when another process was first
            is_new = True
        except FileExistsError:
            pass
        draft.unlink()
    return file.read_text().strip(), is_new
