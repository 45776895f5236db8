"""Everything the environment decides, read once when a process starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LOWEST_PORT, HIGHEST_PORT = 1, 65_535


class SettingsError(ValueError):
    """A setting is missing or unusable; the text names it and says what would work."""


@dataclass(frozen=True)
class Settings:
    """Paths, addresses and secrets. `.env.example` lists every variable."""

    database_url: str = field(repr=False)  # may hold a password
    var_dir: Path
    encoder_dir: Path
    host: str
    port: int

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Raises SettingsError naming every unusable variable, not only the first."""
        var_dir = Path(env.get("VAR_DIR") or PROJECT / "var")
        port = env.get("PORT") or "5005"
        if not (port.isdecimal() and LOWEST_PORT <= int(port) <= HIGHEST_PORT):
            raise SettingsError(f"PORT is {port!r}; set it to a number from 1 to 65535.")
        return cls(
            database_url=env.get("DATABASE_URL") or f"sqlite:///{var_dir / 'fiberbot.db'}",
            var_dir=var_dir,
            encoder_dir=Path(env.get("ENCODER_DIR") or var_dir / "encoder"),
            host=env.get("HOST") or "127.0.0.1",
            port=int(port),
        )
