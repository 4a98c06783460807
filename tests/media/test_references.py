from __future__ import annotations

import base64

import pytest

from video_mcp.errors import InputRefused, InputTooLarge
from video_mcp.media.references import InlineData, LibraryAsset, LocalFile, WebAddress, decode_inline, parse_reference


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("cat.png", LocalFile("cat.png")),
        ("  ~/a b.png\n", LocalFile("~/a b.png")),
        ("/tmp/shot:1.png", LocalFile("/tmp/shot:1.png")),
        ("shot:1.png", LocalFile("shot:1.png")),
        ("file:///tmp/a%20b.png", LocalFile("/tmp/a b.png")),
        ("file:/tmp/a.png", LocalFile("/tmp/a.png")),
        ("FILE://localhost/tmp/a.png?x#y", LocalFile("/tmp/a.png")),
        ("file:///tmp/%2e%2e/a.png", LocalFile("/tmp/../a.png")),
        ("https://example.com/a.png?sig=1#x", WebAddress("https://example.com/a.png?sig=1#x")),
        ("HTTP://example.com:8080/猫.png", WebAddress("HTTP://example.com:8080/猫.png")),
        ("https://[::1]/a.png", WebAddress("https://[::1]/a.png")),
        ("data:image/png;base64,AA==", InlineData("data:image/png;base64,AA==")),
    ],
)
def test_a_reference_is_an_address_data_or_a_file(ref: str, expected: object) -> None:
    assert parse_reference(ref) == expected


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("file:///C:/films/a%20b.png", "C:\\films\\a b.png"),
        ("file:/C:/films/a.png", "C:\\films\\a.png"),
        ("file:///C|/films", "C|\\films"),
    ],
)
def test_file_addresses_of_windows_are_its_paths(ref: str, expected: str) -> None:
    assert parse_reference(ref, windows=True) == LocalFile(expected)


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("ftp://example.com/a.png", "ftp: addresses are not taken"),
        ("gopher://x", "gopher:"),
        ("asset://", "asset:"),
        ("asset://1 2", "asset:"),
        ("video://abc/nothing", "video:"),
        ("file://server/share/a.png", "another machine"),
        ("https://", "needs a host"),
        ("https:///a.png", "needs a host"),
        ("https:a.png", "needs a host"),
        ("https://exa mple.com/", "no spaces"),
        ("https://example.com/a\r\nHost: x", "no spaces"),
        ("https://[::1/a.png", "needs a host"),
        ("https://example.com:99999/", "needs a host"),
    ],
)
def test_what_cannot_be_meant_is_refused(ref: str, words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        parse_reference(ref)


def test_an_id_of_a_vendors_library_is_kept_as_it_is() -> None:
    assert parse_reference(" asset://Asset-2026_a ") == LibraryAsset("asset://Asset-2026_a")


def test_a_signed_address_is_not_repeated() -> None:
    with pytest.raises(InputRefused) as refused:
        parse_reference("https://exa mple.com/?signature=secret")

    assert "secret" not in str(refused.value)


BYTES = bytes(range(256))
STANDARD = base64.b64encode(BYTES).decode()


@pytest.mark.parametrize(
    "uri",
    [
        f"data:image/png;base64,{STANDARD}",
        f"DATA:;BASE64,{STANDARD}",
        f"data:image/png;name=a.png;base64,{STANDARD.rstrip('=')}",
        f"data:image/png;base64,{base64.urlsafe_b64encode(BYTES).decode()}",
        f"data:image/png;base64,{STANDARD.replace('+', '%2B').replace('=', '%3D')}",
        "data:image/png;base64," + "\r\n".join(STANDARD[at : at + 76] for at in range(0, len(STANDARD), 76)),
        "data:," + "".join(f"%{byte:02x}" for byte in BYTES),
    ],
)
def test_every_spelling_of_data_is_read(uri: str) -> None:
    assert decode_inline(InlineData(uri), max_bytes=1000) == BYTES


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("data:image/png;base64", "no comma"),
        ("data:", "no comma"),
        ("data:image/png;base64,", "empty"),
        ("data:,", "empty"),
        ("data:image/png;base64,???", "not valid base64"),
        ("data:image/png;base64,A", "not valid base64"),
        ("data:image/png;base64,AA==AA==", "not valid base64"),
        ("data:image/png;base64,Aé==", "not valid base64"),
        ("data:image/png;base64,%zz", "not valid base64"),
    ],
)
def test_garbage_is_refused(uri: str, words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        decode_inline(InlineData(uri), max_bytes=1000)


def test_the_size_is_judged_before_decoding_and_its_edge_is_inside() -> None:
    uri = "data:image/png;base64," + base64.b64encode(bytes(999)).decode()

    assert decode_inline(InlineData(uri), max_bytes=999) == bytes(999)
    with pytest.raises(InputTooLarge, match="more than 998 bytes"):
        decode_inline(InlineData(uri), max_bytes=998)
    with pytest.raises(InputTooLarge):
        decode_inline(InlineData("data:," + "x" * 3000), max_bytes=998)


def test_data_does_not_fill_a_log() -> None:
    assert "AAAA" not in repr(InlineData("data:image/png;base64,AAAA"))


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("C:\\Users\\me\\Pictures\\a.png", "write /mnt/c/Users/me/Pictures/a.png"),
        ("d:/films/b c.mp4", "write /mnt/d/films/b c.mp4"),
        ("file:///C:/Users/me/a.png", "write /mnt/c/Users/me/a.png"),
        ("\\\\wsl$\\Ubuntu\\home\\me\\a.png", "Write /home/me/a.png"),
        ("//wsl.localhost/Debian/tmp/a.png", "Write /tmp/a.png"),
        ('"C:\\a.png"', "write /mnt/c/a.png"),
    ],
)
def test_a_path_of_windows_is_answered_with_what_to_write(ref: str, words: str) -> None:
    with pytest.raises(InputRefused) as caught:
        parse_reference(ref)

    assert "path of Windows" in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("/mnt/c/Users/me/a.png", "Write C:\\Users\\me\\a.png"),
        ("/d/films/b.mp4", "Write D:\\films\\b.mp4"),
        ("/cygdrive/c/a.png", "Write C:\\a.png"),
    ],
)
def test_a_path_of_wsl_or_a_shell_is_answered_on_windows(ref: str, words: str) -> None:
    with pytest.raises(InputRefused) as caught:
        parse_reference(ref, windows=True)

    assert words in str(caught.value)


