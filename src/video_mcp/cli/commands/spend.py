"""`video-mcp spend`: what the last day and the last week cost, by model."""

from __future__ import annotations

from collections.abc import Mapping

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import Json, command_app
from video_mcp.cli.output import print_json, print_stdout
from video_mcp.cli.service import command_settings, use_service
from video_mcp.jobs.budget import Spent
from video_mcp.jobs.service import VideoService
from video_mcp.types import JsonObject

app = command_app()

_DAYS = {"last_24_hours": 1.0, "last_7_days": 7.0}


@app.command()
def spend(as_json: Json = False) -> None:
    """Say what the last 24 hours and 7 days cost. By model: as charged where the gateway says it, else estimated."""
    run_command(lambda: _spend(as_json=as_json), as_json=as_json)


def _spend(*, as_json: bool) -> ExitCode:
    spans = use_service(command_settings(), _read)
    if as_json:
        print_json({name: _as_json(models) for name, models in spans.items()})
        return ExitCode.DONE
    for name, models in spans.items():
        print_stdout(f"{name.replace('_', ' ').capitalize()}: {_line(_total(models))}")
        for model, spent in models.items():
            print_stdout(f"  {model}: {_line(spent)}")
    return ExitCode.DONE


async def _read(service: VideoService) -> dict[str, dict[str, Spent]]:
    return {name: await service.spent_by_model(days=days) for name, days in _DAYS.items()}


def _total(models: Mapping[str, Spent]) -> Spent:
    return Spent(
        videos=sum(spent.videos for spent in models.values()),
        seconds=sum(spent.seconds for spent in models.values()),
        cost_usd=sum(spent.cost_usd for spent in models.values()),
        unpriced_videos=sum(spent.unpriced_videos for spent in models.values()),
    )


def _line(spent: Spent) -> str:
    took = f"{spent.videos} video{'' if spent.videos == 1 else 's'}, {spent.seconds:g} s"
    if spent.unpriced_videos and spent.unpriced_videos == spent.videos:
        return f"{took}, price unknown"
    unpriced = f" and {spent.unpriced_videos} of unknown price" if spent.unpriced_videos else ""
    return f"{took}, about {spent.cost_usd:.2f} USD{unpriced}"


def _as_json(models: Mapping[str, Spent]) -> JsonObject:
    def facts(spent: Spent) -> JsonObject:
        return {
            "videos": spent.videos,
            "seconds": spent.seconds,
            "cost_usd": round(spent.cost_usd, 4),
            "unpriced_videos": spent.unpriced_videos,
        }

    return {**facts(_total(models)), "models": {model: facts(spent) for model, spent in models.items()}}
