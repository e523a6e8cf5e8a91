"""The rows of PGGAN's Table 1 at the size of a small machine, trained one at a time and gone on with after a kill.

Used by `pggan_ablation.py` and `progressive_speed.py`. The networks are the paper's with an eighth of its feature maps:
rows a to g have min(256 / 2^level, 64) where it has min(2048 / 2^level, 512), row h 1024 where it has 8192. The
schedule keeps the released configuration's shares: growing takes 80 % of the images, the rest is at full resolution.
"""

import json
import os
import pathlib
import time

import common  # noqa: F401, puts the repository on sys.path
import keras
import numpy as np

from keras_gans import PGGAN, pixels
from keras_gans.schedules import ProgressiveSchedule, stage_resolutions

# row -> (what it adds, SWD x1000 average on CelebA and MS-SSIM there; Karras et al. 2018, Table 1: from memory, of
# which only 9.28 and 4.28 were checked)
ROWS = {
    "a": ("Gulrajani et al. 2017", 9.28, 0.2854),
    "b": ("+ progressive growing", 4.28, 0.2838),
    "c": ("+ small minibatch", 46.23, 0.4065),
    "d": ("+ revised training parameters", 8.07, 0.3027),
    "e*": ("+ minibatch discrimination", 9.84, 0.3057),
    "e": ("+ minibatch stddev", 7.04, 0.2950),
    "f": ("+ equalized learning rate", 4.39, 0.2902),
    "g": ("+ pixelwise normalization", 3.56, 0.2845),
    "h": ("converged: full capacity", 2.96, 0.2828),
}
WITH_LAYERS = ("e", "f", "g")  # rows whose layers are logged
SHRINK = 8  # the paper's feature maps are divided by this
FMAP_MAX = 512 // SHRINK


