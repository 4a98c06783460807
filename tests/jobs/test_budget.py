"""Caps on spending: just inside is made, just outside is refused, and nobody slips past together."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.harness import Bench, Plan, Running
from tests.jobs.samples import FILE, STATES, job
from video_mcp.errors import BudgetExceeded
from video_mcp.families.prices.user_table import parse_prices
from video_mcp.jobs.budget import Caps, Cost, Spent, check_budget, check_ceiling
from video_mcp.jobs.request import SECONDS_AT_MOST
from video_mcp.jobs.store.rows import requested_seconds
from video_mcp.simulator import Fault

pytestmark = pytest.mark.anyio

DAY = 24 * 3600.0


def dollars(amount: float) -> Cost:
    return Cost(amount=amount, currency="USD", basis="a table")


def check(caps: Caps, spent: Spent, *, seconds: float = 5, cost: Cost | None = None) -> None:
    check_budget(caps, spent, model="kling-v2-6", seconds=seconds, cost=cost)


@pytest.mark.parametrize(
    ("caps", "spent", "cost"),
    [
        (Caps(), Spent(videos=1000, seconds=1e6, cost_usd=1e6), None),
        (Caps(max_videos_per_day=3), Spent(videos=2), None),
        (Caps(max_seconds_per_day=15), Spent(seconds=10), None),
        (Caps(max_cost_per_video=0.5), Spent(), dollars(0.5)),
        (Caps(max_cost_per_day=2.0), Spent(cost_usd=1.5), dollars(0.5)),
        (Caps(max_cost_per_day=0.3), Spent(cost_usd=0.1 + 0.1), dollars(0.1)),
        (Caps(max_cost_per_video=1.0), Spent(), Cost(amount=7.0, currency="CNY", basis="")),
    ],
)
def test_a_video_just_inside_a_cap_is_made(caps: Caps, spent: Spent, cost: Cost | None) -> None:
    check(caps, spent, cost=cost)


@pytest.mark.parametrize(
    ("caps", "spent", "cost", "setting"),
    [
        (Caps(max_videos_per_day=3), Spent(videos=3), None, "MAX_VIDEOS_PER_DAY"),
        (Caps(max_videos_per_day=0), Spent(), None, "MAX_VIDEOS_PER_DAY"),
        (Caps(max_seconds_per_day=14.5), Spent(seconds=10), None, "MAX_SECONDS_PER_DAY"),
        (Caps(max_cost_per_video=0.49), Spent(), dollars(0.5), "MAX_COST_PER_VIDEO"),
        (Caps(max_cost_per_day=2.0), Spent(cost_usd=1.51), dollars(0.5), "MAX_COST_PER_DAY"),
        (Caps(max_cost_per_video=0.99), Spent(), Cost(amount=7.0, currency="CNY", basis=""), "MAX_COST_PER_VIDEO"),
        (Caps(max_cost_per_day=5.0), Spent(), None, "VIDEO_MCP_PRICES"),
        (Caps(max_cost_per_video=5.0), Spent(), None, "VIDEO_MCP_PRICES"),
    ],
)
def test_a_video_just_outside_a_cap_is_refused_by_the_settings_name(
    caps: Caps, spent: Spent, cost: Cost | None, setting: str
) -> None:
    with pytest.raises(BudgetExceeded, match=setting):
        check(caps, spent, cost=cost)


def test_a_gateway_that_is_too_cheap_does_not_open_a_cap() -> None:
    cheap = Cost(amount=0.000001, currency="USD", basis="the gateway's own price list", least_usd=0.5)

    check(Caps(max_cost_per_video=0.5), Spent(), cost=cheap)
    with pytest.raises(BudgetExceeded, match=r"0\.50 USD \(the vendor's price; the gateway's list says 1e-06 USD\)"):
        check(Caps(max_cost_per_video=0.4), Spent(), cost=cheap)
    with pytest.raises(BudgetExceeded, match="MAX_COST_PER_DAY"):
        check(Caps(max_cost_per_day=1.0), Spent(cost_usd=0.6), cost=cheap)


def test_a_ceiling_for_one_call_holds_and_an_unknown_price_does_not_pass_it() -> None:
    check_ceiling(None, model="kling-v2-6", cost=None)
    check_ceiling(0.5, model="kling-v2-6", cost=dollars(0.5))
    for cost in (None, dollars(0.51)):
        with pytest.raises(BudgetExceeded, match="max_cost_usd"):
            check_ceiling(0.5, model="kling-v2-6", cost=cost)


def test_the_line_that_an_unknown_price_needs_is_one_that_the_table_takes() -> None:
    with pytest.raises(BudgetExceeded, match="such as: ") as refused:
        check(Caps(max_cost_per_day=5.0), Spent(), cost=None)

    line = str(refused.value).partition("such as: ")[2]
    assert parse_prices(line).models["kling-v2-6"].per_second == 0.10


SEEDANCE = "doubao-seedance-1-5-pro-251215"


async def test_a_length_that_the_model_chooses_counts_as_its_longest(bench: Bench) -> None:
    async with bench.service(Plan(settings={"max_seconds_per_day": 20}, polling=False)) as one:
        await one.create(model=SEEDANCE, seconds=-1)
        with pytest.raises(BudgetExceeded, match="12 s were made, and this video has 12 s"):
            await one.create(model=SEEDANCE, seconds=-1, prompt="another boat")
    assert bench.posts == 1


@pytest.mark.parametrize(
    ("state", "seconds", "counted"),
    [("queued", -1, 12.0), ("completed", -1, FILE.seconds), ("queued", 8, 8.0), ("completed", 8, 8.0)],
)
def test_seconds_count_as_requested_and_else_as_the_file_says(state: str, seconds: int, counted: float) -> None:
    known = job(STATES[state], parameters={"seconds": seconds, SECONDS_AT_MOST: 12})

    assert requested_seconds(known) == counted


async def test_a_cap_is_checked_before_the_user_is_asked(bench: Bench) -> None:
    settings: dict[str, object] = {"max_cost_per_video": 0.1, "confirm": "always"}
    async with bench.service(Plan(settings=settings, dollars=0.2)) as one:
        with pytest.raises(BudgetExceeded):
            await one.create()
    assert bench.posts == 0


@given(count=st.integers(1, 60), cents=st.integers(1, 300))
def test_as_many_videos_fit_as_the_cap_pays_for(count: int, cents: int) -> None:
    price = cents / 100
    spent = 0.0
    for _ in range(count):
        check(Caps(max_cost_per_day=count * cents / 100), Spent(cost_usd=spent), cost=dollars(price))
        spent += price
    with pytest.raises(BudgetExceeded):
        check(Caps(max_cost_per_day=count * cents / 100), Spent(cost_usd=spent), cost=dollars(price))


CAPPED = Plan(settings={"max_videos_per_day": 3})


async def test_a_cap_counts_over_all_processes_and_nobody_slips_past_together(bench: Bench) -> None:
    refusals: list[BudgetExceeded] = []

    async def create(service: Running, number: int) -> None:
        try:
            await service.create(prompt=f"boat {number}")
        except BudgetExceeded as error:
            refusals.append(error)

    async with bench.service(CAPPED) as one, bench.service(CAPPED) as two, anyio.create_task_group() as calls:
        for number in range(8):
            calls.start_soon(create, [one, two][number % 2], number)
    assert (len(refusals), bench.posts, len(bench.rows())) == (5, 3, 3)


@pytest.mark.parametrize(
    ("caps", "price"),
    [
        ({"max_videos_per_day": 2}, None),
        ({"max_seconds_per_day": 10}, None),
        ({"max_cost_per_day": 1.0}, 0.5),
    ],
)
async def test_a_cap_is_free_again_after_a_day(bench: Bench, caps: dict[str, object], price: float | None) -> None:
    async with bench.service(Plan(settings=caps, dollars=price, polling=False)) as one:
        for number in range(2):
            await one.create(prompt=f"boat {number}")
        bench.advance(DAY - 1)
        with pytest.raises(BudgetExceeded):
            await one.create(prompt="too many")
        bench.advance(1)
        await one.create(prompt="next day")
    assert bench.posts == 3


async def test_what_was_refused_for_nothing_does_not_count_and_what_may_be_paid_does(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="overloaded"), Fault(on="create", kind="drop_answer"))
    async with bench.service(Plan(settings={"max_videos_per_day": 1})) as one:
        refused = await one.create(prompt="refused")
        unknown = await one.create(prompt="unknown")
        with pytest.raises(BudgetExceeded):
            await one.create(prompt="too many")
    assert (refused.charged, unknown.charged) == ("no", "unknown")


async def test_an_equal_video_is_answered_though_the_cap_is_reached(bench: Bench) -> None:
    async with bench.service(Plan(settings={"max_videos_per_day": 1})) as one:
        first, again = await one.create(), await one.submit()
    assert (again.job.id, again.is_duplicate) == (first.id, True)


async def test_a_video_over_the_cap_leaves_no_row_and_no_request(bench: Bench) -> None:
    async with bench.service(Plan(settings={"max_cost_per_video": 0.1}, dollars=0.2)) as one:
        with pytest.raises(BudgetExceeded, match=r"0\.20 USD"):
            await one.create()
    assert (bench.rows(), bench.posts) == ([], 0)
