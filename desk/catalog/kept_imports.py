"""Files that wait between their preview and the word that brings them into the catalog."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from desk.catalog.import_run import report_from
from sales.catalog.importer import ImportReport

KEPT_FOR = timedelta(hours=2)
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


class NotKeptError(ValueError):
    """There is no such file, any more; the text says what would work."""

    def __init__(self) -> None:
        super().__init__("This preview is over: it was used, or is too old. Upload the file again.")


@dataclass(frozen=True)
class KeptImport:
    """A file that was looked through and not brought in yet."""

    token: str
    member_id: int  # who uploaded it, and alone may bring it in
    name: str  # the file's, as the browser said
    replace: bool  # products that it does not name are to be removed
    sha256: str
    kept_at: datetime
    report: ImportReport


class KeptImports:
    """A folder of such files; each is forgotten after KEPT_FOR."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(
        self,
        content: bytes,
        report: ImportReport,
        *,
        member_id: int,
        name: str,
        replace: bool,
        now: datetime,
    ) -> KeptImport:
        """The file and what the dry run said of it, under a new token."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.forget_old(now)
        digest = hashlib.sha256(content).hexdigest()
        kept = KeptImport(secrets.token_urlsafe(24), member_id, name, replace, digest, now, report)
        self._file(kept.token, "csv").write_bytes(content)
        facts = {**asdict(kept), "kept_at": now.isoformat()}
        self._file(kept.token, "json").write_text(json.dumps(facts), encoding="utf-8")
        return kept

    def find(self, token: str, member_id: int, now: datetime) -> KeptImport:
        """What this member keeps under the token, else NotKeptError."""
        if not TOKEN.fullmatch(token):
            raise NotKeptError
        try:
            facts = json.loads(self._file(token, "json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NotKeptError from None
        kept = _from_json(facts)
        if kept.member_id != member_id or now - kept.kept_at >= KEPT_FOR:
            raise NotKeptError
        return kept

    def take(self, kept: KeptImport) -> bytes:
        """The very file that was looked through; one of two who take it at once gets it."""
        taken = self._file(kept.token, "taken")
        try:
            self._file(kept.token, "csv").rename(taken)
        except FileNotFoundError:
            raise NotKeptError from None
        content = taken.read_bytes()
        self.forget(kept.token)
        if hashlib.sha256(content).hexdigest() != kept.sha256:
            raise NotKeptError
        return content

    def forget(self, token: str) -> None:
        """Deletes everything under the token."""
        for suffix in ("csv", "taken", "json"):
            self._file(token, suffix).unlink(missing_ok=True)

    def forget_old(self, now: datetime) -> None:
        """Deletes what is past its time."""
        for file in self._folder.glob("*.*"):
            if now.timestamp() - file.stat().st_mtime >= KEPT_FOR.total_seconds():
                file.unlink(missing_ok=True)

    def _file(self, token: str, suffix: str) -> Path:
        return self._folder / f"{token}.{suffix}"


def _from_json(facts: dict[str, Any]) -> KeptImport:
    return KeptImport(
        **{
            **facts,
            "kept_at": datetime.fromisoformat(facts["kept_at"]),
            "report": report_from(facts["report"]),
        }
    )
