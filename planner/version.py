"""The version, where every room may read it: the package's face imports the rooms."""

__version__ = "0.1.0"
