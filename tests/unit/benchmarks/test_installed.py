"""What an installation holds, by package."""

from __future__ import annotations

from pathlib import Path

from benchmarks.install import notes
from benchmarks.installed import Package, packages, size


def file_of(path: Path, kilobytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * kilobytes * 1_024)


def test_folders_count_for_the_package_that_brought_them(tmp_path: Path) -> None:
    file_of(tmp_path / "yaml" / "__init__.py", 40)
    file_of(tmp_path / "_yaml" / "__init__.py", 20)
    file_of(tmp_path / "PyYAML-6.0.dist-info" / "RECORD", 0)
    record = "yaml/__init__.py,,\n_yaml/__init__.py,,\n../../bin/yaml,,\n"
    (tmp_path / "PyYAML-6.0.dist-info" / "RECORD").write_text(record)
    file_of(tmp_path / "loner.py", 400)

    loner, yaml = packages(tmp_path, {"yaml", "json"})

    assert (loner.name, yaml.name) == ("loner.py", "PyYAML")
    assert (loner.is_imported, yaml.is_imported) == (False, True)
    assert loner.megabytes > yaml.megabytes >= 0.06


def test_a_module_of_one_file_counts_as_imported(tmp_path: Path) -> None:
    file_of(tmp_path / "six.py", 4)

    assert packages(tmp_path, {"six"})[0].is_imported


def test_links_count_nothing(tmp_path: Path) -> None:
    file_of(tmp_path / "real", 100)
    alone = size(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert size(tmp_path) == alone


def test_the_notes_name_the_largest_and_what_is_never_imported() -> None:
    found = [
        Package("tensorflow", 700, True),
        Package("jax", 200, False),
        Package("tiny", 1, False),
    ]

    told = "\n".join(notes(found))

    assert "tensorflow 700 MB, jax 200 MB" in told
    assert "Never imported while serving and talking: jax 200 MB." in told
