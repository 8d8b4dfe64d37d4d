"""A headless Chromium on a site that is served from this machine, with a list of every request that it makes."""

import functools
import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

DESKTOP, PHONE = 1280, 390  # pixels
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip


class Browser:
    """One Chromium on one site.

    address  where the site is served
    driver   selenium's handle on the browser
    """

    def __init__(self, driver: webdriver.Chrome, address: str):
        self.driver, self.address = driver, address

    def open(self, page: str, *, width: int = DESKTOP, scheme: str = "light", scripts: bool = True) -> None:
        """Open a page of the site at a width and in the reader's colour scheme, forgetting what was chosen before."""
        tell = self.driver.execute_cdp_cmd
        tell("Emulation.setScriptExecutionDisabled", {"value": not scripts})
        size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width == PHONE}
        tell("Emulation.setDeviceMetricsOverride", size)
        tell("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        tell("Storage.clearDataForOrigin", {"origin": self.address, "storageTypes": "local_storage"})
        self.driver.get(f"{self.address}/{page}")

    def find(self, selector: str) -> WebElement:
        """Return the first element that a CSS selector finds."""
        return self.driver.find_element("css selector", selector)

    def run(self, script: str, *arguments):
        """Return what a piece of JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str, seconds: int = 20):
        """Wait until a piece of JavaScript returns something true, and return that."""
        return self.until(lambda: self.run(script), script, seconds)

    def until(self, is_so: Callable[[], object], otherwise: str, seconds: int = 20):
        """Wait until a function returns something true, and return that; `otherwise` is said where it never does."""
        return WebDriverWait(self.driver, seconds).until(lambda _: is_so(), otherwise)

    def errors(self) -> list[str]:
        """Return what the console complained about since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def requests_elsewhere(self) -> list[str]:
        """Return the addresses on other hosts that were asked for since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        ]
        own = urlsplit(self.address).netloc
        return [url for url in asked if urlsplit(url).scheme in ("http", "https", "ws") and urlsplit(url).netloc != own]


@contextmanager
def opened(site: Path) -> Iterator[Browser]:
    """Serve a site and open a browser on it; both end with the block."""
    with _served(site) as address, browsing(address) as browser:
        yield browser


@contextmanager
def browsing(address: str) -> Iterator[Browser]:
    """Open a browser for what is served at an address of this machine; it ends with the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        driver.set_script_timeout(30)
        try:
            yield Browser(driver, address)
        finally:
            driver.quit()


@contextmanager
def _served(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        """Say nothing: a test prints what it found itself."""
