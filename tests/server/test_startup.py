from __future__ import annotations

import subprocess
import sys

HEAVY = ("sqlalchemy", "alembic", "av", "PIL", "rich", "typer", "openai")

LOADED = f"""
import sys
from video_mcp.families.catalog import default_catalog
from video_mcp.server.app import create_server
from video_mcp.server.app import serve
from video_mcp.server.tools import definitions
from video_mcp.settings import Settings
create_server(Settings())
definitions(default_catalog())
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


def test_a_server_that_lists_its_tools_has_loaded_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""
