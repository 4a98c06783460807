"""What the project says of itself: names, version, description."""

from __future__ import annotations

import re
import tomllib
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

OWNER = "video-mcp"
"""The GitHub account that publishes. It stands for the real one: change it here alone, then generate."""

TITLE = "Video MCP"
COMMAND = "video-mcp"
SERVER = "video"
"""What a client calls this server."""

_RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\]", re.MULTILINE)


class Project(BaseModel):
    """The part of `pyproject.toml` that others repeat, and the version that is published next or was last."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str
    license: str
    keywords: tuple[str, ...]
    requires_python: Annotated[str, Field(alias="requires-python")]
    version: str

    @property
    def repository(self) -> str:
        """Where the source lives."""
        return f"https://github.com/{OWNER}/{self.name}"

    @property
    def registry_name(self) -> str:
        """The server's name in the MCP registry, which checks that its owner publishes it."""
        return f"io.github.{OWNER}/{self.name}"

    @property
    def short_description(self) -> str:
        """The description, for places that cut at 100 characters."""
        return self.description if len(self.description) <= 100 else f"{self.description[:97]}..."


def read_project(pyproject: str, changelog: str) -> Project:
    """Return what the two texts say.

    The version is the newest release in the changelog, and before the first one what the build falls back to: a
    release is written into the changelog, everything is generated anew, and that commit gets the tag.
    """
    whole = tomllib.loads(pyproject)
    release = _RELEASE.search(changelog)
    fallback: str = whole["tool"]["hatch"]["version"]["fallback-version"]
    version = release[1] if release else ".".join(fallback.split(".")[:3])
    return Project.model_validate({**whole["project"], "version": version})
