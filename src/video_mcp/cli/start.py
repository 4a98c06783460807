"""What every command that uses the service does first."""

from __future__ import annotations

from video_mcp.server.logs import configure_logging
from video_mcp.settings import Settings, load_settings


def started_settings() -> Settings:
    """Return the settings, with this process's log set up to keep the key to itself.

    Raises:
        ConfigurationError: Naming every variable that cannot work.
    """
    settings = load_settings()
    configure_logging(settings.log_level, settings.api_key.get_secret_value() if settings.api_key else None)
    return settings
