"""Every file that is generated, and what it has to say. Pure: the hand-written texts come in, all others go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from manifests.generator.buttons import badges, install_buttons
from manifests.generator.container import dockerfile
from manifests.generator.gateways_page import gateways_page
from manifests.generator.hosts import client_files, places_table
from manifests.generator.listings import (
    as_json,
    bundle_manifest,
    gemini_extension,
    glama,
    registry_listing,
    smithery,
)
from manifests.generator.llms import llms_txt
from manifests.generator.models_page import models_page
from manifests.generator.modules import modules_list
from manifests.generator.pages import prompts_table, settings_table, tools_table
from manifests.generator.plugins import plugin_files
from manifests.generator.project import Project, read_project
from manifests.generator.regions import filled
from manifests.generator.rooms import rooms_diagram
from manifests.generator.tested_clients import tested_clients_table
from manifests.generator.troubleshooting import connection_troubles, doctor_findings, gateway_answers, job_problems
from manifests.generator.variables import variables
from video_mcp.families.catalog import default_catalog
from video_mcp.gateway.dialects import profiles
from video_mcp.server.prompts import listed_prompts
from video_mcp.server.tools import definitions

PAGES = (
    "README.md",
    "llms-install.md",
    "docs/settings.md",
    "docs/clients.md",
    "docs/architecture.md",
    "docs/protocol.md",
    "docs/troubleshooting.md",
)
"""Hand-written pages with generated regions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The texts that everything is derived from, beside the code itself.

    `client_results` is what the nightly runs of clients found. The others are by path: `pages` have generated regions,
    `documents` are all pages of `docs`, `modules` hold docstrings.
    """

    pyproject: str
    changelog: str
    client_results: str
    modules: Mapping[str, str]
    pages: Mapping[str, str]
    documents: Mapping[str, str] = field(default_factory=dict[str, str])


def derived_files(sources: Sources) -> dict[str, str]:
    """Return every generated file by its path below the checkout."""
    project = read_project(sources.pyproject, sources.changelog)
    regions = {**_regions(project), "rooms": rooms_diagram(sources.pyproject), "modules": modules_list(sources.modules)}
    regions["tested-clients"] = tested_clients_table(sources.client_results)
    pages = {path: filled(text, regions) for path, text in sources.pages.items()}
    texts = {
        "docs/models.md": models_page(default_catalog()),
        "docs/gateways.md": gateways_page(profiles()),
        **pages,
    }
    documents = {path: texts.get(path, text) for path, text in sources.documents.items()}
    return {**_manifests(project), **texts, "llms.txt": llms_txt(project, documents)}


def _manifests(project: Project) -> dict[str, str]:
    settings = tuple(variable for variable in variables() if not variable.is_for_team)
    tools = definitions(default_catalog())
    return {
        "manifests/server.json": as_json(registry_listing(project, variables())),
        "manifests/mcpb/manifest.json": as_json(bundle_manifest(project, settings, tools)),
        "gemini-extension.json": as_json(gemini_extension(project, settings)),
        "glama.json": as_json(glama()),
        "manifests/smithery.yaml": smithery(settings),
        "manifests/Dockerfile": dockerfile(project),
        **plugin_files(project, default_catalog()),
        **{f"manifests/clients/{name}": text for name, text in client_files().items()},
    }


def _regions(project: Project) -> dict[str, str]:
    blocks = {
        f"client-{name.partition('.')[0]}": f"```{name.partition('.')[2]}\n{text.rstrip()}\n```"
        for name, text in client_files().items()
    }
    return {
        "mcp-name": f"<!-- mcp-name: {project.registry_name} -->",
        "tools": tools_table(definitions(default_catalog())),
        "prompts": prompts_table(listed_prompts()),
        "settings": settings_table(variable for variable in variables() if not variable.is_for_team),
        "team-settings": settings_table(variable for variable in variables() if variable.is_for_team),
        "client-places": places_table(),
        "doctor-findings": doctor_findings(),
        "connection-troubles": connection_troubles(),
        "gateway-answers": gateway_answers(),
        "job-problems": job_problems(),
        "install-buttons": install_buttons(project),
        "badges": badges(project),
        **blocks,
    }
