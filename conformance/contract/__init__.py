"""What the contract says, as data: catalogue, schemas, typed manifest, result parsing.

Nothing in this room runs an image, reads a file that an image wrote, or prints.
"""
