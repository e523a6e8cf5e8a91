"""The studio in a real browser: a headless Chromium, driven by Playwright, against a server in this process."""

import base64
import io
import os
import shutil
import time

import numpy as np
import pytest
from PIL import Image

from keras_gans.studio import app, uploads
from keras_gans.training import grids

pytest.importorskip("gradio")
playwright = pytest.importorskip("playwright.sync_api")
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian: apt-get install chromium)"),
]
WAIT = 40_000  # milliseconds


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if root else [])
        yield browser
        browser.close()


class Tab:
    """A page of the studio, and what a person does with it."""

    def __init__(self, browser, url):
        self.page, self.strangers, self.errors = browser.new_page(viewport={"width": 1280, "height": 1000}), [], []
        self.page.set_default_timeout(WAIT)
        self.page.on(
            "request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else self.strangers.append(r)
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(url)

    def picture(self, place):
        """The picture in an element, as pixels; None where there is none."""
        source = self.page.evaluate("p => document.querySelector(p + ' img')?.src", place)
        if source is None:
            return None
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))))

    def drawing(self):
        """The pixels of the canvas, [H, W, 3]."""
        data = self.page.evaluate("document.querySelector('canvas').toDataURL('image/png')")
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGB"))

    def until(self, condition):
        """Waits for what the server will do."""
        end = time.monotonic() + WAIT / 1000
        while not condition():
            assert time.monotonic() < end, "it did not happen"
            self.page.wait_for_timeout(50)

    def drag(self, start, end, size=16):
        """Draws from the middle of one pixel of the canvas to that of another."""
        box = self.page.locator("canvas").bounding_box()
        a, b = (
            (box["x"] + (x + 0.5) * box["width"] / size, box["y"] + (y + 0.5) * box["height"] / size)
            for x, y in (start, end)
        )
        self.page.mouse.move(*a)
        self.page.mouse.down()
        self.page.mouse.move(*b, steps=4)
        self.page.mouse.up()

    def press(self, *names):
        for name in names:
            self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def open_tab(browser, port):
    opened = []

    def open_page(*args, **kwargs):
        page = app.page_of(*args, **kwargs)
        opened.append(page)
        tab = Tab(browser, app.serve(page, port=port))
        opened.append(tab.page)
        return tab

    yield open_page
    for page in reversed(opened):
        page.close()


