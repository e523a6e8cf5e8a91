"""The rules of the house, as functions: sources in, complaints out. `tests/test_policy.py` applies and tests them.

A rule takes a dict: path of a file ("keras_gans/layers/pixel_norm.py") -> its source, and returns a list of strings
"path:line: what is wrong".
"""

import ast
import pathlib
import re
import sys

# From the top of the house to its ground; a line may import from itself and from lines below it.
LAYOUT = (
    {"cli", "studio"},
    {"analysis"},
    {"training"},
    {"serving"},
    {"models"},
    {"layers"},
    {"optimizers"},
    {"losses"},
    {"penalties"},
    {"augmentation"},
    {"schedules"},
    {"metrics"},
    {"data"},
    {"readers"},
    {"noise", "pixels"},
    {"_lazy"},
)
LEVEL = {part: level for level, parts in enumerate(LAYOUT) for part in parts}
UPWARD_INSIDE_A_FUNCTION = {("models", "serving"), ("cli", "studio")}
MAX_LINES = 400


def read_package(root):
    """Returns path -> source of all Python files of the package, paths relative to the root of the project."""
    root = pathlib.Path(root)
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((root / "keras_gans").rglob("*.py"))
    }


def each(sources):
    for path, source in sources.items():
        yield path, ast.parse(source, path)


def _part(module):
    """keras_gans.layers.pixel_norm -> layers; None for the package itself and for modules of others."""
    names = module.split(".")
    return names[1] if names[0] == "keras_gans" and len(names) > 1 else None


def _module(path):
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def dotted(node):
    """keras.layers.Layer for the expression of that name, "" for any other expression."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


# --- files


def files_are_short(sources):
    return [
        f"{path}:{MAX_LINES}: {len(source.splitlines())} lines; split it by concept"
        for path, source in sources.items()
        if len(source.splitlines()) > MAX_LINES
    ]


def tests_mirror_the_package(sources, test_files):
    """`test_files`: the paths below the root, tests/... ."""
    complaints = []
    for path in sources:
        folder, _, name = path.removeprefix("keras_gans/").rpartition("/")
        if name in ("__init__.py", "__main__.py"):
            continue
        expected = "/".join(filter(None, ["tests", folder, f"test_{name}"]))
        if expected not in test_files:
            complaints.append(f"{path}:1: has no test file {expected}")
    return complaints


def nothing_is_left_to_do(sources):
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XXX|HACK)\b")
    return [
        f"{path}:{number}: {found.group()}"
        for path, source in sources.items()
        for number, line in enumerate(source.splitlines(), 1)
        if (found := words.search(line))
    ]


def no_paths_of_a_machine(sources):
    paths = re.compile(r"(?<![\w.~])/(work/(main|shared)|root/|home/\w|tmp/\w|Users/\w)|[A-Z]:\\\\?Users")
    return [
        f"{path}:{number}: a path of somebody's machine: {line.strip()[:80]}"
        for path, source in sources.items()
        for number, line in enumerate(source.splitlines(), 1)
        if paths.search(line)
    ]


# --- imports


def _imports(tree):
    """Yields (line, module, late) of each import that runs; `from a import b` gives a.b."""

    def visit(node, late):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and dotted(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
                continue
            if isinstance(child, ast.Import):
                yield from ((child.lineno, alias.name, late) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                yield from (
                    (child.lineno, f"{'.' * child.level}{child.module or ''}.{a.name}", late) for a in child.names
                )
            else:
                inner = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                yield from visit(child, late or inner)

    yield from visit(tree, False)


def imports_run_downward(sources):
    complaints = []
    for path, tree in each(sources):
        own = _part(_module(path))
        if own is not None and own not in LEVEL:
            complaints.append(f"{path}:1: {own} has no place in the layout")
            continue
        for line, module, late in _imports(tree):
            if module.startswith("."):
                complaints.append(f"{path}:{line}: relative import {module}; write it in full")
            other = _part(module)
            if own is None or other is None or other == own:
                continue
            if other not in LEVEL:
                if module.count(".") == 1 and late:  # `from keras_gans import DCGAN` inside of a function of the top
                    other = "cli" if own == "cli" else "models"
                elif module == "keras_gans.__version__":
                    continue
                else:
                    complaints.append(f"{path}:{line}: {module} has no place in the layout")
                    continue
            downward = LEVEL[own] < LEVEL[other] or own == "cli"
            if not downward and not (late and (own, other) in UPWARD_INSIDE_A_FUNCTION):
                complaints.append(f"{path}:{line}: {own} may not import {module}, which is above it")
    return complaints


def the_command_line_is_light(sources):
    """What `keras-gans --help` imports, directly or not, is the standard library and click."""
    complaints = []
    trees = {_module(path): (path, tree) for path, tree in each(sources)}
    waiting, seen = ["keras_gans.cli.main"], set()
    while waiting:
        module = waiting.pop()
        if module in seen or module not in trees:
            continue
        seen.add(module)
        path, tree = trees[module]
        for line, imported, late in _imports(tree):
            first = imported.split(".")[0]
            if late or first in sys.stdlib_module_names or first == "click" or imported == "keras_gans.__version__":
                continue
            if imported.startswith("keras_gans.cli"):
                waiting += [imported, imported.rpartition(".")[0]]
            else:
                message = f"imports {imported} before it is needed; import it inside the function"
                complaints.append(f"{path}:{line}: {message}")
    return complaints


def listed_in_all(tree):
    """The names in `__all__`, None where there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__all__":
            return {item.value for item in ast.walk(node.value) if isinstance(item, ast.Constant)}
    return None


