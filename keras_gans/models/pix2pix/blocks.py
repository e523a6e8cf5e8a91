"""What all networks of pix2pix are made of: convolution, normalisation, activation, and how they start."""

import keras
import numpy as np
from keras import layers

from keras_gans.layers.current_batch_normalization import CurrentBatchNormalization
from keras_gans.layers.dropout import Dropout
from keras_gans.layers.instance_normalization import InstanceNormalization
from keras_gans.layers.leaky_relu import leaky_relu
from keras_gans.layers.padded_conv2d import PaddedConv2D
from keras_gans.layers.strided_conv2d import StridedConv2D
from keras_gans.layers.strided_conv2d_transpose import StridedConv2DTranspose

NORMALIZATIONS = {"batch": CurrentBatchNormalization, "instance": InstanceNormalization, "none": None}


class Conv2D(StridedConv2D):
    """`StridedConv2D` under the name of Keras' layer, by which a saved model finds its weights."""


class Conv2DTranspose(StridedConv2DTranspose):
    """`StridedConv2DTranspose` under the name of Keras' layer, by which a saved model finds its weights."""


class Blocks:
    """The layers of one network under one set of conventions; weights start from N(0, 0.02²), γ from N(1, 0.02²).

    Args:
        normalization: "batch", "instance" or "none".
        dtype: dtype policy of the layers, or None.
        seed: integer, seed of the initial weights.
    """

    def __init__(self, normalization="batch", dtype=None, seed=0):
        self.normalization = NORMALIZATIONS[normalization]
        self.dtype = dtype
        self.seeds = np.random.RandomState(seed)

    def _weights(self, use_bias):
        initializer = keras.initializers.RandomNormal(stddev=0.02, seed=int(self.seeds.randint(2**31)))
        return dict(kernel_initializer=initializer, use_bias=use_bias, dtype=self.dtype)

    def conv(self, x, filters, size, stride, pad, use_bias, name):
        """Convolution with `pad` zeros at each side."""
        return PaddedConv2D(filters, size, stride, pad=pad, **self._weights(use_bias), name=name)(x)

    def down(self, x, filters, use_bias, name):
        """4x4 convolution of stride 2 on even sizes: with one zero at each side."""
        return Conv2D(filters, 4, 2, "same", **self._weights(use_bias), name=name)(x)

    def up(self, x, filters, use_bias, name):
        """4x4 transposed convolution of stride 2: twice the size."""
        return Conv2DTranspose(filters, 4, 2, "same", **self._weights(use_bias), name=name)(x)

    def up_odd(self, x, filters, use_bias, name):
        """3x3 transposed convolution of stride 2: twice the size, as PyTorch's with padding 1, output padding 1."""
        x = layers.Conv2DTranspose(filters, 3, 2, "valid", **self._weights(use_bias), name=name)(x)  # [N 2H+1 2W+1 C]
        return layers.Cropping2D(((1, 0), (1, 0)), dtype=self.dtype, name=f"{name}_crop")(x)

    def norm(self, x, name):
        """Normalisation, or nothing."""
        if self.normalization is None:
            return x
        seed = int(self.seeds.randint(2**31))
        return self.normalization(gamma_stddev=0.02, seed=seed, dtype=self.dtype, name=name)(x)

    def leaky_relu(self, x, name):
        """max(x, 0.2 x)."""
        return layers.Activation(leaky_relu, dtype=self.dtype, name=name)(x)

    def relu(self, x, name):
        """max(x, 0)."""
        return layers.ReLU(dtype=self.dtype, name=name)(x)

    def dropout(self, x, rate, name):
        """Dropout of the noise of the scope, or nothing."""
        return Dropout(rate, dtype=self.dtype, name=name)(x) if rate else x

    def concat(self, parts, name):
        """Joins feature maps."""
        return layers.Concatenate(dtype=self.dtype, name=name)(parts)

    def tanh(self, x, name):
        """tanh, in float32."""
        return layers.Activation("tanh", dtype="float32", name=name)(x)


