"""The manners all providers share: limits, what a failure is called, and that no secret leaks."""

from __future__ import annotations

import contextlib
import http.server
import itertools
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import (
    Answer,
    body,
    close_early,
    close_late,
    cut,
    drip,
    failing,
    hang,
    ok,
    redirect,
    stall,
    too_large,
)
from tests.harness.secret_search import everything_in
from tests.harness.wires.openai import OpenAIWire
from webapp.core.image_request import Secret
from webapp.core.settings.ip_addresses import Reach
from webapp.errors import (
    KeyRefused,
    Limited,
    LostAnswer,
    Misconfigured,
    NoImage,
    NotSent,
    ProviderError,
    Unavailable,
    Unsuited,
)
from webapp.outbound.client import (
    Http,
    Part,
    checked_base,
    is_loopback,
)
from webapp.outbound.deadlines import resolve
from webapp.outbound.reply import (
    LONGEST_WAIT,
    Reply,
    duration,
    failure,
    retry_after,
    scrub,
)

CANARY = Secret("canary-key-0123456789-abcdef")
HEADERS = {"x-goog-api-key": CANARY}
PATH = "/v1beta/models/m:generateContent"
BODY = {"contents": [{"parts": [{"text": "a boat"}]}], "generationConfig": {"responseModalities": ["IMAGE"]}}
NOW = 1_764_000_000.0


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as running:
        yield running


def post(
    double: ProviderDouble, *, timeout: float = 20.0, idle: float = 20.0, largest: int = 64 << 20, path: str = PATH
) -> Reply:
    return Http(idle=idle, largest=largest).post(double.url + path, BODY, HEADERS, timeout)


def trouble(double: ProviderDouble, answer: Answer, **limits: float) -> ProviderError:
    double.script(answer)
    with pytest.raises(ProviderError) as caught:
        post(double, **limits)  # type: ignore[arg-type]
    assert CANARY.reveal() not in everything_in(caught.value)
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    return caught.value


def test_an_answer_comes_whole_with_its_status_and_lower_case_headers(double: ProviderDouble) -> None:
    double.script(body(b'{"a": 1}', status=418))
    reply = post(double)
    assert (reply.status, reply.body, reply.json(), reply.headers["content-type"]) == (
        418,
        b'{"a": 1}',
        {"a": 1},
        "application/json",
    )
    assert double.calls[0].key == CANARY.reveal()


def test_nothing_is_ever_retried(double: ProviderDouble) -> None:
    for answer in (failing(503), close_late(), close_early(), cut()):
        double.script(answer)
        with contextlib.suppress(LostAnswer):
            post(double)
    assert len(double.calls) == 4


def test_a_redirect_is_not_followed(double: ProviderDouble) -> None:
    double.script(redirect(double.url + "/elsewhere"))
    reply = post(double)
    assert reply.status == 302 and len(double.calls) == 1
    assert isinstance(failure(reply, "The service"), Misconfigured)


def test_an_answer_may_be_slow_as_long_as_it_keeps_its_limits(double: ProviderDouble) -> None:
    double.script(drip(body(b'{"slow": true}'), every=0.01, from_start=True))
    assert post(double).json() == {"slow": True}


def test_silence_is_a_lost_answer_after_the_total_limit(double: ProviderDouble) -> None:
    error = trouble(double, hang(), timeout=0.3)
    assert isinstance(error, LostAnswer) and str(error) == "No answer within 0.3 s." and error.charged is None


def test_an_answer_that_stops_halfway_is_given_up_after_the_idle_limit(double: ProviderDouble) -> None:
    error = trouble(double, stall(), idle=0.3, timeout=600)
    assert isinstance(error, LostAnswer) and "stopped halfway" in str(error) and "0.3 s" in str(error)


def test_one_byte_at_a_time_does_not_outlive_the_total_limit(double: ProviderDouble) -> None:
    error = trouble(double, drip(every=0.02), timeout=2)
    assert isinstance(error, LostAnswer) and str(error) == "The answer was not complete within 2 s."


def test_a_deadline_that_passed_while_nobody_looked_has_passed(double: ProviderDouble) -> None:
    looks = itertools.chain([0.0], itertools.repeat(21.0))
    with pytest.raises(LostAnswer, match=r"^No answer within 20 s\.$"):
        Http(clock=lambda: next(looks)).post(double.url + PATH, BODY, HEADERS, 20)


