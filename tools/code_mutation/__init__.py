"""The kit's own mutation score: small changes to the code of the checks, and how many of them somebody notices.

``operators`` makes the changes, ``recorded`` holds evidence of real images with the verdicts on it, ``trial`` runs one
change past both oracles (the recorded verdicts, then the unit tests), ``command`` chooses and counts.

Why not a ready tool: mutmut leaves decorated functions alone, and every check is one; cosmic-ray starts the whole test
run anew for every change, which is seconds of imports each time. Here a change is one fork of a warm process.
"""
