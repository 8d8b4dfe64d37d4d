"""Pictures from the web and from files: taken, refused with a reason, or replaced."""

import io
import struct
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.data import decoding, load_photo, picture_from_web, web
from helpers.data.decoding import decoded


def png(picture=None, **options) -> bytes:
    content = io.BytesIO()
    (picture or Image.new("RGB", (20, 20), "white")).save(content, "PNG", **options)
    return content.getvalue()


def send(handler, content=b"", status=200, **headers):
    handler.send_response(status)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"Content-Length": str(len(content)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """Take the stand-in photographs, and reach this machine without a proxy."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    """Return a function that serves one answer to every request and returns the address of a picture there."""
    servers = []

    def serve(answer):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                answer(self)

            def log_message(self, *_):
                """Say nothing."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/picture.png"

    yield serve
    for running in servers:
        running.shutdown()
        running.server_close()


def test_an_address_is_downloaded_and_the_server_is_told_who_asks(server):
    asked = []

    def answer(handler):
        asked.append(handler.headers["User-Agent"])
        send(handler, png())

    assert load_photo(server(answer), 8).min() == 1
    assert asked[0].startswith("from-noise/")


def test_a_redirect_on_the_web_is_followed(server):
    target = server(lambda handler: send(handler, png()))
    assert load_photo(server(lambda handler: send(handler, status=302, Location=target)), 8).min() == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x.png"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_off_the_web_is_refused(server, target, status):
    address = server(lambda handler: send(handler, status=status, Location=target))
    with pytest.raises(ValueError, match=f"sends on to {target}, which is no web address"):
        picture_from_web(address, 8, "coffee")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://example.org/x.png", "http:///x.png"])
def test_only_the_web_is_asked(address):
    with pytest.raises(ValueError, match="is no web address; expected one that begins with http:// or https://"):
        picture_from_web(address, 8, "coffee")


def test_a_refusal_of_the_server_is_passed_on(server):
    with pytest.raises(OSError, match="the server says 404 Not Found. Check the address"):
        picture_from_web(server(lambda handler: send(handler, status=404)), 8, "coffee")


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_a_file_is_not_read_to_its_end(server, monkeypatch, announced):
    monkeypatch.setattr(web, "LARGEST_DOWNLOAD", 100_000)

    def answer(handler):
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", "1000000000")
        handler.end_headers()
        try:
            for _ in range(10_000):
                handler.wfile.write(b"x" * 10_000)
        except OSError:
            pass  # the reader has left, as it should

    started = time.monotonic()
    with pytest.raises(ValueError, match="is larger than 0 MB. Take a smaller picture"):
        picture_from_web(server(answer), 8, "coffee")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("drips", [True, False], ids=["one byte at a time", "silent"])
def test_a_slow_server_is_left_and_a_photograph_stands_in(server, monkeypatch, capsys, drips):
    monkeypatch.setattr(web, "LONGEST_DOWNLOAD", 0.5)
    done = threading.Event()

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        while not done.wait(0.1):
            try:
                handler.wfile.write(b"x" if drips else b"")
            except OSError:
                return

    started = time.monotonic()
    picture = picture_from_web(server(answer), 8, "coffee")
    done.set()
    assert time.monotonic() - started < 10
    assert torch.equal(picture, load_photo("coffee", 8))
    assert "'coffee' stands in: " in (said := capsys.readouterr().out) and "did not arrive within 0.5 seconds" in said


def test_a_broken_off_answer_is_noticed(server, capsys):
    picture_from_web(server(lambda handler: send(handler, png()[:40], Content_Length="5000")), 8, "coffee")
    assert "stands in: " in capsys.readouterr().out


def test_without_a_network_a_photograph_stands_in_and_says_so(capsys):
    picture = picture_from_web("http://no-such-host.invalid/dog.png", 8, "coffee")
    assert torch.equal(picture, load_photo("coffee", 8))
    assert "The photograph 'coffee' stands in: http://no-such-host.invalid/dog.png cannot be reached" in (
        capsys.readouterr().out
    )


def test_without_an_address_a_photograph_stands_in_and_says_so(capsys):
    picture_from_web("", 8, "coffee")
    assert capsys.readouterr().out == "The photograph 'coffee' stands in: no address was given.\n"


def test_nothing_is_fetched_while_grading(server, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "grade")
    asked = []
    picture_from_web(server(lambda handler: asked.append(1)), 8, "coffee")
    assert not asked and "nothing is fetched while a chapter is graded" in capsys.readouterr().out


def test_an_uploaded_file_is_read_and_a_missing_one_named(tmp_path, capsys):
    (tmp_path / "mine.png").write_bytes(png())
    assert picture_from_web(str(tmp_path / "mine.png"), 8, "coffee").min() == 1
    assert "Picture from" in capsys.readouterr().out
    with pytest.raises(FileNotFoundError, match="There is no file 'other.png'. Expected an address"):
        picture_from_web("other.png", 8, "coffee")


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"<!doctype html><html>", "it is a web page or a drawing in SVG. Open the picture by itself"),
        (b"\0\0\0\x18ftypheic\0\0", "a phone's own format. Save it as JPEG first"),
        (b"just text", "expected PNG, JPEG, WebP or the like"),
        (b"", "expected PNG, JPEG, WebP or the like"),
    ],
)
def test_what_is_no_picture_is_named_with_what_to_do(server, content, advice):
    with pytest.raises(ValueError, match=f"is no picture that can be read; .*{advice}"):
        picture_from_web(server(lambda handler: send(handler, content)), 8, "coffee")


@pytest.mark.parametrize("side", [300, 12_000, 20_000], ids=["over our limit", "Pillow warns", "Pillow refuses"])
def test_a_picture_that_unpacks_to_too_many_pixels_is_refused_before_it_does(monkeypatch, side, recwarn):
    monkeypatch.setattr(decoding, "LARGEST_PICTURE", 80_000)
    small = png(Image.new("L", (1, 1)))
    header = b"IHDR" + struct.pack(">II", side, side) + small[24:29]  # a small file that claims to be a large picture
    bomb = small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]
    with pytest.raises(ValueError, match="mine.png has more than 0 million pixels. Make it smaller"):
        decoded(bomb, "mine.png", 8)
    assert not recwarn.list, "Pillow's own warning would be red on the student's page"


def test_transparency_lies_on_white_also_at_soft_edges():
    ring = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    ring.paste((255, 0, 0, 255), (16, 16, 48, 48))
    picture = decoded(png(ring), "ring", 16)
    assert picture[0, :, 0, 0].min() == 1 and picture[0, 0].min() > 0.95, "no dark seam: red is at its most everywhere"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixels_is_read(mode):
    dark = Image.fromarray(np.uint16([[0, 65535]] * 2)) if mode == "I;16" else Image.new("L", (2, 2))
    if mode != "I;16":
        dark.paste(255, (1, 0, 2, 2))
        dark = dark.convert("RGB" if mode in ("P", "CMYK") else "L").convert(mode)
    content = io.BytesIO()
    dark.save(content, "TIFF")
    picture = decoded(content.getvalue(), mode, 2)
    assert picture[..., 0].max() < -0.9 and picture[..., 1].min() > 0.9


def test_letters_outside_ascii_travel(server):
    asked = []

    def answer(handler):
        asked.append(handler.path)
        send(handler, png())

    load_photo(server(answer).replace("picture", "Tür in grün"), 8)
    assert asked == ["/T%C3%BCr%20in%20gr%C3%BCn.png"]
