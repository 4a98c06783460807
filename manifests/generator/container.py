"""The container: a built wheel, a user without rights, and two folders that outlive it."""

from __future__ import annotations

from manifests.generator.project import COMMAND, Project

_PYTHON = "3.13"
_DOCKERFILE = """\
# Generated; change manifests/generator and run python -m manifests.generate.
# From the checkout, with a wheel of it in dist/: docker build -f manifests/Dockerfile -t {command} .
FROM python:{python}-slim AS build
COPY constraints.txt /build/
COPY dist/{wheel}-*.whl /build/
# A team's server needs one: --build-arg EXTRAS=[team]
ARG EXTRAS=
RUN python -m venv /opt/{command} \\
    && /opt/{command}/bin/pip install --no-cache-dir --constraint /build/constraints.txt "$(ls /build/*.whl)${{EXTRAS}}"

FROM python:{python}-slim
LABEL org.opencontainers.image.title="{name}" \\
      org.opencontainers.image.description="{description}" \\
      org.opencontainers.image.licenses="{license}" \\
      org.opencontainers.image.source="{repository}" \\
      io.modelcontextprotocol.server.name="{registry_name}"
RUN useradd --create-home --uid 1000 video \\
    && mkdir /data /videos \\
    && chown video:video /data /videos
COPY --from=build /opt/{command} /opt/{command}
ENV PATH="/opt/{command}/bin:$PATH" \\
    VIDEO_MCP_HOME=/data \\
    VIDEO_MCP_OUTPUT_DIR=/videos
USER video
WORKDIR /videos
VOLUME ["/data", "/videos"]
# Give VIDEO_MCP_HOST_OUTPUT_DIR the folder that is mounted on /videos, as the host calls it: the answers then name
# paths that exist there.
ENTRYPOINT ["{command}"]
"""


def dockerfile(project: Project) -> str:
    """Return the Dockerfile."""
    return _DOCKERFILE.format(
        command=COMMAND,
        python=_PYTHON,
        wheel=project.name.replace("-", "_"),
        name=project.name,
        description=project.description,
        license=project.license,
        repository=project.repository,
        registry_name=project.registry_name,
    )
