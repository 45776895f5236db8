"""Rasa without TensorFlow: what stands in for it, and when the real one is taken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.stand_ins import CALCULATE_WITH_IT, calculates_with_it
from sales.settings import PROJECT

IMPORT_AND_TRY = """
from pathlib import Path
from bot.stand_ins import stand_in
stand_in([Path({config!r})])
import tensorflow
from rasa.utils.tensorflow.models import RasaModel
print("real" if hasattr(tensorflow, "__version__") else "stand-in")
RasaModel(random_seed=1)
"""


def imported(config: Path) -> subprocess.CompletedProcess[str]:
    code = IMPORT_AND_TRY.format(config=str(config))
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)


def test_our_pipeline_runs_without_tensorflow_and_a_model_of_it_says_what_is_missing() -> None:
    done = imported(PROJECT / "config.yml")

    assert done.stdout == "stand-in\n"
    assert "RasaModel needs TensorFlow" in done.stderr
    assert "deploy/install.sh" in done.stderr


def test_a_pipeline_that_calculates_with_it_gets_the_real_one(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("pipeline:\n- name: DIETClassifier\n")

    done = imported(config)

    assert done.stdout == "real\n", done.stderr


@pytest.mark.parametrize("component", CALCULATE_WITH_IT)
def test_each_such_component_is_known(tmp_path: Path, component: str) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"pipeline:\n# - name: {component}\n")
    assert not calculates_with_it(config)

    config.write_text(f"policies:\n  - name: {component}\n")
    assert calculates_with_it(config)


def test_no_list_of_ours_misses_a_component_of_rasa_that_is_made_of_tensorflow() -> None:
    import rasa
    from rasa.engine.recipes.default_components import DEFAULT_COMPONENTS

    folder = Path(rasa.__file__).parent
    made_of_it = set()
    for component in DEFAULT_COMPONENTS:
        path = folder.joinpath(*component.__module__.split(".")[1:]).with_suffix(".py")
        if "import tensorflow as tf" in path.read_text():
            made_of_it.add(component.__name__)

    assert made_of_it <= set(CALCULATE_WITH_IT)
    assert made_of_it
