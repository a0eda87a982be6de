"""The requirements as pytest tests: ``pytest --pyargs conformance.suite --sdg-image IMAGE``.

One test per requirement and image; ``-k OUTPUT`` runs only the scenarios that those requirements need, ``-m must`` only
the binding ones. Scenarios are run once per session, also with ``-n``.
"""
