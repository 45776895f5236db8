"""The real command refuses what is unsafe, contradictory or damaged, and says what to set."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from bot.file_checks import FileError, refuse_damaged_model, refuse_malformed_yaml
from sales.database import open_engine
from sales.migrate import SchemaError, refuse_damaged, upgrade_database
from sales.settings import Settings, SettingsError, refuse_unsafe
from tests.integration.hostile.scratch import Scratch, scratch_project
from tests.integration.server import free_port

IS_LONG = bool(os.environ.get("HOSTILE_LONG"))  # `make hostile`: every case by the real command
RANDOM = "6b1f0c9d2e8a47535d0e9c1b7f3a2864"
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "x", "SLACK_SALES_CHANNEL": "C1"}
HOOK = {"WEBHOOK_SECRET": RANDOM}
UNSAFE = [  # (settings, what the refusal says, in its words)
    ({"REST_TOKEN": "hunter2"}, "REST_TOKEN has 7 characters; use at least 32"),
    ({"WEBSITE_SECRET": "changeme-changeme-changeme-changeme"}, "WEBSITE_SECRET is a placeholder"),
    ({"DESK_SECRET": "x" * 40}, "DESK_SECRET is a placeholder or not random"),
    ({"SLACK_SIGNING_SECRET": "x", "SLACK_APP_TOKEN": "xapp-1"}, "without SLACK_BOT_TOKEN"),
    ({"SMTP_PASSWORD": "x", "MAIL_TO": "a@b.com"}, "do nothing without SMTP_HOST"),
    ({"DESK_OIDC_CLIENT_ID": "x"}, "does nothing without DESK_OIDC_ISSUER"),
    ({**SLACK, "SLACK_BOT_TOKEN": "xapp-1"}, "the wrong way round"),
    ({**SLACK, "SLACK_SALES_CHANNEL": "#sales"}, "set it to the channel's id"),
    ({"PORT": "5006"}, "PORT and DESK_PORT are both 5006"),
    ({"PORT": "7000", "DESK_PORT": "7000", "HOST": "0.0.0.0"}, "DESK_PORT=7001"),  # noqa: S104
    ({"HOST": "0.0.0.0", "ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS is *"),  # noqa: S104
    ({"TRUSTED_PROXIES": "127.0.0.1", "ALLOWED_ORIGINS": "*"}, "name the sites that embed it"),
    ({"DESK_HOST": "0.0.0.0"}, "set DESK_URL to its address, such as https://"),  # noqa: S104
    ({"DESK_HOST": "::"}, "or set DESK_HOST=127.0.0.1"),
    ({"DESK_URL": "http://desk.example.com"}, "DESK_URL begins with http://"),
    ({"DESK_OIDC_ISSUER": "http://id.example.com", "DESK_OIDC_CLIENT_ID": "a",
      "DESK_OIDC_CLIENT_SECRET": "b"}, "DESK_OIDC_ISSUER begins with http://"),
    ({**SLACK, "SLACK_API_URL": "http://slack.example.com/api"}, "SLACK_API_URL begins with"),
    ({"SMTP_HOST": "mail.example.com", "SMTP_SECURITY": "none", "SMTP_USER": "a",
      "SMTP_PASSWORD": "b"}, "set SMTP_SECURITY to starttls or tls"),
    ({**HOOK, "WEBHOOK_URLS": "https://a.example.com http://b.example.com".replace(" ", ",")},
     "WEBHOOK_URLS: number 2 begins with http://"),
]  # fmt: skip
SAFE: list[dict[str, str]] = [
    {},
    {"HOST": "0.0.0.0", "ALLOWED_ORIGINS": "https://www.example.com"},  # noqa: S104
    {"ALLOWED_ORIGINS": "*"},  # on this machine, to try it out
    {"DESK_HOST": "0.0.0.0", "DESK_URL": "https://desk.example.com"},  # noqa: S104
    {"DESK_HOST": "0.0.0.0", "DESK_URL": "http://localhost:5006"},  # noqa: S104  in a container
    {"PORT": "6000", "DESK_PORT": "6000", "HOST": "10.0.0.1", "DESK_HOST": "10.0.0.2",
     "DESK_URL": "https://desk.example.com"},
    {**HOOK, "WEBHOOK_URLS": "http://10.0.0.9/hook", "WEBHOOK_ALLOW_PRIVATE": "yes"},
    {"SMTP_HOST": "localhost", "SMTP_SECURITY": "none", "SMTP_USER": "a", "SMTP_PASSWORD": "b"},
    {"SMTP_HOST": "relay.example.com", "SMTP_SECURITY": "none"},
    {"REST_TOKEN": RANDOM, "WEBSITE_SECRET": RANDOM, "DESK_SECRET": RANDOM},
]  # fmt: skip


def refusal(env: Mapping[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        refuse_unsafe(Settings.from_env(env))
    return str(refused.value)


@pytest.mark.parametrize(("env", "told"), UNSAFE)
def test_what_is_unsafe_is_refused_with_what_to_set(env: dict[str, str], told: str) -> None:
    said = refusal(env)

    assert told in said
    assert not [value for name, value in env.items() if "TOKEN" in name and value in said]


@pytest.mark.parametrize("env", SAFE)
def test_what_is_safe_is_not(env: dict[str, str]) -> None:
    refuse_unsafe(Settings.from_env(env))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    return scratch_project(tmp_path_factory.mktemp("scratch"))


Done = subprocess.CompletedProcess[str]


def told(done: Done, *parts: str) -> None:
    """The command ended by itself, with these words, and no traceback."""
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Traceback" not in said
    assert "╭" not in said, "a traceback as rich draws it"
    for part in parts:
        assert part in said, said


def at_once(tasks: Mapping[str, Callable[[], Done]]) -> dict[str, Done]:
    """The commands, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(tasks, pool.map(lambda task: task(), tasks.values()), strict=True))


