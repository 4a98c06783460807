"""Programs of others that the server is tried with, and where they are installed.

`python -m tests.thirdparty.packages NAME...` installs some ahead of a test run, which then needs no network. The folder
is the one that VIDEO_MCP_THIRD_PARTY names, or the user's cache.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

import platformdirs

INSTALL_SECONDS = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """What is installed together, in a folder of its own; the first package is what a test is about."""

    name: str
    kind: Literal["python", "node"]
    packages: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return _cache() / self.name

    @property
    def is_installed(self) -> bool:
        return self._mark.exists()

    @property
    def python(self) -> str:
        """Return the interpreter that finds the packages."""
        return str(self.folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")

    def command(self, name: str) -> str:
        """Return a command that the packages bring."""
        return str(self.folder / "node_modules" / ".bin" / name)

    def install(self) -> str:
        """Install the packages; returns what went wrong, or nothing."""
        if self.kind == "node" and shutil.which("npm") is None:
            return "npm is not installed"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        done = subprocess.run(self._installer(), capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        if done.returncode:
            return (done.stderr.strip() or "no reason was given").splitlines()[-1]
        self._mark.touch()
        return ""

    @property
    def package(self) -> str:
        """Return the name of the first package."""
        if self.kind == "node":
            return self.packages[0].rpartition("@")[0]
        return re.split(r"[=<>\[]", self.packages[0], maxsplit=1)[0]

    def version(self) -> str:
        """Return the version of the first package that is installed."""
        if self.kind == "node":
            facts = self.folder / "node_modules" / self.package / "package.json"
            return json.loads(facts.read_text(encoding="utf-8"))["version"]
        code = f"import importlib.metadata as found; print(found.version({self.package!r}))"
        return subprocess.check_output([self.python, "-c", code], text=True).strip()

    @property
    def _mark(self) -> Path:
        """What is there once everything has been installed."""
        return self.folder / ".installed"

    def _installer(self) -> list[str]:
        match self.kind:
            case "node":
                npm = shutil.which("npm") or "npm"
                return [npm, "install", "--silent", "--no-audit", "--prefix", str(self.folder), *self.packages]
            case "python":
                venv.create(self.folder, with_pip=True)
                return [self.python, "-m", "pip", "install", "--quiet", *self.packages]
            case _:
                assert_never(self.kind)


NODE = Programs(name="node-22", kind="node", packages=("node@22.23.3",))
"""Node in the version that the others need."""

CONFORMANCE = Programs(name="conformance", kind="node", packages=("@modelcontextprotocol/conformance@0.2.0-alpha.12",))
INSPECTOR = Programs(name="inspector", kind="node", packages=("@modelcontextprotocol/inspector@2.12.0",))
ALWAYS = (NODE, CONFORMANCE, INSPECTOR)
"""What is run with every change where it is installed; all else is run each night."""

MCP_1_OLDEST = Programs(name="mcp-1.9", kind="python", packages=("mcp==1.9.4", "pydantic<2.12"))
MCP_1 = Programs(name="mcp-1", kind="python", packages=("mcp<2",))
MCP_2 = Programs(name="mcp-2", kind="python", packages=("mcp>=2",))
FASTMCP_2 = Programs(name="fastmcp-2", kind="python", packages=("fastmcp>=2,<3",))
FASTMCP = Programs(name="fastmcp", kind="python", packages=("fastmcp>=4",))
LANGCHAIN = Programs(name="langchain-mcp-adapters", kind="python", packages=("langchain-mcp-adapters",))
OPENAI_AGENTS = Programs(name="openai-agents", kind="python", packages=("openai-agents",))
PYDANTIC_AI = Programs(name="pydantic-ai-slim", kind="python", packages=("pydantic-ai-slim[mcp]",))
GOOGLE_GENAI = Programs(name="google-genai", kind="python", packages=("google-genai", "mcp>=2"))
TYPESCRIPT_1_OLDEST = Programs(name="typescript-1.10", kind="node", packages=("@modelcontextprotocol/sdk@1.10.2",))
TYPESCRIPT_1 = Programs(name="typescript-1", kind="node", packages=("@modelcontextprotocol/sdk@^1",))
TYPESCRIPT_2 = Programs(name="typescript-2", kind="node", packages=("@modelcontextprotocol/client@^2",))
CLAUDE_CODE = Programs(name="claude-code", kind="node", packages=("@anthropic-ai/claude-code@latest",))
CODEX = Programs(name="codex", kind="node", packages=("@openai/codex@latest",))
GEMINI_CLI = Programs(name="gemini-cli", kind="node", packages=("@google/gemini-cli@latest",))


def _cache() -> Path:
    named = os.environ.get("VIDEO_MCP_THIRD_PARTY")  # noqa: TID251 - where a machine keeps them is no setting of ours
    return Path(named) if named else Path(platformdirs.user_cache_dir("video-mcp-tests", appauthor=False))


def main() -> int:
    """Install what the command names; without a name, what is run with every change."""
    wanted = [programs for programs in ALWAYS if programs.name in sys.argv[1:] or not sys.argv[1:]]
    problems = [(programs.name, programs.install()) for programs in wanted if not programs.is_installed]
    for name, problem in problems:
        sys.stderr.write(f"{name} cannot be installed here: {problem}\n" if problem else f"{name} is installed.\n")
    return 1 if any(problem for _name, problem in problems) else 0


if __name__ == "__main__":
    raise SystemExit(main())