def build(row, resolution, channels, images, growing=True, fmap_max=FMAP_MAX, seed=0):
    """Returns the model of a row, compiled.

    Args:
        row: str, a key of ROWS.
        resolution: int.
        channels: int.
        images: int, real images of the whole training.
        growing: bool, False to train at full resolution from the start, whatever the row says.
        fmap_max: int, most feature maps; the paper's 512 / 8.
        seed: int, of weights and noise.
    """
    preset = PGGAN.presets["pggan_ablation_" + row.replace("*", "_star")]
    settings, config = dict(preset["compile"]), dict(preset["config"])
    schedule = settings.pop("schedule")
    grows = growing and schedule["initial_resolution"] is None
    phase = round(0.4 * images / max(1, len(stage_resolutions(resolution)) - 1)) if grows else 0
    config |= dict(resolution=resolution, channels=channels, fmap_base=config["fmap_base"] // SHRINK, fmap_max=fmap_max)
    model = PGGAN(**config, seed=seed)
    model.compile(
        schedule=ProgressiveSchedule(
            resolution,
            stable_images=phase,
            fade_images=phase,
            total_images=images,
            initial_resolution=None if grows else resolution,
            batch_size=schedule["batch_size"],
        ),
        **settings,
    )
    return model


def train(model, source, folder, tick_images, callbacks=(), after_tick=None):
    """Trains a model through its schedule, from where `folder` has it; a killed training goes on exactly.

    Args:
        model: as `build` returns it; replaced by what `folder` has.
        source: `keras_gans.data.ImageData`.
        folder: path of the row; gets model.keras and log.jsonl, a line a tick.
        tick_images: int, images between two lines.
        callbacks: functions model -> `keras.callbacks.Callback` with a dict attribute `found`, which goes in the log.
        after_tick: function model -> dict for the log; its time does not count.

    Returns:
        (model, list of the log's lines).
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "model.keras").exists():
        model = keras.models.load_model(folder / "model.keras")
    lines = read_log(folder / "log.jsonl", int(model.images_seen))
    watching = [make(model) for make in callbacks]
    ticks = Ticks(folder, lines, watching, after_tick)
    if int(model.images_seen) < model.schedule.total_images:
        model.fit(source, tick_images=tick_images, callbacks=[*watching, ticks], verbose=0)
    return model, lines


def read_log(path, images_seen):
    """The lines of a log that a model of so many images has written; those of a tick that was lost are dropped."""
    if not path.exists():
        return []
    lines = []
    for text in path.read_text().splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:  # cut in the middle by a kill
            break
    return [line for line in lines if line["images_seen"] <= images_seen]


class Ticks(keras.callbacks.Callback):
    """Saves model and log at the end of each tick; counts the processor time of training alone.

    `cpu_seconds` is `time.process_time` of all threads: it stands still while the process is paused or waits its turn,
    so that a machine that is busy with other work does not change it much.
    """

    def __init__(self, folder, lines, watching=(), after_tick=None):
        super().__init__()
        self.folder, self.lines, self.watching, self.after_tick = folder, lines, watching, after_tick
        self.before = lines[-1]["cpu_seconds"] if lines else 0.0

    def on_train_begin(self, logs=None):
        self.since = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        self.before += time.process_time() - self.since
        line = dict(logs)
        line["cpu_seconds"] = round(self.before, 3)
        for callback in self.watching:
            line |= callback.found
            callback.found = {}
        if self.after_tick is not None:
            line |= self.after_tick(self.model)
        self.lines.append(line)
        part = self.folder / "part.keras"
        self.model.save(part)
        write(self.folder / "log.jsonl", "".join(json.dumps(line) + "\n" for line in self.lines))
        os.replace(part, self.folder / "model.keras")
        self.since = time.process_time()


def write(path, text):
    """Writes a file whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(text)
    os.replace(part, path)


class LayerScales(keras.callbacks.Callback):
    """Measures how large each layer's signals are and how far a step moves its weights.

    `found` has, for the newest measured steps of a tick, {"rms": {layer: root mean square of the layer's output, before
    pixel norm}, "update": {layer: |new weights - old weights| / |old weights| of one step, mean of those measured}}.
    Equalized weights are compared as they are stored: their constant cancels.

    Args:
        images: real images, float in [-1, 1], which the discriminator sees for "rms".
        every: int, measures every so many steps.
    """

    def __init__(self, images, every=25):
        super().__init__()
        self.images, self.every, self.found, self.steps, self.moves = images, every, {}, 0, {}

    def on_train_batch_begin(self, batch, logs=None):
        self.old = self._kernels() if self.steps % self.every == 0 else None

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.old is None:
            return
        for name, new in self._kernels().items():
            move = np.linalg.norm(new - self.old[name]) / np.linalg.norm(self.old[name])
            if move > 0:  # layers that are not run yet stand still
                self.moves.setdefault(name, []).append(float(move))

    def on_epoch_end(self, epoch, logs=None):
        stage, alpha = self.model.trained_level()
        latents = self.model.sample_latents(len(self.images), seed=0)
        factor = self.images.shape[1] // self.model.generator.resolutions[stage][0]
        reduced = keras.ops.average_pool(self.images, factor) if factor > 1 else self.images
        rms = output_rms(self.model.generator, lambda network: network(latents, stage=stage, alpha=alpha))
        rms |= output_rms(self.model.discriminator, lambda network: network(reduced, stage=stage, alpha=alpha))
        self.found = {"rms": rms, "update": {name: float(np.mean(moves)) for name, moves in self.moves.items()}}
        self.moves = {}

    def _kernels(self):
        return {
            f"{prefix} {name}": layer.trainable_variables[0].numpy()
            for prefix, network in (("G", self.model.generator), ("D", self.model.discriminator))
            for name, layer in network.parts.items()
            if layer.trainable_variables
        }


def output_rms(network, run):
    """Returns {"G 8x8_conv1": root mean square of the layer's output, ...} of one pass.

    Args:
        network: a network of `PGGAN`.
        run: function of the network that runs it once.
    """
    prefix, found, part = "G" if "enerator" in type(network).__name__ else "D", {}, network.part

    def listening(stage, name):
        layer = part(stage, name)

        def call(*args, **kwargs):
            y = layer(*args, **kwargs)
            found[f"{prefix} {network.name_of(stage, name)}"] = float(keras.ops.sqrt(keras.ops.mean(y * y)))
            return y

        return call

    network.__dict__["part"] = listening  # for this pass only; Keras' own __setattr__ would track it
    try:
        run(network)
    finally:
        del network.__dict__["part"]
    return found


def some_images(source, count=16):
    """The first images of a source as floats in [-1, 1]."""
    return np.asarray(pixels.to_float(source.read(np.arange(count))))
