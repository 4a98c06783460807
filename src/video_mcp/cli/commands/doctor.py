"""`video-mcp doctor`: gather the facts, judge them, say what to do."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import anyio
import anyio.to_thread

from video_mcp import version
from video_mcp.cli.commands import doctor_checks as checks
from video_mcp.cli.commands.doctor_checks import Check, Verdict
from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import Json, command_app
from video_mcp.cli.output import open_console, print_json
from video_mcp.environment import PREFIX, network_variables
from video_mcp.errors import ConfigurationError, GatewayUnreachable, VideoMCPError
from video_mcp.families.catalog import default_catalog
from video_mcp.families.prices.user_table import parse_prices
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.dialects import profile_of, recognize
from video_mcp.gateway.network import Network, open_network
from video_mcp.gateway.transport import open_clients
from video_mcp.gateway.upstream import ServerSigns
from video_mcp.jobs.store.ledger import open_ledger
from video_mcp.media.input_folders import input_folders
from video_mcp.settings import Settings, read_settings, unknown_variables
from video_mcp.types import LOCAL_PRINCIPAL, TROUBLESHOOTING_URL

_MOST_SECONDS = 15.0
_NO_SUCH_VIDEO = "video-mcp-doctor-no-such-video"
_STYLES: dict[Verdict, str] = {"ok": "green", "warning": "yellow", "problem": "red"}


app = command_app()


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check the setup and say what to correct. Settings, gateway, folders, prices and ledger."""
    run_command(lambda: _doctor(as_json=as_json), as_json=as_json)


def _doctor(*, as_json: bool) -> ExitCode:
    found = diagnose()
    is_ill = any(check.verdict == "problem" for check in found)
    if as_json:
        print_json({"ok": not is_ill, "checks": [asdict(check) for check in found]})
    else:
        _show(found)
    return ExitCode.WRONG_USE if is_ill else ExitCode.DONE


def diagnose() -> list[Check]:
    """Return every check of this machine's settings: of everything that a create reads."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    unknown = list(checks.unknown_variable_checks(unknown_variables(), known))
    settings = read_settings()
    if settings.invalid:
        return [*checks.settings_checks(settings.problems()), *unknown]
    return [*unknown, *anyio.run(_checks_of, settings)]


async def _checks_of(settings: Settings) -> list[Check]:
    newest = await _newest_entry(settings)
    key = settings.api_key.get_secret_value() if settings.api_key is not None else None
    found = [checks.address_check(settings.base_url), checks.key_check(key), checks.wait_check(settings.wait_seconds)]
    gateway_now = None
    if not settings.missing():
        network = open_network(network_variables())
        found.append(checks.network_check(network, settings.base_url or ""))
        known = default_catalog(settings.extra_models).ids()
        answers = await _ask_gateway(settings, network)
        gateway_now = answers.now
        found.append(checks.gateway_check(answers.models, known, probed=answers.probed))
        if answers.signs is not None:
            recognized, is_set = recognize(answers.signs), "dialect" in settings.model_fields_set
            found.append(checks.dialect_check(recognized, settings.dialect, is_set=is_set))
    seen = newest if isinstance(newest, float) else None
    found.append(checks.clock_check(now=time.time(), gateway_now=gateway_now, newest_entry=seen))
    found += await anyio.to_thread.run_sync(_folder_checks, settings)
    found += await anyio.to_thread.run_sync(_price_checks, settings.prices)
    return [*found, checks.ledger_check(_ledger_place(settings), newest)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What the gateway says of its models and of a video that cannot exist, its time, and the signs of its kind."""

    models: tuple[str, ...] | VideoMCPError
    probed: VideoMCPError | None = None
    now: float | None = None
    signs: ServerSigns | None = None


