"""A socket that carries messages: a dict of plain values as JSON, and blobs of bytes beside it."""

import json
import socket
import struct

LARGEST = 256 * 2**20  # bytes of one message; a batch of pictures is far below it
_MOST_PARTS = 10_000
_MOST_BYTES_OF_JSON = 64 * 2**20
_HEAD = struct.Struct(">II")


class WireError(Exception):
    """A message that does not keep to the form: whoever sent it is not to be talked to any more."""


class Channel:
    """One end of such a socket."""

    def __init__(self, connection: socket.socket):
        self._socket = connection

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: dict, blobs: list[bytes] | None = None) -> None:
        """Send a message. Raises OSError where the other side is gone or does not read within the time limit."""
        text = json.dumps(message).encode()
        blobs = blobs or []
        sizes = struct.pack(f">{len(blobs)}Q", *map(len, blobs))
        self._socket.sendall(_HEAD.pack(len(text), len(blobs)) + sizes + text)
        for blob in blobs:
            self._socket.sendall(blob)

    def receive(self) -> tuple[dict, list[memoryview]]:
        """Return the next message. Raises EOFError at the end, TimeoutError, or WireError."""
        length, count = _HEAD.unpack(self._read(_HEAD.size))
        if length > _MOST_BYTES_OF_JSON or count > _MOST_PARTS:
            raise WireError(f"a message of {length} bytes and {count} parts")
        sizes = struct.unpack(f">{count}Q", self._read(8 * count))
        if sum(sizes) > LARGEST:
            raise WireError(f"{sum(sizes):,} bytes in one message; at most {LARGEST:,}")
        message = _parsed(bytes(self._read(length)))
        return message, [self._read(size) for size in sizes]

    def limit(self, seconds: float | None) -> None:
        """Let each read and write take at most so long; None: for ever."""
        self._socket.settimeout(seconds)

    def close(self) -> None:
        self._socket.close()

    def _read(self, count: int) -> memoryview:
        content = memoryview(bytearray(count))
        done = 0
        while done < count:
            received = self._socket.recv_into(content[done:])
            if received == 0:
                raise EOFError("the other side has ended")
            done += received
        return content


def _parsed(text: bytes) -> dict:
    """Return a message. Half a surrogate, which no file can hold, becomes a question mark."""
    try:
        message = json.loads(text)
        if b"\\ud" in text.lower():
            whole = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
            message = json.loads(whole)
    except (ValueError, RecursionError) as error:
        raise WireError(f"a message that is no JSON: {error}") from None
    if not isinstance(message, dict):
        raise WireError("a message that is no object")
    return message
