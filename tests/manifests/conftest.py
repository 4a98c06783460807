from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "npm: installs a tool from the npm registry; skipped where that cannot be had")
