"""The only reader of the environment: one typed object, every problem reported at once."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from video_mcp.errors import ConfigurationError
from video_mcp.types import Dialect, Validation

PREFIX = "VIDEO_MCP_"
_NETWORK = re.compile(r"(?i:https?|all|no)_(?i:proxy)|SSL_CERT_(?:FILE|DIR)")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\$[A-Z_]{3,}$")

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def _no_placeholder(value: str) -> str:
    if _PLACEHOLDER.search(value):
        msg = f"holds {value!r}, which the client did not fill in; write the value itself"
        raise ValueError(msg)
    return value


def _base_url(value: str) -> str:
    trimmed = _no_placeholder(value.strip()).rstrip("/").removesuffix("/v1")
    parts = urlsplit(trimmed)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = f"{value!r} is no web address; write for example https://api.example.com"
        raise ValueError(msg)
    if parts.username or parts.query or parts.fragment:
        msg = "holds a user name, a query or a fragment; write only scheme, host and path"
        raise ValueError(msg)
    return trimmed


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _split_paths(value: object) -> object:
    """Split a list of folders at commas or the platform's own separator."""
    if not isinstance(value, str):
        return value
    separator = ";" if re.search(r"(^|;)[A-Za-z]:[\\/]", value) else ":"
    return [part.strip() for chunk in value.split(",") for part in chunk.split(separator) if part.strip()]


def _folder(value: Path) -> Path:
    return Path(_no_placeholder(str(value))).expanduser().absolute()


def _key(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip().removeprefix("Bearer ").strip()
    if _PLACEHOLDER.search(text):
        msg = "is a placeholder that the client did not fill in; write the key itself"
        raise ValueError(msg)
    if any(not 32 < ord(letter) < 127 for letter in text):
        msg = "holds a space or a letter that no key has; copy it again"
        raise ValueError(msg)
    return SecretStr(text)


def dialect_names() -> tuple[str, ...]:
    """Return the kinds of server that can be set: the files of `gateway/dialects/`."""
    folder = Path(__file__).parent / "gateway" / "dialects"
    found = pkgutil.iter_modules([str(folder)])
    return tuple(sorted(module.name.replace("_", "-") for module in found if not module.ispkg))


def _dialect(value: str) -> str:
    name = value.strip().lower().replace("_", "-")
    if name in dialect_names():
        return name
    msg = f"is {value!r}; write one of {', '.join(dialect_names())}"
    raise ValueError(msg)


def _with_dialects(schema: dict[str, Any]) -> None:
    schema["enum"] = list(dialect_names())


def _confirm(value: str | None) -> str | None:
    if value is None or value in {"always", "never"} or re.fullmatch(r"over:\d+(\.\d+)?", value):
        return value
    msg = f"is {value!r}; write always, never or over:AMOUNT such as over:0.50"
    raise ValueError(msg)


Folder = Annotated[Path, AfterValidator(_folder)]


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("video-mcp", appauthor=False))


def _default_output() -> Path:
    return Path(platformdirs.user_videos_dir()) / "video-mcp"


