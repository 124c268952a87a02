"""Sizes and durations as people write them: "2GiB", "10m", "1h30m"."""

import re

_DURATION_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE_UNITS = {"": 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12} | {
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
    "K": 2**10,
    "M": 2**20,
    "G": 2**30,
}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", re.ASCII)


def parse_duration(value: object) -> float:
    """Seconds of "10m", "1h30m", "90s" or a number of seconds. ValueError unless positive and understood."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str) and _DURATION.fullmatch(value.strip()):
        parts = _DURATION_PART.findall(value)
        seconds = sum(float(number) * _DURATION_UNITS[unit] for number, unit in parts)
    else:
        raise ValueError('a duration such as "90s", "10m", "1h30m", or a number of seconds')
    if not 0 < seconds < 10**8:
        raise ValueError("a duration above zero and below three years")
    return seconds


def parse_size(value: object) -> int:
    """Bytes of "512MiB", "2GB" or a number of bytes. ValueError unless positive and understood."""
    if isinstance(value, int) and not isinstance(value, bool):
        size = value
    elif isinstance(value, str) and (match := _SIZE.fullmatch(value.strip())) and match[2] in _SIZE_UNITS:
        size = int(float(match[1]) * _SIZE_UNITS[match[2]])
    else:
        raise ValueError('a size such as "512MiB", "2GiB", or a number of bytes')
    if not 0 < size < 2**60:
        raise ValueError("a size above zero")
    return size
