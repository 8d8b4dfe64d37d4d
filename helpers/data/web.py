"""Fetching from the web within limits: kinds of addresses, bytes, seconds."""

import http.client
import time
from urllib.error import HTTPError
from urllib.parse import quote, urljoin, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from helpers.version import __version__

LARGEST_DOWNLOAD = 30_000_000  # bytes
LONGEST_DOWNLOAD = 20  # seconds in all
_PIECE = 1 << 16  # bytes read between two looks at the clock


class Unreachable(OSError):
    """The address could not be reached at all: no network, no such host, no answer in time."""


def download(address: str) -> bytes:
    """Return what stands at an http(s) address, at most LARGEST_DOWNLOAD bytes in at most LONGEST_DOWNLOAD seconds.

    Raises ValueError for another kind of address, also one that a server redirects to, and for too many bytes;
    Unreachable where no server answers in time; OSError where the server refuses.
    """
    _require_web(address, repr(address))
    request = Request(_ascii(address), headers={"User-Agent": f"from-noise/{__version__} (a course's notebook)"})
    ends = time.monotonic() + LONGEST_DOWNLOAD
    try:
        with build_opener(_WebRedirects).open(request, timeout=LONGEST_DOWNLOAD) as answer:
            return _read(answer, address, ends)
    except HTTPError as error:
        raise OSError(
            f"{address} cannot be had: the server says {error.code} {error.reason}. Check the address, or save the "
            "picture and upload it."
        ) from error
    except Unreachable:
        raise
    except (OSError, http.client.HTTPException) as error:  # URLError carries its cause as reason
        cause = getattr(error, "reason", error)
        if isinstance(cause, TimeoutError):
            raise Unreachable(_too_slow(address)) from error
        raise Unreachable(
            f"{address} cannot be reached: {cause}. Check the address and the network, or upload the file instead."
        ) from error


def _read(answer, address: str, ends: float) -> bytes:
    """Read an answer piece by piece: a server may send one byte a minute, or never stop."""
    pieces, length = [], 0
    announced = answer.headers.get("Content-Length", "")
    if announced.isdigit():
        _require_small(int(announced), address)
    while piece := answer.read1(_PIECE):
        pieces.append(piece)
        length += len(piece)
        _require_small(length, address)
        if time.monotonic() > ends:
            raise Unreachable(_too_slow(address))
    if announced.isdigit() and length < int(announced):
        raise Unreachable(f"{address} broke off after {length} of {announced} bytes. Try again, or upload it.")
    return b"".join(pieces)


def _require_small(length: int, address: str) -> None:
    if length > LARGEST_DOWNLOAD:
        raise ValueError(
            f"{address} is larger than {LARGEST_DOWNLOAD // 10**6} MB. Take a smaller picture: it is shrunk anyway."
        )


def _too_slow(address: str) -> str:
    return f"{address} did not arrive within {LONGEST_DOWNLOAD} seconds. Try again, or save the picture and upload it."


def is_web(address: str) -> bool:
    return urlsplit(address).scheme.lower() in ("http", "https")


def _require_web(target: str, said: str) -> None:
    if not is_web(target) or not urlsplit(target).hostname:
        raise ValueError(f"{said} is no web address; expected one that begins with http:// or https://.")


def _ascii(address: str) -> str:
    """Return an address as it travels: letters outside ASCII, in the host too, and blanks are written in ASCII."""
    parts = urlsplit(address.strip())
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    path, query = (quote(part, safe="/%:@!$&'()*+,;=?~-._") for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, host, path, query, ""))


class _WebRedirects(HTTPRedirectHandler):
    """Follows redirects to the web alone: a server must not send the reader's own files back."""

    def http_error_302(self, req, fp, code, msg, headers):
        target = urljoin(req.full_url, headers.get("Location") or "")
        _require_web(target, f"{req.full_url} sends on to {target}, which")
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302
