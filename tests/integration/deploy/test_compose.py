"""deploy/compose.yaml: by the rules of the Compose specification, and of one mind with the rest."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from tests.integration.deploy.names import DEPLOY, compose, settings_known

SERVICES = compose()["services"]
OURS = ("assistant", "desk", "migrate", "backup")
INTERPOLATED = ("CHAT_NAME", "DESK_NAME", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "VERSION")


def test_it_is_a_compose_file() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, DEPLOY / "compose.yaml"], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_asked_of_the_reader_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", (DEPLOY / "compose.yaml").read_text()))
    text = (DEPLOY / "compose.env.example").read_text()
    offered = set(re.findall(r"^([A-Z_]+)=$", text, re.MULTILINE))  # blank: no secret is copied

    assert asked <= offered
    assert offered - set(INTERPOLATED) <= settings_known()


@pytest.mark.parametrize("name", OURS)
def test_its_settings_are_settings(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= settings_known()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_container_can_do_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]

    assert "no-new-privileges:true" in service["security_opt"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    if name != "database":  # PostgreSQL's image begins as root and writes where it likes
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", ["proxy", "assistant", "desk", "database", "redis"])
def test_what_serves_is_looked_after(name: str) -> None:
    service = SERVICES[name]

    assert service["healthcheck"]["test"]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["restart"] == "unless-stopped"


def test_only_the_proxy_is_open_to_the_world() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert compose()["networks"]["inside"]["internal"] is True
    for name in ("database", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_the_proxy_alone_is_believed_about_addresses() -> None:
    proxy = SERVICES["proxy"]["networks"]["outside"]["ipv4_address"]

    for name in ("assistant", "desk"):
        assert SERVICES[name]["environment"]["TRUSTED_PROXIES"] == proxy


def test_the_assistants_share_secrets_and_start_after_the_migration() -> None:
    service = SERVICES["assistant"]

    assert service["deploy"]["replicas"] == 2
    assert {"WEBSITE_SECRET", "DESK_SECRET", "REDIS_URL", "DATABASE_URL"} <= set(
        service["environment"]
    )
    assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert seconds(service["stop_grace_period"]) > int(service["environment"]["SHUTDOWN_SECONDS"])


def test_every_volume_network_and_secret_is_declared() -> None:
    used: dict[str, set[str]] = {"volumes": set(), "networks": set(), "secrets": set()}
    for service in SERVICES.values():
        used["networks"] |= set(service["networks"])
        used["secrets"] |= set(service.get("secrets", []))
        volumes: list[Any] = service.get("volumes", [])
        used["volumes"] |= {v.partition(":")[0] for v in volumes if not v.startswith(".")}

    for kind, names in used.items():
        assert names == set(compose()[kind])


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))