def test_drawing_is_translated(open_tab, pix2pix, pairs, tmp_path):
    tab = open_tab(pix2pix, pairs, "facades")
    tab.page.wait_for_selector("canvas")
    blue, red = (0, 0, 255), (255, 0, 0)
    assert (tab.drawing() == blue).all()  # the most frequent colour of the run's inputs
    tab.page.get_by_label("Translate while drawing").uncheck()

    # A rectangle, then the button: the output is the model's translation of the drawing.
    tab.press("Rectangle", "#ff0000")
    tab.drag((3, 4), (9, 12))
    first = tab.drawing()
    expected = np.full([16, 16, 3], blue, "uint8")
    expected[4:13, 3:10] = red
    assert np.array_equal(first, expected) and tab.picture("#output") is None
    tab.press("Translate")
    tab.until(lambda: tab.picture("#output") is not None)
    assert np.array_equal(tab.picture("#output"), pix2pix.translate(expected))

    # A line while the page follows: no pixel has a mixed colour, and the output changes without the button.
    tab.page.get_by_label("Translate while drawing").check()
    tab.press("Line", "#0000ff")
    before = tab.picture("#output")
    tab.drag((0, 0), (15, 13))
    tab.until(lambda: not np.array_equal(tab.picture("#output"), before))
    second = tab.drawing()
    assert {tuple(c) for c in second.reshape(-1, 3).tolist()} == {blue, red} and not np.array_equal(second, first)
    tab.until(lambda: np.array_equal(tab.picture("#output"), pix2pix.translate(second)))

    # Undo, clear, and undo of that.
    tab.press("Undo")
    assert np.array_equal(tab.drawing(), first)
    tab.press("Clear")
    assert (tab.drawing() == blue).all()
    tab.page.keyboard.press("u")
    assert np.array_equal(tab.drawing(), first)

    # By keyboard alone: from the middle two to the right, one down, a rectangle in the second colour.
    tab.press("Clear")
    tab.page.locator("canvas").focus()
    for key in ("r", "2", " ", "ArrowRight", "ArrowRight", "ArrowDown", " ", "Enter"):
        tab.page.keyboard.press(key)
    expected = np.full([16, 16, 3], blue, "uint8")
    expected[8:10, 8:11] = red
    assert np.array_equal(tab.drawing(), expected)
    tab.until(lambda: np.array_equal(tab.picture("#output"), pix2pix.translate(expected)))

    # An example, with its truth.
    tab.press("Random example")
    tab.until(lambda: tab.picture("#truth") is not None)
    tab.until(lambda: np.array_equal(tab.picture("#output"), pix2pix.translate(tab.drawing())))

    # Uploads: one that is no image, one that is too large, and then a good one.
    chooser = tab.page.locator("input[type=file]").first
    drawn = tab.drawing()
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"no image"})
    tab.page.get_by_text("not an image").first.wait_for()
    large = tmp_path / "large.png"
    large.write_bytes(b"\0" * (uploads.MAX_BYTES + 1))
    chooser.set_input_files(large)
    tab.page.get_by_text("exceed the maximum").first.wait_for()
    assert np.array_equal(tab.drawing(), drawn)
    good = np.full([40, 40, 3], (9, 99, 199), "uint8")
    chooser.set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": grids.encode(good)})
    tab.until(lambda: (tab.drawing() == (9, 99, 199)).all())
    tab.until(lambda: np.array_equal(tab.picture("#output"), pix2pix.translate(good[:16, :16])))
    assert not tab.strangers and not tab.errors


def test_latent_space_is_explored(open_tab, dcgan):
    tab = open_tab(dcgan, title="clothes")
    tab.until(lambda: tab.picture("#sample") is not None)
    assert np.array_equal(tab.picture("#sample"), dcgan.generate(1, seed=0)[0, ..., 0])
    slider = tab.page.locator("#direction-1 input[type=range]")
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    tab.until(lambda: not np.array_equal(tab.picture("#sample"), dcgan.generate(1, seed=0)[0, ..., 0]))
    tab.press("All to the middle")
    tab.until(lambda: np.array_equal(tab.picture("#sample"), dcgan.generate(1, seed=0)[0, ..., 0]))
    with tab.page.expect_download() as saved:
        tab.page.locator("#sample a.save").click()
    assert np.array_equal(np.asarray(Image.open(saved.value.path())), dcgan.generate(1, seed=0)[0, ..., 0])

    tab.page.get_by_role("tab", name="Arithmetic").click()
    for name, number in (("A", 2), ("A", 4), ("B", 7), ("C", 1)):
        tab.page.get_by_role("radio", name=name, exact=True).check()
        tab.page.locator(f"#arithmetic-sheet [data-index='{number}']").click()
        field = tab.page.locator(f"#field-{name.lower()} input, #field-{name.lower()} textarea")
        tab.until(lambda field=field, number=number: str(number) in field.input_value())
    tab.page.locator("#compute").click()
    tab.until(lambda: tab.picture("#result") is not None)
    z = np.asarray(dcgan.sample_latents(24, 0))
    expected = dcgan.generate_from((z[[2, 4]].mean(0) - z[7] + z[1])[None])[0, ..., 0]
    assert np.array_equal(tab.picture("#result"), expected)

    tab.page.get_by_role("tab", name="Walk").click()
    tab.page.locator("#stops input, #stops textarea").fill("0, 99")
    tab.page.locator("#walk").click()
    tab.page.get_by_text("Expected numbers of samples").first.wait_for()
    tab.page.locator("#stops input, #stops textarea").fill("0, 5")
    tab.page.locator("#walk").click()
    tab.until(lambda: tab.picture("#film") is not None)
    assert not tab.strangers and not tab.errors
