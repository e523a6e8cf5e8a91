"""The page of a model that translates images: a drawing on the left, its translation on the right."""

import importlib.resources

import numpy as np

from keras_gans.data.errors import Unreadable
from keras_gans.studio import pictures, uploads
from keras_gans.studio.framework import load, said_on_the_page

DRAWN_CHANNELS = (1, 3, 4)
EXTENSIONS = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif"]  # what the dialogue offers
WAITING = "The translation appears here."


class Translator:
    """What the page does, without the page: strings and numbers in, HTML and data URLs out.

    Args:
        model: `Pix2Pix`, or any model with `translate`, `image_shape` and `input_channels`.
        examples: `keras_gans.studio.examples.Examples`, or None.
        palette: `Palette` of the inputs, which uploads must keep to; or None.
        colours: list of "#rrggbb" that are offered without a palette, the background first.

    Attributes:
        size: (height, width) of the canvas.
        offered: list of (name, "#rrggbb"), the colours to draw with.

    Raises:
        ValueError: If the model's inputs cannot be drawn.

    Example:

    >>> import keras_gans
    >>> model = keras_gans.Pix2Pix(resolution=16, filters=2, discriminator_filters=2, receptive_field=16)
    >>> translator = Translator(model)
    >>> drawing = uploads.to_data_url(np.zeros([16, 16, 3], "uint8"))
    >>> translator.translate(drawing, seed=0)[:8]
    '<figure>'
    """

    def __init__(self, model, examples=None, palette=None, colours=()):
        if model.input_channels not in DRAWN_CHANNELS:
            raise ValueError(
                f"Images of 1, 3 or 4 channels can be drawn. Received: a model of {model.input_channels} channels"
            )
        self.model, self.examples, self.palette = model, examples, palette
        self.size = tuple(model.image_shape[:2])
        if palette is not None:
            codes = ["#{:02x}{:02x}{:02x}".format(*colour) for colour in palette.colours.tolist()]
            self.offered = list(zip(palette.names, codes))
        else:
            self.offered = [(colour, colour) for colour in colours or ("#ffffff", "#000000")]

    @property
    def background(self):
        """The colour of an empty canvas."""
        return self.offered[0][1]

    @property
    def first_colour(self):
        """The colour that the pen has at first."""
        return self.offered[min(1, len(self.offered) - 1)][1]

    @property
    def draws_lines(self):
        """Whether inputs look like line drawings, for which the pencil is the first tool: two colours or fewer."""
        return len(self.offered) <= 2

    def translate(self, drawing, seed=0, noise=True):
        """Translates a drawing.

        Args:
            drawing: str, data URL of the canvas.
            seed: integer in [0, 2^31), of the noise.
            noise: whether dropout is on.

        Returns:
            str, HTML.

        Raises:
            ValueError: If there is no drawing, or the seed is none.
        """
        image = uploads.from_data_url(drawing, *self.size, self.model.input_channels)
        output = self.model.translate(image, seed=whole_number(seed), noise=bool(noise))
        return pictures.figure(output, "Translation", "translation.png")

    def upload(self, path):
        """Reads an uploaded picture for the canvas.

        Args:
            path: path of the file; None where the dialogue was left.

        Returns:
            str, data URL of the size of the canvas.

        Raises:
            UploadError: If it cannot be used.
        """
        if path is None:
            raise uploads.UploadError("No file was chosen.")
        image = uploads.read_upload(path, *self.size, self.model.input_channels, self.palette)
        return uploads.to_data_url(pictures.shown(image))

    def example(self, rng=None):
        """Takes an example at random; broken ones are passed over.

        Args:
            rng: numpy generator, or None.

        Returns:
            (data URL of the input, HTML of its truth or "").

        Raises:
            ValueError: If there are no examples that can be read.
        """
        rng = rng or np.random.default_rng()
        for index in rng.permutation(len(self.examples or ()))[:20]:
            try:
                image, truth = self.examples.pair(int(index))
                image = uploads.fit(image, *self.size, self.model.input_channels, self.palette)
            except (Unreadable, uploads.UploadError):
                continue
            if truth is not None:
                truth = uploads.fit(truth, *self.size, truth.shape[-1] if truth.shape[-1] in DRAWN_CHANNELS else 3)
            shown = "" if truth is None else pictures.figure(truth, "Truth of the example", "truth.png")
            return uploads.to_data_url(pictures.shown(image)), shown
        raise ValueError("There are no examples that can be read.")


