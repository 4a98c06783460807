from __future__ import annotations

import pytest

from video_mcp.gateway.proxies import Proxy, parse_proxies


def used(value: str) -> Proxy | None:
    return parse_proxies({"HTTPS_PROXY": value}).proxy_for("https", "gateway.example", 443)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("http://proxy.example:8080", "http://proxy.example:8080"),
        ("http://proxy.example:8080/", "http://proxy.example:8080"),
        ("HTTP://proxy.example:8080", "http://proxy.example:8080"),
        ("proxy.example:8080", "http://proxy.example:8080"),
        ("//proxy.example:8080", "http://proxy.example:8080"),
        ("proxy", "http://proxy:80"),
        ("  'http://proxy:8080' ", "http://proxy:8080"),
        ("https://proxy", "https://proxy:443"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("socks://127.0.0.1:9", "socks5h://127.0.0.1:9"),
        ("SOCKS5://proxy", "socks5://proxy:1080"),
        ("socks5h://proxy:1", "socks5h://proxy:1"),
        ("http=a:1;https=b:2;ftp=c:3", "http://b:2"),
        ("http=a:1", "http://a:1"),
        ("http://me:p@ss#w/rd@proxy:80", "http://me:p%40ss%23w%2Frd@proxy:80"),
        ("http://me:p%40ss@proxy:80", "http://me:p%40ss@proxy:80"),
    ],
)
def test_a_proxy_is_read_in_the_forms_that_people_write(value: str, url: str) -> None:
    proxy = used(value)
    assert proxy is not None
    assert (proxy.url, proxy.problem) == (url, None)


@pytest.mark.parametrize("value", ["", " ", "direct://", "DIRECT", "none"])
def test_a_proxy_that_is_none_is_left_out(value: str) -> None:
    assert used(value) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("socks4://proxy:1080", "socks4"),
        ("ftp://proxy", "ftp"),
        ("http://proxy:99999", "port"),
        ("http://proxy:0", "port"),
        ("http://", "not an address"),
        ("http://a b", "not an address"),
        ("http://me:secret@:80", "not an address"),
    ],
)
def test_a_proxy_that_cannot_be_used_says_why_and_keeps_its_password(value: str, problem: str) -> None:
    proxy = used(value)
    assert proxy is not None
    assert problem in (proxy.problem or "")
    assert "secret" not in repr(proxy)
    assert proxy.variable == "HTTPS_PROXY"


@pytest.mark.parametrize(
    ("no_proxy", "host", "port"),
    [
        ("*", "gateway.example", 443),
        ("gateway.example", "gateway.example", 443),
        (".example", "gateway.example", 443),
        ("*.example", "gateway.example", 443),
        ("example", "gateway.example", 443),
        ("GATEWAY.Example.", "gateway.example.", 443),
        ("a.example gateway.example", "gateway.example", 443),
        ("a.example;gateway.example", "gateway.example", 443),
        ("https://gateway.example/", "gateway.example", 443),
        ("gateway.example:8443", "gateway.example", 8443),
        ("10.0.0.0/8", "10.1.2.3", 443),
        ("10.1.2.3", "10.1.2.3", 443),
        ("fd00::/8", "[fd00::1]", 443),
        ("[fd00::1]", "fd00::1", 443),
        ("[fd00::1]:80", "fd00::1", 80),
        ("<local>", "gateway", 443),
        ("", "localhost", 443),
        ("", "127.0.0.1", 443),
        ("", "[::1]", 443),
    ],
)
def test_hosts_without_a_proxy_come_first(no_proxy: str, host: str, port: int) -> None:
    proxies = parse_proxies({"ALL_PROXY": "http://proxy", "no_proxy": no_proxy})
    assert proxies.proxy_for("https", host, port) is None


@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("gateway.example", "mygateway.example"),
        ("gateway.example:8443", "gateway.example"),
        ("10.0.0.0/8", "11.0.0.1"),
        ("<local>", "gateway.example"),
        ("10.0.0.0/8", "ten.example"),
        (",,", "gateway.example"),
    ],
)
def test_other_hosts_keep_theirs(no_proxy: str, host: str) -> None:
    proxies = parse_proxies({"ALL_PROXY": "http://proxy", "NO_PROXY": no_proxy})
    assert proxies.proxy_for("https", host, 443) is not None


def test_the_variable_of_the_scheme_comes_before_the_general_one_and_the_first_before_the_second() -> None:
    variables = {"https_proxy": "http://a", "HTTPS_PROXY": "http://b", "ALL_PROXY": "http://c"}
    proxies = parse_proxies(variables)
    assert proxies.proxy_for("https", "x.example", 443) == Proxy(variable="https_proxy", url="http://a:80")
    assert proxies.proxy_for("http", "x.example", 80) == Proxy(variable="ALL_PROXY", url="http://c:80")
