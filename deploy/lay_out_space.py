"""Lays out a folder that can be pushed to a Docker Space of Hugging Face: ``make space``.

The front matter that a Space wants would stand as a table at the top of our README on every other site, and a Space
takes no pictures by git alone. So it gets a README of its own and the files of the image, no more.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from deploy.build_context import ROOT, image_files

TO_BUILD_WITH = ("Dockerfile", ".dockerignore")
README = "deploy/space/README.md"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make space", description="A folder to push to a Docker Space.")
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "space", help="made anew; build/space by default")
    target = parser.parse_args(arguments).to
    if target.exists() and not (target / "Dockerfile").exists():
        print(f"{target} is there and is not a Space: nothing was done", file=sys.stderr)
        return 1
    num_files = lay_out(target)
    print(f"{num_files} files in {target}. Push them:")
    print(f"  hf upload YOUR-NAME/tertulia {target} . --repo-type space")
    return 0


def lay_out(target: Path) -> int:
    """Fill ``target`` anew and return how many files it holds."""
    shutil.rmtree(target, ignore_errors=True)
    sources = {name: name for name in (*image_files(), *TO_BUILD_WITH)} | {"README.md": README}
    for name, source in sources.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / source, target / name)
    return len(sources)


if __name__ == "__main__":
    sys.exit(main())
