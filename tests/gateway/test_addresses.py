from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_mcp.errors import ConfigurationError, GatewayUnreachable, NotAVideo
from video_mcp.gateway.addresses import AddressGuard, AddressKind, Destination, address_kind, look_up, parse_link

pytestmark = pytest.mark.anyio

PUBLIC, OTHER_PUBLIC = "93.184.215.14", "2606:4700::1111"
DEFAULT_PORTS = {"http": 80, "https": 443}
GATEWAY = "https://gateway.example"


@dataclass(slots=True)
class Names:
    """A name service: what each host resolves to, and what it was asked."""

    known: Mapping[str, Sequence[str]]
    asked: list[str] = field(default_factory=list[str])

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del port
        self.asked.append(host)
        return self.known[host]


class Unknown:
    """A resolver that knows no name."""

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        raise GatewayUnreachable(f"{host}:{port} cannot be looked up.", delivered=False)


def guard_at(base_url: str, **known: Sequence[str]) -> AddressGuard:
    names = {name.replace("_", "."): addresses for name, addresses in known.items()}
    return AddressGuard(base_url, resolve=Names({"gateway.example": [PUBLIC], "cdn.example": [PUBLIC], **names}))


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (PUBLIC, "public"),
        (OTHER_PUBLIC, "public"),
        ("223.255.255.255", "public"),
        ("172.15.255.255", "public"),
        ("172.32.0.1", "public"),
        ("100.63.255.255", "public"),
        ("100.128.0.0", "public"),
        ("64:ff9b::5db8:d70e", "public"),
        ("127.0.0.1", "own_network"),
        ("127.255.255.255", "own_network"),
        ("10.0.0.1", "own_network"),
        ("172.16.0.1", "own_network"),
        ("172.31.255.255", "own_network"),
        ("192.168.1.1", "own_network"),
        ("100.64.0.1", "own_network"),
        ("100.127.255.255", "own_network"),
        ("::1", "own_network"),
        ("fc00::1", "own_network"),
        ("fdff::1", "own_network"),
        ("198.18.0.1", "tunnel"),
        ("198.19.255.255", "tunnel"),
        ("0.0.0.0", "forbidden"),
        ("0.1.2.3", "forbidden"),
        ("169.254.169.254", "forbidden"),
        ("169.254.0.1", "forbidden"),
        ("168.63.129.16", "forbidden"),
        ("100.100.100.200", "forbidden"),
        ("192.0.0.192", "forbidden"),
        ("192.0.2.1", "forbidden"),
        ("224.0.0.1", "forbidden"),
        ("240.0.0.1", "forbidden"),
        ("255.255.255.255", "forbidden"),
        ("::", "forbidden"),
        ("::ffff:127.0.0.1", "forbidden"),
        ("::ffff:93.184.215.14", "forbidden"),
        ("::127.0.0.1", "forbidden"),
        ("64:ff9b::7f00:1", "forbidden"),
        ("64:ff9b::a9fe:a9fe", "forbidden"),
        ("2002:7f00:1::", "forbidden"),
        ("2001:0:7f00:1::", "forbidden"),
        ("2001:db8::1", "forbidden"),
        ("fe80::1", "forbidden"),
        ("fe80::1%eth0", "forbidden"),
        ("fec0::1", "forbidden"),
        ("ff02::1", "forbidden"),
        ("fd00:ec2::254", "forbidden"),
        ("no address", "forbidden"),
    ],
)
def test_every_address_is_of_one_kind(address: str, kind: AddressKind) -> None:
    assert address_kind(address) == kind


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("ftp://cdn.example/a.mp4", id="ftp"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("data:video/mp4;base64,AAAA", id="data"),
        pytest.param("gopher://cdn.example/", id="gopher"),
        pytest.param("//cdn.example/a.mp4", id="no scheme"),
        pytest.param("https:///a.mp4", id="no host"),
        pytest.param("", id="nothing"),
        pytest.param("https://gateway.example@evil.example/", id="user name"),
        pytest.param("https://user:word@cdn.example/", id="user name and password"),
        pytest.param("https://evil.example\\@gateway.example/", id="backslash before the user name"),
        pytest.param("https://evil.example\\.gateway.example/", id="backslash in the host"),
        pytest.param("http://2130706433/", id="decimal"),
        pytest.param("http://0x7f000001/", id="hexadecimal"),
        pytest.param("http://0x7f.1/", id="hexadecimal and short"),
        pytest.param("http://0177.0.0.1/", id="octal"),
        pytest.param("http://127.1/", id="short"),
        pytest.param("http://127.0.0.1./", id="number with a dot behind"),
        pytest.param("http://cdn.example.1/", id="name that ends in a number"),
        pytest.param("http://1.2.3.4.5/", id="five numbers"),
        pytest.param("http://256.1.1.1/", id="number too large"),
        pytest.param("http://[fe80::1%25eth0]/", id="interface"),
        pytest.param("http://[::1/", id="half a bracket"),
        pytest.param("http://cdn.example:99999/", id="no such port"),
        pytest.param("http://cdn.example:x/", id="port in words"),
        pytest.param("http://cdn.example:0/", id="port zero"),
        pytest.param("http://cdn example/", id="space in the host"),
        pytest.param("http://cdn.example/\r\nHost: evil", id="line break"),
        pytest.param("http://cdn\u2100.example/", id="letter that becomes several"),
        pytest.param(f"http://{'a' * 64}.example/", id="label too long"),
        pytest.param("http://cdn.example/" + "a" * 20_000, id="far too long"),
    ],
)
async def test_an_address_that_is_not_plain_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(NotAVideo, match="The video's link is no") as caught:
        await guard_at(GATEWAY).destinations(url)
    assert "example" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://CDN.Example/", "cdn.example"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("http://１２７.0.0.1/", "127.0.0.1"),  # noqa: RUF001 - full-width digits are the point
        ("http://127。0。0。1/", "127.0.0.1"),
        ("http://[0:0:0:0:0:0:0:1]/", "::1"),
    ],
)
def test_a_host_is_read_in_one_way(url: str, host: str) -> None:
    assert parse_link(url).host == host


