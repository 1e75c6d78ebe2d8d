"""Configuration: the options, the files and calls that set them, and what comes of it."""

from __future__ import annotations

from memlint.config.apply import KEYS, OUTPUT_FORMATS
from memlint.config.project import Flake8Files, Project
from memlint.config.resolve import resolve
from memlint.config.selectors import as_codes
from memlint.config.settings import CHECK_OPTIONS, OPTIONS, ConfigError, Settings
from memlint.config.show import Setting, show_settings

__all__ = (
    "CHECK_OPTIONS",
    "KEYS",
    "OPTIONS",
    "OUTPUT_FORMATS",
    "ConfigError",
    "Flake8Files",
    "Project",
    "Setting",
    "Settings",
    "as_codes",
    "resolve",
    "show_settings",
)
