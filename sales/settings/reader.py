"""Reads single settings, and collects what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parent.parent.parent
HIGHEST_PORT = 65_535
FEWEST_SECRET_CHARACTERS = 32
FEWEST_DIFFERENT = 8  # characters in a secret; what is random has more
PLACEHOLDERS = ("changeme", "replaceme", "placeholder", "yoursecret", "example", "insertsecret")
MOST = 1_000_000  # of whatever a number counts
Network = IPv4Network | IPv6Network


class SettingsError(ValueError):
    """A setting is missing or unusable; the text names it and says what would work."""


class Reader:
    """The environment. An unusable value is noted in `problems` and its default returned."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """The value without spaces around it, `default` when it is blank."""
        return (self._env.get(name) or "").strip() or default

    def number(self, name: str, default: int, highest: int = MOST) -> int:
        """A whole number from 1 to `highest`."""
        text = self.text(name) or str(default)
        if text.isascii() and text.isdecimal() and 1 <= int(text[:10]) <= highest:
            return int(text)
        given = self._env.get(name)
        self.problems.append(f"{name} is {given!r}; set it to a number from 1 to {highest}.")
        return default

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """One of a few words."""
        text = self.text(name, default).lower()
        if text in choices:
            return text
        self.problems.append(f"{name} is {text!r}; set it to {', '.join(choices)}.")
        return default

    def secret(self, name: str) -> str:
        """A secret long enough not to be guessed, or "" when it is blank."""
        text = self.text(name)
        if text and len(text) < FEWEST_SECRET_CHARACTERS:
            self.problems.append(
                f"{name} has {len(text)} characters; use at least {FEWEST_SECRET_CHARACTERS} "
                "random ones (`openssl rand -hex 32`), or leave it blank to have one generated."
            )
        elif text and is_guessable(text):
            self.problems.append(
                f"{name} is a placeholder or not random; set it to what `openssl rand -hex 32` "
                "prints, or leave it blank to have one generated."
            )
        return text

    def words(self, name: str) -> tuple[str, ...]:
        """What stands between the commas."""
        return tuple(word.strip() for word in self.text(name).split(",") if word.strip())

    def url(self, name: str, default: str = "") -> str:
        """An http(s) address without a slash at its end, or ""."""
        text = self.text(name, default).rstrip("/")
        if text and not is_web_address(text):
            self.problems.append(f"{name} is not a web address such as https://www.example.com.")
            return default
        return text

    def redis_url(self, name: str) -> str:
        """The address of a Redis, or ""."""
        text = self.text(name)
        if text and not is_redis_address(text):
            self.problems.append(
                f"{name} is no address such as redis://:password@host:6379/0; in a password write "
                "/ as %2F, # as %23, ? as %3F and % as %25."
            )
            return ""
        return text

    def origins(self, name: str) -> tuple[str, ...]:
        """Origins of web pages in lower case; "*" means any."""
        given = tuple(word.rstrip("/").lower() for word in self.words(name))
        for origin in given:
            if origin != "*" and not is_origin(origin):
                self.problems.append(
                    f"{name} has {origin!r}; write scheme and host only, such as "
                    "https://www.example.com, several with commas."
                )
        return given

    def networks(self, name: str) -> tuple[Network, ...]:
        """Addresses and networks."""
        found: list[Network] = []
        for word in self.words(name):
            try:
                found.append(ip_network(word, strict=False))
            except ValueError:
                self.problems.append(
                    f"{name} has {word!r}; write addresses or networks, such as "
                    "10.0.0.0/8, several with commas."
                )
        return tuple(found)

    def useless(self, name: str, others: Sequence[str]) -> None:
        """Notes which of `others` are set although they do nothing without `name`."""
        given = [other for other in others if self.text(other)]
        if given and not self.text(name):
            verb = "does" if len(given) == 1 else "do"
            self.problems.append(
                f"{' and '.join(given)} {verb} nothing without {name}; set it as well, or leave "
                "them all blank."
            )

    def needs(self, what: str, name: str, others: Sequence[str]) -> bool:
        """Whether `name` is set; notes which of `others` are missing beside it."""
        if not self.text(name):
            return False
        missing = [other for other in others if not self.text(other)]
        if missing:
            self.problems.append(f"{what} needs {' and '.join(missing)} beside {name}.")
        return True


def is_guessable(secret: str) -> bool:
    """Whether the text is one that people write where a secret belongs."""
    letters = "".join(char for char in secret.lower() if char.isalnum())
    return len(set(secret)) < FEWEST_DIFFERENT or any(word in letters for word in PLACEHOLDERS)


def is_web_address(text: str) -> bool:
    """Whether the text is an http(s) address with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_redis_address(text: str) -> bool:
    """Whether the text names a host (and port, and the number of a database), or a socket."""
    try:
        parts = urlsplit(text)
        if parts.scheme == "unix":
            return bool(parts.path)
        number = parts.path.strip("/")
        is_place = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
        return is_place and not parts.fragment and (not number or number.isdecimal())
    except ValueError:
        return False


def is_origin(text: str) -> bool:
    """Whether the text is scheme and host (and port) and nothing else."""
    if not is_web_address(text):
        return False
    parts = urlsplit(text)
    return text == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
