"""A TCP proxy that can be told to misbehave."""

import asyncio
import contextlib
import socket
import struct

CHUNK = 65_536
TICK = 0.05


class Gate:
    """Between the daemon and one of its peers. What is set holds for all its connections, old and
    new, until it is unset; cuts are for those that are open."""

    def __init__(self, name: str, target: tuple[str, int]):
        self.name = name
        self.target = target
        self.port = 0
        self.delay = 0.0  # seconds for each piece
        self.rate = 0  # bytes a second; 0: no limit
        self.is_silent = False  # nothing passes, nothing is closed
        self.refuses = False  # connections are reset as they come
        self.accept_delay = 0.0
        self.corrupts = 0  # so many pieces from the peer are changed
        self._server: asyncio.Server | None = None
        self._open: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()
        self.cut("reset")

    def heal(self) -> None:
        self.delay = self.accept_delay = 0.0
        self.rate = self.corrupts = 0
        self.is_silent = self.refuses = False

    def cut(self, how: str) -> None:
        """Ends what is open: `reset` both sides, `end` both in order, `half` the peer's direction."""
        for pair in list(self._open):
            for writer in pair[:1] if how == "half" else pair:
                with contextlib.suppress(OSError, RuntimeError):
                    if how == "reset":
                        reset(writer)
                    elif how == "half":
                        writer.write_eof()
                    else:
                        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.accept_delay)
        if self.refuses:
            reset(writer)
            return
        try:
            peer_reader, peer_writer = await asyncio.open_connection(*self.target)
        except OSError:
            reset(writer)
            return
        pair = (writer, peer_writer)
        self._open.add(pair)
        try:
            await asyncio.gather(self._pump(reader, peer_writer, False),
                                 self._pump(peer_reader, writer, True))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(pair)
            for each in pair:
                with contextlib.suppress(OSError, RuntimeError):
                    each.close()

    async def _pump(self, reader, writer, is_from_peer: bool) -> None:
        try:
            while data := await reader.read(CHUNK):
                while self.is_silent:
                    await asyncio.sleep(TICK)
                if self.delay:
                    await asyncio.sleep(self.delay)
                if is_from_peer and self.corrupts > 0:
                    self.corrupts -= 1
                    data = bytes([data[0] ^ 0x40]) + data[1:]
                await self._write(writer, data)
            writer.write_eof()
        except (OSError, RuntimeError):
            writer.transport.abort()

    async def _write(self, writer, data: bytes) -> None:
        while data:
            piece = max(int(self.rate * TICK), 1) if self.rate else len(data)
            writer.write(data[:piece])
            await writer.drain()
            data = data[piece:]
            if data and self.rate:
                await asyncio.sleep(TICK)


def reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
