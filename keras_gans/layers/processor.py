"""What this processor is slow at: TensorFlow's derivatives of convolutions, where it has to do without oneDNN."""

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


@functools.cache
def uses_onednn():
    """Returns whether TensorFlow's kernels are oneDNN's: what TF_ENABLE_ONEDNN_OPTS was when TensorFlow was loaded."""
    try:
        from tensorflow.python.util import _pywrap_util_port  # nothing public says it (2.21)
    except ImportError:
        return True
    return _pywrap_util_port.IsMklEnabled()


def works_with_avx2():
    """Returns whether convolutions run on an x86 processor without AVX-512, and not on a GPU."""
    return lacks_avx512() and not tf.config.list_physical_devices("GPU")


def multiplies_by_onednn(dtype):
    """Returns whether products of matrices are oneDNN's, in float32, on a processor.

    Args:
        dtype: of the matrices.
    """
    return dtype == tf.float32 and uses_onednn() and not tf.config.list_physical_devices("GPU")


def multiplies_with_avx2(dtype):
    """Returns whether products are oneDNN's, in float32, on an x86 processor without AVX-512.

    Args:
        dtype: of the matrices.
    """
    return lacks_avx512() and multiplies_by_onednn(dtype)


def slow_derivatives(dtype):
    """Returns whether TensorFlow's derivatives of convolutions fall far behind its convolutions here.

    Without AVX-512, TensorFlow leaves oneDNN out unless it is asked for. Then the gradient by the input runs at 12 to
    146 GFLOP/s where the convolution itself does 82 to 169 (TensorFlow 2.21; 3x3, 128 channels, 4x4 to 32x32, float32,
    two Zen 3 cores), and at 27 to 74 instead of 63 to 132 for a stride of 2. In bfloat16, which oneDNN does not have
    there, both gradients run at 5 GFLOP/s.

    Args:
        dtype: of the convolution.
    """
    return works_with_avx2() and (dtype == tf.bfloat16 or not uses_onednn())


def in_known_dtype(operation, *operands):
    """Returns operation(*operands), worked out in float32 where convolutions' derivatives in bfloat16 are slow.

    Args:
        operation: function of tensors, a convolution or a derivative of one.
        *operands: tensors of one dtype, which the result has too.
    """
    dtype = operands[0].dtype
    if dtype != tf.bfloat16 or not slow_derivatives(dtype):
        return operation(*operands)
    return tf.cast(operation(*(tf.cast(operand, tf.float32) for operand in operands)), dtype)
