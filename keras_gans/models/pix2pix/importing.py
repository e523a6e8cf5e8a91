"""`Pix2Pix.from_torch_state_dict` and `Pix2Pix.from_tensorflow_variables`."""

import os

import numpy as np

from keras_gans.models.pix2pix import published


class Importing:
    """Class methods of `Pix2Pix` that build a model around the weights of others."""

    @classmethod
    def from_torch_state_dict(cls, path, discriminator=None, **overrides):
        """Returns a model with the weights of a PyTorch generator of the common implementation.

        U-Nets of any depth and residual networks, with batch or instance norm, as `latest_net_G.pth` of
        pytorch-CycleGAN-and-pix2pix holds them; architecture, channels and filters are read off the names and shapes.
        Nothing in the file is executed, and PyTorch is not needed. Moving statistics are left out: images are
        normalised by their own, as that code does unless it is told `--eval`.

        Args:
            path: file of `torch.save`, or a dict of name -> array.
            discriminator: likewise, of the discriminator (`latest_net_D.pth`); None: a new one.
            **overrides: arguments of `Pix2Pix` that cannot be read off, or should differ: resolution, dropout,
                dropout_layers, seed, dtype, ...

        Raises:
            ValueError: If a file is no such state dict (names that are missing, left over or of another shape are
                listed), or is refused because it mentions anything but tensors.
        """
        state = published.clean(_state_of(path))
        config, rows = published.torch_generator(state)
        config["discriminator_filters"] = min(config["filters"], 64)
        scores = None
        if discriminator is not None:
            scores = published.clean(_state_of(discriminator))
            field, channels, filters, score_rows = published.torch_discriminator(scores)
            known = config["input_channels"] + config["output_channels"]
            if channels not in (known, config["output_channels"]):
                raise ValueError(f"The discriminator must see {known} channels. Received: {channels}")
            config.update(receptive_field=field, discriminator_filters=filters, conditional=channels == known)
        else:
            config["receptive_field"] = _largest_field(config["resolution"])
        model = cls(**{**config, **overrides})
        published.load(model.generator, rows, state)
        if scores is not None:
            published.load(model.discriminator, score_rows, scores)
        return model

    @classmethod
    def from_tensorflow_variables(cls, source, **overrides):
        """Returns a model with the variables of affinelayer/pix2pix-tensorflow.

        Args:
            source: prefix of a checkpoint ("model-200000"), a folder with one, or a dict of name -> array. With the
                discriminator's variables it is taken over too; those of the optimizers are left out.
            **overrides: arguments of `Pix2Pix` that should differ.

        Raises:
            ValueError: If they are no such variables (names that are missing, left over or of another shape are
                listed).
        """
        variables = _variables_of(source)
        config, rows = published.tensorflow_generator(variables)
        score_rows = published.tensorflow_discriminator(variables)
        config["receptive_field"] = 70 if score_rows else _largest_field(config["resolution"])
        if score_rows:
            config["discriminator_filters"] = variables["discriminator/layer_1/conv2d/kernel"].shape[3]
        model = cls(**{**config, **overrides})
        for network, part, part_rows in (
            (model.generator, "generator/", rows),
            (model.discriminator, "discriminator/", score_rows),
        ):
            if part_rows:
                published.load(network, part_rows, {k: v for k, v in variables.items() if k.startswith(part)}, "/")
        return model


def _largest_field(resolution):
    """The paper's receptive field, or the largest that small images allow."""
    return 70 if resolution >= 32 else 16 if resolution >= 8 else 1


def _state_of(path):
    if isinstance(path, dict):
        return {str(name): np.asarray(value) for name, value in path.items()}
    from keras_gans.readers.torch_files import read_state_dict

    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"Expected a file of torch.save, or a dict of arrays. Received: {type(path).__name__}")
    if not os.path.isfile(path):
        raise ValueError(f"Expected a file of torch.save. Received: path={os.fspath(path)!r}, which is not there")
    try:
        return read_state_dict(path)
    except ValueError as error:
        if "key=None" not in str(error):
            raise
        raise ValueError(
            f"{error}, in {os.fspath(path)}: pass keras_gans.readers.torch_files.read_state_dict(path, key) instead"
        ) from None


def _variables_of(source):
    if isinstance(source, dict):
        return {str(name).removesuffix(":0"): np.asarray(value) for name, value in source.items()}
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(os.fspath(source))
        names = reader.get_variable_to_shape_map()
        wanted = [n for n in names if n.startswith(("generator/", "discriminator/")) and "Adam" not in n]
        wanted = [n for n in wanted if "ExponentialMovingAverage" not in n]
        return {name: reader.get_tensor(name) for name in sorted(wanted)}
    except (ValueError, tf.errors.OpError) as error:
        raise ValueError(
            f"Expected the prefix of a TensorFlow checkpoint, or a folder with one. Received: {os.fspath(source)!r} "
            f"({str(error).splitlines()[0][:200]})"
        ) from error
