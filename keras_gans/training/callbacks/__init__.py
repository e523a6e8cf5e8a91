"""Callbacks for `fit`: what `keras-gans train` uses, and anybody may."""

from keras_gans.training.callbacks.checkpoint_saver import CheckpointSaver
from keras_gans.training.callbacks.event_log import EventLog
from keras_gans.training.callbacks.health import Health
from keras_gans.training.callbacks.json_lines import JsonLines
from keras_gans.training.callbacks.metric_scores import MetricScores
from keras_gans.training.callbacks.non_finite_guard import NonFiniteGuard
from keras_gans.training.callbacks.progress import Progress
from keras_gans.training.callbacks.sample_grid import SampleGrid
from keras_gans.training.callbacks.stop_on_signal import StopOnSignal
from keras_gans.training.callbacks.tensorboard_scalars import TensorBoardScalars

__all__ = [
    "CheckpointSaver",
    "EventLog",
    "Health",
    "JsonLines",
    "MetricScores",
    "NonFiniteGuard",
    "Progress",
    "SampleGrid",
    "StopOnSignal",
    "TensorBoardScalars",
]
