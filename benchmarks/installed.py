"""What an installation holds by package, and what of it the running assistant never imports."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import BenchmarkError

# Run inside the installation: loads the assistant and the desk, has a short talk, and tells which
# top-level modules that took.
TALK = """
import asyncio, json, sys
from pathlib import Path
from bot.stand_ins import stand_in
stand_in([Path("config.yml")])
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from bot.server import load_assistant
import rasa.core.run, uvicorn, bot.preparation, desk.app, desk.server, bot.cli
from sales.settings import PROJECT
rasa.core.run.create_http_input_channels(None, str(PROJECT / "credentials.yml"))

async def talk():
    agent = await load_assistant()
    for text in {texts!r}:
        await agent.handle_message(UserMessage(text, CollectingOutputChannel(), "installed"))

asyncio.run(talk())
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


@dataclass(frozen=True)
class Package:
    """One distribution: its size on disk, and whether the running assistant imports it."""

    name: str
    megabytes: float
    is_imported: bool


def packages(site: Path, imported: set[str]) -> list[Package]:
    """Every distribution in site-packages, largest first; compiled modules count."""
    owners = _owners(site)
    sizes: dict[str, int] = defaultdict(int)
    used: set[str] = set()
    for entry in site.iterdir():
        owner = owners.get(entry.name, entry.name)
        sizes[owner] += size(entry)
        if entry.name.partition(".")[0] in imported:
            used.add(owner)
    found = [Package(name, count / 1e6, name in used) for name, count in sizes.items()]
    return sorted(found, key=lambda package: -package.megabytes)


def size(path: Path) -> int:
    """Bytes on disk of a file or of everything in a folder; links count nothing."""
    if path.is_symlink():
        return 0
    if path.is_file():
        return path.stat().st_blocks * 512
    return sum(size(each) for each in path.iterdir())


def imported_modules(
    python: Path, project: Path, env: Mapping[str, str], texts: list[str]
) -> set[str]:
    """The top-level modules that the assistant of an installation has imported after a talk."""
    done = subprocess.run(
        [str(python), "-c", TALK.format(texts=texts)],
        cwd=project, env=dict(env), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        end = "\n".join(done.stderr.splitlines()[-10:])
        raise BenchmarkError(f"The installed assistant could not be talked with:\n{end}")
    return set(json.loads(done.stdout.splitlines()[-1]))


def _owners(site: Path) -> dict[str, str]:
    """Which distribution brought each entry of site-packages, by the records of all."""
    owners: dict[str, str] = {}
    for info in site.glob("*.dist-info"):
        name = info.name.removesuffix(".dist-info").rpartition("-")[0]
        owners[info.name] = name
        record = info / "RECORD"
        if not record.is_file():
            continue
        for line in record.read_text(encoding="utf-8", errors="replace").splitlines():
            top = line.partition("/")[0].partition(",")[0]
            if top not in ("..", ""):
                owners.setdefault(top, name)
    return owners
