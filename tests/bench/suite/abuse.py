"""Clients of the admin port that mean harm: slow, oversized, malformed and unauthorized."""

import itertools
import re
import socket
import threading
from contextlib import contextmanager

from .group import BenchFailure
from .programs import Program, wait_until

SLOW_CLIENTS = 100  # more than the port serves at once
PAUSE_SECONDS = 0.005  # between requests: some 200 a second
START_SECONDS = 20

HEADER = b"Host: h\r\n"
HOSTILE = (
    b"POST /presence HTTP/1.1\r\n" + HEADER + b"Content-Length: 90000000\r\n\r\n" + b"x" * 10_000,
    b"GET /status HTTP/1.1\r\n" + HEADER + b"X: " + b"x" * 20_000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00" + b"\x01" * 500,
    b"POST /reshard HTTP/1.1\r\n" + HEADER + b"Authorization: guess\r\nContent-Length: 2\r\n\r\n{}",
)


def admin_port(daemon: Program) -> int:
    marker = r"admin listens on port (\d+)"
    wait_until(lambda: re.search(marker, daemon.output + daemon.errors), START_SECONDS,
               "the admin port", (daemon,))
    return int(re.search(marker, daemon.output + daemon.errors)[1])


class BadCompany:
    """`answered` counts the hostile requests that were told what is wrong with them."""

    def __init__(self, port: int):
        self._address = ("127.0.0.1", port)
        self._slow = [self._connect_slowly() for _ in range(SLOW_CLIENTS)]
        self.answered = 0

    def _connect_slowly(self) -> socket.socket:
        client = socket.create_connection(self._address, timeout=10)
        client.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        return client

    def run(self, ended: threading.Event) -> None:
        for turn, hostile in enumerate(itertools.cycle(HOSTILE)):
            if ended.wait(PAUSE_SECONDS):
                return
            place = turn % SLOW_CLIENTS
            try:
                self._slow[place].sendall(b"x")
            except OSError:  # it was thrown out
                self._slow[place] = self._connect_slowly()
            with socket.create_connection(self._address, timeout=10) as client:
                client.sendall(hostile)
                self.answered += client.recv(4096).startswith(b"HTTP/1.1 4")

    def leave(self) -> None:
        for client in self._slow:
            client.close()


@contextmanager
def bad_company(daemon: Program):
    """Keeps the admin port busy meanwhile; fails if it did not stand it."""
    company = BadCompany(admin_port(daemon))
    ended = threading.Event()
    failures = []

    def run() -> None:
        try:
            company.run(ended)
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield company
    finally:
        ended.set()
        thread.join()
        company.leave()
    if failures or company.answered == 0:
        raise BenchFailure(f"the admin port did not answer: {failures}")