@given(
    url=st.from_regex(r"https?://[^\n]{0,20}[:@/\\?#\[\]%.0-9a-zA-Z\u00fc\u3002]{0,20}", fullmatch=True)
    | st.builds("http://{}/{}".format, st.text(max_size=20), st.text(max_size=20))
)
def test_what_is_read_here_is_read_the_same_way_by_the_http_client(url: str) -> None:
    try:
        link = parse_link(url)
    except NotAVideo:
        return
    read = httpx2.URL(link.url(link.host))
    assert (read.raw_host.decode(), read.port or DEFAULT_PORTS[link.scheme], read.userinfo) == (
        link.host,
        link.port,
        b"",
    )


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "198.18.0.1", "::1", "::ffff:8.8.8.8"])
async def test_a_public_gateway_may_not_send_us_into_the_users_network(address: str) -> None:
    guard = guard_at(GATEWAY, inner_example=[address])
    shown = f"[{address}]" if ":" in address else address

    for url in (f"http://{shown}:8080/a.mp4", "http://inner.example/a.mp4"):
        with pytest.raises(NotAVideo, match="private or reserved") as caught:
            await guard.destinations(url)
        assert address not in str(caught.value)


async def test_one_private_address_among_public_ones_spoils_the_host() -> None:
    with pytest.raises(NotAVideo):
        await guard_at(GATEWAY, mixed_example=[PUBLIC, "127.0.0.1"]).destinations("https://mixed.example/")


async def test_a_host_without_addresses_is_refused() -> None:
    with pytest.raises(NotAVideo):
        await guard_at(GATEWAY, empty_example=[]).destinations("https://empty.example/")


async def test_a_public_link_is_pinned_to_the_address_that_was_checked() -> None:
    names = Names({"cdn.example": [OTHER_PUBLIC, PUBLIC]})

    found = await AddressGuard(GATEWAY, resolve=names).destinations("https://cdn.example:8443/a%2Fb.mp4?sig=x%3D&y=1#z")

    host = {"Host": "cdn.example:8443"}
    assert found == (
        Destination(url=f"https://{PUBLIC}:8443/a%2Fb.mp4?sig=x%3D&y=1", headers=host, server_name="cdn.example"),
        Destination(
            url=f"https://[{OTHER_PUBLIC}]:8443/a%2Fb.mp4?sig=x%3D&y=1", headers=host, server_name="cdn.example"
        ),
    )
    assert names.asked == ["cdn.example"]


