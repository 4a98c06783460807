"""Logs: to stderr, as text or JSON lines; never the key or a password, a link's query, a body or a prompt."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from video_mcp.errors import ConfigurationError
from video_mcp.settings import Settings

_QUERY = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]+")
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@/]+(?=@)")
_BEARER = re.compile(r"(?i)(bearer\s+)\S+")
# What a database or a validation quotes of the values that it refused.
_QUOTED_VALUES = re.compile(r"(?m)(^DETAIL: |input_value=).+?(?=, input_type=|$)")
# Below a warning these tell bodies, or much of little use.
_CHATTY = (
    "httpx2",
    "httpcore2",
    "sqlalchemy.engine",
    "alembic",
    "PIL",
    "libav",
    "mcp",
    "sse_starlette",
    "python_multipart",
)
_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FIELDS = ("video_id", "model", "state", "code")


class Redaction(logging.Filter):
    """Takes keys, bearer tokens, addresses' passwords and links' queries out of every record, tracebacks included."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; it is always kept."""
        record.msg, record.args = self.clean(_message(record)), None
        if record.exc_info:
            traceback = logging.Formatter().formatException(record.exc_info)
            record.exc_text = self.clean(_QUOTED_VALUES.sub(r"\1[...]", traceback))
            record.exc_info = None
        return True

    def clean(self, text: str) -> str:
        """Return a text without secrets."""
        # The longest first: one key may begin as another.
        for secret in sorted({*self._secrets()} - {""}, key=len, reverse=True):
            text = text.replace(secret, "[key]")
        text = _PASSWORD.sub(r"\1[password]", _QUERY.sub(r"\1?[...]", text))
        return _BEARER.sub(r"\1[key]", text)


class JSONFormatter(logging.Formatter):
    """Writes a record as one line of JSON; which job it is about is a field of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name in _FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    """Return what a record says; a library's malformed one must not raise into its caller."""
    try:
        return record.getMessage()
    except Exception:
        return f"{record.msg} {record.args}"


def _file_handler(path: Path) -> logging.Handler:
    try:
        path.touch(mode=0o600)
        return logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError([f"--log-file {path} cannot be written ({error.strerror or error})"]) from error


def configure_logging(settings: Settings, log_file: Path | None = None) -> None:
    """Send this process's log to stderr, or to the end of a file that its owner alone reads, as the settings say.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    handler = logging.StreamHandler(sys.stderr) if log_file is None else _file_handler(log_file)
    handler.setFormatter(JSONFormatter() if settings.log_format == "json" else logging.Formatter(_TEXT))
    handler.addFilter(Redaction(lambda: settings.secrets))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
