from __future__ import annotations

import pytest
from mcp.shared.exceptions import MCPError

from tests.jobs.samples import STATES, job
from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import default_catalog
from video_mcp.families.examples import limits_in_words
from video_mcp.families.spec import ModelSpec
from video_mcp.server.prompts import PROMPTS, checked_prompt, listed_prompts

CATALOG = default_catalog(["wan2.2"])
MODELS = CATALOG.models()
JOB = job(STATES["completed"], id="vid_1", prompt="A lighthouse at dusk")


def text_of(name: str, **arguments: str) -> str:
    prompt, given = checked_prompt(name, arguments)
    return prompt.write(CATALOG, given, JOB if "video_id" in given else None)


def test_the_prompts_are_those_of_the_contract_in_their_order() -> None:
    assert [prompt.name for prompt in listed_prompts()] == [
        "make_video",
        "animate_image",
        "storyboard_to_film",
        "continue_video",
        "improve_prompt",
        "what_will_it_cost",
    ]
    assert all(prompt.title and prompt.description and prompt.arguments for prompt in listed_prompts())


@pytest.mark.parametrize("spec", MODELS, ids=[spec.id for spec in MODELS])
def test_every_model_fills_every_prompt_with_its_own_facts(spec: ModelSpec) -> None:
    written = [
        text_of("make_video", idea="a fox", model=spec.id),
        text_of("animate_image", image="fox.png", model=spec.id),
        text_of("storyboard_to_film", story="a fox", model=spec.id),
        text_of("continue_video", video_id="vid_1", model=spec.id),
        text_of("improve_prompt", prompt="a fox", model=spec.id),
    ]
    assert all(limit in text for text in written for limit in limits_in_words(spec))
    assert spec.id in text_of("what_will_it_cost", model=spec.id)


def test_without_a_model_those_that_can_do_it_are_named() -> None:
    text = text_of("animate_image", image="fox.png")
    assert all(f"- {model}:" in text for model in CATALOG.supporting("i2v"))


def test_what_was_given_stands_in_the_message() -> None:
    text = text_of("make_video", idea="a paper boat", seconds="5", aspect_ratio="9:16")
    assert "a paper boat" in text
    assert "seconds: 5\naspect_ratio: 9:16" in text


def test_a_continued_video_brings_its_model_and_its_prompt() -> None:
    text = text_of("continue_video", video_id="vid_1", action="the light goes on")
    assert "A lighthouse at dusk" in text
    assert "video://vid_1/last-frame" in text
    assert "What kling-v2-6 takes" in text


def test_a_cost_names_the_vendors_price_for_what_was_given() -> None:
    text = text_of("what_will_it_cost", model="veo3.1", seconds="8", resolution="720p")
    assert "about 3.2 USD (8 s of 720p at 0.4 USD a second; seen 2026-11)" in text


def test_a_cost_that_cannot_be_had_says_why() -> None:
    assert "seconds" in text_of("what_will_it_cost", model="veo3.1", seconds="17")


@pytest.mark.parametrize("family", [family.name for family in CATALOG.families])
def test_the_models_of_a_family_are_compared(family: str) -> None:
    text = text_of("what_will_it_cost", family=family)
    assert all(f"- {spec.id}, " in text for spec in CATALOG.models(family=family) if not spec.needs_version)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("make_a_film", {}, "There is no prompt make_a_film; there are make_video"),
        ("make_video", {}, "make_video needs idea."),
        ("make_video", {"idea": "  "}, "make_video needs idea."),
        ("make_video", {"idea": "a fox", "length": "5"}, "make_video takes no length; it takes idea"),
        ("improve_prompt", {}, "improve_prompt needs prompt and model."),
    ],
)
def test_arguments_that_do_not_fit_are_refused(name: str, arguments: dict[str, str], said: str) -> None:
    with pytest.raises(MCPError) as refused:
        checked_prompt(name, arguments)
    assert refused.value.error.code == -32602
    assert refused.value.error.message.startswith(said)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("make_video", {"idea": "a fox", "model": "sora-9"}, "sora-9 is not a model.s id"),
        ("what_will_it_cost", {"mode": "t3v"}, "There is no mode t3v;"),
        ("what_will_it_cost", {"family": "pixar"}, "There is no family pixar;"),
    ],
)
def test_what_no_model_can_do_is_refused(name: str, arguments: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        text_of(name, **arguments)


def test_an_argument_that_completes_is_one_that_the_prompt_lists() -> None:
    assert {argument.name for prompt in PROMPTS for argument in prompt.arguments} >= {
        "model",
        "family",
        "mode",
        "seconds",
        "aspect_ratio",
        "resolution",
        "video_id",
    }
