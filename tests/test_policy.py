"""The rules of tests/policy.py, applied to the package; and each rule shown to be able to fail."""

import pathlib
import textwrap

import pytest

from tests import policy, policy_classes

ROOT = pathlib.Path(policy.__file__).parent.parent
PACKAGE = policy.read_package(ROOT)
RULES = [
    policy.files_are_short,
    policy.nothing_is_left_to_do,
    policy.imports_run_downward,
    policy.the_command_line_is_light,
    policy.subpackages_say_what_they_export,
    policy.no_assert_statements,
    policy.nothing_untrusted_is_executed,
    policy_classes.classes_are_registered,
    policy_classes.configs_are_complete,
    policy_classes.docstrings_are_complete,
    policy_classes.models_name_their_paper,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps(rule):
    assert rule(PACKAGE) == []


def test_the_package_is_found():
    assert len(PACKAGE) > 20 and "keras_gans/_lazy.py" in PACKAGE


def test_every_module_has_its_test_file():
    test_files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    assert policy.tests_mirror_the_package(PACKAGE, test_files) == []


def test_nothing_of_somebodys_machine_is_in_the_project():
    suffixes = {".py", ".md", ".cfg", ".toml", ".json", ".jsonl", ".txt", ".html", ".rst", ".yml", ""}
    places = ["keras_gans", "tests", "benchmarks", "recipes", "docs"]
    files = [path for place in places for path in (ROOT / place).rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file()]
    files = [f for f in files if f.suffix in suffixes and "_build" not in f.parts and "__pycache__" not in f.parts]
    files = [f for f in files if f.name not in ("policy.py", "test_policy.py", ".coverage")]
    texts = {f.relative_to(ROOT).as_posix(): f.read_text(encoding="utf-8", errors="replace") for f in files}
    assert policy.no_paths_of_a_machine(texts) == []


# --- each rule can fail

LAYER = """
    '''Layers.'''
    import keras

    @keras.saving.register_keras_serializable(package="keras_gans")
    class Scale(keras.layers.Layer):
        '''Multiplies.

        Args:
            factor: float, the factor.

        Raises:
            ValueError: If it is zero.
        '''

        def __init__(self, factor, **kwargs):
            super().__init__(**kwargs)
            if not factor:
                raise ValueError("factor")
            self.factor = factor

        def call(self, x):
            return x * self.factor

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}
    """
GOOD = {
    "keras_gans/layers/scale.py": LAYER,
    "keras_gans/layers/__init__.py": """
    '''Layers.'''
    from keras_gans.layers.scale import Scale
    __all__ = ["Scale"]
    """,
    "keras_gans/models/tiny/model.py": """
    '''Tiny GAN, arXiv 0000.00000. Deviations: none known.'''
    from keras_gans.layers import Scale

    def build(width, *, depth=1, **rest):
        '''Builds
        a network.

        Args:
            width: int [N],
                as told: here.
            depth (int): layers.
            units: handed on.
        '''
        from keras_gans.serving import export_saved_model
        return Scale(width), export_saved_model
    """,
    "keras_gans/cli/main.py": """
    '''Commands.'''
    import click
    from keras_gans.cli import words

    def main():
        '''Runs.'''
        import numpy
        import keras_gans
        from keras_gans import DCGAN
    """,
}

BAD = [
    (policy.files_are_short, "keras_gans/data/a.py", "\n" * 401, "401 lines"),
    (policy.nothing_is_left_to_do, "keras_gans/data/a.py", "x = 1  # TODO: more", "TODO"),
    (policy.imports_run_downward, "keras_gans/data/a.py", "import keras_gans.models.gan", "data may not import"),
    (policy.imports_run_downward, "keras_gans/noise.py", "from keras_gans import pixels", "noise may not import"),
    (policy.imports_run_downward, "keras_gans/layers/a.py", "from keras_gans import DCGAN", "no place in the layout"),
    (policy.imports_run_downward, "keras_gans/layers/a.py", "def f():\n  from keras_gans import DCGAN", "above it"),
    (policy.imports_run_downward, "keras_gans/layers/a.py", "def f():\n  import keras_gans.models", "above it"),
    (policy.imports_run_downward, "keras_gans/models/gan.py", "from keras_gans import serving", "above it"),
    (policy.imports_run_downward, "keras_gans/models/gan.py", "class A:\n  import keras_gans.serving", "above it"),
    (policy.imports_run_downward, "keras_gans/models/gan.py", "from . import sampling", "relative import"),
    (policy.imports_run_downward, "keras_gans/utils2.py", "", "utils2 has no place"),
    (policy.the_command_line_is_light, "keras_gans/cli/main.py", "import numpy as np", "imports numpy"),
    (policy.the_command_line_is_light, "keras_gans/cli/main.py", "from keras_gans import data", "imports keras_gans"),
    (policy.subpackages_say_what_they_export, "keras_gans/data/__init__.py", "from os import path", "no __all__"),
    (policy.subpackages_say_what_they_export, "keras_gans/data/__init__.py", "__all__ = ['x']", "'x', which is not"),
    (policy.no_assert_statements, "keras_gans/data/a.py", "def f(x):\n  assert x > 0", ":2: assert"),
    (policy.nothing_untrusted_is_executed, "keras_gans/readers/a.py", "import pickle\npickle.load(f)", "pickle.load"),
    (policy.nothing_untrusted_is_executed, "keras_gans/readers/a.py", "from pickle import loads", "pickle.loads"),
    (policy.nothing_untrusted_is_executed, "keras_gans/data/a.py", "np.load(f, allow_pickle=True)", "allow_pickle"),
    (policy.nothing_untrusted_is_executed, "keras_gans/data/a.py", "eval('1')", "eval can execute"),
    (policy.nothing_untrusted_is_executed, "keras_gans/data/a.py", "load_model(f, safe_mode=False)", "safe_mode=False"),
    (policy_classes.classes_are_registered, "keras_gans/layers/a.py", "class A(keras.layers.Layer): pass", "A is not"),
    (
        policy_classes.classes_are_registered,
        "keras_gans/layers/a.py",
        "class _B(keras.Model): pass\nclass A(_B): pass",
        "A is",
    ),
    (
        policy_classes.classes_are_registered,
        "keras_gans/layers/a.py",
        "@keras.saving.register_keras_serializable(package='x')\nclass A(keras.losses.Loss): pass",
        "A is not registered",
    ),
    (
        policy_classes.configs_are_complete,
        "keras_gans/layers/a.py",
        LAYER.replace('"factor": ', '"f": '),
        "forgets 'factor'",
    ),
    (policy_classes.docstrings_are_complete, "keras_gans/layers/a.py", "x = 1", "module has no docstring"),
    (policy_classes.docstrings_are_complete, "keras_gans/layers/a.py", "def f(): pass", "f has no docstring"),
    (policy_classes.docstrings_are_complete, "keras_gans/layers/a.py", "def f():\n  '''Does'''", "is no sentence"),
    (policy_classes.docstrings_are_complete, "keras_gans/noise.py", "def f(x):\n  '''Does.'''", "no section Args"),
    (
        policy_classes.docstrings_are_complete,
        "keras_gans/noise.py",
        LAYER.replace("factor: float", "f: float"),
        "not explain",
    ),
    (
        policy_classes.docstrings_are_complete,
        "keras_gans/noise.py",
        LAYER.replace("Raises:", "Or:"),
        "no section Raises",
    ),
    (
        policy_classes.docstrings_are_complete,
        "keras_gans/noise.py",
        "def f(x):\n  '''Does.\n\n  Args:\n    x: x.\n    y: y.\n  '''",
        "explains 'y'",
    ),
    (
        policy_classes.docstrings_are_complete,
        "keras_gans/noise.py",
        LAYER.replace("def call", "def scaled"),
        "Scale.scaled has no docstring",
    ),
    (
        policy_classes.models_name_their_paper,
        "keras_gans/models/a/model.py",
        "'''A GAN.'''",
        "does not open with arXiv",
    ),
    (policy.no_paths_of_a_machine, "README.md", "cd /home/me", "somebody's machine"),
]


@pytest.mark.parametrize("rule", [*RULES, policy.no_paths_of_a_machine], ids=lambda rule: rule.__name__)
def test_good_sources_pass(rule):
    assert rule({path: textwrap.dedent(source) for path, source in GOOD.items()}) == []


def test_abstract_classes_need_no_registration():
    base = "class Base(keras.layers.Layer): pass\nclass _Leaf(Base): pass"
    assert policy_classes.classes_are_registered({"keras_gans/layers/a.py": base}) == []
    export = "from keras_gans.layers.a import Base\n__all__ = ['Base']"
    assert policy_classes.classes_are_registered(
        {"keras_gans/layers/a.py": base, "keras_gans/layers/__init__.py": export}
    )


def test_only_what_help_imports_must_be_light():
    sources = {
        "keras_gans/cli/main.py": "from keras_gans.cli import words\ndef f():\n  from keras_gans.cli import train",
        "keras_gans/cli/words.py": "import click",
        "keras_gans/cli/train.py": "import numpy",
    }
    assert policy.the_command_line_is_light(sources) == []
    complaints = policy.the_command_line_is_light({**sources, "keras_gans/cli/words.py": "import numpy as np"})
    assert complaints == ["keras_gans/cli/words.py:1: imports numpy before it is needed; import it inside the function"]


def test_arguments_stored_by_a_base_need_no_key():
    source = """
    class A(keras.layers.Dense):
        def __init__(self, units, rate=1, **kwargs):
            super().__init__(units=units, **kwargs)
    class C(keras.layers.Dense):
        def __init__(self, units, rate=1, **kwargs):
            super().__init__(units, rate, **kwargs)
    class B(keras.Model):
        def __init__(self, units, rate=1):
            self.config = dict(locals())
    """
    complaints = policy_classes.configs_are_complete({"keras_gans/layers/a.py": textwrap.dedent(source)})
    assert complaints == ["keras_gans/layers/a.py:3: A.get_config forgets 'rate'"]


def test_names_that_load_lazily_are_exported():
    sources = {
        "keras_gans/training/__init__.py": "'''Training.'''\n_NAMES = {'train': 'trainer'}\n__all__ = list(_NAMES)",
        "keras_gans/training/trainer.py": "'''T.'''\ndef train(model):\n  '''Trains.'''\ndef s(x):\n  '''Steps.'''",
    }
    complaints = policy_classes.docstrings_are_complete(sources)
    assert complaints == ["keras_gans/training/trainer.py:2: train has arguments and no section Args"]


def test_methods_inherit_their_docstring():
    source = """
    '''Losses.'''
    class A:
        '''A.'''
        def discriminator(self):
            '''Says.'''
    class B(A):
        '''B.'''
        def discriminator(self):
            return 1
        @property
        def other(self):
            return 2
    """
    complaints = policy_classes.docstrings_are_complete({"keras_gans/losses.py": textwrap.dedent(source)})
    assert complaints == ["keras_gans/losses.py:12: B.other has no docstring"]


@pytest.mark.parametrize("rule, path, source, complaint", BAD, ids=lambda value: getattr(value, "__name__", None))
def test_bad_sources_are_complained_about(rule, path, source, complaint):
    complaints = rule({path: textwrap.dedent(source)})
    assert any(complaint in line and line.startswith(path) for line in complaints), complaints


def test_every_rule_is_shown_to_fail():
    assert {rule for rule, *_ in BAD} == {*RULES, policy.no_paths_of_a_machine}


def test_a_missing_test_file_is_complained_about():
    sources = {"keras_gans/data/a.py": "", "keras_gans/data/__init__.py": "", "keras_gans/b.py": ""}
    assert policy.tests_mirror_the_package(sources, {"tests/data/test_a.py", "tests/test_b.py"}) == []
    complaints = policy.tests_mirror_the_package(sources, {"tests/test_a.py", "tests/test_b.py"})
    assert complaints == ["keras_gans/data/a.py:1: has no test file tests/data/test_a.py"]
