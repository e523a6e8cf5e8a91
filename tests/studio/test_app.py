import json
import urllib.error
import urllib.request

import pytest

from keras_gans.data.palette import Palette
from keras_gans.studio import app, uploads

pytest.importorskip("gradio")


@pytest.fixture
def server(pix2pix, pairs, port):
    page = app.page_of(pix2pix, pairs, "<facades>", "a run")
    url = app.serve(page, port=port)
    yield url
    page.close(verbose=False)


def ask(url, data=None, **headers):
    """(status, body, headers) of a request."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def upload(url, content):
    line = b"--x\r\n"
    head = b'Content-Disposition: form-data; name="files"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    return ask(f"{url}/gradio_api/upload", line + head + content + b"\r\n--x--\r\n", **kind)


def test_the_server_listens_at_home_and_sends_nothing_of_others(server, port):
    assert server == f"http://127.0.0.1:{port}"
    status, body, headers = ask(server)
    assert status == 200 and "default-src 'self'" in headers["content-security-policy"]
    page = body.decode()
    for other in ("fonts.googleapis.com", "cdnjs.", "cdn.", "//unpkg", "gradio.live"):
        assert f'src="https://{other}' not in page and f'href="https://{other}' not in page
    config = json.loads(ask(f"{server}/config")[1])
    assert config["analytics_enabled"] is False
    assert ask(server, Host="evil.example")[0] == 403


def test_uploads_are_bounded_and_the_server_goes_on(server, monkeypatch):
    assert upload(server, b"no image")[0] == 200  # that it is none is said when it is read
    too_much = b"\0" * (uploads.MAX_BYTES + app.SPARE_BYTES)
    try:
        status, _, _ = upload(server, too_much)
        assert status == 413
    except urllib.error.URLError as error:  # the connection was closed before all was sent
        assert isinstance(error.reason, OSError)
    assert upload(server, b"\0" * (uploads.MAX_BYTES + 1000))[0] == 413
    assert ask(server)[0] == 200


def test_files_of_the_machine_are_not_served(server):
    for path in ("/etc/passwd", __file__):
        assert ask(f"{server}/gradio_api/file={path}")[0] in (403, 404)


def test_a_port_that_is_taken(server, port, dcgan):
    page = app.page_of(dcgan)
    with pytest.raises(ValueError, match=f"host and a port that are free. Received: host='127.0.0.1', port={port}"):
        app.serve(page, port=port)
    page.close(verbose=False)


def test_pages_of_models(dcgan, pix2pix):
    titles = app.page_of(pix2pix, title="A <b>", palette=Palette({"sky": "#0000ff", "sun": "#ffff00"}))
    values = [str(getattr(block, "value", "")) for block in titles.blocks.values()]
    assert any("<h1>A &lt;b&gt;</h1>" in value for value in values)
    assert any("nothing says where the images" in value for value in values)
    for given, expected in ((None, ["sea", "land"]), (Palette({"sky": "#0000ff"}), ["sky"])):
        config = {"data": {"input_palette": {"sea": "#0000ff", "land": "#008000"}}}
        page = app.page_of(pix2pix, config, palette=given)
        (canvas,) = (block for block in page.blocks.values() if getattr(block, "elem_id", None) == "drawing")
        assert [name for name, _ in canvas.props["palette"]] == expected and not canvas.props["free_colour"]
    for options in (dict(palette=Palette(["#000000"])), dict(examples_folder="a")):
        with pytest.raises(ValueError, match="for models that translate"):
            app.page_of(dcgan, **options)
    app.warm_up(dcgan)
    app.warm_up(pix2pix)
