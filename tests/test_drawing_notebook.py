"""The drawing canvas in a real Jupyter: a line drawn in the browser arrives in the kernel. Nothing is simulated."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from selenium.webdriver import ActionChains
from site_browser import opened

from course.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CELLS = ["from helpers.drawing import drawing_panel\npanel = drawing_panel(32)", "picture = panel.picture()"]


@contextmanager
def jupyter(folder):
    """Serve a folder with Jupyter on a free port, without a token, for this test alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--port={port}", "--IdentityProvider.token=", "--no-browser", f"--ServerApp.root_dir={folder}"]
    own = {f"JUPYTER_{kind}_DIR": str(folder / f".{kind}") for kind in ("CONFIG", "RUNTIME")}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--allow-root", "--expose-app-in-browser", *options],
        env=os.environ | own | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address, server, seconds=120):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and server.poll() is None:
        try:
            return urlopen(address, timeout=5).read()
        except (URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"Jupyter did not answer at {address} (exit code {server.poll()})")


def test_a_line_drawn_in_jupyterlab_arrives_in_the_kernel(tmp_path):
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}  # else JupyterLab asks which one
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "draw.ipynb")
    with jupyter(tmp_path) as address, opened(tmp_path) as browser:
        browser.address = address
        browser.driver.set_window_size(1280, 1200)
        browser.driver.get(f"{address}/lab/tree/draw.ipynb?reset")
        browser.wait("return window.jupyterapp && document.querySelectorAll('.jp-CodeCell').length === 2", 120)
        browser.wait("return document.querySelector('#jp-main-statusbar').innerText.includes('| Idle')", 120)
        browser.run("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        browser.wait("return document.querySelector('.jp-OutputArea canvas')", 180)
        browser.wait("return document.querySelectorAll('.jp-CodeCell')[1].innerText.includes('stands in')", 120)
        canvas = browser.find(".jp-OutputArea canvas")
        pen = ActionChains(browser.driver).move_to_element_with_offset(canvas, -80, -80).click_and_hold()
        pen.move_to_element_with_offset(canvas, 80, 80).release().perform()
        said = "return document.querySelector('.jp-OutputArea').innerText"
        browser.until(lambda: "Your drawing, 1 stroke." in browser.run(said), "the kernel has the stroke", 60)
        browser.driver.save_screenshot(os.environ.get("SHOT", str(tmp_path / "shot.png")))
        assert browser.requests_elsewhere() == []
