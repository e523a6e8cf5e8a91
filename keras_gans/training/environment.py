"""What besides the run itself decides the bits of a training step: versions, processor, threads."""

import importlib.metadata
import os
import platform

PACKAGES = ("tensorflow", "keras", "numpy", "keras-gans")
VARIABLES = ("TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "TF_DETERMINISTIC_OPS", "XLA_FLAGS")


def describe():
    """Describes the environment that a run is trained in.

    Returns:
        dict of plain JSON values: versions of Python and of the packages that compute, the processor's name, the
        number of processors that this process may use, TensorFlow's thread counts (0: one a processor), the GPUs, and
        the environment variables that choose kernels.

    Example:

    >>> describe()["python"] == platform.python_version()
    True
    """
    import tensorflow as tf

    threading = tf.config.threading
    return {
        "python": platform.python_version(),
        **{package.replace("-", "_"): _version(package) for package in PACKAGES},
        "processor": processor(),
        "processors": usable_processors(),
        "intra_op_threads": threading.get_intra_op_parallelism_threads() or _number("TF_NUM_INTRAOP_THREADS"),
        "inter_op_threads": threading.get_inter_op_parallelism_threads() or _number("TF_NUM_INTEROP_THREADS"),
        "gpus": [
            tf.config.experimental.get_device_details(gpu).get("device_name", "GPU")
            for gpu in tf.config.list_physical_devices("GPU")
        ],
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }


def differences(before, now):
    """Lists in words what differs between two environments.

    Args:
        before: dict of `describe()`, of when the run was written.
        now: dict of `describe()`, of today.

    Returns:
        list of str, one a difference, in the order of the names; empty where they are alike.

    Example:

    >>> differences({"keras": "3.15.0", "processors": 2}, {"keras": "3.15.1", "processors": 2})
    ["keras was '3.15.0' and is '3.15.1'"]
    """
    return [
        f"{key} was {before.get(key)!r} and is {now.get(key)!r}"
        for key in sorted({*before, *now})
        if before.get(key) != now.get(key)
    ]


def processor():
    """The processor's name, for example "AMD EPYC 9B14"."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def usable_processors():
    """The number of processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _version(package):
    if package == "keras-gans":
        import keras_gans

        return keras_gans.__version__
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # tensorflow-cpu, a nightly build
        return __import__(package).__version__


def _number(variable):
    value = os.environ.get(variable, "")
    return int(value) if value.isdigit() else 0
