"""What somebody writes into `.env` holds, unless the environment says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from pathspec import PathSpec

from sales.settings import PROJECT, Settings, SettingsError, read_env_file

FILE = """
# our own
export PORT=6001
DATABASE_URL = 'postgresql://ann:pa$$${HOME}#1@host/name' # quoted
DESK_PORT=7001   # the desk's
MAIL_TO="a@b.com, c@d.com"
SMTP_PASSWORD=with spaces and#sharp
HOST=
"""


def read(folder: Path, text: str | bytes, **env: str) -> dict[str, str]:
    """The environment after the file was read."""
    file = folder / ".env"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    file.chmod(0o600)
    assert read_env_file(env, folder) == ""
    return env


def test_the_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    assert read(tmp_path, FILE) == {
        "PORT": "6001",
        "DATABASE_URL": "postgresql://ann:pa$$${HOME}#1@host/name",
        "DESK_PORT": "7001",
        "MAIL_TO": "a@b.com, c@d.com",
        "SMTP_PASSWORD": "with spaces and#sharp",
        "HOST": "",
    }


def test_what_the_environment_sets_counts_more_even_when_it_is_blank(tmp_path: Path) -> None:
    env = read(tmp_path, FILE, PORT="5999", DESK_PORT="")

    assert (env["PORT"], env["DESK_PORT"]) == ("5999", "")
    assert env["SMTP_PASSWORD"]


def test_files_from_other_systems_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfPORT=6001\r\nHOST=::1\r\n") == {
        "PORT": "6001", "HOST": "::1",
    }  # fmt: skip


def test_the_example_changes_nothing(tmp_path: Path) -> None:
    example = (PROJECT / ".env.example").read_text()
    settings, plain = Settings.from_env(read(tmp_path, example)), Settings.from_env({})

    assert repr(settings) == repr(plain)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("PORT=1\n\n\nSLACK_BOT_TOKEN xoxb-s3c\n", 4),
        ("SLACK_BOT_TOKEN: xoxb-s3c", 1),
        ("# first\n=s3c", 2),
        ("- PORT=s3c", 1),
        ("\nSMTP_PASSWORD='s3c\nPORT=1", 2),
        ('PORT=1\nSMTP_PASSWORD="s3c\nMAIL_TO="\n', 2),
        (b"PORT=1\nSMTP_PASSWORD=s3c\xff\n", 2),
        ("PORT=1\n\nMAIL_TO=s3c\0", 3),
    ],
)
def test_a_malformed_line_is_told_by_file_and_number_and_never_shown(
    tmp_path: Path, text: str | bytes, line: int
) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, text)

    assert str(refused.value).startswith(f"{tmp_path / '.env'}, line {line}: ")
    assert "s3c" not in str(refused.value)


def test_another_file_is_named_by_env_file(tmp_path: Path) -> None:
    other = tmp_path / "other.env"
    other.write_text("PORT=6002")
    (tmp_path / ".env").write_text("PORT=6001\nHOST=::1")
    env = {"ENV_FILE": str(other)}
    read_env_file(env, tmp_path)

    assert env == {"ENV_FILE": str(other), "PORT": "6002"}


def test_none_is_read_when_there_is_none_or_none_is_wanted(tmp_path: Path) -> None:
    env: dict[str, str] = {}
    assert read_env_file(env, tmp_path) == ""
    assert env == {}
    assert read(tmp_path, FILE, ENV_FILE="none") == {"ENV_FILE": "none"}


@pytest.mark.parametrize("named", ["nothing.env", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, named: str) -> None:
    with pytest.raises(SettingsError, match="ENV_FILE=none"):
        read_env_file({"ENV_FILE": str(tmp_path / named)}, tmp_path)


@pytest.mark.parametrize(
    "text",
    ["SMTP_PASSWORD=s3c", "REST_TOKEN=s3c", "REDIS_URL=redis://:s3c@host/0",
     "DATABASE_URL=postgresql://ann:s3c@host/x", "WEBHOOK_URLS=https://crm/s3c"],
)  # fmt: skip
@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_secrets_that_others_can_read_are_warned_of(tmp_path: Path, text: str, mode: int) -> None:
    file = tmp_path / ".env"
    file.write_text(text)
    file.chmod(mode)
    warning = read_env_file({}, tmp_path)

    assert f"chmod 600 {file}" in warning
    assert "s3c" not in warning


def test_what_is_no_secret_may_be_read_by_everybody(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=6001\nSMTP_PASSWORD=\nDATABASE_URL=sqlite:////var/x.db")
    file.chmod(0o644)

    assert read_env_file({}, tmp_path) == ""


@pytest.mark.parametrize("ignored", [".gitignore", ".dockerignore"])
def test_it_gets_into_no_commit_and_no_image(ignored: str) -> None:
    spec = PathSpec.from_lines("gitignore", (PROJECT / ignored).read_text().splitlines())

    assert all(spec.match_file(name) for name in (".env", "deploy/.env"))
    assert not spec.match_file(".env.example")
