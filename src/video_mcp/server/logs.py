"""Logs: to stderr, never the key or a password, never a link's query, never a body."""

from __future__ import annotations

import logging
import re
import sys
from pathlib import Path

from video_mcp.errors import ConfigurationError

_QUERY = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]+")
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@/]+(?=@)")
_BEARER = re.compile(r"(?i)(bearer\s+)\S+")
_CHATTY = ("httpx2", "httpcore2", "sqlalchemy.engine", "alembic", "PIL", "libav")


class Redaction(logging.Filter):
    """Takes keys, bearer tokens, addresses' passwords and links' queries out of every record, tracebacks included."""

    def __init__(self, secret: str | None) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; it is always kept."""
        record.msg, record.args = self.clean(_message(record)), None
        if record.exc_info:
            record.exc_text = self.clean(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True

    def clean(self, text: str) -> str:
        """Return a text without secrets."""
        if self._secret:
            text = text.replace(self._secret, "[key]")
        text = _PASSWORD.sub(r"\1[password]", _QUERY.sub(r"\1?[...]", text))
        return _BEARER.sub(r"\1[key]", text)


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


def configure_logging(level: str, secret: str | None, log_file: Path | None = None) -> None:
    """Send this process's log to stderr, or to the end of a file that its owner alone reads, at `level`.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    handler = logging.StreamHandler(sys.stderr) if log_file is None else _file_handler(log_file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(Redaction(secret))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
