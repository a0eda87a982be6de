"""Every check there is: importing this module makes the registry whole."""

from __future__ import annotations

import importlib
import pkgutil

from conformance import checks

for _module in pkgutil.iter_modules(checks.__path__):
    if _module.name != "all":
        importlib.import_module(f"{checks.__name__}.{_module.name}")

REGISTRY = checks.REGISTRY