def subpackages_say_what_they_export(sources):
    complaints = []
    for path, tree in each(sources):
        if not path.endswith("/__init__.py") or path == "keras_gans/__init__.py":
            continue
        names = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if not (alias.asname or alias.name).startswith("_")
        }
        defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        listed = listed_in_all(tree)
        if listed is None:
            if names:
                complaints.append(f"{path}:1: exports names and has no __all__")
            continue
        assigned = [target for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets]
        unknown = listed - names - defined - {dotted(target) for target in assigned}
        if "__getattr__" not in defined:
            complaints += [f"{path}:1: __all__ names {name!r}, which is not there" for name in sorted(unknown)]
    return complaints


# --- safety


def no_assert_statements(sources):
    return [
        f"{path}:{node.lineno}: assert; raise an error that says what was expected"
        for path, tree in each(sources)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
    ]


_DANGEROUS = {
    *("eval", "exec", "pickle.load", "pickle.loads", "pickle.Unpickler", "cPickle.load", "dill.load", "dill.loads"),
    *("marshal.load", "marshal.loads", "shelve.open", "torch.load", "yaml.load", "yaml.unsafe_load", "os.system"),
    *("os.popen", "joblib.load", "keras.config.enable_unsafe_deserialization", "tempfile.mktemp"),
}
_DANGEROUS_ARGUMENTS = {("allow_pickle", True), ("shell", True), ("safe_mode", False)}


def nothing_untrusted_is_executed(sources):
    complaints = []
    for path, tree in each(sources):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = dotted(node.func)
            if name in _DANGEROUS:
                complaints.append(f"{path}:{node.lineno}: {name} can execute what a file says")
            for keyword in node.keywords:
                if (
                    isinstance(keyword.value, ast.Constant)
                    and (keyword.arg, keyword.value.value) in _DANGEROUS_ARGUMENTS
                ):
                    complaints.append(f"{path}:{node.lineno}: {name}({keyword.arg}={keyword.value.value})")
        for line, module, _ in _imports(tree):
            if module in _DANGEROUS or module.startswith(("pickle.load", "pickle.Unpickler")):
                complaints.append(f"{path}:{line}: {module} can execute what a file says")
    return complaints
