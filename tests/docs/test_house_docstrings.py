import importlib.util
import pathlib

import pytest

pytest.importorskip("myst_parser")
_path = pathlib.Path(__file__).parents[2] / "docs" / "_ext" / "house_docstrings.py"
_spec = importlib.util.spec_from_file_location("house_docstrings", _path)
house_docstrings = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(house_docstrings)

DOCSTRING = """Adds.

s = a_b * c | d

Args:
    x, y: what is added,
        twice: over.
    **kwargs: of the base.

Input shape: [N, C].

Raises:
    ValueError: if `x` is none.

Example:

>>> add(1,
...     2)
3

More words.
"""

MARKDOWN = """Adds.

s = a_b * c | d


**Args**

- `x`, `y`: what is added,
  twice: over.
- `**kwargs`: of the base.


**Input shape**

[N, C].


**Raises**

- `ValueError`: if `x` is none.


**Example**


```pycon
>>> add(1,
...     2)
3
```

More words."""


def test_sections_become_lists_and_examples_code():
    assert squeezed(house_docstrings.to_markdown(DOCSTRING)) == squeezed(MARKDOWN)


def test_an_example_at_the_end_is_closed():
    assert house_docstrings.to_markdown("Adds.\n\n>>> 1 + 1\n2").endswith("2\n```")


def squeezed(text):
    return [line for line in text.splitlines() if line.strip()]