def whole_number(value):
    """Reads a seed of the page.

    Args:
        value: what a field for numbers gives: int, float or None.

    Returns:
        int in [0, 2^31).

    Raises:
        ValueError: If it is none.
    """
    if not isinstance(value, (int, float)) or not 0 <= value < 2**31 or value != int(value):
        raise ValueError(f"The seed must be a whole number from 0 to {2**31 - 1}. Received: {value!r}")
    return int(value)


def build(translator, why_no_examples=""):
    """Lays the page out; called inside of `gradio.Blocks`.

    Args:
        translator: `Translator`.
        why_no_examples: str, said where there are none.
    """
    gradio = load()
    height, width = translator.size
    files = importlib.resources.files("keras_gans.studio")
    with gradio.Row(equal_height=False):
        with gradio.Column(min_width=320):
            gradio.HTML("<h2>Input</h2>", js_on_load=None, elem_classes="studio")
            canvas = gradio.HTML(
                value="",
                html_template=files.joinpath("canvas.html").read_text("utf-8"),
                js_on_load=files.joinpath("canvas.js").read_text("utf-8"),
                apply_default_css=False,
                elem_id="drawing",
                elem_classes="studio",
                width=width,
                height=height,
                palette=[list(pair) for pair in translator.offered],
                background=translator.background,
                colour=translator.first_colour,
                free_colour=translator.palette is None,
                tool="pencil" if translator.draws_lines else "rectangle",
                thickness=max(1, round(min(height, width) / (128 if translator.draws_lines else 32))),
            )
            with gradio.Row():
                example = gradio.Button("Random example", size="md", interactive=bool(translator.examples))
                upload = gradio.UploadButton("Upload a picture", size="md", file_types=EXTENSIONS, type="filepath")
            if not translator.examples and why_no_examples:
                aside = pictures.note(f"There are no examples: {why_no_examples}", "aside")
                gradio.HTML(aside, js_on_load=None, elem_classes="studio")
            truth = gradio.HTML("", js_on_load=None, elem_id="truth", elem_classes="studio")
        with gradio.Column(min_width=320):
            gradio.HTML("<h2>Output</h2>", js_on_load=None, elem_classes="studio")
            output = gradio.HTML(pictures.note(WAITING), js_on_load=None, elem_id="output", elem_classes="studio")
            go = gradio.Button("Translate", variant="primary", size="md", elem_id="translate")
            live = gradio.Checkbox(True, label="Translate while drawing", container=False)
            with gradio.Row(equal_height=True):
                noise = gradio.Checkbox(True, label="Noise (dropout)", info="On, as in the paper.", elem_id="noise")
                seed = gradio.Number(0, label="Seed of the noise", precision=0, minimum=0, maximum=2**31 - 1)

    def translate(drawing, seed, noise):
        return translator.translate(drawing, seed, noise)

    def follow(drawing, seed, noise, live):
        return translator.translate(drawing, seed, noise) if live else gradio.skip()

    inputs = [canvas, seed, noise]
    once = dict(outputs=output, show_progress="hidden", trigger_mode="always_last")
    translated = dict(fn=said_on_the_page(translate), inputs=inputs, outputs=output)
    go.click(**translated)
    canvas.translate(**translated)
    canvas.stroke(said_on_the_page(follow), [*inputs, live], **once)
    noise.input(said_on_the_page(follow), [*inputs, live], **once)
    seed.submit(**translated)
    example.click(said_on_the_page(lambda: translator.example()), outputs=[canvas, truth]).success(**translated)
    upload.upload(said_on_the_page(lambda path: (translator.upload(path), "")), upload, [canvas, truth]).success(
        **translated
    )