@pytest.mark.parametrize("ref", ["/mnt/c/a.png", "/d/a.png", "a:b.png", "c.png", "C: notes.png"])
def test_what_only_looks_like_a_drive_is_a_path(ref: str) -> None:
    assert parse_reference(ref) == LocalFile(ref)


@pytest.mark.parametrize(("ref", "path"), [('"my cat.png"', "my cat.png"), ("'a.png'", "a.png"), ("'", "'")])
def test_quotes_around_a_path_are_none_of_its_name(ref: str, path: str) -> None:
    assert parse_reference(ref) == LocalFile(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "write data:image/png;base64, before it"),
        (b"\xff\xd8\xff\xe0" + bytes(300), "write data:image/jpeg;base64, before it"),
        (b"\0\0\0\x20ftypisom" + bytes(5000), "write data:video/mp4;base64, before it"),
    ],
)
def test_bare_base64_is_answered_with_what_to_write(content: bytes, words: str) -> None:
    for text in (base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode().rstrip("=")):
        with pytest.raises(InputRefused) as caught:
            parse_reference(text)
        assert words in str(caught.value)
        assert len(str(caught.value)) < 300


def test_what_is_too_long_for_a_path_is_not_repeated() -> None:
    with pytest.raises(InputRefused, match="too long for a path") as caught:
        parse_reference("x/" * 50_000)
    assert len(str(caught.value)) < 300
