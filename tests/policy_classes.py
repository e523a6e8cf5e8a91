"""The rules of the house about classes that Keras saves and about docstrings; see tests/policy.py."""

import ast
import re

from tests.policy import dotted, each, listed_in_all

# Constructor arguments that the base classes of Keras store themselves.
KERAS_STORES = {"self", "name", "dtype", "trainable", "autocast", "activity_regularizer", "reduction"}
# Methods whose meaning Keras, Python or a server fixes: their class' docstring says what there is to say.
KNOWN_METHODS = set(
    """
    build call compute_output_shape compute_output_spec compute_mask get_config from_config compile fit evaluate predict
    train_step test_step predict_step get_compile_config compile_from_config metrics get_build_config build_from_config
    update_state reset_state result save_own_variables load_own_variables summary make_train_function create_module
    exec_module on_train_begin on_train_end on_epoch_begin on_epoch_end on_train_batch_begin on_train_batch_end
    on_test_begin on_test_end set_model set_params
    """.split()
)

# --- classes of Keras

_KERAS_BASES = re.compile(
    r"^(tf\.)?keras\.((layers|metrics|losses|initializers|constraints|regularizers|optimizers\.schedules)\.\w+"
    r"|Model|Layer|Sequential|models\.Model)$"
)


def _classes(sources):
    """name -> (path, node) of all classes; a name that two files use is kept once for each."""
    found = {}
    for path, tree in each(sources):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append((path, node))
    return found


def _ancestors(node, classes):
    """The class itself and its ancestors within the package, nearest first."""
    line, waiting = [], [node]
    while waiting:
        current = waiting.pop(0)
        if current in line:
            continue
        line.append(current)
        for base in current.bases:
            waiting += [other for _, other in classes.get(dotted(base).split(".")[-1], ()) if other is not current]
    return line


def _keras_classes(sources, public=True):
    """Yields (path, node, ancestors) of the (public) classes that Keras can save."""
    classes = _classes(sources)
    for name, found in classes.items():
        for path, node in found:
            ancestors = _ancestors(node, classes)
            bases = [dotted(base) for ancestor in ancestors for base in ancestor.bases]
            saved = _is_registered(node) or any(_KERAS_BASES.match(base) for base in bases)
            if saved and not (public and name.startswith("_")):
                yield path, node, ancestors


def _is_registered(node):
    return any(
        isinstance(decorator, ast.Call)
        and dotted(decorator.func).endswith("register_keras_serializable")
        and any(k.arg == "package" and getattr(k.value, "value", "") == "keras_gans" for k in decorator.keywords)
        for decorator in node.decorator_list
    )


def _arguments(function, kinds=("posonlyargs", "args", "kwonlyargs")):
    return [argument.arg for kind in kinds for argument in getattr(function.args, kind)]


def _method(node, name):
    return next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == name), None)


def classes_are_registered(sources):
    """All but the abstract: classes that others build on and that are not exported are never saved themselves."""
    complaints = []
    exported = _exported(sources)
    found = list(_keras_classes(sources))
    leaves = _keras_classes(sources, public=False)
    bases = {dotted(base).split(".")[-1] for _, leaf, _ in leaves for base in leaf.bases}
    for path, node, _ in found:
        if node.name in bases and (path, node.name) not in exported:
            continue
        if not _is_registered(node):
            complaints.append(f"{path}:{node.lineno}: {node.name} is not registered with package='keras_gans'")
    return complaints


def configs_are_complete(sources):
    """Each argument of `__init__` is a key in a `get_config` of the class or of an ancestor in the package."""
    complaints = []
    for path, node, ancestors in _keras_classes(sources):
        constructor = _method(node, "__init__")
        if constructor is None:
            continue
        keys = set()
        for ancestor in ancestors:
            method = _method(ancestor, "get_config")
            for item in ast.walk(method) if method else ():
                whole = isinstance(item, ast.Call) and dotted(item.func) in ("vars", "dataclasses.asdict")
                if whole or dotted(item) == "self.__dict__":
                    keys.update(_arguments(constructor))
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    keys.add(item.value)
                elif isinstance(item, ast.keyword):
                    keys.add(item.arg)
        calls = [call for call in ast.walk(constructor) if isinstance(call, ast.Call)]
        if any(dotted(call.func) == "locals" for call in calls):  # the constructor keeps all of its arguments
            continue
        for call in calls:  # what goes to the base by its own name is the base's to store
            if isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
                keys |= {k.arg for k in call.keywords if dotted(k.value) == k.arg} | {dotted(a) for a in call.args}
        for argument in _arguments(constructor):
            if argument not in keys | KERAS_STORES:
                complaints.append(f"{path}:{constructor.lineno}: {node.name}.get_config forgets {argument!r}")
    return complaints


# --- docstrings


