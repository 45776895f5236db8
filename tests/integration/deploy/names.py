"""What the files in deploy/ say, for tests that compare it with the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from sales.settings import PROJECT

DEPLOY = PROJECT / "deploy"
MANIFESTS = DEPLOY / "kubernetes"
Json = dict[str, Any]


@cache
def compose() -> Json:
    """deploy/compose.yaml, its anchors resolved."""
    found: Json = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


@cache
def manifests() -> tuple[Json, ...]:
    """Every Kubernetes object, also those that are applied by hand."""
    files = sorted(MANIFESTS.glob("*.yaml"))
    found = [one for file in files for one in yaml.safe_load_all(file.read_text())]
    return tuple(one for one in found if one["kind"] != "Kustomization")


def of_kind(kind: str) -> list[Json]:
    return [one for one in manifests() if one["kind"] == kind]


def the(kind: str, name: str) -> Json:
    (found,) = (one for one in of_kind(kind) if one["metadata"]["name"] == name)
    return found


def pods() -> Iterator[tuple[str, Json]]:
    """Name and template of everything that makes pods."""
    for one in of_kind("Deployment"):
        yield one["metadata"]["name"], one["spec"]["template"]
    for one in of_kind("CronJob"):
        yield one["metadata"]["name"], one["spec"]["jobTemplate"]["spec"]["template"]


def containers(template: Json) -> list[Json]:
    return [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]


def probe_paths() -> set[str]:
    """The pages of the assistant's port that something asks for: probes, proxy, health checks."""
    (container,) = the("Deployment", "assistant")["spec"]["template"]["spec"]["containers"]
    probes = [value for name, value in container.items() if name.endswith("Probe")]
    found = {probe["httpGet"]["path"] for probe in probes}
    found |= set(re.findall(r"5005(/\w+)", (DEPLOY / "compose.yaml").read_text()))
    proxy = (DEPLOY / "haproxy.cfg").read_text().partition("backend assistants")[2]
    found |= set(re.findall(r"httpchk GET (/\w+)", proxy)[:1])
    image = (DEPLOY / "Dockerfile").read_text()
    return found | set(re.findall(r"\+ '(/\w+)'", image))


def settings_known() -> set[str]:
    """The settings that .env.example lists."""
    return set(re.findall(r"^([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
