"""What the reference tables hold, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MULTIMODE = ("OM1", "OM2", "OM3", "OM4", "OM5", "MM")
SINGLE_MODE = ("OS1", "OS2", "SM")


def fiber_mode(fiber: str) -> str:
    """ "MM" or "SM" for a fiber grade (or for "MM" and "SM" themselves), "" for anything else."""
    if fiber in MULTIMODE:
        return "MM"
    return "SM" if fiber in SINGLE_MODE else ""


def rate_text(gbps: float) -> str:
    """400 -> "400G", 1600 -> "1.6T"."""
    return f"{gbps / 1000:g}T" if gbps >= 1000 else f"{gbps:g}G"


@dataclass(frozen=True)
class LinkFiber:
    """How far a link goes on one fiber grade, and the channel loss it stands there."""

    fiber: str
    reach_m: float
    max_loss_db: float | None  # None: not published; the module's data sheet decides


@dataclass(frozen=True)
class Link:
    """One optical link type (PMD), such as 400GBASE-DR4."""

    name: str
    family: str  # ethernet, infiniband or fibre-channel
    status: str  # published, msa, vendor or draft
    rate_gbps: int
    standard: str
    clause: int | None
    lanes_per_direction: int
    lane_rate_gbps: int
    modulation: str
    wavelengths_nm: tuple[float, ...]
    fiber_mode: str  # MM or SM
    topology: str
    connector: str
    polish: str
    fibers_used: int
    fibers: tuple[LinkFiber, ...]
    aliases: tuple[str, ...]
    breakout: tuple[str, ...]
    sources: tuple[str, ...]  # ids; `source_titles` has the words
    confidence: str
    field_confidence: Mapping[str, str]
    notes: str

    def on(self, fiber: str) -> LinkFiber | None:
        """The reach and loss on one fiber grade, None when the link has no figure for it."""
        return next((figure for figure in self.fibers if figure.fiber == fiber), None)

    @property
    def is_draft(self) -> bool:
        return self.status == "draft"

    @property
    def is_parallel(self) -> bool:
        """Whether several fibers carry one direction, so that polarity C is out."""
        return self.topology.startswith("parallel")


@dataclass(frozen=True)
class Component:
    """A passive part's figures: loss per mated pair, attenuation, bend radius and the like."""

    id: str
    kind: str
    title: str
    unit: str
    figures: Mapping[str, float]
    sources: tuple[str, ...]
    confidence: str
    notes: str

    @property
    def typical(self) -> float | None:
        return self.figures.get("typical")

    @property
    def max(self) -> float | None:
        return self.figures.get("max")


@dataclass(frozen=True)
class Comparison:
    """One feature of MTP against generic MPO."""

    feature: str
    title: str
    mtp: str
    mpo: str
    verdict: str
    better: str  # MTP, MPO or either
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """One sourced figure of an answer, such as the magnification for inspecting end faces."""

    id: str
    title: str
    value: str  # as it is said: "0.30", "10 to 15"
    unit: str
    sources: tuple[str, ...]
    confidence: str
    notes: str