def test_neither_does_one_byte_of_the_head_at_a_time(double: ProviderDouble) -> None:
    error = trouble(double, drip(failing(500, header="9" * 4000), every=0.02, from_start=True), timeout=2)
    assert isinstance(error, LostAnswer) and "not complete within 2 s" in str(error)


@pytest.mark.parametrize("answer", [close_late(), close_early()])
def test_a_connection_that_ends_without_a_word_is_a_lost_answer(double: ProviderDouble, answer: Answer) -> None:
    error = trouble(double, answer)
    assert isinstance(error, LostAnswer) and error.charged is None


def test_an_answer_shorter_than_it_says_is_a_lost_answer(double: ProviderDouble) -> None:
    assert isinstance(trouble(double, cut()), LostAnswer)


@pytest.mark.parametrize("length", [True, False])
def test_an_answer_beyond_the_cap_is_not_taken(double: ProviderDouble, length: bool) -> None:
    error = trouble(double, too_large(3 << 20, length=length), largest=1 << 20)
    assert isinstance(error, NoImage) and str(error) == "The answer is larger than 1 MB, so it was not taken."


def test_a_connection_is_used_again(double: ProviderDouble) -> None:
    http = Http()
    for _ in range(3):
        http.post(double.url + PATH, BODY, HEADERS, 20)
    assert len({call.caller for call in double.calls}) == 1


def test_a_connection_that_lay_idle_too_long_is_not_used_again(double: ProviderDouble) -> None:
    now = [0.0]
    http = Http(clock=lambda: now[0])
    for moment in (0.0, 14.0, 30.0):
        now[0] = moment
        http.post(double.url + PATH, BODY, HEADERS, 20)
    first, second, third = (call.caller for call in double.calls)
    assert first == second != third


def test_a_connection_that_a_failure_left_in_the_middle_is_not_used_again(double: ProviderDouble) -> None:
    http = Http(idle=1)
    double.script(stall())
    with pytest.raises(LostAnswer):
        http.post(double.url + PATH, BODY, HEADERS, 20)
    assert http.post(double.url + PATH, BODY, HEADERS, 20).status == 200
    assert len({call.caller for call in double.calls}) == 2


def test_calls_at_once_do_not_disturb_each_other(double: ProviderDouble) -> None:
    http, got = Http(), []
    double.hold()
    threads = [
        threading.Thread(target=lambda: got.append(http.post(double.url + PATH, BODY, HEADERS, 20).status))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    double.wait_until(lambda: double.held() == 8)
    double.release()
    for thread in threads:
        thread.join()
    assert got == [200] * 8 and double.most_at_once == 8


def test_a_closed_port_was_certainly_not_sent_to() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotSent) as caught:
            Http().post(url, BODY, HEADERS, 5)
    assert caught.value.charged is False
    assert str(caught.value).startswith("Nothing answers at 127.0.0.1")


def test_an_unknown_name_was_certainly_not_sent_to() -> None:
    with pytest.raises(NotSent, match=r"cannot be found|cannot be reached|proxy"):
        Http().post("https://no-such-host.invalid/", BODY, HEADERS, 5)


def test_a_request_that_broke_off_on_its_way_was_not_sent(double: ProviderDouble) -> None:
    with _Slammer() as url, pytest.raises((NotSent, LostAnswer)) as caught:
        Http().post(url, {"much": "x" * (32 << 20)}, HEADERS, 5)
    assert isinstance(caught.value, NotSent), "half a request is never charged"


class _Slammer:
    """A server that reads a little of a request and resets the connection."""

    def __enter__(self) -> str:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._slam, daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _slam(self) -> None:
        connection, _ = self._listener.accept()
        connection.recv(1000)
        connection.close()  # unread data makes this a reset

    def __exit__(self, *exc: object) -> None:
        self._thread.join(10)
        self._listener.close()


def test_a_self_signed_certificate_is_told_plainly_and_gets_no_key(tmp_path: Path) -> None:
    pem, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost "
        f"-keyout {pem} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, pem)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        with pytest.raises(NotSent, match="certificate of localhost is not trusted"):
            Http().post(f"https://localhost:{server.server_address[1]}/", BODY, HEADERS, 5)
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("key", ["canary\nkey-0123456789", "canary-kéy-0123456789-☃", " canary-key-0123456789"])
def test_a_key_that_cannot_be_a_header_is_refused_without_being_shown(double: ProviderDouble, key: str) -> None:
    with pytest.raises((KeyRefused, Misconfigured)) as caught:
        Http().post(double.url + PATH, BODY, {"x-goog-api-key": Secret(key)}, 5)
    assert "canary" not in f"{caught.value!r} {caught.value.detail}"
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    assert not double.calls