def test_the_command_refuses_in_sentences(scratch: Scratch) -> None:
    wrong = {"REST_TOKEN": "hunter2", "PORT": "[/red]", "ALLOWED_ORIGINS": "[b]", **SLACK,
             "SLACK_SALES_CHANNEL": "#sales", "SMTP_PASSWORD": "pa55word"}  # fmt: skip
    unsafe = {"HOST": "0.0.0.0", "ALLOWED_ORIGINS": "*", "DESK_HOST": "0.0.0.0"}  # noqa: S104
    folder = scratch.file("a-file")
    folder.write_text("")
    done = at_once({
        "wrong": partial(scratch.run, "run", **wrong),
        "unsafe": partial(scratch.run, "run", **unsafe),
        "host": partial(scratch.run, "run", HOST="203.0.113.9"),
        "folder": partial(scratch.run, "db", "upgrade", VAR_DIR=str(folder)),
    })  # fmt: skip

    told(
        done["wrong"], "REST_TOKEN", "PORT is '[/red]'", "'[b]'", "SLACK_SALES_CHANNEL", "SMTP_HOST"
    )
    assert "hunter2" not in done["wrong"].stderr
    assert "pa55word" not in done["wrong"].stderr
    told(done["unsafe"], "ALLOWED_ORIGINS is *", "DESK_HOST is 0.0.0.0")
    told(done["host"], "HOST is '203.0.113.9', which is no address of this machine")
    told(done["folder"], str(folder), "VAR_DIR")


def test_a_file_of_settings_in_the_projects_folder_is_read_by_itself(scratch: Scratch) -> None:
    file = scratch.file(".env")
    file.write_text("SLACK_BOT_TOKEN=xoxb-1\n")
    try:
        told(scratch.run("run", ENV_FILE=""), "SLACK_SALES_CHANNEL")
    finally:
        file.unlink()


URLS = (
    "postgresql://ann:s3cret@127.0.0.1:1/none",
    "postgresql://ann:s3cret@host:port/none",
    "mysql://ann:s3cret@host/none",
    "postgresql://ann:s3cret@127.0.0.1:1/none?nonsense=1",
    "s3cret",
)


def test_an_unusable_database_address_is_told_without_its_password(scratch: Scratch) -> None:
    urls = URLS if IS_LONG else URLS[:2]
    done = at_once({url: partial(scratch.run, "db", "upgrade", DATABASE_URL=url) for url in urls})

    for url in urls:
        told(done[url], "DATABASE_URL")
        assert "s3cret" not in done[url].stdout + done[url].stderr


