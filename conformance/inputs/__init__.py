"""What a run is fed, made from the manifest alone and from a seed.

Plans are plain data; only `write_*` functions touch the disk. The same plan and seed give the same bytes.

* rows: `datasets` (the door) · `rows`, `words`, `media`, `sample` (values) · `sheet` (changes and defects) · `files`,
  `formats`, `feature_types` (Parquet, JSON, CSV, Arrow) · `places`, `definitions` (paths and the host's JSON) ·
  `sources` (real files)
* documents: `documents`
* parameters: `parameters` · `ranges`, `guesses` (what names and descriptions tell) · `explore` (Hypothesis)
* the rest of a run: `systems`, `environment`, `payload` (the argument list)
"""