def _exported(sources):
    """(path, name) of what users are meant to use: listed in an `__all__`, or in a module at the top of the package."""
    found = set()
    for path, tree in each(sources):
        if path.endswith("/__init__.py"):
            listed = listed_in_all(tree) or set()
            found |= {(f"{path.removesuffix('__init__.py')}{module}.py", name) for name, module in _lazy_names(tree)}
            for node in tree.body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    file = node.module.replace(".", "/") + ".py"
                    found |= {(file, alias.name) for alias in node.names if (alias.asname or alias.name) in listed}
        elif path.count("/") == 1 and not path.startswith("keras_gans/_"):
            found |= {(path, node.name) for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return {(path, name) for path, name in found if not name.startswith("_")}


def _lazy_names(tree):
    """The (name, module) of a table `_NAMES = {name: module}` of names that load when they are touched."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "_NAMES":
            return [(key.value, value.value) for key, value in zip(node.value.keys, node.value.values)]
    return []


def _documented_arguments(docstring):
    """The names in the section Args: the words before a colon at its smallest indentation."""
    lines, names, indent, inside = docstring.splitlines(), [], None, False
    section_indent = 0
    for line in lines:
        stripped = line.strip()
        spaces = len(line) - len(line.lstrip())
        if stripped == "Args:":
            inside, section_indent, indent = True, spaces, None
        elif inside and stripped:
            if spaces <= section_indent:
                break
            indent = spaces if indent is None else indent
            found = re.match(r"([\w*, `]+?)(\s*\([^)]*\))?:", stripped) if spaces == indent else None
            if found:
                names += [name.strip(" *`") for name in found.group(1).split(",")]
    return names


def _raises(function):
    """Whether the body itself raises (not a nested function, not a bare re-raise)."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop()
        if (
            isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and dotted(node.exc.func) != "NotImplementedError"
        ):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            waiting += list(ast.iter_child_nodes(node))
    return False


def _check_summary(where, name, node):
    docstring = ast.get_docstring(node)
    if not docstring:
        return [f"{where}: {name} has no docstring"]
    summary = docstring.split("\n\n")[0].strip()
    return [] if re.search(r"[.:!?)`]$", summary) else [f"{where}: the summary of {name} is no sentence"]


def _check_sections(where, name, node, function):
    docstring = ast.get_docstring(node) or ""
    sections = set(re.findall(r"^\s*(Args|Raises):", docstring, re.M))
    complaints = []
    arguments = [argument for argument in _arguments(function) if argument not in ("self", "cls")]
    documented = _documented_arguments(docstring)
    if set(arguments) - KERAS_STORES and "Args" not in sections:
        return [f"{where}: {name} has arguments and no section Args"]
    for argument in arguments:
        if argument not in documented and argument not in KERAS_STORES:
            complaints.append(f"{where}: {name} does not explain its argument {argument!r}")
    if function.args.kwarg is None:
        known = {*arguments, *KERAS_STORES, getattr(function.args.vararg, "arg", None)}
        unknown = [other for other in documented if other not in known]
        complaints += [f"{where}: {name} explains {other!r}, which it does not take" for other in unknown]
    if _raises(function) and "Raises" not in sections:
        complaints.append(f"{where}: {name} raises and has no section Raises")
    return complaints


def docstrings_are_complete(sources):
    """Modules and all that is public have a summary; what is exported also has its sections and documented methods."""
    complaints = []
    exported, classes = _exported(sources), _classes(sources)
    for path, tree in each(sources):
        if not ast.get_docstring(tree) and (not path.endswith("__init__.py") or tree.body):
            complaints.append(f"{path}:1: the module has no docstring")
        for node in tree.body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
                continue
            where = f"{path}:{node.lineno}"
            complaints += _check_summary(where, node.name, node)
            if (path, node.name) not in exported:
                continue
            function = _method(node, "__init__") if isinstance(node, ast.ClassDef) else node
            if function is not None:
                complaints += _check_sections(where, node.name, node, function)
            if isinstance(node, ast.ClassDef):
                complaints += _undocumented_methods(path, node, _ancestors(node, classes))
    return complaints


def _undocumented_methods(path, node, ancestors):
    complaints = []
    for method in node.body:
        if not isinstance(method, ast.FunctionDef) or method.name.startswith("_") or method.name in KNOWN_METHODS:
            continue
        same = [found for ancestor in ancestors if (found := _method(ancestor, method.name))]
        if not any(ast.get_docstring(found) for found in same):
            complaints.append(f"{path}:{method.lineno}: {node.name}.{method.name} has no docstring")
    return complaints


def models_name_their_paper(sources):
    """keras_gans/models/PAPER/model.py opens with the arXiv id and the list of deviations."""
    complaints = []
    for path, tree in each(sources):
        if re.fullmatch(r"keras_gans/models/\w+/model\.py", path):
            docstring = ast.get_docstring(tree) or ""
            for needed in ("arXiv", "Deviations"):
                if needed not in docstring:
                    complaints.append(f"{path}:1: the file does not open with {needed}")
    return complaints
