"""The Debian package in a clean root: its dependencies are all that it needs."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
from typing import Iterator

import pytest

from conftest import ROOT, done, run

# What every machine has and a folder has not; it is gone again with the command.
_ENTER = 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$@"'
_PYTHON = {
    "suite": "python", "rounds": 1, "min_time_s": 0,
    "grids": [{"workload": "factorize", "tasks": 3, "backends": ["py_process_pool,kernel=native"]}],
}


def debian() -> "tuple[str, str]":
    """The mirror and the code name that this machine's own packages come from."""
    words = ["apt-get", "indextargets", "--format", "$(SITE) $(CODENAME)", "Identifier: Packages"]
    places = [line.split() for line in done(words).splitlines() if line.count(" ") == 1]
    whole = ("debian", "ubuntu")
    plain = [(site, name) for site, name in places if "-" not in name and site.rstrip("/").endswith(whole)]
    if not plain:
        pytest.skip("no Debian or Ubuntu mirror among the sources of apt")
    return plain[0]


@pytest.fixture(scope="module")
def clean_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    if os.getuid() != 0:
        pytest.skip("only root can make a root folder to install into")
    if not shutil.which("debootstrap"):
        pytest.skip("debootstrap is not installed")
    root = tmp_path_factory.mktemp("root")
    mirror, name = debian()
    done(["debootstrap", "--variant=minbase", name, root, mirror])
    yield root
    shutil.rmtree(root)


@pytest.mark.minutes
def test_the_package_installs_and_measures_in_a_clean_root(clean_root: pathlib.Path) -> None:
    done([ROOT / ".ci" / "package"], cwd=ROOT)
    (package,) = (ROOT / "build" / "package").glob("*.deb")
    shutil.copy(package, clean_root / "tmp")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "TMPDIR": "/tmp"}
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", f"/tmp/{package.name}"]
    chroot = ["unshare", "--mount", "sh", "-c", _ENTER, "sh", clean_root]
    done([*chroot, "apt-get", "-qq", "update"], env=environment)
    done([*chroot, *install], env=environment)
    (clean_root / "tmp" / "python.json").write_text(json.dumps(_PYTHON))
    measure = (
        "cd /tmp && breakeven run quick --out r.json && breakeven charts r.json && "
        "breakeven run python.json && python3 -m breakeven csv r.json"
    )
    said = done([*chroot, "sh", "-c", measure], env=environment)
    assert "py_process_pool" in said and "fork_pool/shm" in said
    removed = run([*chroot, "apt-get", "-qq", "remove", "-y", "breakeven"], env=environment)
    assert removed.returncode == 0 and not (clean_root / "usr" / "bin" / "breakeven").exists()
