from __future__ import annotations

import pytest

from video_mcp.server.http.addresses import AllowedAddresses, allowed_addresses, is_loopback, parse_host, parse_origin


def addresses(
    bind_host: str, public_url: str | None = None, hosts: tuple[str, ...] = (), origins: tuple[str, ...] = ()
) -> AllowedAddresses:
    return allowed_addresses(bind_host=bind_host, public_url=public_url, hosts=hosts, origins=origins)


TEAM = addresses(
    "0.0.0.0",
    "https://Videos.Example/team",
    ("inner", "fixed:9000", "any:*"),
    ("https://app.example", "http://dev:3000"),
)


@pytest.mark.parametrize(
    ("header", "is_served"),
    [
        ("videos.example", True),
        ("videos.example:443", True),
        ("VIDEOS.EXAMPLE", True),
        ("videos.example.", True),
        ("videos.example:8443", True),
        ("inner:8000", True),
        ("any:1", True),
        ("fixed:9000", True),
        ("fixed:9001", False),
        ("fixed", False),
        ("localhost:8000", True),
        ("127.0.0.1", True),
        ("[::1]:8000", True),
        ("evil.example", False),
        ("videos.example.evil.example", False),
        ("evil-videos.example", False),
        ("videos.example:443:443", False),
        ("user@videos.example", False),
        ("videos.example/evil", False),
        ("10.0.0.7:8000", False),
        ("", False),
        (None, False),
    ],
)
def test_hosts(header: str | None, is_served: bool) -> None:
    assert TEAM.serves_host(header) is is_served


@pytest.mark.parametrize(
    ("header", "is_served"),
    [
        (None, True),
        ("https://videos.example", True),
        ("https://videos.example:443", True),
        ("HTTPS://VIDEOS.EXAMPLE", True),
        ("https://app.example", True),
        ("http://dev:3000", True),
        ("http://dev:3001", False),
        ("http://videos.example", False),
        ("https://videos.example:8443", False),
        ("https://evil.example", False),
        ("http://localhost:5173", False),
        ("null", False),
        ("", False),
        ("file://", False),
    ],
)
def test_origins(header: str | None, is_served: bool) -> None:
    assert TEAM.serves_origin(header) is is_served


@pytest.mark.parametrize("origin", ["http://localhost:6274", "http://127.0.0.1", "http://[::1]:1"])
def test_pages_of_this_machine_may_call_a_server_of_this_machine(origin: str) -> None:
    assert addresses("127.0.0.1").serves_origin(origin)
    assert not addresses("127.0.0.1").serves_origin(origin.replace("http", "https"))


def test_an_address_that_is_bound_is_served() -> None:
    assert addresses("192.168.1.5").serves_host("192.168.1.5:8000")
    assert addresses("fe80::1").serves_host("[fe80::1]:8000")
    assert not addresses("0.0.0.0").serves_host("0.0.0.0:8000")


@pytest.mark.parametrize(("hosts", "origins"), [(("https://a.example",), ()), ((), ("app.example",)), (("a b",), ())])
def test_what_names_no_address_is_refused(hosts: tuple[str, ...], origins: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="write"):
        addresses("127.0.0.1", None, hosts, origins)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_loopback(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize("name", ["0.0.0.0", "::", "", "10.0.0.1", "localhost.example", "videos.example"])
def test_not_loopback(name: str) -> None:
    assert not is_loopback(name)


def test_what_is_no_header_is_none() -> None:
    assert parse_host("a b") is None
    assert parse_origin("1://a") is None
