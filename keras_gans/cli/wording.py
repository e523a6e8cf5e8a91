"""What the data readers say, in the words of the command line: options instead of Python's arguments."""

import re

OPTIONS = {  # argument: option with a value
    "load_size": "--load-size",
    "max_upscale": "--max-upscale",
    "depth": "--depth",
    "crop": "--crop",
    "split": "--split",
    "data_dir": "--data-dir",
    "resolution": "--resolution",
    "direction": "--direction",
    "check": "--set check=",
    "num_classes": "--set num_classes=",
    "channels": "--set channels=",
}
FLAGS = {"skip_broken=True": "--skip-broken", "mirror=True": "--mirror", "labels=True": "--labels", "pad=True": "--pad"}
# not within a path or a quoted name
_VALUE = re.compile(
    rf"""(?<![\w/\\'"-])({"|".join(OPTIONS)})=(?:"([^"]*)"|'([^']*)'|(\(\d+, \d+\)|[\w.*%:\[\]+-]*\w\]?|))"""
)
_ARGUMENT = re.compile(r"\w+(?:=True)? \((--[\w-]+)\)")
_PLAIN = re.compile(r"(?<![\w/\\'\"-])(load_size|max_upscale|data_dir|skip_broken)(?![\w/=])")


def as_options(text):
    r"""Rewrites what a `DataError` or `ValueError` of `keras_gans.data` says; names of files stay as they are.

    Args:
        text: str, one or more lines; those that start with two spaces are `  NAME: REASON`.

    Returns:
        str.

    Example:

    >>> as_options('depth=8 brings all of them to 8 bits.\n  a/depth=8.png: only depth=16\nPass crop="random".')
    '--depth 8 brings all of them to 8 bits.\n  a/depth=8.png: only --depth 16\nPass --crop random.'
    """
    lines = []
    for line in text.split("\n"):
        name, colon, rest = line.partition(": ") if line.startswith("  ") else ("", "", line)
        lines.append(name + colon + _rewritten(rest))
    return "\n".join(lines)


def _rewritten(text):
    text = _ARGUMENT.sub(r"\1", text)  # skip_broken=True (--skip-broken)
    for flag, option in FLAGS.items():
        text = re.sub(rf"(?<![\w/]){flag}\b", option, text)

    def option(found):
        value = found[2] or found[3] or found[4] or ""
        value = re.sub(r"^\((\d+), \1\)$", r"\1", value)  # a square is one number on the command line
        name = OPTIONS[found[1]]
        return name + value if name.endswith("=") else f"{name} {value}".rstrip()

    return _PLAIN.sub(lambda found: "--" + found[1].replace("_", "-"), _VALUE.sub(option, text))
