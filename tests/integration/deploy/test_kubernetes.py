"""The Kubernetes manifests: valid, of one mind with the code, and no more rights than needed."""

from __future__ import annotations

from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.integration.deploy.names import (
    MANIFESTS,
    Json,
    containers,
    manifests,
    of_kind,
    pods,
    settings_known,
    the,
)

VERSIONS = ("1.30", "1.33")
PODS = dict(pods())
WRITABLE = {"/app/var", "/tmp"}  # noqa: S108  in the container
LONGEST_DRAIN_S = 5  # for what a container needs besides its turns


def title(one: Json) -> str:
    return f"{one['kind']} {one['metadata']['name']}"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", manifests(), ids=title)
def test_it_is_valid(manifest: Json, version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_kustomize_applies_every_file_but_the_two_for_hands() -> None:
    listed = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())["resources"]
    files = {file.name for file in MANIFESTS.glob("*.yaml")} - {"kustomization.yaml"}

    assert files - set(listed) == {"secret.example.yaml", "scaling-by-turns.yaml"}
    assert set(listed) <= files


def test_everything_is_in_the_namespace() -> None:
    for one in manifests():
        if one["kind"] != "Namespace":
            assert one["metadata"]["namespace"] == the("Namespace", "fiberbot")["metadata"]["name"]


def test_selectors_find_the_pods_that_they_are_for() -> None:
    for one in of_kind("Deployment"):
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert one["spec"]["selector"]["matchLabels"] == labels
    for service in of_kind("Service"):
        template = PODS[service["metadata"]["name"]]
        assert service["spec"]["selector"] == template["metadata"]["labels"]
        ports = {port["name"] for c in template["spec"]["containers"] for port in c["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for budget in of_kind("PodDisruptionBudget"):
        found = PODS[budget["metadata"]["name"]]["metadata"]["labels"]
        assert budget["spec"]["selector"]["matchLabels"] == found
    for name, template in PODS.items():
        chosen = the("NetworkPolicy", "fiberbot")["spec"]["podSelector"]["matchLabels"].items()
        assert chosen <= template["metadata"]["labels"].items(), name


def test_the_ingress_leads_to_services_and_keeps_health_and_metrics_inside() -> None:
    for ingress in of_kind("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]
                assert service["port"]["name"] in {
                    port["name"] for port in the("Service", service["name"])["spec"]["ports"]
                }
                if service["name"] == "assistant":
                    assert path["path"] == "/webhooks/"


def test_the_ports_are_those_of_the_settings() -> None:
    from sales.settings import Settings

    settings = Settings.from_env({})
    for name, port in (("assistant", settings.port), ("desk", settings.desk.port)):
        (container,) = PODS[name]["spec"]["containers"]
        assert [found["containerPort"] for found in container["ports"]] == [port]


def test_the_settings_are_settings() -> None:
    assert set(the("ConfigMap", "fiberbot")["data"]) <= settings_known()
    assert set(the("Secret", "fiberbot")["stringData"]) <= settings_known()
    assert set(the("Secret", "fiberbot")["stringData"].values()) == {""}  # none is copied
    for _, template in pods():
        for container in containers(template):
            assert {one["name"] for one in container.get("env", [])} <= settings_known()


@pytest.mark.parametrize("name", sorted(PODS))
def test_no_container_can_do_more_than_it_needs(name: str) -> None:
    spec = PODS[name]["spec"]

    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(PODS[name]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"].keys() == {"requests", "limits"}
        assert {one["mountPath"] for one in container["volumeMounts"]} >= WRITABLE


def test_an_update_drops_no_chat() -> None:
    deployment: Any = the("Deployment", "assistant")["spec"]
    spec = deployment["template"]["spec"]
    (container,) = spec["containers"]
    sleep = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    drain = int(the("ConfigMap", "fiberbot")["data"]["SHUTDOWN_SECONDS"])

    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert spec["terminationGracePeriodSeconds"] > sleep + drain + LONGEST_DRAIN_S
    readiness = container["readinessProbe"]
    assert sleep >= readiness["periodSeconds"] * readiness["failureThreshold"]


def test_the_number_of_assistants_is_the_autoscalers() -> None:
    scalers = of_kind("HorizontalPodAutoscaler")

    assert "replicas" not in the("Deployment", "assistant")["spec"]
    assert {one["metadata"]["name"] for one in scalers} == {"assistant"}  # one replaces the other
    for one in scalers:
        assert one["spec"]["scaleTargetRef"]["name"] == "assistant"
        assert one["spec"]["minReplicas"] >= 2