def check_network(normalization, dropout=0.0, **counts):
    """Checks what the constructors of all networks take.

    Args:
        normalization: "batch", "instance", "none" or None.
        dropout: share in [0, 1).
        **counts: integers of at least 1.

    Returns:
        The name of the normalisation.

    Raises:
        ValueError: If an argument is out of range.
    """
    normalization = "none" if normalization is None else normalization
    if normalization not in list(NORMALIZATIONS):
        raise ValueError(
            f"normalization must be one of {', '.join(NORMALIZATIONS)}. Received: normalization={normalization!r}"
        )
    if isinstance(dropout, bool) or not isinstance(dropout, (int, float, np.floating)) or not 0 <= dropout < 1:
        raise ValueError(f"dropout must be in [0, 1). Received: dropout={dropout!r}")
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"{name} must be an integer of at least 1. Received: {name}={value!r}")
    return normalization


def check_flags(**flags):
    """Raises ValueError unless all are True or False: "no" would be taken for yes.

    Args:
        **flags: values by the names that the message calls them.

    Example:

    >>> check_flags(use_bias=True)
    """
    for name, value in flags.items():
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"{name} must be True or False. Received: {name}={value!r}")


def check_layers(dropout_layers):
    """Returns the numbers of layers as a sorted list.

    Args:
        dropout_layers: integers of at least 1; those beyond the network's depth say nothing.

    Raises:
        ValueError: If they are none.

    Example:

    >>> check_layers((3, 1))
    [1, 3]
    """
    layers = list(dropout_layers) if isinstance(dropout_layers, (list, tuple, range, np.ndarray)) else [None]
    if any(isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1 for k in layers):
        raise ValueError(
            f"dropout_layers must be a list of integers of at least 1. Received: dropout_layers={dropout_layers!r}"
        )
    return sorted(int(k) for k in layers)


class Network(keras.Model):
    """Base of the networks: a functional model that is built from its constructor's arguments and saved as them.

    Subclasses set `_settings`, the arguments as plain data, and say in `check_sides` which images they take.
    """

    def __call__(self, inputs, *args, **kwargs):  # not `call`, around whose errors Keras prints all arguments
        shapes = [tuple(getattr(x, "shape", ())) for x in keras.tree.flatten(inputs)]
        wanted = [x.shape[-1] for x in self.inputs]
        if len(shapes) != len(wanted) or any(
            len(shape) == 4 and shape[-1] not in (None, channels) for shape, channels in zip(shapes, wanted)
        ):
            images = [f"{x.name} [N, H, W, {channels}]" for x, channels in zip(self.inputs, wanted)]
            raise ValueError(f"Expected {' and '.join(images)}. Received: {_listed(shapes)}")
        if all(len(shape) == 4 for shape in shapes):  # others Keras refuses
            counts, heights, widths = ({shape[axis] for shape in shapes} - {None} for axis in (0, 1, 2))
            if len(counts) > 1:
                raise ValueError(f"There must be an output for each input. Received: {_listed(shapes)}")
            self.check_sides(heights, widths)
        return super().__call__(inputs, *args, **kwargs)

    def check_sides(self, heights, widths):
        """Raises ValueError if the network cannot take images of such sides, as far as they are known.

        Args:
            heights: set of integers, one where all inputs are alike.
            widths: likewise.
        """
        multiple = self.multiple_of
        if any(side % multiple for side in heights | widths):
            raise ValueError(
                f"The sides of images must be multiples of {multiple}. "
                f"Received: {' or '.join(map(str, heights))} x {' or '.join(map(str, widths))} pixels"
            )

    def get_config(self):
        return {**self._settings, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _listed(shapes):
    shown = " and ".join(str(list(shape)) for shape in shapes[:2])
    return f"{len(shapes)} arrays" if len(shapes) > 2 else f"shape{'s' * (len(shapes) != 1)} {shown}"


def dtype_name(dtype):
    """The name of a dtype policy, None for Keras' global one.

    Args:
        dtype: name, policy, its config, or None.

    Raises:
        ValueError: If it names no policy.
    """
    try:
        return None if dtype is None else keras.dtype_policies.get(dtype).name
    except (ValueError, TypeError) as error:
        raise ValueError(
            f'dtype must be "float32", "mixed_bfloat16" or "mixed_float16". Received: dtype={dtype!r}'
        ) from error
