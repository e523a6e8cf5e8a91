"""Sphinx's settings. `make docs` turns warnings into errors."""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(pathlib.Path(__file__).parent / "_ext"))

import keras_gans

project = "keras_gans"
author = "The keras_gans authors"
copyright = "The keras_gans authors, Apache-2.0"
version = release = keras_gans.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "house_docstrings"]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_ext"]
suppress_warnings = ["myst.header"]

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_inherit_docstrings = False
autodoc_preserve_defaults = True
html_theme = "furo"
html_title = f"keras_gans {release}"
html_show_sourcelink = False
