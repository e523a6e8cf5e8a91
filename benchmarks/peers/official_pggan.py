"""Trains with the official PGGAN code itself, and with ours on the same draws: how far the weights are apart.

    python benchmarks/peers/official_pggan.py CHECKOUT

CHECKOUT is a working tree of tkarras/progressive_growing_of_gans, branch master. Its `train_progressive_gan` runs as it
is, in a process of its own, on TensorFlow's v1 interface: three resolutions with fades, two batch sizes, two learning
rates, mirroring, and Adam's reset at both ends of each fade. What it is given: images of noise, convolutions in NHWC
(a processor has no others), and random numbers that are written down. Our `fit` then gets the same ones. After every
round all weights of G, D and Gs are compared, then set to the official ones, so that errors do not add up. Nothing of
that code is copied here; its licence allows to run it for this.

Writes benchmarks/results/official_pggan.json.
"""

import argparse
import pathlib
import pickle
import subprocess
import sys
import tempfile
import types

import numpy as np

RESOLUTION, MAPS, LATENTS, IMAGES, PHASE = 16, 8, 8, 500, 64
BATCHES, DEFAULT_BATCH, REPEATS, DECAY, RATE, LAST_RATE = {4: 16, 8: 8}, 4, 2, 0.9, 1e-3, 1.5e-3


class Like:
    """A module with some of its names replaced."""

    def __init__(self, module, **replaced):
        self.__dict__.update(replaced, _module=module)

    def __getattr__(self, name):
        return getattr(self._module, name)


def official(checkout, path):
    """Runs the official training; writes its draws, its settings and the weights after each of its steps.

    Args:
        checkout: folder of the official code.
        path: file to write.
    """
    import tensorflow.compat.v1 as v1

    v1.disable_v2_behavior()
    rng, log = np.random.default_rng(0), {"settings": [], "weights": []}

    def draw(name, function, shape=None, dtype=v1.float32):
        def drawn(*args):
            log.setdefault(name, []).append(function(*args))
            return log[name][-1]

        return v1.py_func(drawn, [] if shape is None else [v1.stack(shape)], dtype)

    def normal(shape):  # the generator's loss is built first
        names.append("d_latents" if names else "g_latents")
        return draw(names[-1], lambda s: rng.standard_normal(s).astype("float32"), shape)

    def uniform(shape, *_, name="mixing", **__):
        u = draw(name, lambda s: rng.uniform(size=s).astype("float32"), shape)
        u.set_shape([None, 1, 1, 1])
        return u

    def mirror(shape, *_):
        return uniform(shape, name="mirror")

    names, tensorflow = [], sys.modules["tensorflow"]
    sys.modules["tensorflow"] = Like(v1, nn=Like(v1.nn, **in_nhwc(v1)))
    if sys.version_info >= (3, 12):
        sys.modules["imp"] = types.ModuleType("imp")
    sys.path.insert(0, checkout)
    import config
    import dataset
    import loss
    import misc
    import tfutil
    import train

    sys.modules["tensorflow"] = tensorflow
    closed = types.SimpleNamespace(close=lambda: None)
    loss.tf = Like(loss.tf, random_normal=normal, random_uniform=uniform)
    train.tf = Like(train.tf, random_uniform=mirror, summary=Like(v1.summary, FileWriter=lambda *_: closed))
    dataset.load_dataset = lambda **_: Noise(rng, draw, v1)
    configure(config)
    watch(tfutil, rng, log)
    with tempfile.TemporaryDirectory() as folder:
        misc.create_result_subdir, misc.save_image_grid = lambda *_: folder, lambda *_, **__: None
        tfutil.save_summaries = lambda *_: None
        np.random.seed(config.random_seed)  # noqa: NPY002 (that code draws from it)
        tfutil.init_tf({"allow_soft_placement": True})
        train.train_progressive_gan(
            total_kimg=IMAGES / 1000, minibatch_repeats=REPEATS, mirror_augment=True, G_smoothing=DECAY
        )
    pathlib.Path(path).write_bytes(pickle.dumps(log))


