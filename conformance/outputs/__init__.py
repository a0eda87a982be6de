"""What a run left behind, read as facts.

Nothing that an image wrote is trusted: files are read in a child process with limits, links are not followed out of
the output folder, and a reader that dies is a fact about the file, never an error of the kit.
"""
