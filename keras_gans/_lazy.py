"""How the package stays light and its classes are known to Keras all the same.

Keras resolves a saved class only among the classes that have been registered; it imports no module of ours. So the
modules that register must have been imported before `keras.models.load_model`: at once where Keras is loaded already
(TensorFlow is then paid for), else by a hook that runs when Keras has finished importing.
"""

import importlib
import importlib.abc
import os
import platform
import sys
import threading
import warnings

# Whatever these import is registered with them: models import their layers, losses and penalties.
REGISTERING_MODULES = (
    "keras_gans.losses",
    "keras_gans.penalties",
    "keras_gans.schedules",
    "keras_gans.layers",
    "keras_gans.models",
)
# These do not run networks, and so work beside any backend.
_ANY_BACKEND = {"keras_gans.data", "keras_gans.noise", "keras_gans.pixels", "keras_gans.schedules"}


def ask_for_onednn():
    """Sets the environment variable TF_ENABLE_ONEDNN_OPTS to 1 on x86, unless it has a value or TensorFlow is loaded.

    TensorFlow turns oneDNN's kernels on by itself only where a processor has instructions for neural networks (AVX-512
    VNNI and later). A training step of DCGAN takes 1.3 times as long without them on one that has AVX2 only
    (docs/speed.md). The variable is read once, when TensorFlow is loaded.
    """
    if "tensorflow" not in sys.modules and platform.machine().lower() in ("x86_64", "amd64"):
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def load(module, name):
    """Imports what a public name stands for.

    Args:
        module: str, the dotted name of the module that `name` is or lives in.
        name: str, the public name: the last part of `module`, or an attribute of it.

    Returns:
        The module, or its attribute `name`.

    Raises:
        ImportError: where Keras runs on a backend other than TensorFlow and `name` needs it.

    Example:

    >>> load("keras_gans.noise", "noise").__name__
    'keras_gans.noise'
    """
    if module not in _ANY_BACKEND:
        require_tensorflow_backend()
    loaded = importlib.import_module(module)
    return loaded if module == f"keras_gans.{name}" else getattr(loaded, name)


def require_tensorflow_backend():
    """Says in one sentence that Keras must run on TensorFlow, where it does not.

    Raises:
        ImportError: where the Keras backend is another one.
    """
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend == "tensorflow":  # not told, or told: the configuration file and Keras itself have the last word
        import keras

        backend = keras.config.backend()
    if backend != "tensorflow":
        raise ImportError(
            "keras_gans runs on Keras' TensorFlow backend only: set KERAS_BACKEND=tensorflow before Keras is imported. "
            f"Received: backend={backend!r}"
        )


def register_with_keras():
    """Makes our classes known to Keras: now where Keras is loaded, else as soon as it has been imported."""
    hook = AfterImport("keras", "keras_gans", _import_registering_modules)
    if "keras" not in sys.modules:
        hook.install()
    elif not getattr(sys.modules["keras"].__spec__, "_initializing", False):
        hook.run()
    # else Keras itself is importing us, half-way through: our classes get registered when a name of ours is touched.


def _import_registering_modules():
    keras = sys.modules.get("keras")
    if keras is None or keras.config.backend() != "tensorflow":
        return
    for module in REGISTERING_MODULES:
        importlib.import_module(module)


class AfterImport(importlib.abc.MetaPathFinder):
    """Calls a function once, after a module has been imported for the first time.

    If a module of our own package imports it, the function has to wait until that one is complete, too: it would meet
    half of it. A failure of the function becomes a warning: the import of the other module never suffers from us.

    Args:
        module: str, the top-level module to wait for.
        package: str, our own package.
        function: called without arguments when the import has succeeded.

    Example:

    >>> hook = AfterImport("this_module_is_never_imported", "nor_this", lambda: None)
    >>> hook.install()
    >>> hook in sys.meta_path
    True
    >>> hook.remove()
    >>> hook in sys.meta_path
    False
    """

    def __init__(self, module, package, function):
        self.module = module
        self.package = package
        self.function = function
        self.imported = False  # the awaited module
        self.thread = threading.local()  # its `depth`: how many of the watched modules it is in the midst of importing

    def install(self):
        """Puts the hook in front of Python's finders."""
        sys.meta_path.insert(0, self)

    def remove(self):
        """Takes the hook away; harmless when it is gone already."""
        try:
            sys.meta_path.remove(self)
        except ValueError:
            pass

    def find_spec(self, fullname, path=None, target=None):
        """Python's question for `fullname`: answered for watched modules only, by the other finders' answer."""
        if fullname != self.module and not fullname.startswith(self.package + "."):
            return None
        finders = list(sys.meta_path)
        after_us = finders[finders.index(self) + 1 :] if self in finders else []
        spec = next(filter(None, (finder.find_spec(fullname, path, target) for finder in after_us)), None)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, self)
        return spec

    def execute(self, loader, module):
        """Executes a watched module, and calls the function if that was what it waits for."""
        depth = getattr(self.thread, "depth", 0)
        self.thread.depth = depth + 1
        try:
            loader.exec_module(module)  # a failure is raised as it is, and the hook stays for another try
        finally:
            self.thread.depth = depth
        self.imported = self.imported or module.__name__ == self.module
        if self.imported and depth == 0 and self in sys.meta_path:
            self.run()

    def run(self):
        """Calls the function, once; turns its failure into a warning."""
        self.remove()
        try:
            self.function()
        except Exception as error:
            if type(error).__name__ == "_DeadlockError":  # another thread is importing a module of ours: after that
                self.install()
                return
            warnings.warn(
                f"keras_gans could not register its classes with Keras, so `keras.models.load_model` will not find "
                f"them: {type(error).__name__}: {error}",
                RuntimeWarning,
                stacklevel=2,
            )


class _Loader(importlib.abc.Loader):
    """A watched module's own loader, called through the hook; it leaves no trace on the module."""

    def __init__(self, loader, hook):
        self.loader = loader
        self.hook = hook

    def __getattr__(self, name):  # is_package, get_data, get_resource_reader ...
        return getattr(self.loader, name)

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.hook.execute(self.loader, module)