def in_nhwc(v1):
    """The three operations that the official networks have in NCHW, by transposition."""

    def spatial(values):
        return [1, values[2], values[3], 1]

    def last(x):
        return v1.transpose(x, [0, 2, 3, 1])

    def first(x):
        return v1.transpose(x, [0, 3, 1, 2])

    def conv2d(x, w, strides, padding, data_format):
        return first(v1.nn.conv2d(last(x), w, spatial(strides), padding))

    def conv2d_transpose(x, w, shape, strides, padding, data_format):
        shape = [shape[0], int(shape[2]), int(shape[3]), int(shape[1])]
        y = first(v1.nn.conv2d_transpose(last(x), w, shape, spatial(strides), padding))
        y.set_shape([None, shape[3], shape[1], shape[2]])
        return y

    def avg_pool(x, ksize, strides, padding, data_format):
        return first(v1.nn.avg_pool(last(x), spatial(ksize), spatial(strides), padding))

    return dict(conv2d=conv2d, conv2d_transpose=conv2d_transpose, avg_pool=avg_pool)


class Noise:
    """A data set of noise with the interface of the official ones."""

    resolution, resolution_log2, shape = RESOLUTION, RESOLUTION.bit_length() - 1, [3, RESOLUTION, RESOLUTION]
    dtype, dynamic_range, label_size, label_dtype = "uint8", [0, 255], 0, "float32"

    def __init__(self, rng, draw, v1):
        self.rng, self.draw, self.v1 = rng, draw, v1

    def configure(self, minibatch_size, lod=0):
        self.minibatch_size, self.side = minibatch_size, RESOLUTION >> int(np.floor(lod))

    def images(self):
        return self.rng.integers(0, 256, (self.minibatch_size, 3, self.side, self.side)).astype("uint8")

    def get_minibatch_tf(self):
        images = self.draw("reals", self.images, dtype=self.v1.uint8)
        images.set_shape([None, 3, None, None])
        return images, self.v1.zeros([self.v1.shape(images)[0], 0])

    def get_minibatch_np(self, minibatch_size, lod=0):
        self.configure(minibatch_size, lod)
        return self.images(), np.zeros([minibatch_size, 0], "float32")

    def get_random_labels_tf(self, minibatch_size):
        return self.v1.zeros([minibatch_size, 0])


def configure(config):
    """Sets the official configuration to this run's sizes."""
    maps, adam = dict(fmap_base=8 * MAPS, fmap_max=MAPS), dict(beta1=0.0, beta2=0.99, epsilon=1e-8)
    config.num_gpus, config.dataset = 1, config.EasyDict()
    config.G = config.EasyDict(func="networks.G_paper", latent_size=LATENTS, **maps)
    config.D = config.EasyDict(func="networks.D_paper", **maps)
    config.G_opt = config.D_opt = config.EasyDict(tf_optimizer="tf.compat.v1.train.AdamOptimizer", **adam)
    config.sched = config.EasyDict(
        minibatch_base=DEFAULT_BATCH,
        minibatch_dict=BATCHES,
        lod_training_kimg=PHASE / 1000,
        lod_transition_kimg=PHASE / 1000,
        G_lrate_dict={RESOLUTION: LAST_RATE},
        D_lrate_dict={RESOLUTION: LAST_RATE},
    )


def watch(tfutil, rng, log):
    """Gives new networks biases that matter, and has the log written after each training step."""
    networks, start, clone, run = {}, tfutil.Network.__init__, tfutil.Network.clone, tfutil.run

    def weights():
        return {name: dict(zip(net.vars, run(list(net.vars.values())))) for name, net in networks.items()}

    def started(self, name=None, func=None, **kwargs):
        start(self, name, func, **kwargs)
        networks[name] = self
        moved = {v: run(v) + 0.2 * rng.standard_normal(v.shape.as_list()) for v in self.trainables.values()}
        tfutil.set_vars(moved)
        log["start"] = weights()

    def cloned(self, name=None):
        networks[name] = clone(self, name)
        return networks[name]

    def watched(fetches, feeds=None):
        result = run(fetches) if feeds is None else run(fetches, feeds)
        if isinstance(fetches, list) and feeds is not None and len(feeds) == 3:  # lod, learning rate, minibatch
            log["settings"].append([float(value) for value in feeds.values()])
            log["weights"].append(weights())
        return result

    tfutil.Network.__init__, tfutil.Network.clone, tfutil.run = started, cloned, watched


