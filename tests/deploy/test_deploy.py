"""What `deploy/` holds is what orchestrators take, and names settings and commands that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from typer.main import get_command

from video_mcp.cli.app import app
from video_mcp.settings import Settings
from video_mcp.types import JsonObject

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES_VERSION = "1.33"
KNOWN_VARIABLES = {f"VIDEO_MCP_{name.upper()}" for name in Settings.model_fields}
ASSIGNED_BY_COMPOSE = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)")

Document = Mapping[str, Any]


def documents(path: Path) -> list[Document]:
    return [cast("Document", document) for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


MANIFESTS = {
    f"{path.name} {document['kind']} {document['metadata']['name']}": document
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for document in documents(path)
}
COMPOSE = documents(DEPLOY / "compose" / "compose.yaml")[0]


@pytest.mark.parametrize("document", [pytest.param(document, id=name) for name, document in MANIFESTS.items()])
def test_kubernetes_takes_every_manifest(document: Document) -> None:
    schemas = pytest.importorskip("kubernetes_validate", reason="its 100 MB of schemas are the group `deploy`")
    schemas.validate(dict(document), KUBERNETES_VERSION, strict=True)


def test_there_is_what_a_rolling_update_needs() -> None:
    kinds = {str(document["kind"]) for document in MANIFESTS.values()}
    assert {"Deployment", "Service", "PodDisruptionBudget", "Job", "ConfigMap", "Secret", "Ingress"} <= kinds
    deployment = next(document for document in MANIFESTS.values() if document["kind"] == "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > 10
    budget = next(document for document in MANIFESTS.values() if document["kind"] == "PodDisruptionBudget")
    assert budget["spec"]["minAvailable"] < deployment["spec"]["replicas"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert budget["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_every_manifest_refers_to_what_is_there() -> None:
    named = {(str(document["kind"]), str(document["metadata"]["name"])) for document in MANIFESTS.values()}
    kinds = {"configMapRef": "ConfigMap", "secretRef": "Secret", "secret": "Secret", "service": "Service"}
    referred = {
        (kinds[key], str(cast("JsonObject", value).get("name", cast("JsonObject", value).get("secretName"))))
        for document in MANIFESTS.values()
        for key, value in pairs(document)
        if key in kinds and isinstance(value, Mapping)
    }
    assert referred
    assert referred <= named


def pairs(value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            yield key, inner
            yield from pairs(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from pairs(inner)


def variables() -> set[str]:
    found = {key for document in (*MANIFESTS.values(), COMPOSE) for key, _ in pairs(document)}
    return {key for key in found if key.startswith("VIDEO_MCP_")}


def test_every_setting_that_is_named_exists() -> None:
    assert len(variables()) >= 6
    assert variables() <= KNOWN_VARIABLES


def test_every_command_that_is_run_exists() -> None:
    typed = [
        service["command"]
        for service in COMPOSE["services"].values()
        if "replica" in str(service.get("image", "")) or "build" in service
    ]
    typed += [value for document in MANIFESTS.values() for key, value in pairs(document) if key == "args"]
    assert len(typed) == 4
    commands: Any = get_command(app)
    for command, *words in typed:
        known = commands.commands[command]
        options = {option for parameter in known.params for option in parameter.opts}
        assert all(word in options for word in words if word.startswith("--")), (command, words)
        assert command != "db" or words[0] in known.commands


def test_compose_refers_to_what_it_has() -> None:
    services: Document = COMPOSE["services"]
    example = (DEPLOY / "compose" / ".env.example").read_text(encoding="utf-8")
    text = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")
    for service in services.values():
        assert {*service.get("depends_on", [])} <= {*services}
        for volume in service.get("volumes", []):
            source = str(volume).partition(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / "compose" / source).exists(), volume
    assert {found["name"] for found in ASSIGNED_BY_COMPOSE.finditer(text)} == set(
        re.findall(r"^([A-Z0-9_]+)=", example, re.M)
    )
    assert services["replica"]["deploy"]["replicas"] == 3
    assert services["replica"]["depends_on"]["upgrade"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_proxy_streams_and_keeps_the_operators_paths_inside(name: str) -> None:
    text = (DEPLOY / "compose" / name).read_text(encoding="utf-8")
    assert "flush_interval -1" in text or "proxy_buffering off" in text
    assert all(path in text for path in ("metrics", "readyz", "healthz"))
    assert text.count("{") == text.count("}")
