import io

from keras_gans.training import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_line_an_epoch_where_there_is_no_terminal(gan, tiny_data):
    file = io.StringIO()
    with Progress(total=64, file=file) as progress:
        gan.fit(tiny_data, batch_size=8, epochs=2, steps_per_epoch=4, callbacks=[progress], verbose=0)
    first, second = file.getvalue().splitlines()
    assert first.startswith("32 of 64 images, ") and "images/s" in first and " left, " in first and "g_loss" in first
    assert second.startswith("64 of 64 images, ") and "00:00 left" in second


def test_a_bar_on_a_terminal(gan, tiny_data):
    file = Terminal()
    progress = Progress(total=64, file=file)
    gan.fit(tiny_data, batch_size=8, callbacks=[progress], verbose=0)
    gan.fit(tiny_data, batch_size=8, callbacks=[progress], verbose=0)  # the same bar goes on
    progress.say("a word between")
    progress.close()
    progress.close()
    text = file.getvalue()
    assert "64/64 images" in text and "100%" in text and "images/s" in text and "d_loss" in text
    assert "a word between\n" in text


def test_the_bar_goes_back_with_the_model(gan, tiny_data):
    progress = Progress(total=64, file=Terminal())
    with progress:
        gan.fit(tiny_data, batch_size=8, callbacks=[progress], verbose=0)
        gan.images_seen.assign(8)
        progress.on_epoch_end(0, {})
        assert progress._bar.n == 8


def test_a_model_that_grows_says_its_level(gan):
    logs = {
        "resolution": 8.0,
        "alpha": 0.25,
        "batch_size": 4.0,
        "images_seen": 40.0,
        "skipped_updates": 2.0,
        "d_loss": 1.5,
    }
    file = io.StringIO()
    progress = Progress(total=64, file=file)
    progress.set_model(gan)
    progress.on_train_begin()
    progress.on_epoch_end(0, logs)
    assert file.getvalue().strip().endswith("left, resolution 8 (alpha 0.25), 2 updates skipped, d_loss 1.5")
    file = Terminal()
    with Progress(total=64, file=file) as progress:
        gan.stage, gan.generator.resolutions = 1, [(4, 8), (8, 16)]
        progress.set_model(gan)
        progress.on_train_begin()
        progress.on_epoch_end(0, logs)
    assert "resolution=8, d_loss=1.5" in file.getvalue()