def ours(path):
    """Trains with our code on what the official one drew; returns a row of differences for each round.

    Args:
        path: file that `official` wrote.
    """
    import keras
    import tensorflow as tf

    from keras_gans import PGGAN, noise, penalties, pixels, schedules
    from keras_gans.models.pggan import published

    log, rows = pickle.loads(pathlib.Path(path).read_bytes()), []
    queues = {name: iter(log[name]) for name in ("reals", "mirror", "mixing", "d_latents", "g_latents")}

    def take(name, shape):
        drawn = tf.numpy_function(lambda: next(queues[name]), [], tf.uint8 if name == "reals" else tf.float32)
        drawn.set_shape(shape)
        return drawn

    class Replay(PGGAN):
        def unpack(self, data):
            side = self.generator.resolutions[self.stage][0]
            images = tf.transpose(take("reals", [None, 3, side, side]), [0, 2, 3, 1])
            return pixels.to_float(tf.where(take("mirror", [None, 1, 1, 1]) < 0.5, images, images[:, :, ::-1])), None

        def draw_latents(self, stream, n):
            self.turns = getattr(self, "turns", 0) + 1
            return take("d_latents" if self.turns % 2 else "g_latents", [None, LATENTS])

    class Compare(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            (lod, rate, _), (_, g_rate, _) = log["settings"][2 * len(rows) : 2 * len(rows) + 2]
            d_step, g_step = log["weights"][2 * len(rows) : 2 * len(rows) + 2]
            found = [float(x) for x in (model.lod, model.d_optimizer.learning_rate, model.g_optimizer.learning_rate)]
            np.testing.assert_allclose(found, [lod, rate, g_rate], atol=1e-6)
            row = dict(round=len(rows), lod=round(lod, 4))
            for name, network, official in (
                ("G", model.generator, g_step["G"]),
                ("D", model.discriminator, d_step["D"]),
                ("Gs", model.averaged_generator, d_step["Gs"]),
            ):
                have = published.variables_of(network)
                differences = np.concatenate([np.abs(have[k] - official[k]).ravel() for k in have])
                row[name] = [float(f"{v:.1e}") for v in (differences.max(), np.quantile(differences, 0.999))]
                published.load_variables(network, official)
            rows.append(row)

    mixing = types.SimpleNamespace(uniform=lambda shape: take("mixing", [None, 1, 1, 1]))
    penalties.noise = Like(noise, current=lambda: mixing)
    model = Replay(RESOLUTION, latent_dim=LATENTS, fmap_base=8 * MAPS, fmap_max=MAPS)
    factors = {RESOLUTION: LAST_RATE / RATE}
    settings = dict(batch_size=DEFAULT_BATCH, batch_sizes=BATCHES, minibatch_repeats=REPEATS)
    schedule = schedules.ProgressiveSchedule(
        RESOLUTION, PHASE, PHASE, total_images=IMAGES, learning_rate_factors=factors, **settings
    )
    model.compile(schedule=schedule, average_decay=DECAY)
    for network, name in ((model.generator, "G"), (model.discriminator, "D"), (model.averaged_generator, "G")):
        published.load_variables(network, log["start"][name])
    model.fit(np.zeros([16, *model.image_shape], "uint8"), verbose=0, callbacks=[Compare()])
    if 2 * len(rows) != len(log["settings"]):
        raise SystemExit(f"The official code made {len(log['settings']) / 2} rounds, ours {len(rows)}")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", help="working tree of tkarras/progressive_growing_of_gans")
    parser.add_argument("--official", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.official:
        return official(args.checkout, args.official)
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    import common

    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "log.pkl")
        subprocess.run([sys.executable, __file__, args.checkout, "--official", path], check=True)
        rows = ours(path)
    largest = {name: [max(row[name][k] for row in rows) for k in (0, 1)] for name in ("G", "D", "Gs")}
    print(len(rows), "rounds; largest difference of a weight, and of all but a thousandth:", largest)
    sys.argv = [__file__, "CHECKOUT"]
    print(common.write_json("official_pggan", {"largest_and_quantile_0.999": largest, "rounds": rows}, seed=0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
