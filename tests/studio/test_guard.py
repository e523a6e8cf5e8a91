import asyncio

import pytest

from keras_gans.studio.guard import LOCAL, POLICY, Guard


def ask(guard, host=b"127.0.0.1:7860", length=None, chunks=(b"",)):
    """(status, headers, body) of a request, or None where nothing was answered."""
    sent, waiting = [], [{"type": "http.request", "body": c, "more_body": True} for c in chunks]

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    headers = [(b"host", host)] + ([] if length is None else [(b"content-length", length)])
    asyncio.run(guard({"type": "http", "headers": headers}, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(m.get("body", b"") for m in sent[1:])


async def echo(scope, receive, send):
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return await _answer(send, 400, b"gone")
        body += message["body"]
        if not message["more_body"]:
            return await _answer(send, 200, body)


async def _answer(send, status, body):
    await send({"type": "http.response.start", "status": status, "headers": [(b"x-own", b"1")]})
    await send({"type": "http.response.body", "body": body})


def test_requests_pass_and_pages_may_load_nothing_of_others():
    status, headers, body = ask(Guard(echo, 10, LOCAL), chunks=[b"abc", b"def"])
    assert (status, body) == (200, b"abcdef") and headers[b"x-own"] == b"1"
    assert headers[b"content-security-policy"].decode() == POLICY and "http" not in POLICY and "*" not in POLICY


@pytest.mark.parametrize("host", [b"127.0.0.1", b"localhost:1", b"[::1]:7860", b"LOCALHOST"])
def test_the_names_of_localhost(host):
    assert ask(Guard(echo, 10, LOCAL), host)[0] == 200


@pytest.mark.parametrize("host", [b"", b"evil.example", b"evil.example:7860", b"127.0.0.1.evil.example"])
def test_other_names_are_refused(host):
    status, _, body = ask(Guard(echo, 10, LOCAL), host)
    assert status == 403 and b"own name" in body
    assert ask(Guard(echo, 10, None), host)[0] == 200


@pytest.mark.parametrize("length", [b"11", b"-1", b"a", b"9" * 30, b""])
def test_large_requests_are_refused_before_they_are_read(length):
    assert ask(Guard(echo, 10), length=length)[0] == 413


def test_large_requests_without_a_length_are_cut_off():
    assert ask(Guard(echo, 10), chunks=[b"12345678"] * 3)[0] == 400


def test_other_protocols_pass():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(Guard(app, 1, LOCAL)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
