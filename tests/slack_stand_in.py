"""Slack for tests: a real HTTP server on loopback that the real slack_sdk talks to.

    slack = SlackStandIn().start()
    slack.app_url = "http://127.0.0.1:5005/webhooks/slack/webhook"  # where events are sent to
    ana, sales = slack.add_user("U0ANA", "Ana Silva"), slack.add_channel("C0SALES", "sales")
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)

It checks arguments as Slack does, can be unwell (`breaks`, `rate_limits`, `loses_answers` …), and
plays people: `say`, `slash`, `press`, `submit`. Those wait for the app's answer; call them with
`asyncio.to_thread` when the app runs in the same event loop. It has a thread of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.slack_people import People
from tests.slack_workspace import Json

ANSWER_TIMEOUT_S = 3.0  # how long Slack waits for an app
START_TIMEOUT_S, WAIT_TIMEOUT_S = 10.0, 20.0
LARGEST_FILE = 10_000_000  # bytes
ANY = "*"
UPLOAD = "(upload)"  # how calls of an upload's address are named, which are no method
SIGNING_SECRET = "a signing secret that only the tests know"


@dataclass(frozen=True)
class Call:
    """One call of the Web API, and what Slack answered; None: the caller never heard it."""

    method: str
    args: Json = field(repr=False)
    answer: Json | None = field(repr=False)
    at: float = field(default_factory=time.monotonic)


@dataclass
class Trouble:
    """What goes wrong with the next `times` calls of a method."""

    method: str
    kind: str  # error, status, rate, delay, hang, hang_up, lose_answer
    value: Any
    times: int


class SlackStandIn(People):
    """`start` it, and `stop` it at the end; it is a context manager too."""

    def __init__(self, signing_secret: str = SIGNING_SECRET) -> None:
        super().__init__(signing_secret)
        self.port = 0
        self.calls: list[Call] = []
        self._troubles: list[Trouble] = []
        self._changed = threading.Condition(threading.RLock())
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._well = asyncio.Event()
        self._sockets: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._thread = threading.Thread(target=self._run, name="slack", daemon=True)

    # its life

    def start(self) -> SlackStandIn:
        self._thread.start()
        self.come_back()
        return self

    def stop(self) -> None:
        self.go_down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_TIMEOUT_S)
        self._loop.close()

    def __enter__(self) -> SlackStandIn:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """What AsyncWebClient wants as `base_url`."""
        return f"{self.url}/api/"

    def go_down(self) -> None:
        """Nobody can connect, and whoever was connected no longer is."""
        self._await(self._close())

    def come_back(self) -> None:
        """As before, on the same port."""
        self._await(self._open())

    # being unwell

    def refuses(self, method: str, error: str, times: int = 1, **more: Any) -> None:
        """The next calls are answered `{"ok": false, "error": …}`."""
        self._expect(Trouble(method, "error", {"ok": False, "error": error, **more}, times))

    def breaks(self, method: str = ANY, status: int = 500, times: int = 1) -> None:
        """The next calls are answered with an HTTP status, and no JSON."""
        self._expect(Trouble(method, "status", status, times))

    def rate_limits(self, method: str = ANY, retry_after_s: int = 1, times: int = 1) -> None:
        """The next calls are answered 429 with Retry-After."""
        self._expect(Trouble(method, "rate", retry_after_s, times))

    def delays(self, method: str, seconds: float, times: int = 1) -> None:
        """The next calls are answered later."""
        self._expect(Trouble(method, "delay", seconds, times))

    def hangs(self, method: str = ANY, times: int = 1) -> None:
        """The next calls do nothing and are not answered until `recovers`."""
        self._expect(Trouble(method, "hang", None, times))

    def hangs_up(self, method: str = ANY, times: int = 1) -> None:
        """The next calls do nothing, and the connection is cut."""
        self._expect(Trouble(method, "hang_up", None, times))

    def loses_answers(self, method: str, times: int = 1) -> None:
        """The next calls do what they should; then the connection is cut, so nobody can know."""
        self._expect(Trouble(method, "lose_answer", None, times))

    def recovers(self) -> None:
        """All trouble is over; calls that hang are answered."""
        with self._changed:
            self._troubles.clear()
        self._loop.call_soon_threadsafe(self._well.set)

    # looking at it

    def messages_in(self, channel: str) -> list[Json]:
        """What stands in the channel itself, oldest first; replies are in their `thread`."""
        with self._changed:
            found = self.channels[channel].messages
            return [dict(m) for m in found if m.get("thread_ts", m["ts"]) == m["ts"]]

    def thread(self, ts: str) -> list[Json]:
        """The replies to a message, oldest first."""
        with self._changed:
            every = [m for channel in self.channels.values() for m in channel.messages]
            return [dict(m) for m in every if m.get("thread_ts") == ts != m["ts"]]

    def called(self, method: str) -> list[Call]:
        """The calls of a method, oldest first."""
        with self._changed:
            return [call for call in self.calls if call.method == method]

    def until(self, holds: Callable[[], Any], timeout_s: float = WAIT_TIMEOUT_S) -> Any:
        """What `holds` gives as soon as it is true. It is asked after each change of Slack."""
        with self._changed:
            found = self._changed.wait_for(holds, timeout_s)
            assert found, f"it did not happen within {timeout_s} s; Slack was called: {self.calls}"
            return found

    # the server

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _await(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(START_TIMEOUT_S)

    async def _open(self) -> None:
        app = web.Application(client_max_size=LARGEST_FILE)
        app.router.add_route("*", "/api/{method}", self._answer)
        app.router.add_post("/upload/v1/{file}", self._upload)
        app.router.add_get("/link", self._socket)
        app.router.add_post("/responses/{user}/{channel}", self._respond)
        self._runner = web.AppRunner(app, shutdown_timeout=0, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        self._well.set()
        for socket in self._sockets:
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await _arguments(request)
        trouble = self._next_trouble(method)
        if trouble is None or trouble.kind in ("delay", "lose_answer"):
            if trouble is not None and trouble.kind == "delay":
                await asyncio.sleep(trouble.value)
            return self._answer_well(request, method, args, trouble)
        return await self._answer_ill(request, method, args, trouble)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """The address that files.getUploadURLExternal gave; it takes the bare content."""
        file, trouble = request.match_info["file"], self._next_trouble(UPLOAD)
        content = await request.read()
        if trouble is not None:
            return await self._answer_ill(request, UPLOAD, {"file": file}, trouble)
        with self._changed:
            status, text = self.take_upload(file, content)
            self._note(Call(UPLOAD, {"file": file}, {"text": text}))
        return web.Response(status=status, text=text)

    async def _answer_ill(
        self, request: web.Request, method: str, args: Json, trouble: Trouble
    ) -> web.StreamResponse:
        self._note(Call(method, args, None))
        if trouble.kind == "hang":
            await self._well.wait()
        if trouble.kind in ("hang", "hang_up"):
            return _cut(request)
        if trouble.kind == "error":
            return web.json_response(trouble.value)
        if trouble.kind == "status":
            return web.Response(status=trouble.value, text="upstream connect error")
        error = {"ok": False, "error": "ratelimited"}
        return web.json_response(error, status=429, headers={"Retry-After": str(trouble.value)})

    def _answer_well(
        self, request: web.Request, method: str, args: Json, trouble: Trouble | None
    ) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        with self._changed:
            answer = self.call(method, args, token or args.get("token"))
            if method == "apps.connections.open" and answer["ok"]:
                answer["url"] = f"ws://127.0.0.1:{self.port}/link?ticket={self.next_id('')}"
            if method == "files.getUploadURLExternal" and answer["ok"]:
                answer["upload_url"] = f"{self.url}/upload/v1/{answer['file_id']}"
            answer = json.loads(json.dumps(answer))
            is_lost = trouble is not None and trouble.kind == "lose_answer"
            self._note(Call(method, args, None if is_lost else answer))
        return _cut(request) if is_lost else web.json_response(answer)

    def _expect(self, trouble: Trouble) -> None:
        with self._changed:
            self._troubles.append(trouble)
        self._loop.call_soon_threadsafe(self._well.clear)

    def _next_trouble(self, method: str) -> Trouble | None:
        with self._changed:
            mine = (t for t in self._troubles if t.method in (method, ANY))
            if (trouble := next(mine, None)) is not None:
                trouble.times -= 1
                if trouble.times <= 0:
                    self._troubles.remove(trouble)
            return trouble

    def _note(self, call: Call) -> None:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()

    async def _respond(self, request: web.Request) -> web.Response:
        """A `response_url`: what comes is shown to one person, unless it says otherwise."""
        body, where = await request.json(), request.match_info
        with self._changed:
            self._show_response(where["user"], where["channel"], body)
            self._changed.notify_all()
        return web.json_response({"ok": True})

    # Socket Mode

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {}})
        with self._changed:
            self._sockets.append(socket)
            self._changed.notify_all()
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self._acknowledge(json.loads(message.data))
        self._sockets.remove(socket)
        return socket

    def _acknowledge(self, told: Json) -> None:
        waiting = self._acks.pop(told.get("envelope_id", ""), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(told.get("payload") or {})

    @property
    def is_socket_open(self) -> bool:
        """Whether an app is connected by Socket Mode; it then gets everything that way."""
        return bool(self._sockets)

    def _send_by_socket(self, envelope: Json) -> Json | None:
        """What the app acknowledged with; None when it did not in time."""
        with contextlib.suppress(TimeoutError):
            answer: Json = self._await(self._ask_by_socket(envelope))
            return answer
        return None

    async def _ask_by_socket(self, envelope: Json) -> Json:
        waiting: asyncio.Future[Json] = self._loop.create_future()
        self._acks[envelope["envelope_id"]] = waiting
        await self._sockets[-1].send_json(envelope)
        return await asyncio.wait_for(waiting, ANSWER_TIMEOUT_S)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with self._changed:
            yield
            self._changed.notify_all()


async def _arguments(request: web.Request) -> Json:
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        given = await request.json()
        return {**args, **{name: value for name, value in given.items() if value is not None}}
    return {**args, **dict(await request.post())}


def _cut(request: web.Request) -> web.Response:
    """The connection ends without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