class Settings(BaseSettings):
    """Everything that can be set, each from the environment variable of its name with `VIDEO_MCP_` before it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    base_url: Annotated[
        Annotated[str, AfterValidator(_base_url)] | None,
        Field(description="The gateway's address, such as https://your-gateway.example."),
    ] = None
    api_key: Annotated[
        Annotated[SecretStr, AfterValidator(_key)] | None,
        Field(description="The gateway's key; sent to its origin alone."),
    ] = None
    dialect: Annotated[
        Dialect,
        AfterValidator(_dialect),
        Field(description="Which kind of server the gateway is.", json_schema_extra=_with_dialects),
    ] = "gateway"
    home: Annotated[Folder, Field(description="Where the ledger lives.")] = Field(default_factory=_default_home)
    output_dir: Annotated[Folder, Field(description="Where finished videos are written.")] = Field(
        default_factory=_default_output
    )
    input_dirs: Annotated[
        tuple[Folder, ...],
        NoDecode,
        BeforeValidator(_split_paths),
        Field(description="Folders that media inputs may be read from; default: working and output folder."),
    ] = ()
    host_output_dir: Annotated[
        Path | None, Field(description="In a container: the output folder as the host calls it.")
    ] = None
    database_url: Annotated[str | None, Field(description="The ledger; default: a SQLite file in HOME.")] = None
    validation: Annotated[
        Validation,
        Field(description="strict refuses what a vendor refuses, warn sends it with a remark, off checks only shape."),
    ] = "strict"
    wait_seconds: Annotated[
        float, Field(ge=0, le=600, description="How long a call waits by default; clients stop listening after 60 s.")
    ] = 45.0
    extra_models: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(_split),
        Field(description="Ids of models of a self-hosted server, separated by commas."),
    ] = ()
    max_videos_per_day: Annotated[
        int | None, Field(ge=0, description="Most videos in any 24 hours, over all processes.")
    ] = None
    max_seconds_per_day: Annotated[float | None, Field(ge=0, description="Most seconds of video in any 24 hours.")] = (
        None
    )
    max_cost_per_video: Annotated[
        float | None, Field(ge=0, description="Most that one video may cost, in dollars, by the estimate.")
    ] = None
    max_cost_per_day: Annotated[
        float | None, Field(ge=0, description="Most that all videos of 24 hours may cost, in dollars.")
    ] = None
    prices: Annotated[Folder | None, Field(description="Your gateway's prices: a TOML file.")] = None
    confirm: Annotated[
        str | None,
        AfterValidator(_confirm),
        Field(description="When the person is asked before money is spent: always, or over:AMOUNT in dollars."),
    ] = None
    request_timeout_seconds: Annotated[
        float, Field(gt=0, le=600, description="How long one request to the gateway may take.")
    ] = 60.0
    job_deadline_hours: Annotated[
        float, Field(gt=0, le=720, description="A job that is not finished by then ends as unknown.")
    ] = 24.0
    max_download_bytes: Annotated[int, Field(gt=0, description="The largest video that is kept, in bytes.")] = (
        4 * 1024**3
    )
    resource_max_bytes: Annotated[
        int | None,
        Field(
            ge=0,
            le=7 * 1024**2,
            description="The largest video that a resource read answers; by default 5 MiB on stdio, 700 KiB on HTTP.",
        ),
    ] = None
    keep_days: Annotated[
        float | None, Field(gt=0, description="Finished videos older than this are removed; their entries stay.")
    ] = None
    max_library_bytes: Annotated[
        int | None, Field(gt=0, description="Most that finished videos take together; the oldest go first.")
    ] = None
    log_level: Annotated[LogLevel, Field(description="What is written to stderr.")] = "WARNING"

    @property
    def ledger_url(self) -> str:
        """The SQLAlchemy address of the ledger."""
        return self.database_url or f"sqlite:///{(self.home / 'ledger.sqlite3').as_posix()}"

    @property
    def ledger_path(self) -> Path | None:
        """The ledger's file, or None when it is no file."""
        scheme, separator, place = self.ledger_url.partition(":///")
        is_file = separator and scheme.partition("+")[0] == "sqlite"
        return Path(place) if is_file else None

    @property
    def confirm_over_usd(self) -> float | None:
        """The amount above which the person is asked; below zero means always, None never."""
        if self.confirm is None or self.confirm == "never":
            return None
        return -1.0 if self.confirm == "always" else float(self.confirm.removeprefix("over:"))

    def missing(self) -> tuple[str, ...]:
        """Return the variables that must be set before a video can be made."""
        return tuple(f"{PREFIX}{name.upper()}" for name in ("base_url", "api_key") if getattr(self, name) is None)


def unknown_variables() -> tuple[str, ...]:
    """Return the variables that begin like ours and are none, such as a misspelled one."""
    import os  # noqa: PLC0415 - beside its only use, so that no other line of this module can read it

    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return tuple(sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known))  # noqa: TID251 - the one place


def network_variables() -> dict[str, str]:
    """Return the variables about proxies and certificates, and the proxies that the system itself knows.

    Names keep their case; where both cases are set, the lower one comes first, as curl reads them.
    """
    import os  # noqa: PLC0415 - as above
    from urllib.request import getproxies  # noqa: PLC0415 - most commands ask nobody anything

    found = {name: value for name, value in sorted(os.environ.items(), reverse=True) if _NETWORK.fullmatch(name)}  # noqa: TID251 - the one place
    known = {name.lower() for name in found}
    system = {f"{scheme}_proxy": address for scheme, address in getproxies().items()}
    return {**found, **{name: address for name, address in system.items() if name not in known}}


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; `overrides` win, as the command line's options do.

    Raises:
        ConfigurationError: Naming every variable that cannot work, all at once.
    """
    try:
        return Settings.model_validate(overrides)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
    raise ConfigurationError([_explained(problem["loc"], problem["msg"]) for problem in problems])


def _explained(loc: tuple[int | str, ...], reason: str) -> str:
    name = str(loc[0]) if loc else ""
    text = reason.removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()} {text[:1].lower()}{text[1:]}"
