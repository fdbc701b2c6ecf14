# SPDX-License-Identifier: GPL-2.0-or-later
"""A headless Chromium in a namespace of the laboratory, driven by chromedriver over HTTP.

One browser with one page whose size, colour scheme and script can be changed; what it asked the
network for and what it complained of is kept for the test to look at. Standard library only.
"""
import base64
import http.client
import json
import os
import shutil
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb"]
PORT = 9515


class BrowserError(Exception):
    """What chromedriver refused."""


def missing():
    """What has to be installed, or nothing."""
    return [name for name in ("chromium", "chromedriver") if not shutil.which(name)]


class Connection(http.client.HTTPConnection):
    """To a server in a namespace."""

    def __init__(self, namespace, port, timeout=30):
        super().__init__("127.0.0.1", port, timeout=timeout)
        self.namespace = namespace

    def connect(self):
        with self.namespace.inside():
            super().connect()


class Browser:
    """One session."""

    def __init__(self, namespace):
        self.namespace, lab = namespace, namespace.lab
        self.process = namespace.start("chromedriver", "chromedriver", f"--port={PORT}")
        if not self.process.wait_output(r"started successfully", 10):
            raise BrowserError(f"chromedriver does not start: {self.process.output()}")
        lab.later.append(self.close)
        self.session = None
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": shutil.which("chromium"),
                "args": [*FLAGS, f"--user-data-dir={lab.path('chromium')}"]},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})["sessionId"]
        self.complaints, self.requests = [], []

    def call(self, method, path, body=None):
        """One command of the WebDriver protocol."""
        if self.session:
            path = f"/session/{self.session}{path}"
        connection = Connection(self.namespace, PORT)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise BrowserError(f"{method} {path}: {value['error']}: {value['message'][:300]}")
        return value

    def devtools(self, command, **parameters):
        """One command of the DevTools protocol."""
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def dress(self, width, height, scheme, script):
        """The size of the window in CSS pixels, light or dark, with the page's script or not."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=width < 600)
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])
        self.devtools("Emulation.setScriptExecutionDisabled", value=not script)

    def open(self, address):
        """Goes there, and waits until it is loaded."""
        self.call("POST", "/url", {"url": address})

    def evaluate(self, expression):
        """The value of an expression of JavaScript, which works without the page's script, too."""
        done = self.devtools("Runtime.evaluate", expression=expression, returnByValue=True,
                             awaitPromise=True)
        if "exceptionDetails" in done:
            raise BrowserError(f"{expression[:80]}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def text(self, selector="main"):
        """What a person reads there."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def picture(self, path):
        """The whole page as a PNG."""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                             clip={"x": 0, "y": 0, "width": size["width"],
                                   "height": size["height"], "scale": 1})
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    def listen(self):
        """Gathers what has been asked for and complained of up to now."""
        for entry in self.call("POST", "/se/log", {"type": "browser"}):
            self.complaints.append(f"{entry['level']}: {entry['message']}")
        for entry in self.call("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
        # The tab that a browser begins with is its own.
        self.requests = [url for url in self.requests if not url.startswith("chrome:")]

    def wait(self, expression, seconds):
        """Polls until an expression is true; its last value."""
        deadline = time.monotonic() + seconds
        while True:
            value = self.evaluate(expression)
            if value or time.monotonic() > deadline:
                return value
            time.sleep(0.1)

    def close(self):
        """Ends the session, and the browser with it."""
        if self.session:
            self.call("DELETE", "")
            self.session = None
