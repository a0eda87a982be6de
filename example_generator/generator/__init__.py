"""What the container does, one job per module, in the order of a run.

* ``request``: what the host asks for, the command line
* ``parameters``: the parameters of manifest.yaml, checked
* ``sources``: input datasets as rows (with ``paths``, ``readers``, ``documents``, ``hub``)
* ``augment``: simple augmentation, **the functions to change**
* ``llm``: augmentation by a language model (with ``limiter``, ``shards``)
* ``quality``: what is measured about the result
* ``formats``: output files
* ``report``: the HTML page
* ``progress``: lines on stderr
* ``result``: the one document on stdout
* ``run``: all of it in order
"""