def test_a_question_is_asked_with_its_headers_and_no_body() -> None:
    wire = OpenAIWire()
    with ProviderDouble(wire=wire) as server:
        wire.shelf["/a"] = b"found"
        reply = Http().get(server.url + "/a?x=1", HEADERS, 20)
    assert (reply.status, reply.body) == (200, b"found")
    (path, headers), *more = wire.fetched
    assert not more and path == "/a?x=1" and headers["x-goog-api-key"] == CANARY.reveal()


def test_a_form_carries_texts_and_files() -> None:
    wire = OpenAIWire()
    fields: list[Part] = [
        ("model", "m"),
        ("prompt", "a bóat"),
        ("n", "1"),
        ("image[]", ("a.png", b"\x89\r\n--x", "image/png")),
    ]
    with ProviderDouble(wire=wire) as server:
        assert Http().post_form(server.url + "/v1/images/edits", fields, {}, 20).status == 200
    assert (server.calls[0].prompt, server.calls[0].asked.reference) == ("a bóat", b"\x89\r\n--x")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_what_shall_be_fetched_outside_is_never_asked_of_this_machine(name: str) -> None:
    wire = OpenAIWire()
    with ProviderDouble(wire=wire) as server:
        url = server.url.replace("127.0.0.1", name) + "/a"
        with pytest.raises(NotSent, match="leads into a private network") as caught:
            Http().get(url, HEADERS, 20, outside=True)
        assert Http().get(url, {}, 20).status == 404
    assert len(wire.fetched) == 1 and CANARY.reveal() not in everything_in(caught.value)