async def test_an_address_in_the_link_is_checked_and_asked_as_it_is() -> None:
    found = await guard_at(GATEWAY).destinations(f"http://{PUBLIC}/a.mp4")
    assert found == (Destination(url=f"http://{PUBLIC}/a.mp4"),)


@pytest.mark.parametrize(
    ("base_url", "url", "is_own"),
    [
        (GATEWAY, "https://gateway.example/v1/videos/1/content", True),
        (GATEWAY, "https://GATEWAY.example:443/media/1.mp4", True),
        (f"{GATEWAY}/prefix", "https://gateway.example/media/1.mp4", True),
        (GATEWAY, "http://gateway.example/media/1.mp4", False),
        (GATEWAY, "https://gateway.example:8443/media/1.mp4", False),
        (GATEWAY, "https://gateway.example.evil.example/", False),
        (GATEWAY, "https://gateway.example@evil.example/", False),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/v1/videos", True),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3001/v1/videos", False),
        ("http://127.0.0.1:3000", "http://localhost:3000/v1/videos", False),
    ],
)
def test_the_gateways_own_origin_is_its_scheme_host_and_port(base_url: str, url: str, is_own: bool) -> None:
    assert guard_at(base_url).is_gateway(url) is is_own


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.1.1"])
async def test_the_gateways_own_origin_is_asked_wherever_it_is(address: str) -> None:
    url = "https://gateway.example/v1/videos/1/content"
    assert await guard_at(GATEWAY, gateway_example=[address]).destinations(url) == (Destination(url=url),)


@pytest.mark.parametrize(
    ("gateway", "target", "allowed"),
    [
        pytest.param(["127.0.0.1"], "127.0.0.1", True, id="same machine"),
        pytest.param(["127.0.0.1", "::1"], "::1", True, id="same machine by IPv6"),
        pytest.param(["10.0.0.5"], "10.0.0.6", True, id="neighbour"),
        pytest.param(["192.168.0.5"], "127.0.0.1", True, id="this machine"),
        pytest.param(["100.64.1.1"], "100.64.1.2", True, id="same tailnet"),
        pytest.param(["198.18.0.1"], "198.18.0.2", True, id="both behind a local proxy"),
        pytest.param(["198.18.0.1"], "10.0.0.1", False, id="out of the tunnel"),
        pytest.param(["127.0.0.1"], "169.254.169.254", False, id="metadata"),
        pytest.param(["10.0.0.5"], "100.100.100.200", False, id="metadata at Alibaba"),
        pytest.param(["127.0.0.1"], "fe80::1", False, id="link-local"),
        pytest.param(["127.0.0.1"], "0.0.0.0", False, id="any address"),
        pytest.param(["169.254.1.1"], "169.254.1.2", False, id="link-local gateway"),
        pytest.param([PUBLIC, "10.0.0.5"], "10.0.0.6", False, id="gateway in both worlds"),
        pytest.param([], "10.0.0.6", False, id="gateway nowhere"),
    ],
)
async def test_only_a_gateway_in_the_users_own_network_may_name_neighbours(
    gateway: list[str], target: str, allowed: bool
) -> None:
    guard = guard_at(GATEWAY, neighbour_example=[target])
    for address in gateway:
        guard.reached_gateway_at(address)
    if allowed:
        (found,) = await guard.destinations("http://neighbour.example/a.mp4")
        assert target in found.url
    else:
        with pytest.raises(NotAVideo):
            await guard.destinations("http://neighbour.example/a.mp4")


async def test_a_look_up_that_the_gateway_can_time_makes_no_neighbours() -> None:
    names = Names({"gateway.example": ["10.0.0.1"], "inner.example": ["10.0.0.1"]})
    guard = AddressGuard(GATEWAY, resolve=names)
    guard.reached_gateway_at(PUBLIC)
    with pytest.raises(NotAVideo):
        await guard.destinations("http://inner.example/")

    assert "gateway.example" not in names.asked