async def _ask_gateway(settings: Settings, network: Network) -> _Answers:
    timeout = min(settings.request_timeout_seconds, _MOST_SECONDS)
    async with open_clients(timeout_seconds=timeout, user_agent=f"video-mcp/{version()}", network=network) as clients:
        client = GatewayClient(
            clients,
            base_url=settings.base_url or "",
            api_key=settings.api_key.get_secret_value() if settings.api_key else "",
            paths=profile_of(settings.dialect).paths,
            jitter=secrets.SystemRandom().random,
            sleep=anyio.sleep,
        )
        try:
            listed, gateway_now = await client.models_and_time()
        except VideoMCPError as error:
            listed, gateway_now = error, None
        if isinstance(listed, GatewayUnreachable | ConfigurationError):
            return _Answers(models=listed)
        probed = await _refusal_of(client.poll(_NO_SUCH_VIDEO))
        return _Answers(models=listed, probed=probed, now=gateway_now, signs=await _signs_of(client))


async def _signs_of(client: GatewayClient) -> ServerSigns | None:
    """Return the signs of the server's kind; a server that is slow to describe itself stays unknown."""
    with anyio.move_on_after(_MOST_SECONDS):
        try:
            return await client.signs()
        except VideoMCPError:
            return None
    return None


async def _refusal_of(probe: Awaitable[object]) -> VideoMCPError | None:
    try:
        await probe
    except VideoMCPError as error:
        return error
    return None


def _price_checks(path: Path | None) -> list[Check]:
    if path is None:
        return []
    try:
        table = parse_prices(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return [checks.prices_check(path, why or type(error).__name__)]
    except ConfigurationError as error:
        return [checks.prices_check(path, error.message)]
    return [checks.prices_check(path, len(table.models))]


async def _newest_entry(settings: Settings) -> float | Exception | None:
    """Return when the ledger was last written to; a ledger that is not there yet is not made."""
    path = settings.ledger_path
    if path is not None and not await anyio.Path(path).exists():
        return None
    try:
        async with open_ledger(settings.ledger_url, path) as ledger:
            newest = await ledger.newest(1, principal=LOCAL_PRINCIPAL)
    except Exception as error:  # whatever the database raises is the finding
        return error
    return newest[0].updated_at if newest else None


def _folder_checks(settings: Settings) -> list[Check]:
    home, output = settings.home, settings.output_dir
    effective = input_folders(settings.input_dirs, working_folder=Path.cwd(), output_dir=output, home=Path.home())
    inputs = [
        checks.input_check(folder, is_folder=folder.is_dir() or folder == output, is_default=not settings.input_dirs)
        for folder in effective.folders
    ]
    return [
        checks.folder_check("home", "VIDEO_MCP_HOME", home, is_writable=_is_writable(home)),
        checks.folder_check("output", "VIDEO_MCP_OUTPUT_DIR", output, is_writable=_is_writable(output)),
        *inputs,
        *checks.left_out_checks(effective.left_out),
        checks.disk_check(output, shutil.disk_usage(_existing(output)).free),
    ]


def _is_writable(folder: Path) -> bool:
    """Try it, in the folder itself or in the nearest one that is there."""
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)):
            return True
    except OSError:
        return False


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _ledger_place(settings: Settings) -> str:
    return str(settings.ledger_path) if settings.ledger_path is not None else "VIDEO_MCP_DATABASE_URL"


def _show(found: Sequence[Check]) -> None:
    from rich.text import Text  # noqa: PLC0415 - the JSON answer needs no colours

    console = open_console()
    console.print(f"video-mcp {version()}, Python {sys.version.split()[0]}, {sys.platform}", soft_wrap=True)
    for check in found:
        line = Text(f"{check.verdict:8}", style=_STYLES[check.verdict])
        console.print(line.append(f" {check.name}: {check.message}", style="default"), soft_wrap=True)
        if check.remedy:
            console.print(f"{'':9}-> {check.remedy}", soft_wrap=True)
    if any(check.verdict != "ok" for check in found):
        console.print(f"Help: {TROUBLESHOOTING_URL}", soft_wrap=True)