class _Names:
    """A name server whose one name leads to these addresses, each time it is asked to the next of them."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *args: object, **more: object) -> list[tuple[object, ...]]:
        self.asked.append(host)
        if host != "hook.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00:ec2::254", "fe80::1%lo"]
)
@pytest.mark.parametrize("outside", [True, False])
def test_a_name_that_leads_to_a_metadata_address_is_never_called(
    monkeypatch: pytest.MonkeyPatch, address: str, outside: bool
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _Names([address]))
    with pytest.raises(NotSent, match="never called"):
        Http(connect=0.2).get("http://hook.example/", {}, 1, outside=outside)


@pytest.mark.parametrize(
    "host", ["0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]"]
)
@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:1"])
def test_a_metadata_address_is_never_called_in_any_spelling(
    monkeypatch: pytest.MonkeyPatch, host: str, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(NotSent, match="never called"):
        Http(connect=0.2).send(f"http://{host}/latest", b"", {}, 1, outside=False)


def test_the_address_that_was_judged_is_the_one_that_is_called(
    double: ProviderDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = _Names(["8.8.8.8"], ["127.0.0.1"])  # the second answer is what a rebinding name server gives
    monkeypatch.setattr(socket, "getaddrinfo", names)
    assert resolve("hook.example", 80, Reach.PUBLIC) == ["8.8.8.8"]
    names.asked.clear()
    port = double.url.rpartition(":")[2]
    assert Http().get(f"http://hook.example:{port}/a", {}, 20).status == 404
    assert names.asked.count("hook.example") == 1


def test_of_several_addresses_only_the_allowed_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _Names(["169.254.169.254", "10.0.0.1", "8.8.8.8"]))
    assert resolve("hook.example", 80, Reach.PUBLIC) == ["8.8.8.8"]
    assert resolve("hook.example", 80, Reach.PRIVATE) == ["10.0.0.1", "8.8.8.8"]


def test_secrets_that_went_another_way_are_struck_out_too(double: ProviderDouble) -> None:
    double.script(failing(400, "", "the password is canary-word"))
    reply = Http().post(double.url + PATH, BODY, {}, 20, secrets=[Secret("canary-word")])
    assert "canary" not in reply.quote()


def test_credentials_of_the_surroundings_are_not_sent_along(
    double: ProviderDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password canary")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # and this machine is never asked through a proxy
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert post(double).status == 200
    assert "authorization" not in double.calls[0].headers


def test_keys_go_to_https_or_to_this_machine_only() -> None:
    for good in ("https://x.example/v1/", "http://127.0.0.1:8080", "http://localhost/", "http://[::1]:5"):
        assert checked_base(good, "BASE") == good.rstrip("/")
    for bad in (
        "http://x.example",
        "ftp://x",
        "x.example",
        "",
        "https://",
        "https://me:pw@x",
        "http://127.0.0.1.evil.example",
    ):
        with pytest.raises(Misconfigured, match="BASE must"):
            checked_base(bad, "BASE")
    assert not is_loopback("http://10.0.0.1/")
    for near in ("http://10.0.0.1/v1", "http://gpu:8080", "http://gpu.local", "http://127.0.0.1"):
        assert checked_base(near, "BASE", near=True) == near
    for far in ("http://8.8.8.8", "http://x.example", "http://0.0.0.0", "http://me@gpu"):
        with pytest.raises(Misconfigured, match="BASE must"):
            checked_base(far, "BASE", near=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("30", 30.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("-5", 0.0),
        ("99999999999", LONGEST_WAIT),
        ("inf", LONGEST_WAIT),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Mon, 24 Nov 2025 16:00:30 GMT", 30.0),
        ("Mon, 24 Nov 2025 15:00:00 GMT", 0.0),
        ("Mon, 24 Nov 2099 15:00:00 GMT", LONGEST_WAIT),
        ("Mon, 99 Nov 2025 99:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_every_spelling_and_kept_within_reason(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(
    st.text() | st.floats().map(str) | st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT"))
)
def test_no_retry_after_makes_a_wait_without_reason(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or 0 <= wait <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("37s", 37.0), ("1.5s", 1.5), ("0s", 0.0), ("-3s", 0.0), ("9999999999s", LONGEST_WAIT)]
    + [(bad, None) for bad in ("37", "s", "1m", "", None, 37, "1.5.2s")],
)
def test_protobuf_durations_are_read(text: object, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "key canary-key-0123456789-abcdef is wrong",
        "you sent canary-key-0123456… which is wrong",
        "x-goog-api-key: canary-key-0123456789-abcdef",
        "GET /?key=canary-secret&x=1",
        '{"api_key": "canary-secret"}',
        "Authorization: Basic canary-secret",
        "Authorization: Bearer canary-secret",
        "used bearer canary-secret-token",
        "AIzacanary-secret is leaked",
    ],
)
def test_nothing_that_looks_like_a_secret_stays_in_a_text(text: str) -> None:
    assert "canary" not in scrub(text, [CANARY])


def test_plain_words_are_left_alone_and_a_long_text_is_cut() -> None:
    plain = "API key not valid. Please pass a valid API key."
    assert scrub(plain, [CANARY]) == plain
    assert scrub("one\r\n\x1b[31mtwo\x00  three") == "one [31mtwo three"
    assert len(scrub("x" * 10_000)) == 500


@given(st.text(max_size=50), st.text(max_size=50), st.text("abcdefgh0123456789-_", min_size=8, max_size=60))
def test_a_known_key_is_struck_out_wherever_it_stands(before: str, after: str, key: str) -> None:
    assert key not in scrub(f"{before}{key}{after}", [Secret(key)])


MEANINGS: list[tuple[int, type[ProviderError]]] = [
    (204, NoImage),
    (301, Misconfigured),
    (400, Unsuited),
    (401, KeyRefused),
    (403, KeyRefused),
    (404, Misconfigured),
    (408, Unavailable),
    (413, Unsuited),
    (422, Unsuited),
    (429, Limited),
    (500, Unavailable),
    (503, Unavailable),
    (529, Unavailable),
]


@pytest.mark.parametrize(("status", "kind"), MEANINGS)
def test_a_bad_status_has_a_meaning_even_when_the_body_says_nothing(status: int, kind: type[ProviderError]) -> None:
    error = failure(Reply(status, {"retry-after": "7"}, b"<h1>oh</h1>", NOW), "The service")
    assert type(error) is kind
    assert str(status) not in str(error)
    assert getattr(error, "retry_after", 7.0) == 7.0
    assert error.detail == "<h1>oh</h1>"


def test_a_picture_in_the_double_is_one_call_and_one_charge(double: ProviderDouble) -> None:
    double.script(ok())
    post(double)
    double.wait_for_quiet()
    assert double.calls[0].complete and double.charged == double.calls[0].charged > 33_600
