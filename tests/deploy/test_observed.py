"""What `deploy/` watches is what the server tells: its metrics, on the port and the path where they are."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from prometheus_client import CollectorRegistry

from tests.deploy.test_deploy import COMPOSE, DEPLOY, MANIFESTS, documents
from video_mcp.server.http.metrics import Metrics
from video_mcp.server.http.scrape import METRICS_PATH

METRIC = re.compile(r"\bvideo_mcp_[a-z_]+")
FOLDER = DEPLOY / "compose"
WATCHERS = ("alerts.yaml", "grafana/dashboards/video-mcp.json")


def known_metrics() -> set[str]:
    """Return the names that a scrape has, those of a histogram's parts too."""
    registry = CollectorRegistry()
    Metrics(registry, models=())
    names: set[str] = set()
    for family in registry.collect():
        if family.type == "histogram":
            names |= {f"{family.name}{part}" for part in ("_bucket", "_sum", "_count")}
        else:
            names.add(f"{family.name}_total" if family.type == "counter" else family.name)
    return names


@pytest.mark.parametrize("name", WATCHERS)
def test_every_metric_that_is_watched_exists(name: str) -> None:
    watched = set(METRIC.findall((FOLDER / name).read_text(encoding="utf-8")))
    assert len(watched) >= 4
    assert watched <= known_metrics()


def test_prometheus_scrapes_the_replicas_where_they_listen() -> None:
    [job] = documents(FOLDER / "prometheus.yaml")[0]["scrape_configs"]
    [found_by] = job["dns_sd_configs"]
    command = COMPOSE["services"]["replica"]["command"]
    assert found_by["names"] == ["replica"]
    assert str(found_by["port"]) == command[command.index("--port") + 1]
    assert job.get("metrics_path", "/metrics") == METRICS_PATH


def test_kubernetes_scrapes_the_replicas_where_they_listen_and_lets_nobody_else_see() -> None:
    deployment = next(document for document in MANIFESTS.values() if document["kind"] == "Deployment")
    template = deployment["spec"]["template"]
    [container] = template["spec"]["containers"]
    annotations = template["metadata"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "true"
    assert annotations["prometheus.io/path"] == METRICS_PATH
    assert annotations["prometheus.io/port"] == str(container["ports"][0]["containerPort"])
    ingress = next(document for document in MANIFESTS.values() if document["kind"] == "Ingress")
    [rule] = ingress["spec"]["rules"]
    assert not any(METRICS_PATH.startswith(path["path"]) for path in rule["http"]["paths"])


def test_the_dashboard_is_found_and_asks_the_source_that_is_there() -> None:
    [source] = documents(FOLDER / "grafana" / "datasource.yaml")[0]["datasources"]
    [provider] = documents(FOLDER / "grafana" / "dashboards.yaml")[0]["providers"]
    mounted = [str(volume).split(":") for volume in COMPOSE["services"]["grafana"]["volumes"]]
    assert ["./grafana/dashboards", provider["options"]["path"], "ro"] in mounted
    assert source["url"].removeprefix("http://").partition(":")[0] in COMPOSE["services"]
    dashboard: Any = json.loads((FOLDER / "grafana" / "dashboards" / "video-mcp.json").read_text(encoding="utf-8"))
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {source["uid"]}


def test_compose_takes_its_file() -> None:
    schemas = resources.files("check_jsonschema.builtin_schemas") / "vendor" / "compose-spec.json"
    validator: Any = Draft202012Validator(json.loads(schemas.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    broken = {**COMPOSE, "services": {"replica": {"imagee": "x"}}}
    assert not validator.is_valid(broken)
