"""The commands of the command line, one module each; none holds logic that a caller of the library would miss."""
