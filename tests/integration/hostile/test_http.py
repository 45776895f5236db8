"""Requests that no browser sends: both servers read them one way, soon, or not at all."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.integration.hostile.conftest import REQUEST_TIMEOUT_S, REST_TOKEN
from tests.integration.hostile.wire import HEAD, drip, exchange
from tests.integration.sales.company import Company

REST = "/webhooks/rest/webhook"
NEXT = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"  # what an attacker would smuggle in
CHUNKED_END = b"0\r\n\r\n"
AMBIGUOUS = {
    "both lengths": (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", CHUNKED_END),
    "both, the other way round": (
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        CHUNKED_END,
    ),
    "two codings": (b"Transfer-Encoding: gzip, chunked\r\n", CHUNKED_END),
    "two coding headers": (
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        CHUNKED_END,
    ),
    "a coding with a space": (b"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n", b"abcd"),
    "two lengths": (b"Content-Length: 4\r\nContent-Length: 30\r\n", b"abcd"),
    "a length with a sign": (b"Content-Length: +4\r\n", b"abcd"),
    "a negative length": (b"Content-Length: -4\r\n", b"abcd"),
    "a length in words": (b"Content-Length: four\r\n", b"abcd"),
    "an endless length": (b"Content-Length: 9999999999999999999999\r\n", b"abcd"),
    "two hosts": (b"Host: evil.example\r\nContent-Length: 0\r\n", b""),
    "a zero byte": (b"X-Note: a\x00b\r\nContent-Length: 0\r\n", b""),
    "a header without a name": (b": nothing\r\nContent-Length: 0\r\n", b""),
}
NO_REQUESTS = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 200 + b"\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another version": b"GET / HTTP/9.9\r\n" + HEAD + b"\r\n",
    "bytes in the address": b"GET /\xff\xfe HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a line break in the address": b"GET /a\rX-Evil: 1 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a proxy's request": b"CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "100,000 bytes of header": b"GET / HTTP/1.1\r\n" + HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "2,000 headers": b"GET / HTTP/1.1\r\n" + HEAD + b"X-A: a\r\n" * 2_000 + b"\r\n",
}


def ports(firm: Company) -> tuple[int, int]:
    return firm.server.port, firm.server.desk_port


def rest(firm: Company, data: bytes, **headers: str) -> requests.Response:
    url = f"http://127.0.0.1:{firm.server.port}{REST}"
    allowed = {"Authorization": f"Bearer {REST_TOKEN}", "Content-Type": "application/json"}
    return requests.post(url, data, headers=allowed | headers, timeout=20)


@pytest.mark.parametrize("how", AMBIGUOUS)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_the_connection_closed(
    firm: Company, how: str
) -> None:
    headers, body = AMBIGUOUS[how]
    for port, path in zip(ports(firm), (REST, "/sign-in"), strict=True):
        asked = f"POST {path} HTTP/1.1\r\n".encode() + HEAD + headers + b"\r\n" + body + NEXT
        answer = exchange(port, asked)

        assert answer.statuses == [400], (port, answer)
        assert answer.is_closed


@pytest.mark.parametrize("what", NO_REQUESTS)
def test_what_is_no_request_gets_no_more_than_a_refusal(firm: Company, what: str) -> None:
    for port in ports(firm):
        answer = exchange(port, NO_REQUESTS[what])

        assert answer.statuses[:1] in ([303], [400], [404], [413]), (port, answer)
        assert b"Set-Cookie" not in answer.data
        assert len(answer.data) < 2_000


def test_whoever_sends_slowly_is_cut_off_by_both_servers(firm: Company) -> None:
    head = b"GET / HTTP/1.1\r\n" + HEAD
    body = HEAD + b"Content-Length: 10000\r\n\r\n"
    polling = b"POST /webhooks/website/socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\n"
    slow = {
        "head": (head, b"X: a\r\n"),
        "body": (f"POST {REST} HTTP/1.1\r\n".encode() + body, b"a"),
        "polling": (polling + body, b"a"),
        "sign-in": (b"POST /sign-in HTTP/1.1\r\n" + body, b"a"),
        "chunks": (b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
                   b"1\r\na\r\n"),
        "a second request": (NEXT + head, b"X: a\r\n"),
    }  # fmt: skip
    tasks = [(port, *slow[name]) for port in ports(firm) for name in slow]
    with ThreadPoolExecutor(len(tasks)) as pool:
        lasted = pool.map(lambda task: drip(*task, 0.2, REQUEST_TIMEOUT_S * 5), tasks)

    assert all(seconds < REQUEST_TIMEOUT_S * 3 for seconds in lasted)


def test_large_deep_and_odd_bodies_are_refused(firm: Company) -> None:
    large = b'{"message": "' + b"x" * 3_000_000 + b'"}'
    deep = b"[" * 500_000
    bomb = gzip.compress(b'{"message": "' + b"x" * 50_000_000 + b'"}')

    assert rest(firm, large).status_code == 413
    assert rest(firm, deep).status_code == 400
    assert rest(firm, bomb, **{"Content-Encoding": "gzip"}).status_code == 400  # never unpacked
    assert rest(firm, b'{"message": "\\ud800"}').status_code in (200, 400)
    assert rest(firm, b'{"message": NaN}').status_code == 400
    assert rest(firm, json.dumps({"message": "hi", "sender": "\ud800"}).encode()).status_code in (
        200,
        400,
    )


def test_a_polling_client_cannot_send_more_by_chunks(firm: Company) -> None:
    url = f"http://127.0.0.1:{firm.server.port}/webhooks/website/socket.io/"
    query = {"EIO": "4", "transport": "polling", "sid": "x"}
    parts = (b"4" * 10_000 for _ in range(30))  # without a Content-Length

    assert requests.post(url, parts, params=query, timeout=20).status_code == 413


def test_a_form_of_very_many_parts_is_refused(firm: Company) -> None:
    url = f"http://127.0.0.1:{firm.server.desk_port}/sign-in"
    many = {f"field{n}": (None, "x") for n in range(2_000)}

    assert requests.post(url, files=many, timeout=20).status_code == 400
    assert requests.post(url, "a=1&" * 2_000, timeout=20, headers={
        "Content-Type": "application/x-www-form-urlencoded"}).status_code == 400  # fmt: skip
    assert requests.post(url, files={"email": (None, "x" * 300_000)}, timeout=20).status_code == 413


def test_names_and_addresses_that_a_client_claims_are_not_believed(firm: Company) -> None:
    desk = f"http://127.0.0.1:{firm.server.desk_port}"
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "127.0.0.1",
              "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example",
              "X-Original-URL": "/team", "X-HTTP-Method-Override": "DELETE"}  # fmt: skip

    assert requests.get(desk, headers={"Host": "evil.example"}, timeout=10).status_code == 400
    page = requests.get(f"{desk}/inbox", headers=forged, timeout=10, allow_redirects=False)
    assert page.headers["Location"] == "/sign-in?next=%2Finbox"
    demo = requests.get(
        f"http://127.0.0.1:{firm.server.port}/webhooks/website/demo",
        headers={"Host": "a; script-src *"},
        timeout=10,
    )
    assert "script-src *" not in demo.headers.get("Content-Security-Policy", "")


def test_line_breaks_in_what_comes_back_make_no_header(firm: Company) -> None:
    desk = f"http://127.0.0.1:{firm.server.desk_port}"
    for path in ("/sign-in?next=/%0d%0aSet-Cookie:%20a=b", "/leads/1%0d%0aX-Evil:%201",
                 "/inbox?q=%0d%0aX-Evil:%201"):  # fmt: skip
        answer = requests.get(desk + path, timeout=10, allow_redirects=False)

        assert "X-Evil" not in answer.headers
        assert "a=b" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("path", ["/<script>alert(1)</script>", "/%3Csvg%20onload=alert(1)%3E"])
def test_an_address_that_is_not_there_is_not_written_as_markup(firm: Company, path: str) -> None:
    for port in ports(firm):
        asked = f"GET {path} HTTP/1.1\r\n".encode() + HEAD + b"Accept: text/html\r\n\r\n"
        answer = exchange(port, asked).data

        assert b"<script>alert" not in answer
        assert b"<svg onload" not in answer
