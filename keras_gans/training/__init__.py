"""Training in run folders: checkpoints, exact resume, callbacks. Names load when they are first touched."""

import importlib

_NAMES = {
    "Checkpoint": "checkpoints",
    "CheckpointError": "errors",
    "CheckpointSaver": "callbacks",
    "EventLog": "callbacks",
    "Health": "callbacks",
    "JsonLines": "callbacks",
    "MetricScores": "callbacks",
    "NonFiniteError": "errors",
    "NonFiniteGuard": "callbacks",
    "Outcome": "trainer",
    "Progress": "callbacks",
    "RunFolder": "run_folder",
    "SampleGrid": "callbacks",
    "StopOnSignal": "callbacks",
    "TensorBoardScalars": "callbacks",
    "train": "trainer",
}

__all__ = list(_NAMES)


def __getattr__(name):
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_NAMES})
