"""Reading distributions as plain text says what importlib.metadata says, for everything that is installed here."""

import os
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

from gatekeeper.environment.installed import _contents, _described, closure, site_folders

ALL = sorted(distributions(), key=lambda found: found.name)


@pytest.mark.parametrize("found", ALL, ids=lambda found: found.name)
def test_name_version_and_requirements(found: Distribution) -> None:
    name, version, requirements = _described(found)
    assert (name, version) == (found.name, found.version)
    assert list(requirements) == list(found.requires or ())


@pytest.mark.parametrize("found", ALL, ids=lambda found: found.name)
def test_files_and_their_folders(found: Distribution) -> None:
    expected = set()
    for file in found.files or ():
        if file.suffix == ".pyc" or "__pycache__" in file.parts:
            continue
        place = Path(str(found.locate_file(file)))
        expected.add(str(place.resolve()) if ".." in file.parts else str(place))
        if len(file.parts) > 1 and ".." not in file.parts:
            expected.add(str(place.parent))
    assert set(_contents(found)) == expected


def a_distribution(site: Path, metadata: str, record: str) -> str:
    info = site / "odd-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(metadata)
    (info / "RECORD").write_text(record)
    return str(site)


def test_a_description_that_looks_like_a_head_is_none(tmp_path: Path) -> None:
    metadata = "Name: Odd\nVersion: 1\nRequires-Dist: other>1; extra == 'x'\n\nName: even\nRequires-Dist: evil\n"
    found = closure("odd", [a_distribution(tmp_path / "site", metadata, "")])
    assert found is not None
    assert (found.name, found.version, found.members) == ("Odd", "1", ("odd 1",))


def test_names_in_a_record_may_be_quoted_absolute_or_lead_out(tmp_path: Path) -> None:
    record = '"a,b.py",,\nodd/c.pyc,,\nodd/__pycache__/x,,\n../../bin/odd,,\n/etc/odd.conf,,\n'
    site = tmp_path / "lib" / "site"
    found = closure("odd", [a_distribution(site, "Name: odd\nVersion: 1\n", record)])
    assert found is not None
    assert set(found.files) == {f"{site}/a,b.py", os.path.realpath(tmp_path / "bin/odd"), "/etc/odd.conf", "/etc"}


def test_a_tool_with_dependencies() -> None:
    found = closure("pytest", site_folders(sys.executable))
    assert found is not None
    assert {"pytest", "pluggy", "iniconfig"} <= {member.split(" ")[0] for member in found.members}
    assert not [file for file in found.files if re.search(r"\.pyc$|/__pycache__/", file)]
