"""Everything that can be set: one typed object, every problem reported at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from video_mcp.environment import PREFIX, variables_with_prefix
from video_mcp.errors import ConfigurationError
from video_mcp.key_sources import key_from
from video_mcp.setting_types import (
    BaseURL,
    Confirm,
    DatabaseURL,
    DialectName,
    Folder,
    Folders,
    HostPath,
    Key,
    StorageURL,
    Words,
)
from video_mcp.setting_values import tidied, tidied_for
from video_mcp.team_settings import TeamSettings
from video_mcp.types import Validation

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat = Literal["text", "json"]


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("video-mcp", appauthor=False))


def _default_output() -> Path:
    return Path(platformdirs.user_videos_dir()) / "video-mcp"


class Settings(TeamSettings):
    """Everything that can be set, each from the environment variable of its name with `VIDEO_MCP_` before it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )
    _invalid: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, values: dict[str, object]) -> dict[str, object]:
        """Forgive what is plain; an optional setting that a client left unfilled is not set."""
        tidy: dict[str, object] = {}
        for name, value in values.items():
            field = cls.model_fields.get(name)
            if field is None or not isinstance(value, str):
                tidy[name] = value
            elif name in {"base_url", "api_key"} or tidied(value) is not None:
                written = tidied_for(name, field.annotation, value)
                if written != "":
                    tidy[name] = written
        return tidy

    base_url: Annotated[
        BaseURL | None,
        Field(description="The gateway's address, such as https://your-gateway.example."),
    ] = None
    api_key: Annotated[
        Key | None,
        Field(description="The gateway's key; it is sent to the gateway only."),
    ] = None
    api_key_file: Annotated[
        Folder | None,
        Field(description="A file that holds the key, such as a container's secret."),
    ] = None
    api_key_command: Annotated[
        str | None,
        Field(description="A command that prints the key, such as `pass show gateway`; it runs once at the start."),
    ] = None
    dialect: Annotated[
        DialectName,
        Field(description="Which kind of server the gateway is: docs/gateways.md."),
    ] = "gateway"
    home: Annotated[Folder, Field(description="Where the ledger lives.")] = Field(default_factory=_default_home)
    output_dir: Annotated[Folder, Field(description="Where finished videos are written.")] = Field(
        default_factory=_default_output
    )
    input_dirs: Annotated[
        Folders,
        Field(description="Folders that media inputs may be read from; default: working and output folder."),
    ] = ()
    host_output_dir: Annotated[
        HostPath | None,
        Field(description="In a container: the output folder as the host calls it."),
    ] = None
    database_url: Annotated[
        DatabaseURL | None,
        Field(
            description="The ledger: postgresql://USER:PASSWORD@HOST/NAME for replicas that share one (extra `team`); "
            "default: a SQLite file in HOME."
        ),
    ] = None
    storage_url: Annotated[
        StorageURL | None,
        Field(
            description="Where finished videos go that replicas share: s3://BUCKET/FOLDER, gs://, az:// or file:// "
            "(extra `team`); with ?endpoint=https://HOST for a server of your own. Credentials: its own variables."
        ),
    ] = None
    link_seconds: Annotated[
        int, Field(ge=60, le=7 * 86400, description="How long a download link works, in seconds.")
    ] = 3600
    validation: Annotated[
        Validation,
        Field(description="strict refuses what a vendor refuses, warn sends it with a remark, off checks only shape."),
    ] = "strict"
    wait_seconds: Annotated[
        float, Field(ge=0, le=600, description="How long a call waits by default; clients stop listening after 60 s.")
    ] = 45.0
    extra_models: Annotated[
        Words,
        Field(description="Ids of models that only your gateway or server has, separated by commas."),
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
    default_model: Annotated[
        str | None, Field(description="The model that video-mcp create uses when none is named.")
    ] = None
    max_open_videos: Annotated[
        int | None,
        Field(
            ge=1,
            description="Most videos that are rendered at once, over all processes; further ones wait, unsent.",
        ),
    ] = None
    prices: Annotated[Folder | None, Field(description="Your gateway's prices: a TOML file.")] = None
    confirm: Annotated[
        Confirm,
        Field(
            description="When the user must confirm before money is spent: always, or over:AMOUNT in dollars; agent: "
            "always, and the agent's own word counts as theirs; agent:over:AMOUNT: the same above an amount."
        ),
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
        float | None,
        Field(gt=0, description="Finished videos and films older than this are removed; the videos' entries stay."),
    ] = None
    max_library_bytes: Annotated[
        int | None,
        Field(gt=0, description="Most that finished videos and films take together; films go first, then the oldest."),
    ] = None
    polls_at_once: Annotated[
        int, Field(ge=1, le=1000, description="Most polls of the gateway at once; fewer after it answers 429.")
    ] = 64
    downloads_at_once: Annotated[int, Field(ge=1, le=100, description="Most finished videos downloaded at once.")] = 8
    log_level: Annotated[LogLevel, Field(description="What is written to stderr.")] = "WARNING"
    log_format: Annotated[LogFormat, Field(description="How: text, or json for a line of JSON each.")] = "text"

    @property
    def ledger_url(self) -> str:
        """The address of the ledger, its password included: for whoever opens it alone."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.home / 'ledger.sqlite3').as_posix()}"

    @property
    def ledger_path(self) -> Path | None:
        """The ledger's file, or None when it is not a file."""
        scheme, separator, place = self.ledger_url.partition(":///")
        is_file = separator and scheme.partition("+")[0] == "sqlite"
        return Path(place) if is_file else None

    @property
    def confirm_over_usd(self) -> float | None:
        """The amount above which the user must confirm; below zero means always, None never."""
        if self.confirm is None or self.confirm == "never":
            return None
        return -1.0 if self.confirm in {"always", "agent"} else float(self.confirm.rpartition("over:")[2])

    @property
    def agent_may_confirm(self) -> bool:
        """Whether the agent's own word counts as the user's yes where no client can ask them."""
        return self.confirm is not None and self.confirm.startswith("agent")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every key that is known by now, for whoever takes them out of a text."""
        own = (self.api_key.get_secret_value(),) if self.api_key else ()
        return (*own, *sorted(self.key_table.ever_known)) if self.key_table is not None else own

    @property
    def invalid(self) -> tuple[str, ...]:
        """What is wrong with the settings that could not be read, a sentence each."""
        return self._invalid

    def with_invalid(self, problems: tuple[str, ...]) -> Settings:
        """Return the same settings with what is wrong in the environment."""
        settings = self.model_copy()
        settings._invalid = problems
        return settings

    def problems(self) -> tuple[str, ...]:
        """Return everything that keeps a video from being made."""
        return (
            *self._invalid,
            *(f"{name} is not set" for name in self.missing() if name not in " ".join(self._invalid)),
        )

    def missing(self) -> tuple[str, ...]:
        """Return the variables that must be set before a video can be made."""
        return tuple(f"{PREFIX}{name.upper()}" for name in ("base_url", "api_key") if getattr(self, name) is None)


def unknown_variables() -> tuple[str, ...]:
    """Return the variables that begin like ours and are none, such as a misspelled one."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return tuple(sorted(name for name in variables_with_prefix() if name not in known))


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; `overrides` win, as the command line's options do.

    Raises:
        ConfigurationError: Naming every variable that cannot work, all at once.
    """
    settings = read_settings(**overrides)
    if settings.invalid:
        raise ConfigurationError(settings.invalid)
    return settings


def read_settings(**overrides: object) -> Settings:
    """Read the settings, with the default in place of each that cannot work; `invalid` then names those."""
    try:
        settings = Settings.model_validate(overrides)
        problems: tuple[str, ...] = ()
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        problems = tuple(dict.fromkeys(_explained(problem["loc"], problem["msg"]) for problem in found))
        bad = {str(problem["loc"][0]) for problem in found if problem["loc"]}
        defaults = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in bad}
        settings = Settings.model_validate({**overrides, **defaults})
    if settings.api_key is None and not any(f"{PREFIX}API_KEY " in problem for problem in problems):
        key = key_from(file=settings.api_key_file, command=settings.api_key_command)
        if isinstance(key, SecretStr):
            settings = settings.model_copy(update={"api_key": key})
        problems += (key,) if isinstance(key, str) else ()
    settings, problem = settings.with_gateway_keys()
    return settings.with_invalid((*problems, *problem))


def _explained(loc: tuple[int | str, ...], reason: str) -> str:
    name = str(loc[0]) if loc else ""
    text = reason.removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()} {text[:1].lower()}{text[1:]}"
