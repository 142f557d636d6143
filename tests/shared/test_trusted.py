import pytest

from shared.trusted import AllowedHosts, Caller, TrustedProxies

PEER = "10.1.0.2"


@pytest.mark.parametrize("text", ["", " ", "0", ","])
def test_unless_a_proxy_is_named_nobodys_word_counts(text: str) -> None:
    proxies = TrustedProxies.read(text)

    assert not proxies
    assert Caller(PEER, 0) == proxies.caller(PEER, [b"6.6.6.6"])


@pytest.mark.parametrize(
    ("hops", "forwarded", "caller"),
    [
        ("1", [b"203.0.113.9"], "203.0.113.9"),
        ("1", [b"6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        ("1", [b"6.6.6.6", b"203.0.113.9"], "203.0.113.9"),  # several headers are one list
        ("2", [b"6.6.6.6, 203.0.113.9, 198.51.100.1"], "203.0.113.9"),
        ("2", [b"6.6.6.6,203.0.113.9", b"198.51.100.1"], "203.0.113.9"),
        ("2", [b"203.0.113.9"], PEER),  # it did not come through both
        ("1", [], PEER),
    ],
)
def test_of_so_many_proxies_the_first_ones_word_counts(hops: str, forwarded: list[bytes], caller: str) -> None:
    assert caller == TrustedProxies.read(hops).caller(PEER, forwarded).address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "caller"),
    [
        (PEER, [b"6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        ("10.1.0.0/24", [b"6.6.6.6, 203.0.113.9, 10.1.0.7"], "203.0.113.9"),
        ("10.1.0.9/24", [b"203.0.113.9"], "203.0.113.9"),
        ("10.1.0.0/24, fd00::/8", [b"6.6.6.6", b"2001:db8::9, fd00::7"], "2001:db8::9"),
        ("10.9.0.0/24", [b"203.0.113.9"], PEER),  # whoever this is, it is none of them
        (PEER, [], PEER),
        ("10.1.0.0/24", [b"10.1.0.8"], "10.1.0.8"),  # a proxy asks for itself
    ],
)
def test_past_the_named_proxies_whoever_called_the_last_of_them_is_the_caller(
    proxies: str, forwarded: list[bytes], caller: str
) -> None:
    assert caller == TrustedProxies.read(proxies).caller(PEER, forwarded).address


@pytest.mark.parametrize("proxies", ["1", "10.1.0.0/24"])
@pytest.mark.parametrize(
    ("told", "address"),
    [
        (b"203.0.113.9:4711", "203.0.113.9"),
        (b"[2001:db8::9]:4711", "2001:db8::9"),
        (b"[2001:DB8::9]", "2001:db8::9"),
        (b"2001:db8:0::9", "2001:db8::9"),
        (b"::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_an_address_counts_in_whatever_form_it_is_written(proxies: str, told: bytes, address: str) -> None:
    assert address == TrustedProxies.read(proxies).caller(PEER, [told]).address


@pytest.mark.parametrize("proxies", ["1", "10.1.0.0/24"])
@pytest.mark.parametrize(
    "told",
    [
        b"", b",", b"unknown", b"_hidden", b"evil.example", b"203.0.113.999", b"203.0.113", b"3405803785", b"0x7f.1",
        b"fe80::1%eth0", b"[2001:db8::9", b"2001:db8::9]:1", b"203.0.113.9:port", b"203.0.113.9:99999999", b"\xff\xfe",
        b"203.0.113.9 203.0.113.10", b"'; DROP TABLE", b"::" * 4_000, b"1." * 8_000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_nobodys(proxies: str, told: bytes) -> None:
    assert PEER == TrustedProxies.read(proxies).caller(PEER, [b"6.6.6.6", told]).address


def test_a_long_list_of_proxies_is_walked_only_a_little() -> None:
    caller = TrustedProxies.read("10.1.0.0/24").caller(PEER, [b"6.6.6.6, " + b", ".join([b"10.1.0.3"] * 1_000)])

    assert Caller("10.1.0.3", 9) == caller


def test_who_has_no_address_has_none() -> None:
    assert Caller(None, 0) == TrustedProxies.read("10.1.0.0/24").caller(None, [b"6.6.6.6"])
    assert Caller("203.0.113.9", 1) == TrustedProxies.read("1").caller(None, [b"203.0.113.9"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gateway", "such as 10.0.0.7"),
        ("10.0.0.7, nonsense", "such as 10.0.0.7"),
        ("1, 10.0.0.7", "such as 10.0.0.7"),
        ("*", "such as 10.0.0.7"),
        ("-1", "such as 10.0.0.7"),
        ("10", "9 at most"),
        ("9" * 5_000, "9 at most"),
        ("0.0.0.0/0", "everybody"),
        ("::/0", "everybody"),
    ],
)
def test_proxies_that_cannot_be_meant_are_told_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TrustedProxies.read(text)


HOSTS = "library.example, *.Branch.example,localhost,[::1],https://desk.example:8443/,10.1.0.2"


@pytest.mark.parametrize(
    "host",
    [
        b"library.example", b"LIBRARY.example:8443", b"library.example.", b"library.example:", b"north.branch.example",
        b"a.b.branch.example:1", b"localhost:8001", b"[::1]:8001", b"[0:0::1]", b"desk.example", b"10.1.0.2:80",
    ],
)  # fmt: skip
def test_a_host_that_is_one_of_ours_is_let_in(host: bytes) -> None:
    assert AllowedHosts.read(HOSTS).admit(host)


@pytest.mark.parametrize(
    "host",
    [
        b"", b"evil.example", b"branch.example", b"evilbranch.example", b"library.example.evil.example",
        b"evil.example:library.example", b"library.example@evil.example", b"evil.example/library.example",
        b"library.example:80:80", b"library.example\xff", b"[::1", b"::1", b"[::1]evil", b" library.example", b"*",
        b"library.example:999999", b".", b"a" * 10_000,
    ],
)  # fmt: skip
def test_any_other_host_is_not(host: bytes) -> None:
    assert not AllowedHosts.read(HOSTS).admit(host)


def test_without_a_list_every_host_is_ours() -> None:
    assert AllowedHosts.read("").admit(b"evil.example")


@pytest.mark.parametrize("text", ["*", "*.", "library example", "library.example/path", "a,b,-c", "é.example"])
def test_what_is_no_host_name_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is no host name: they look like"):
        AllowedHosts.read(text)
