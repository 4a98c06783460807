from __future__ import annotations

import mcp_types as types
import pytest

from tests.jobs.samples import STATES, job
from video_mcp.families.catalog import default_catalog
from video_mcp.families.spec import MODES
from video_mcp.server.completions import Reference, completed_argument, completion, values_for

CATALOG = default_catalog()
JOBS = [
    job(STATES["rendering"], id="vid_new", prompt="A red fox"),
    job(STATES["completed"], id="vid_boat", prompt="A paper boat"),
    job(STATES["completed"], id="vid_fox", prompt="A grey  fox\nin snow"),
]


def template(uri: str) -> Reference:
    return types.ResourceTemplateReference(type="ref/resource", uri=uri)


def prompt(name: str) -> Reference:
    return types.PromptReference(type="ref/prompt", name=name)


def complete(ref: Reference, name: str, begun: str = "", **resolved: str) -> list[str]:
    argument = completed_argument(ref, name)
    values = values_for(CATALOG, ref, argument, resolved, JOBS) if argument is not None else []
    return completion(values, begun).completion.values


@pytest.mark.parametrize(
    ("ref", "name", "begun", "resolved", "values"),
    [
        (template("models://{model}"), "model", "kling-v2-1", {}, ["kling-v2-1", "kling-v2-1-master"]),
        (template("models://{model}"), "model", "KLING-V2-1-", {}, ["kling-v2-1-master"]),
        (template("video://{video_id}"), "video_id", "", {}, ["vid_new", "vid_boat", "vid_fox"]),
        (template("video://{video_id}/content"), "video_id", "", {}, ["vid_boat", "vid_fox"]),
        (template("video://{video_id}/poster"), "video_id", "vid_f", {}, ["vid_fox"]),
        (template("video://{video_id}/storyboard"), "video_id", "grey fox in", {}, ["vid_fox"]),
        (prompt("continue_video"), "video_id", "boat", {}, ["vid_boat"]),
        (prompt("what_will_it_cost"), "family", "s", {}, ["seedance", "sora", "happyhorse"]),
        (prompt("what_will_it_cost"), "mode", "i2v", {"model": "veo3.1"}, ["i2v", "i2v_first_last"]),
        (prompt("what_will_it_cost"), "resolution", "", {"model": "veo3.1"}, ["720p", "1080p"]),
        (prompt("make_video"), "aspect_ratio", "", {"model": "veo3.1"}, ["16:9", "9:16"]),
        (prompt("make_video"), "seconds", "", {"model": "veo3.1"}, ["4", "6", "8"]),
    ],
)
def test_a_value_is_completed(
    ref: Reference, name: str, begun: str, resolved: dict[str, str], values: list[str]
) -> None:
    assert complete(ref, name, begun, **resolved) == values


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        (template("nope://{x}"), "model"),
        (template("models://{model}"), "video_id"),
        (template("video://{video_id}"), "model"),
        (template("models://catalog"), "model"),
        (prompt("make_a_film"), "model"),
        (prompt("make_video"), "idea"),
        (prompt("make_video"), "resolution"),
        (prompt("improve_prompt"), "video_id"),
    ],
)
def test_what_is_not_known_has_no_values(ref: Reference, name: str) -> None:
    assert completed_argument(ref, name) is None


def test_every_family_and_every_mode_is_a_value() -> None:
    assert complete(prompt("what_will_it_cost"), "family") == [family.name for family in CATALOG.families]
    assert complete(prompt("what_will_it_cost"), "mode") == [mode for mode in MODES if CATALOG.models(mode=mode)]


def test_a_prompt_offers_only_models_that_can_do_it() -> None:
    offered = complete(prompt("animate_image"), "model")
    assert offered
    assert all("i2v" in spec.modes for spec in CATALOG.models() if spec.id in offered)
    assert len(offered) < len(CATALOG.ids())


def test_a_video_comes_with_what_it_shows() -> None:
    ref = template("video://{video_id}/content")
    done = completion(values_for(CATALOG, ref, "video_id", {}, JOBS), "")
    assert done.meta == {"labels": {"vid_boat": "A paper boat", "vid_fox": "A grey fox in snow"}}


def test_a_hundred_values_at_most_and_the_number_of_all() -> None:
    jobs = [job(STATES["completed"], id=f"vid_{number:03}") for number in range(150)]
    done = completion(values_for(CATALOG, template("video://{video_id}"), "video_id", {}, jobs), "vid").completion
    assert (len(done.values), done.total, done.has_more) == (100, 150, True)
    assert done.values[0] == "vid_000"
