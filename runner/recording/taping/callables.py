"""What kind of thing is called: their own code, something that computes with numbers, or anything else."""

from __future__ import annotations

import functools
import random
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from runner.recording.rewriting.sites import FILES

OWN, NUMERIC, RANDOM, ELEMENTS, COPY, PLAIN, OTHER = "own", "numeric", "random", "elements", "copy", "plain", "other"

_NUMERIC_BUILTINS = frozenset({"abs", "sum", "min", "max", "pow", "round", "divmod", "str", "repr", "format"})
_NUMERIC_TYPES = (float, int, complex, str)
_ELEMENT_TYPES = (zip, enumerate, map, list, tuple, reversed, filter)
_CONTAINERS = (list, dict, set, str, tuple)
_NUMERIC_ROOTS = frozenset({"numpy", "scipy", "math", "cmath", "_operator", "operator"})
_TAKING = frozenset({"itertools", "fractions", "decimal"})  # modules of classes that numbers go into
_DISPATCHED = type(np.sum)
_NO_OPERANDS = frozenset({"zeros_like", "ones_like", "empty_like", "shape", "ndim", "size"})


def kind_of(function: Any) -> str:
    """One of the kinds above.

    OWN records itself; NUMERIC is one operation, whatever runs inside; RANDOM makes numbers of nothing; ELEMENTS takes
    an iterable apart; COPY copies containers; OTHER may call their code.
    """
    kind = type(function)
    if kind is FunctionType:
        return _of_python_function(function)
    if kind is MethodType:
        if isinstance(function.__self__, random.Random):
            return RANDOM
        return kind_of(function.__func__)
    if kind is np.ufunc or kind is _DISPATCHED or isinstance(function, np.vectorize):
        return NUMERIC
    if kind is BuiltinFunctionType:
        return _of_builtin(function)
    if isinstance(function, type):
        return _of_type(function)
    if kind is functools.partial:
        return kind_of(function.func)
    receiver = getattr(function, "__self__", None)
    if receiver is not None:
        return NUMERIC if isinstance(receiver, np.ndarray | np.generic | float) else _of_module(function)
    call = next((vars(base)["__call__"] for base in kind.__mro__ if "__call__" in vars(base)), None)
    if type(call) is FunctionType and call.__code__.co_filename in FILES:
        return OWN
    return _of_module(function)


def independent(function: Any) -> bool:
    """Whether the numbers that a call gives do not depend on those it is given."""
    return getattr(function, "__name__", "") in _NO_OPERANDS


def name_of(function: Any) -> str:
    """The name of an operation on the tape: "numpy.exp", "ndarray.sum", "math.exp", "sum"."""
    if isinstance(function, functools.partial):
        return name_of(function.func)
    name = getattr(function, "__name__", type(function).__name__)
    receiver = getattr(function, "__self__", None)
    if isinstance(receiver, np.ndarray):
        return f"ndarray.{name}"
    if isinstance(receiver, np.ufunc):
        return f"numpy.{receiver.__name__}.{name}"
    if receiver is not None and not isinstance(receiver, ModuleType):
        return f"{type(receiver).__name__}.{name}"
    if isinstance(function, np.ufunc):
        return f"numpy.{name}" if getattr(np, name, None) is function else f"scipy.special.{name}"
    module = getattr(function, "__module__", None) or ""
    return name if module in ("builtins", "") else f"{module}.{name}"


def _of_python_function(function: FunctionType) -> str:
    if function.__code__.co_filename in FILES:
        return OWN
    if function.__module__ == "copy":
        return COPY if function.__name__ in ("copy", "deepcopy") else OTHER
    return _of_module(function)


def _of_builtin(function: Any) -> str:
    receiver = function.__self__
    if receiver is None or isinstance(receiver, ModuleType):
        module = function.__module__ or ""
        if module == "builtins":
            if function.__name__ in ("iter", "sorted"):
                return ELEMENTS
            return NUMERIC if function.__name__ in _NUMERIC_BUILTINS else PLAIN
        return _of_module(function)
    if isinstance(receiver, np.ndarray | np.generic | float | np.ufunc):
        return NUMERIC
    if isinstance(receiver, random.Random | np.random.RandomState | np.random.Generator):
        return RANDOM
    return PLAIN if isinstance(receiver, _CONTAINERS) else OTHER


def _of_type(function: type) -> str:
    if function in _ELEMENT_TYPES:
        return ELEMENTS
    if function in _NUMERIC_TYPES or issubclass(function, np.ndarray | np.generic):
        return NUMERIC
    return OTHER if function.__module__ in _TAKING else PLAIN


def _of_module(function: Any) -> str:
    module = getattr(function, "__module__", None) or getattr(type(function), "__module__", "")
    root, _, rest = (module or "").partition(".")
    if root not in _NUMERIC_ROOTS or rest.startswith(("optimize", "testing")):
        return OTHER
    return RANDOM if rest.startswith("random") else NUMERIC
