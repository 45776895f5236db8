"""Stand-ins for packages that Rasa imports when it starts, and that this assistant never uses.

`import rasa` brings TensorFlow in for DIET and TED, which our pipeline has none of: 270 MB of
memory and 2.4 s of every start (measured), and 770 MB on disk. `stand_in` puts empty modules in
its place: whatever is asked of them is a class that does nothing. A model of Rasa's that
calculates with TensorFlow says on its first use what is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

STOOD_IN_FOR = ("tensorflow", "keras")
CALCULATE_WITH_IT = (
    "ConveRTFeaturizer",
    "DIETClassifier",
    "LanguageModelFeaturizer",
    "ResponseSelector",
    "TEDPolicy",
    "UnexpecTEDIntentPolicy",
)


class _Anything(type):
    """Every attribute of such a class is a class again; only what extends one cannot be made."""

    def __getattr__(cls, name: str) -> _Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is not StandIn:
            _refuse(cls.__name__)
        return super().__call__(*args, **kwargs)


class StandIn(metaclass=_Anything):
    """In place of a function, a type, a decorator or a base class, when a module is imported."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes whatever the real one takes."""

    def __getattr__(self, name: str) -> _Anything:
        return getattr(type(self), name)

    def __bool__(self) -> bool:
        """No: libraries that find TensorFlow loaded ask it whether a value is one of its own."""
        return False


def _refuse(name: str) -> NoReturn:
    raise RuntimeError(
        f"{name} needs TensorFlow, which this assistant runs without. Name its component in "
        "config.yml, and install TensorFlow: deploy/install.sh does."
    )


class _Module(ModuleType):
    def __getattr__(self, name: str) -> _Anything:
        return getattr(StandIn, name)


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        is_ours = name.partition(".")[0] in STOOD_IN_FOR
        return ModuleSpec(name, self, is_package=True) if is_ours else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


def stand_in(configs: Iterable[Path]) -> None:
    """Before Rasa is imported: no TensorFlow, unless one of the pipelines calculates with it."""
    if "tensorflow" not in sys.modules and not any(map(calculates_with_it, configs)):
        sys.meta_path.insert(0, _Finder())


def calculates_with_it(config: Path) -> bool:
    """Whether a pipeline's file names a component of Rasa's that is made of TensorFlow."""
    text = config.read_text(errors="replace") if config.is_file() else ""
    lines = [line.partition("#")[0] for line in text.splitlines()]
    return any(name in line for line in lines for name in CALCULATE_WITH_IT)