@pytest.fixture(scope="module")
def damaged_databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """SQLite files that are none of ours, or no longer whole; by what is wrong with them."""
    folder = tmp_path_factory.mktemp("databases")
    good = folder / "good.db"
    upgrade_database(f"sqlite:///{good}")
    open_engine(f"sqlite:///{good}").dispose()
    whole = good.read_bytes()
    contents = {
        "no database": b"This is a letter, and no database at all. " * 200,
        "cut off": whole[: len(whole) // 2],
        "overwritten": whole[:8_192] + b"\xff" * (len(whole) - 16_384) + whole[-8_192:],
    }
    files = {name: folder / f"{number}.db" for number, name in enumerate(contents)}
    for name, file in files.items():
        file.write_bytes(contents[name])
    return files


@pytest.mark.parametrize("what", ["no database", "cut off", "overwritten"])
def test_a_damaged_database_is_told_by_its_name_and_left_alone(
    damaged_databases: dict[str, Path], what: str
) -> None:
    file = damaged_databases[what]
    before = file.read_bytes()

    with pytest.raises(SchemaError, match="Restore it from a backup") as refused:
        refuse_damaged(f"sqlite:///{file}")

    assert str(file) in str(refused.value)
    assert file.read_bytes() == before


def test_the_command_says_so(scratch: Scratch, damaged_databases: dict[str, Path]) -> None:
    for what in damaged_databases if IS_LONG else ["overwritten"]:
        file = damaged_databases[what]
        done = scratch.run("setup", DATABASE_URL=f"sqlite:///{file}")

        told(done, str(file), "Restore it from a backup")


DAMAGED = {  # file -> (what stands in it, the command that reads it, what is said)
    "credentials.yml": (b"rest: [", "setup", "line 2, column 1"),
    "endpoints.yml": (b"- tracker_store", "setup", "endpoints.yml"),
    "actions/responses.yml": (b"responses:\n  say: [\n", "setup", "line"),
    "config.yml": (b"pipeline: [", "train", "config.yml"),
    "data/nlu.yml": (b"version: \xff\xfe", "train", "UTF-8"),
    "data/reference/links.yml": (b"links: [", "setup", "links.yml"),
    "data/catalog/sample_products.csv": (b"sku\nnothing\n", "setup", "sample_products.csv"),
}


@pytest.mark.parametrize("path", DAMAGED if IS_LONG else ["credentials.yml", "data/nlu.yml"])
def test_a_malformed_file_of_the_project_is_told_by_its_name(scratch: Scratch, path: str) -> None:
    content, command, part = DAMAGED[path]
    file = scratch.file(path)
    whole = file.read_bytes()
    file.write_bytes(content)
    try:
        done = scratch.run(command, DATABASE_URL=f"sqlite:///{scratch.file(f'{file.stem}.db')}")
    finally:
        file.write_bytes(whole)

    told(done, file.name, part)


@pytest.mark.parametrize("path", [path for path in DAMAGED if path.endswith(".yml")])
def test_what_is_no_yaml_is_told_with_its_place(tmp_path: Path, path: str) -> None:
    file = tmp_path / Path(path).name
    file.write_bytes(DAMAGED[path][0])

    with pytest.raises(FileError, match=file.name):
        refuse_malformed_yaml([file])


def test_a_damaged_model_is_told_by_its_name(scratch: Scratch) -> None:
    model = scratch.file("models/assistant.tar.gz")
    whole = model.read_bytes()
    for content in (whole[: len(whole) // 2], b"no model", b"")[: None if IS_LONG else 1]:
        model.write_bytes(content)
        try:
            done = scratch.run("run", PORT=str(free_port()), DESK_PORT=str(free_port()))
        finally:
            model.write_bytes(whole)

        told(done, str(model), "make train")


@pytest.mark.parametrize("share", [0, 10, 50, 99])
def test_a_model_that_is_not_whole_is_noticed(tmp_path: Path, share: int) -> None:
    model = tmp_path / "model.tar.gz"
    with tarfile.open(model, "w:gz") as archive:
        archive.add(__file__, "component.json")
    refuse_damaged_model(model)
    whole = model.read_bytes()
    model.write_bytes(whole[: len(whole) * share // 100])

    with pytest.raises(FileError, match=str(model)):
        refuse_damaged_model(model)
