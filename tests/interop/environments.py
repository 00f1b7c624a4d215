"""Other people's clients, each in an environment of its own below a temporary folder. Never in ours.

TikTokLive and tiktok-live-connector are AGPL, tiktok-live-events is yanked: nothing of the product imports them, and nothing of
them is kept. `INTEROP_HOME` names a folder to keep the environments in between runs.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TIKTOKLIVE = "TikTokLive==7.0.1"
EDGE_CLIENT = "tiktok-live-events==1.1.0"
CONNECTOR = "tiktok-live-connector@2.5.0"
INSTALL_S = 300
HERE = Path(__file__).parent


@functools.cache
def home() -> Path:
    """Where the environments are."""
    return Path(os.environ.get("INTEROP_HOME") or Path(tempfile.gettempdir()) / f"relay-interop-{os.getuid()}")


@functools.cache
def python_with(package: str) -> Path:
    """The interpreter of a virtual environment that has `package`. Cannot be made: the test fails and says why."""
    folder = home() / package.replace("==", "-")
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _install(package, [sys.executable, "-m", "venv", str(folder)])
        _install(package, [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", package])
        done.touch()
    return python


@functools.cache
def node_with(package: str) -> Path:
    """A folder whose `node_modules` has `package`."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.fail(f"NOT TESTED AGAINST {package}: node and npm are needed")
    folder = home() / package.replace("@", "-")
    done = folder / "installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"private": True}), encoding="utf-8")
        _install(package, ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), package])
        done.touch()
    return folder


def _install(package: str, command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        pytest.fail(f"NOT TESTED AGAINST {package}: it cannot be installed\n{said[-2000:]}")
