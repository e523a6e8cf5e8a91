"""What the processor is good at: TensorFlow's convolutions are oneDNN's, which are written for AVX-512 first."""

import functools

import tensorflow as tf


@functools.cache
def lacks_avx512():
    """Returns whether this is an x86 processor without AVX-512, as far as Linux says."""
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((line.split(":")[1].split() for line in file if line.startswith("flags")), ["avx512f"])
    except OSError:
        return False
    return "avx512f" not in flags


def slow_derivatives():
    """Returns whether TensorFlow's derivatives of convolutions fall far behind its convolutions here.

    Without AVX-512, TensorFlow 2.21's gradient by the input runs at 12 to 146 GFLOP/s where the convolution itself does
    82 to 169 (3x3, 128 channels, 4x4 to 32x32, float32, two Zen 3 cores), and at 27 to 74 instead of 63 to 132 for a
    stride of 2. In bfloat16 oneDNN is left out altogether, and both gradients run at 5 GFLOP/s.
    """
    return lacks_avx512() and not tf.config.list_physical_devices("GPU")


def in_known_dtype(operation, *operands):
    """Returns operation(*operands), worked out in float32 where convolutions' derivatives in bfloat16 are slow.

    Args:
        operation: function of tensors, a convolution or a derivative of one.
        *operands: tensors of one dtype, which the result has too.
    """
    dtype = operands[0].dtype
    if dtype != tf.bfloat16 or not slow_derivatives():
        return operation(*operands)
    return tf.cast(operation(*(tf.cast(operand, tf.float32) for operand in operands)), dtype)
