"""What has to exist before the assistant can talk: encoder, database, widget, trained model."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bot.file_checks import refuse_malformed_yaml
from sales.settings import PROJECT, Settings

MODELS = PROJECT / "models"
MODEL = MODELS / "assistant.tar.gz"
TRAINED_FROM = MODELS / "assistant.sha256"  # digest of what the model was trained from
SAMPLE_CATALOG = PROJECT / "data" / "catalog" / "sample_products.csv"
MODEL_INPUTS = ("config.yml", "domain.yml", "data/*.yml", "data/faq/*.yml", "bot/nlu/**/*.py")
SERVED_FILES = ("credentials.yml", "endpoints.yml", "actions/responses.yml")
WIDGET_INPUTS = ("web/src/**/*", "web/scripts/*", "web/*.json", "web/*.ts", "web/*.html")
WIDGET_BUILT_FROM = PROJECT / "web" / "dist" / "built-from.sha256"
DESK_VENDOR = PROJECT / "desk" / "static" / "vendor"
Say = Callable[[str], None]


class PreparationError(RuntimeError):
    """A step failed; the text says which, and what to do."""


def prepare(settings: Settings, say: Say) -> None:
    """Bring encoder, database, widget and model up to date; each step is skipped when it is."""
    refuse_unusable_folder(settings)
    refuse_malformed_yaml(PROJECT / name for name in SERVED_FILES)
    prepare_encoder(settings, say)
    prepare_widget(say)
    prepare_database(settings, say)
    if not is_model_current(settings):
        train(settings, say)


def refuse_unusable_folder(settings: Settings) -> None:
    """Raises PreparationError when VAR_DIR is where data is kept, and nothing can be written there.

    With another database and secrets of one's own it may be read-only.
    """
    is_database_there = str(settings.var_dir) in settings.database_url
    if not is_database_there and settings.website.secret and settings.desk.secret:
        return
    try:
        settings.var_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.var_dir):
            pass
    except OSError as error:
        raise PreparationError(
            f"Nothing can be written to {settings.var_dir} ({error.strerror}); make it a folder of "
            "the user that runs the assistant, or set VAR_DIR to another one."
        ) from error


def prepare_encoder(settings: Settings, say: Say) -> None:
    """Build the sentence encoder (a few seconds, once)."""
    from bot.nlu.build_encoder import build_encoder

    build_encoder(settings.encoder_dir, progress=say)


def prepare_widget(say: Say) -> None:
    """Build the widget and what the desk shows (half a minute, when sources have changed)."""
    digest = _digest(_files(WIDGET_INPUTS))
    is_there = WIDGET_BUILT_FROM.is_file() and DESK_VENDOR.is_dir()
    if is_there and WIDGET_BUILT_FROM.read_text().strip() == digest:
        return
    say("Building the chat widget (about half a minute) ...")
    command = [str(PROJECT / "deploy" / "widget.sh")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PreparationError(
            "The chat widget could not be built; deploy/widget.sh shows everything. The end:\n"
            + "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        )
    WIDGET_BUILT_FROM.write_text(digest + "\n")
    say("The chat widget is ready.")


def prepare_database(settings: Settings, say: Say) -> None:
    """Migrate the database, load the reference figures, and the sample catalog if it is empty.

    Of several processes that start together one does it, and the others find it done.
    """
    from sales.alone import alone
    from sales.database import open_engine

    with alone(open_engine(settings.database_url), "preparation"):
        _prepare_database(settings, say)


def _prepare_database(settings: Settings, say: Say) -> None:
    from sales.catalog.importer import import_products
    from sales.catalog.store import count_products
    from sales.database import open_engine, transaction
    from sales.migrate import refuse_damaged, upgrade_database
    from sales.reference.seed import seed_reference

    engine = open_engine(settings.database_url)
    refuse_damaged(settings.database_url)
    upgrade_database(settings.database_url)
    if seed_reference(engine):
        say("Reference figures loaded.")
    with transaction(engine) as session:
        is_empty = count_products(session) == 0
    if is_empty:
        report = import_products(engine, SAMPLE_CATALOG)
        if not report.is_ok:
            raise PreparationError(
                f"{SAMPLE_CATALOG} cannot be imported: {report.problems[0]} Put it right, or "
                "restore the file."
            )
        say(
            f"Sample catalog loaded: {report.added} products (replace it: fiberbot catalog import)."
        )


def is_model_current(settings: Settings) -> bool:
    """Whether the model file was trained from exactly the present inputs."""
    if not (MODEL.is_file() and TRAINED_FROM.is_file()):
        return False
    return TRAINED_FROM.read_text().strip() == digest_of_inputs(settings)


def digest_of_inputs(settings: Settings) -> str:
    """One sha256 over everything that training reads."""
    return _digest([*_files(MODEL_INPUTS), settings.encoder_dir / "manifest.json"])


def _files(patterns: Iterable[str]) -> list[Path]:
    found = [path for pattern in patterns for path in sorted(PROJECT.glob(pattern))]
    return [path for path in found if path.is_file()]


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def train(settings: Settings, say: Say) -> None:
    """Train with `rasa train` in a process of its own, so that its memory is given back."""
    refuse_malformed_yaml(_files(MODEL_INPUTS))
    say("Training the assistant (under a minute) ...")
    MODELS.mkdir(exist_ok=True)
    digest = digest_of_inputs(settings)
    command = [sys.executable, "-m", "bot.rasa_command", "train", "--fixed-model-name", MODEL.name]
    done = subprocess.run(
        command, cwd=PROJECT, env=rasa_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not MODEL.is_file():
        raise PreparationError(
            "Training failed; `make train` shows everything. The end of what it said:\n"
            + "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        )
    TRAINED_FROM.write_text(digest + "\n")
    say("Trained.")


def rasa_environment() -> dict[str, str]:
    """The environment for Rasa: quiet libraries, no telemetry."""
    return {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "ORT_DISABLE_TELEMETRY": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
    }
