"""The page of a model that makes images of latents: one sample and its surroundings, arithmetic, and walks."""

import numpy as np

from keras_gans.analysis import latent_walk
from keras_gans.studio import latents, pictures
from keras_gans.studio.framework import load, said_on_the_page
from keras_gans.studio.translator import whole_number

SAMPLES = 24  # of a sheet
DIRECTIONS = 8
RANGE = 3.0  # standard deviations to either side of a slider's middle
DRAWN = "Drawn by the seed"
PICK = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-index]");
  if (button) trigger("pick", { index: Number(button.dataset.index) });
});
"""


class Explorer:
    """What the page does, without the page: numbers in, HTML out.

    Args:
        model: GAN with latents.
        class_names: list of str, or None; numbers stand for classes without names.

    Attributes:
        directions: float32 [K, latent_dim], see `latents.visible_directions`.
        classes: list of str, what may be chosen; empty for a model without classes.

    Example:

    >>> import keras_gans
    >>> small = dict(resolution=16, generator_filters=2, discriminator_filters=2, latent_dim=3)
    >>> explorer = Explorer(keras_gans.DCGAN(**small))
    >>> explorer.sample(seed=1, amounts=[0.5, 0, 0])[:7]
    '<figure'
    """

    def __init__(self, model, class_names=None):
        self.model = model
        self.directions = latents.visible_directions(model, DIRECTIONS)
        names = class_names if class_names and len(class_names) == model.num_classes else range(model.num_classes)
        self.names = [str(name) for name in names]
        self.classes = [DRAWN, *self.names] if self.names else []

    def drawn(self, seed, count=SAMPLES):
        """Latents and labels of a seed.

        Args:
            seed: what the field of the page holds.
            count: number of samples.

        Returns:
            (float32 [count, D], int32 [count] or None).
        """
        seed = whole_number(seed)
        labels = np.asarray(self.model.sample_labels(count, seed)) if self.names else None
        return np.asarray(self.model.sample_latents(count, seed)), labels

    def labels(self, chosen, drawn, count):
        """The labels of images.

        Args:
            chosen: str, one of `classes`, or None.
            drawn: the label that counts where none is chosen.
            count: number of images.

        Returns:
            int32 [count], or None for a model without classes.

        Raises:
            ValueError: If there is no such class.
        """
        if not self.names:
            return None
        if chosen not in (None, DRAWN):
            if chosen not in self.names:
                raise ValueError(f"There is no such class. Received: {chosen!r}")
            drawn = self.names.index(chosen)
        return np.full([count], drawn, "int32")

    def sample(self, seed, amounts=(), chosen=None):
        """One sample, moved along the directions.

        Args:
            seed: whole number.
            amounts: a number for each direction, in standard deviations.
            chosen: str, a class, or None.

        Returns:
            str, HTML.
        """
        drawn, labels = self.drawn(seed, 1)
        latent = latents.moved(drawn[0], self.directions, amounts, latents.spread(self.model))
        labels = self.labels(chosen, 0 if labels is None else labels[0], 1)
        image = self.model.generate_from(latent[None], labels)[0]
        return pictures.figure(image, f"Seed {whole_number(seed)}", "sample.png", image.shape[1])

    def sheet(self, seed, picked=()):
        """The numbered samples of a seed.

        Args:
            seed: whole number.
            picked: numbers of those that are marked.

        Returns:
            str, HTML.
        """
        drawn, labels = self.drawn(seed)
        names = None if labels is None else [self.names[label] for label in labels]
        return pictures.sheet(self.model.generate_from(drawn, labels), picked, names)

    def picked(self, *texts):
        """The numbers in several fields together, in their order; fields that cannot be read count for nothing.

        Args:
            *texts: str, each as `latents.numbers` reads it.
        """
        found = []
        for text in texts:
            try:
                found += latents.numbers(text, SAMPLES)
            except ValueError:
                continue
        return found

    def toggled(self, text, number):
        """A field after a click on a sample: its number is added at the end, or taken out.

        Args:
            text: str, the field before.
            number: int, of the sample.

        Returns:
            str.
        """
        kept = self.picked(text)
        return ", ".join(map(str, [k for k in kept if k != number] if number in kept else [*kept, number]))

    def arithmetic(self, seed, a, b, c, chosen=None):
        """a - b + c, where each is the mean of the samples that it names.

        Args:
            seed: whole number.
            a: str, numbers of samples.
            b: str.
            c: str.
            chosen: str, a class, or None: that of the first sample of `a`.

        Returns:
            (HTML of the three means, HTML of the result and of the nine pictures around it).

        Raises:
            ValueError: If the fields hold no such numbers.
        """
        drawn, labels = self.drawn(seed)
        groups = [latents.numbers(text, SAMPLES) for text in (a, b, c)]
        result = latents.arithmetic(*(drawn[group] for group in groups))
        means = [drawn[group].mean(0) for group in groups if group]
        first = 0 if labels is None else labels[groups[0][0]]
        everything = np.concatenate([np.stack(means), latents.neighbours(result)])
        images = self.model.generate_from(everything, self.labels(chosen, first, len(everything)))
        parts, around = images[: len(means)], images[len(means) :]
        signs = ["A", "- B", "+ C"]
        captions = [f"{sign}: {text}" for sign, text, group in zip(signs, (a, b, c), groups) if group]
        middle = around[len(around) // 2]
        return (
            pictures.row(*(pictures.figure(image, caption) for image, caption in zip(parts, captions))),
            pictures.row(
                pictures.figure(middle, "A - B + C" if groups[1] else "mean of A", "arithmetic.png"),
                pictures.figure(_three_by_three(around), "amid eight around it", "around.png"),
            ),
        )

    def walk(self, seed, stops, frames, loop=True, chosen=None):
        """A film that leads through samples.

        Args:
            seed: whole number.
            stops: str, numbers of samples.
            frames: frames from each to the next.
            loop: whether it returns to the first.
            chosen: str, a class, or None: that of the first sample.

        Returns:
            str, HTML.

        Raises:
            ValueError: If there are fewer than two stops, or the film would be too large.
        """
        drawn, labels = self.drawn(seed)
        numbers = latents.numbers(stops, SAMPLES)
        spherical = self.model.latent_distribution == "normal"
        path = latents.walk(drawn[numbers], whole_number(frames), loop, spherical)
        first = 0 if labels is None else labels[numbers[0]]
        return self._film(path, self.labels(chosen, first, len(path)), f"through {stops}", "walk.webp")

    def wander(self, seed, frames, chosen=None):
        """A film of a smooth random walk that ends where it began, see `keras_gans.analysis.latent_walk`.

        Args:
            seed: whole number.
            frames: frames that the walk takes to a place as far as another sample; the film has four times as many.
            chosen: str, a class, or None: the first that the seed draws.

        Returns:
            str, HTML.

        Raises:
            ValueError: If the film would be too large.
        """
        frames = whole_number(frames)
        _, labels = self.drawn(seed, 1)
        distribution = self.model.latent_distribution
        path = latent_walk(4 * frames, 1, self.model.latent_dim, frames / 2, whole_number(seed), distribution)[:, 0]
        labels = self.labels(chosen, 0 if labels is None else labels[0], len(path))
        return self._film(path, labels, f"of a random walk, seed {whole_number(seed)}", "wander.webp")

    def _film(self, path, labels, caption, name):
        height, width, _ = self.model.image_shape
        most = max(2, pictures.MAX_FILM_PIXELS // (height * width))
        if len(path) > most:
            raise ValueError(f"A film of this model has at most {most} frames. Received: {len(path)}")
        film = pictures.film(self.model.generate_from(path, labels))
        return pictures.figure(film, f"{len(path)} frames {caption}", name, width)


def _three_by_three(images):
    """[9, H, W, C] -> [3 H, 3 W, C]."""
    _, h, w, c = images.shape
    return images.reshape(3, 3, h, w, c).transpose(0, 2, 1, 3, 4).reshape(3 * h, 3 * w, c)


def build(explorer):
    """Lays the page out; called inside of `gradio.Blocks`.

    Args:
        explorer: `Explorer`.
    """
    gradio = load()
    with gradio.Tab("Explore"):
        _explore(gradio, explorer)
    with gradio.Tab("Arithmetic"):
        _arithmetic(gradio, explorer)
    with gradio.Tab("Walk"):
        _walk(gradio, explorer)


def _html(gradio, value="", **settings):
    return gradio.HTML(value, **{"js_on_load": None, "elem_classes": "studio", **settings})


def _seed(gradio, value=0):
    return gradio.Number(value, label="Seed", precision=0, minimum=0, maximum=2**31 - 1, min_width=120)


def _class(gradio, explorer):
    """A choice of classes; hidden where there are none."""
    shown = bool(explorer.classes)
    return gradio.Dropdown(explorer.classes or [DRAWN], value=DRAWN, label="Class", visible=shown, min_width=160)


def _explore(gradio, explorer):
    def show(seed, chosen, *amounts):
        return explorer.sample(seed, amounts, chosen)

    def fresh():
        return int(np.random.default_rng().integers(2**31 - 1))

    with gradio.Row(equal_height=False):
        with gradio.Column(min_width=320):
            with gradio.Row(equal_height=True):
                seed, chosen = _seed(gradio), _class(gradio, explorer)
            another = gradio.Button("Another seed", variant="primary", size="md")
            _html(gradio, "<h2>Directions that change the picture most</h2>")
            with gradio.Row():
                sliders = [
                    gradio.Slider(
                        -RANGE,
                        RANGE,
                        0,
                        step=0.05,
                        label=f"Direction {k + 1}",
                        elem_id=f"direction-{k + 1}",
                        min_width=200,
                    )
                    for k in range(len(explorer.directions))
                ]
            reset = gradio.Button("All to the middle", size="md")
        with gradio.Column(min_width=320):
            output = _html(gradio, explorer.sample(0), elem_id="sample")
    inputs = [seed, chosen, *sliders]
    shown = dict(fn=said_on_the_page(show), inputs=inputs, outputs=output, show_progress="hidden")
    gradio.on([seed.change, chosen.change, *(s.input for s in sliders)], **shown, trigger_mode="always_last")
    another.click(fresh, outputs=seed)
    reset.click(lambda: [0.0] * len(sliders), outputs=sliders).then(**shown)


def _picking(gradio, explorer, seed, sheet, fields, group=None):
    """Clicks on the sheet go into the field that is chosen; what the fields name is marked on the sheet."""

    def show(seed, *texts):
        return explorer.sheet(seed, explorer.picked(*texts))

    if group is None:

        def pick(text, event: gradio.EventData):
            return explorer.toggled(text, int(event.index))

    else:

        def pick(target, a, b, c, event: gradio.EventData):
            return [explorer.toggled(x, int(event.index)) if n == target else x for n, x in zip("ABC", (a, b, c))]

    inputs = fields if group is None else [group, *fields]
    sheet.pick(said_on_the_page(pick), inputs, fields, show_progress="hidden")
    events = [seed.change, *(field.change for field in fields)]
    settings = dict(show_progress="hidden", trigger_mode="always_last")
    gradio.on(events, said_on_the_page(show), [seed, *fields], sheet, **settings)


def _arithmetic(gradio, explorer):
    with gradio.Row(equal_height=False):
        with gradio.Column(min_width=320):
            with gradio.Row(equal_height=True):
                seed, chosen = _seed(gradio), _class(gradio, explorer)
            group = gradio.Radio(["A", "B", "C"], value="A", label="A click on a sample puts it into")
            sheet = _html(gradio, explorer.sheet(0), js_on_load=PICK, elem_id="arithmetic-sheet")
        with gradio.Column(min_width=320):
            with gradio.Row(equal_height=True):
                fields = [
                    gradio.Textbox(label=label, placeholder="0, 3", min_width=80, elem_id=f"field-{name}")
                    for name, label in zip("abc", ("A", "- B", "+ C"))
                ]
            with gradio.Row():
                go = gradio.Button("A - B + C", variant="primary", size="md", elem_id="compute")
                clear = gradio.Button("Clear", size="md")
            parts = _html(gradio)
            waiting = pictures.note("Put samples into A, B and C; each stands for the mean of its samples.")
            result = _html(gradio, waiting, elem_id="result")
    _picking(gradio, explorer, seed, sheet, fields, group)
    computed = said_on_the_page(explorer.arithmetic)
    gradio.on([go.click, *(field.submit for field in fields)], computed, [seed, *fields, chosen], [parts, result])
    clear.click(lambda: ["", "", "", "", waiting], outputs=[*fields, parts, result])


def _walk(gradio, explorer):
    with gradio.Row(equal_height=False):
        with gradio.Column(min_width=320):
            with gradio.Row(equal_height=True):
                seed, chosen = _seed(gradio), _class(gradio, explorer)
            sheet = _html(gradio, explorer.sheet(0, [0, 1, 2, 3]), js_on_load=PICK, elem_id="walk-sheet")
        with gradio.Column(min_width=320):
            stops = gradio.Textbox("0, 1, 2, 3", label="Samples to pass through, in this order", elem_id="stops")
            with gradio.Row(equal_height=True):
                frames = gradio.Slider(2, 48, 12, step=1, label="Frames from each to the next")
                loop = gradio.Checkbox(True, label="Return to the first")
            with gradio.Row():
                go = gradio.Button("Walk", variant="primary", size="md", elem_id="walk")
                wander = gradio.Button("Wander at random", size="md", elem_id="wander")
            film = _html(gradio, pictures.note("The film appears here."), elem_id="film")
    _picking(gradio, explorer, seed, sheet, [stops])
    gradio.on([go.click, stops.submit], said_on_the_page(explorer.walk), [seed, stops, frames, loop, chosen], film)
    wander.click(said_on_the_page(explorer.wander), [seed, frames, chosen], film)
