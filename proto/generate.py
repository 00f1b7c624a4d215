"""Regenerates both protobuf modules from proto/webcast.proto; with --check, only says whether they are what it gives.

The bot's and the sandbox's module come from the same file under two package names, so that both fit into one process and
neither half imports the other's.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "proto" / "webcast.proto"
TARGETS = {"bot/tiktok/webcast/pb": "relay.webcast", "sandbox/tiktok/pb": "sandbox.webcast"}


def generate(into: Path) -> None:
    """Write all modules below `into`, at their places in the tree."""
    for folder, package in TARGETS.items():
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch) / "webcast.proto"
            schema, renamed = re.subn(r"(?m)^package [\w.]+;", f"package {package};", SCHEMA.read_text(encoding="utf-8"))
            if renamed != 1:
                raise SystemExit("proto/webcast.proto must hold exactly one `package` line")
            source.write_text(schema, encoding="utf-8")
            (into / folder).mkdir(parents=True, exist_ok=True)
            subprocess.run(  # noqa: S603 - our own interpreter on our own file
                [
                    *(sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}={scratch}"),
                    *(f"--python_out={into}", f"--mypy_out=quiet:{into}", f"{folder}/webcast.proto"),
                ],
                check=True,
                cwd=into,
                # The compiler looks for mypy-protobuf's plugin on the path.
                env=os.environ | {"PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))},
            )


def main() -> int:
    """Return the exit status."""
    if sys.argv[1:] != ["--check"]:
        generate(ROOT)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        stale = [
            made.relative_to(scratch).as_posix()
            for made in sorted(Path(scratch).rglob("webcast_pb2.py*"))
            if made.read_bytes() != (ROOT / made.relative_to(scratch)).read_bytes()
        ]
    if stale:
        sys.stderr.write(f"stale: {', '.join(stale)}. Run `make proto` and commit what it changes.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
