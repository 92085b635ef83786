"""Weather, and the light it sheds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .canvas import Colour
from .dice import pick_weighted


@dataclass(frozen=True)
class Light:
    """Sky, sun and air of a scene."""

    weather: str
    zenith: Colour
    """Colour of the sky high up."""
    rim: Colour
    """Colour of the sky at the horizon, and of the haze."""
    ambient: Colour
    """Light from the whole sky, as factors of a thing's own colour."""
    sunlight: Colour
    """Light on a face turned to the sun, added to the ambient light."""
    azimuth: float
    """Direction of the sun in radians; 0 is ahead, positive is to the right."""
    altitude: float
    """Height of the sun in radians."""
    clouds: float
    """Share of the sky that clouds cover."""
    haze: float
    """Share of the light lost in a metre of air."""
    darkness: float = 0.0
    """1 at night, when only lamps shed light."""
    rain: float = 0.0
    wetness: float = 0.0
    """How much the road mirrors."""
    noise: float = 2.0
    """Deviation of the sensor's noise in grey levels."""

    @property
    def casts_shadows(self) -> bool:
        """Whether the sun is strong enough for shadows with an edge."""
        return max(self.sunlight) > 0.25  # a visible difference

    def shadow_run(self) -> tuple[float, float]:
        """How far the shadow of one metre of height reaches, in x and z."""
        run = 1 / math.tan(self.altitude)
        return -math.sin(self.azimuth) * run, -math.cos(self.azimuth) * run

    def shade(self, normals: NDArray[np.float32], yaw: float = 0.0) -> NDArray[np.float32]:
        """``(m, 3)`` factors for faces with these normals on a thing turned by ``yaw``."""
        level = math.cos(self.altitude)
        angle = self.azimuth - yaw
        sun = np.array(
            (math.sin(angle) * level, math.sin(self.altitude), math.cos(angle) * level),
            dtype=np.float32,
        )
        facing = np.maximum(normals @ sun, 0)[:, None]
        openness = 0.86 + 0.14 * normals[:, 1:2]  # faces that look up see more sky
        lit: NDArray[np.float32] = openness * np.array(self.ambient, dtype=np.float32)
        lit += facing * np.array(self.sunlight, dtype=np.float32)
        return lit


_NOON = Light(
    "clear",
    (62, 118, 196),
    (196, 216, 232),
    (0.60, 0.64, 0.72),
    (0.52, 0.48, 0.40),
    azimuth=0.9,
    altitude=0.9,
    clouds=0.35,
    haze=0.0012,
)

WEATHERS: Mapping[str, Light] = {
    "clear": _NOON,
    "hazy": replace(
        _NOON,
        weather="hazy",
        zenith=(150, 172, 194),
        rim=(222, 216, 202),
        ambient=(0.72, 0.71, 0.69),
        sunlight=(0.34, 0.31, 0.25),
        clouds=0.15,
        haze=0.005,
    ),
    "overcast": replace(
        _NOON,
        weather="overcast",
        zenith=(160, 166, 175),
        rim=(208, 210, 212),
        ambient=(0.82, 0.83, 0.86),
        sunlight=(0.10, 0.10, 0.10),
        clouds=0.85,
        haze=0.003,
    ),
    "rain": replace(
        _NOON,
        weather="rain",
        zenith=(112, 119, 130),
        rim=(168, 173, 178),
        ambient=(0.62, 0.65, 0.70),
        sunlight=(0.05, 0.05, 0.05),
        clouds=0.95,
        haze=0.008,
        rain=1.0,
        wetness=1.0,
        noise=4.0,
    ),
    "fog": replace(
        _NOON,
        weather="fog",
        zenith=(186, 190, 194),
        rim=(205, 207, 208),
        ambient=(0.78, 0.79, 0.80),
        sunlight=(0.04, 0.04, 0.04),
        clouds=0.0,
        haze=0.026,
        wetness=0.2,
        noise=3.0,
    ),
    "dusk": replace(
        _NOON,
        weather="dusk",
        zenith=(58, 74, 128),
        rim=(250, 172, 112),
        ambient=(0.88, 0.76, 0.78),
        sunlight=(0.60, 0.36, 0.16),
        altitude=0.2,
        azimuth=0.3,
        clouds=0.5,
        haze=0.003,
        darkness=0.22,
        noise=4.0,
    ),
    "night": replace(
        _NOON,
        weather="night",
        zenith=(10, 13, 30),
        rim=(50, 42, 48),
        ambient=(0.80, 0.78, 0.84),
        sunlight=(0.0, 0.0, 0.0),
        clouds=0.4,
        haze=0.004,
        darkness=1.0,
        wetness=0.25,
        noise=7.0,
    ),
}

_ODDS = {
    "clear": 0.30,
    "hazy": 0.16,
    "overcast": 0.16,
    "rain": 0.11,
    "fog": 0.07,
    "dusk": 0.11,
    "night": 0.09,
}


def choose_light(rng: np.random.Generator) -> Light:
    """A weather, and its own day: sun, clouds and haze differ from scene to scene."""
    light = WEATHERS[pick_weighted(rng, _ODDS)]
    azimuth = rng.uniform(-math.pi, math.pi)
    altitude = light.altitude * rng.uniform(0.6, 1.35)
    if light.weather == "dusk":
        azimuth *= 0.25
    warmth = rng.normal(0, 0.03)
    return replace(
        light,
        zenith=_tinted(light.zenith, warmth),
        rim=_tinted(light.rim, warmth),
        ambient=_tinted(light.ambient, warmth),
        azimuth=azimuth,
        altitude=altitude,
        clouds=float(np.clip(light.clouds + rng.uniform(-0.3, 0.3), 0, 1)),
        haze=light.haze * rng.uniform(0.6, 1.6),
        wetness=light.wetness * rng.uniform(0.3, 1.0),
        noise=light.noise * rng.uniform(0.5, 1.6),
    )


def _tinted(colour: Colour, warmth: float) -> Colour:
    red, green, blue = colour
    return red * (1 + warmth), green, blue * (1 - warmth)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The first colour with a share of the second."""
    a, b, c = (x + share * (y - x) for x, y in zip(first, second, strict=True))
    return a, b, c
