"""Check the locked packages for known vulnerabilities: `python -m tests.support.vulnerabilities`, part of lint.

A known one fails. Where the check is impossible (no network, a mirror without that service), one line says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[2] / "deploy" / "requirements.txt"
PIP_AUDIT = (sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json")
QUIET = ("--progress-spinner", "off", "--timeout", "15", "--requirement", str(LOCK))
PATIENCE_SECONDS = 180


def main(program: Sequence[str] = (*PIP_AUDIT, *QUIET)) -> int:
    """Return 1 where a vulnerability is known, 0 where none is or the check is impossible."""
    packages = _asked(program)
    if packages is None:
        print("Vulnerabilities: the service could not be asked; no package was checked.")
        return 0
    unknown = sum("skip_reason" in p for p in packages)
    found = [line for p in packages for line in _lines(p)]
    unasked = f"; {unknown} could not be checked" if unknown else ""
    print(f"Vulnerabilities: {len(found)} known in {len(packages) - unknown} packages checked{unasked}.")
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


def _asked(program: Sequence[str]) -> list[dict[str, Any]] | None:
    """Run pip-audit. It exits with 1 both for findings and for a crash: only its JSON tells them apart."""
    try:
        done = subprocess.run(program, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        found = json.loads(done.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, LookupError, TypeError):
        return None
    return [p for p in found if isinstance(p, dict)] if isinstance(found, list) else None


def _lines(package: dict[str, Any]) -> list[str]:
    return [
        f"Vulnerable: {package['name']} {package.get('version')}: {v['id']}, mended in "
        f"{', '.join(v.get('fix_versions', ())) or 'no version yet'}"
        for v in package.get("vulns", ())
    ]


if __name__ == "__main__":
    sys.exit(main())