async def test_an_address_in_the_base_url_is_taken_at_its_word() -> None:
    guard = AddressGuard("http://10.0.0.5:8000", resolve=Names({"inner.example": ["10.0.0.1"]}))
    assert len(await guard.destinations("http://inner.example/a.mp4")) == 1


def proxied(_scheme: str, host: str, _port: int) -> bool:
    return host != "direct.example"


async def test_a_proxy_looks_up_what_nobody_here_knows() -> None:
    guard = AddressGuard(GATEWAY, is_proxied=proxied, resolve=Unknown())
    found = await guard.destinations("https://cdn.corp.example/a.mp4?x=1")
    assert found == (Destination(url="https://cdn.corp.example/a.mp4?x=1"),)


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/", "http://10.0.0.1/", "http://inner.example/", "http://metadata.google.internal/x"],
)
async def test_a_proxy_is_no_way_into_the_users_own_network(url: str) -> None:
    guard = AddressGuard(GATEWAY, is_proxied=proxied, resolve=Names({"inner.example": ["10.0.0.1"]}))
    guard.reached_gateway_at("10.0.0.9")  # the proxy's own address says nothing about the gateway
    with pytest.raises(NotAVideo):
        await guard.destinations(url)


async def test_a_host_beside_the_proxy_is_still_opened_by_its_address() -> None:
    guard = AddressGuard(GATEWAY, is_proxied=proxied, resolve=Names({"direct.example": [PUBLIC]}))
    (found,) = await guard.destinations("https://direct.example/a.mp4")
    assert PUBLIC in found.url
    assert found.server_name == "direct.example"


def test_a_gateway_without_a_plain_address_is_a_matter_of_settings() -> None:
    with pytest.raises(ConfigurationError, match="VIDEO_MCP_BASE_URL"):
        AddressGuard("http://2130706433")


async def test_the_systems_resolver_is_asked() -> None:
    assert "127.0.0.1" in await look_up("localhost", 80)


@pytest.mark.parametrize("host", ["fe80::1%no-such-card", f"{'a' * 64}.example"])
async def test_a_host_that_cannot_be_looked_up_is_a_passing_fault(host: str) -> None:
    with pytest.raises(GatewayUnreachable, match="cannot be looked up") as caught:
        await look_up(host, 80)
    assert not caught.value.delivered


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://cdn.example/a.png?sig=1", None),
        ("https://93.184.215.14/a.png", None),
        ("http://cdn.example/a.png", "not encrypted"),
        ("https://127.0.0.1/a.png", "own network"),
        ("https://10.1.2.3/a.png", "own network"),
        ("https://[::1]/a.png", "own network"),
        ("https://169.254.169.254/latest", "own network"),
        ("https://[fe80::1]/a.png", "own network"),
        ("https://localhost:8000/a.png", "own network"),
        ("http://nas/a.png", "own network"),
        ("https://nas.local/a.png", "own network"),
        ("https://files.corp.internal/a.png", "own network"),
        ("https://2130706433/a.png", "not a plain web address"),
        ("https://me:secret@cdn.example/a.png", "not a plain web address"),
    ],
)
def test_an_input_in_the_users_own_network_is_not_passed_on(url: str, reason: str | None) -> None:
    found = guard_at(GATEWAY).reason_to_keep(url)
    assert (found is None) if reason is None else (reason in (found or ""))


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8000", "http://10.0.0.5", "http://localhost", "http://gateway.lan"]
)
def test_a_gateway_in_the_users_own_network_is_given_such_addresses(base_url: str) -> None:
    assert guard_at(base_url).reason_to_keep("http://10.1.2.3/a.png") is None


def test_a_gateway_that_was_reached_at_such_an_address_is_the_users_own() -> None:
    guard = guard_at(GATEWAY)
    guard.reached_gateway_at("192.168.1.2")
    assert guard.reason_to_keep("http://10.1.2.3/a.png") is None
