"""HAProxy as docs/several-processes.md has it, for machines that have one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.integration.cluster.proxy import Proxy
from tests.integration.server import free_port

STARTED_WITHIN_S = 30.0
CONFIG = """
global
    maxconn 2000
defaults
    mode http
    option redispatch
    retries 2
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
frontend chat
    bind 127.0.0.1:{port}
    option forwardfor
    acl is_socket hdr(Upgrade) -i websocket
    use_backend sockets if is_socket
    default_backend pages
backend sockets
    balance leastconn
    option httpchk GET /webhooks/website/health/ready
    default-server check inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
backend pages
    balance source
    hash-type consistent
    option httpchk GET /webhooks/website/health/ready
    default-server check inter 1s fall 2 rise 1
{servers}
"""


class HAProxy:
    """A process of its own, from start() to stop()."""

    def __init__(self, ports: list[int], folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        names = [f"    server s{n} 127.0.0.1:{port}" for n, port in enumerate(ports)]
        self._config = folder / "haproxy.cfg"
        self._config.write_text(CONFIG.format(port=self.port, servers="\n".join(names)))

    def start(self) -> None:
        with (self._folder / "haproxy.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["haproxy", "-db", "-f", str(self._config)],  # noqa: S607
                stdout=log, stderr=log,
            )  # fmt: skip
        give_up = time.monotonic() + STARTED_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self._process.poll() is None, (self._folder / "haproxy.log").read_text()
                assert time.monotonic() < give_up
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def balancer(ports: list[int], folder: Path) -> HAProxy | Proxy:
    """In front of the servers on these ports: HAProxy, else the small one of the tests."""
    return HAProxy(ports, folder) if shutil.which("haproxy") else Proxy(ports)
