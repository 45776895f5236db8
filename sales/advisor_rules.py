"""What decides between MTP and MPO: the visitor's answers, and the rules that read them.

`RULES` is meant to be read from top to bottom. Every rule that applies is told to the visitor;
the first applying rule that `decides` settles the verdict. The sources are the supplier's article
and the reference files in data/reference; no figure here comes from anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sales.reference.values import rate_text

Verdict = Literal["MTP", "MPO", "either"]
Budget = Literal["tight", "balanced", "performance"]
Site = Literal[
    "small_office",
    "central_office",
    "data_center",
    "backbone",
    "test_lab",
    "legacy_panel",
    "campus",
]

# Largest loss of one mated pair in dB: data/reference/components.yml, worst case.
LOW_LOSS_PAIR_DB = 0.35
STANDARD_MTP_MULTIMODE_PAIR_DB = 0.60
STANDARD_PAIR_DB = 0.75

FAST_FROM_GBPS = 40  # the article's "high bandwidth" begins at 40G
VERY_FAST_FROM_GBPS = 200  # above the 40G/100G links whose loss budget standard pairs can meet
SHORT_RUN_M = 100  # reach of 100GBASE-SR4 on OM4: data/reference/links.yml

ARTICLE = 'Infinite Networks, "MTP vs MPO Fiber Connectors" (June 2025)'
CHOOSE_MTP = f"{ARTICLE}, when to choose MTP"
CHOOSE_MPO = f"{ARTICLE}, when to choose MPO"
SCENARIO = f"{ARTICLE}, scenario table: "
COURSE = "public fiber-optics training course"
GENERAL = "general industry knowledge"
PAIR_LOSSES = "Component reference (TIA-568.3-D limits, FS and NVIDIA requirements), loss per pair"
MODEST_SITES = {
    "small_office": "a small office",
    "test_lab": "a test lab",
    "legacy_panel": "a legacy patch panel",
}


@dataclass(frozen=True)
class Requirements:
    """What the visitor told us. None means not asked yet, or not known."""

    data_rate_gbps: int | None = None
    rework: bool | None = None
    loss_sensitive: bool | None = None
    budget: Budget | None = None
    site: Site | None = None
    future_upgrades: bool | None = None
    distance_m: float | None = None
    fiber: str | None = None

    @property
    def is_slow(self) -> bool:
        """A known rate below 40G."""
        return self.data_rate_gbps is not None and self.data_rate_gbps < FAST_FROM_GBPS

    @property
    def is_fast(self) -> bool:
        """40G or above."""
        return self.data_rate_gbps is not None and self.data_rate_gbps >= FAST_FROM_GBPS

    @property
    def is_very_fast(self) -> bool:
        """200G or above."""
        return self.data_rate_gbps is not None and self.data_rate_gbps >= VERY_FAST_FROM_GBPS

    @property
    def is_known_short(self) -> bool:
        return self.distance_m is not None and self.distance_m <= SHORT_RUN_M

    @property
    def is_known_long(self) -> bool:
        return self.distance_m is not None and self.distance_m > SHORT_RUN_M

    @property
    def is_tight(self) -> bool:
        return self.budget == "tight"

    @property
    def asks_nothing_special(self) -> bool:
        """The visitor said both: no rework, and loss hardly matters."""
        return self.rework is False and self.loss_sensitive is False

    @property
    def is_modest_site(self) -> bool:
        return self.site in MODEST_SITES

    @property
    def rate(self) -> str:
        """The rate as people write it: 400G, 1.6T."""
        gbps = self.data_rate_gbps
        if gbps is None:
            return "an unknown rate"
        return rate_text(gbps)


@dataclass(frozen=True)
class Rule:
    """One fact and what it speaks for. `{rate}` and `{site}` in the texts are filled in."""

    id: str
    speaks_for: Verdict
    applies: Callable[[Requirements], bool]
    clause: str  # fits after "because" and "although"
    text: str  # the whole reason, one or two sentences
    source: str
    decides: bool = True  # False: told as a reason, never settles the verdict alone


def _fits_a_cheap_parallel_link(r: Requirements) -> bool:
    """40G or 100G where cost comes first and nothing says that loss will be short."""
    cheap = r.is_fast and not r.is_very_fast and r.is_tight and not r.is_known_long
    return cheap and (r.loss_sensitive is False or r.is_known_short)


def _performance_is_more_than_needed(r: Requirements) -> bool:
    modest = r.is_slow or r.is_modest_site or r.asks_nothing_special
    return r.budget == "performance" and modest


RULES: tuple[Rule, ...] = (
    Rule(
        id="rework",
        speaks_for="MTP",
        applies=lambda r: r.rework is True,
        clause="the connectors are to be reworked",
        text=(
            "You want connectors that can be reworked: the MTP housing comes off, a generic MPO "
            "is replaced. Re-polishing is bench work for the supplier or a lab, not field work; "
            "on site a bad cord is swapped."
        ),
        source=f"{ARTICLE}, comparison table: re-polishing; {GENERAL}",
    ),
    Rule(
        id="loss_sensitive",
        speaks_for="MTP",
        applies=lambda r: r.loss_sensitive is True,
        clause="the link is sensitive to loss",
        text=(
            "Your link is sensitive to loss or reflection. A low-loss MTP pair loses "
            f"{LOW_LOSS_PAIR_DB:.2f} dB at most, a standard MPO pair up to "
            f"{STANDARD_PAIR_DB:.2f} dB."
        ),
        source=f"{CHOOSE_MTP}; {PAIR_LOSSES}",
    ),
    Rule(
        id="future_upgrades",
        speaks_for="MTP",
        applies=lambda r: r.future_upgrades is True,
        clause="the network is expected to grow",
        text="You expect upgrades: low-loss MTP trunks leave room for the next, stricter optic.",
        source=f"{SCENARIO}future upgrades expected",
    ),
    Rule(
        id="very_high_rate",
        speaks_for="MTP",
        applies=lambda r: r.is_very_fast,
        clause="{rate} leaves little loss to spare",
        text=(
            "{rate} leaves little loss to spare. NVIDIA asks for low-loss MPO or MTP Elite, "
            f"{LOW_LOSS_PAIR_DB:.2f} dB at most per pair, on its 400G and 800G links."
        ),
        source=f"{CHOOSE_MTP}; {PAIR_LOSSES}",
    ),
    Rule(
        id="site_and_budget_disagree",
        speaks_for="either",
        applies=lambda r: (
            r.site == "data_center" and r.is_tight and r.is_known_short and not r.is_fast
        ),
        clause="two rows of our table apply: data center says MTP, a short low-cost run says MPO",
        text=(
            "Two rows of our table apply and disagree: a data center takes MTP, a budget-limited "
            "short run takes MPO. For this one run MPO will do; for the trunks take MTP."
        ),
        source=f"{SCENARIO}cloud or data center; budget-limited short run",
    ),
    Rule(
        id="data_center",
        speaks_for="MTP",
        applies=lambda r: r.site == "data_center",
        clause="it is for a data center",
        text="Cloud and data centers take MTP: dense, often re-patched, critical to keep running.",
        source=f"{SCENARIO}cloud or data center",
    ),
    Rule(
        id="backbone",
        speaks_for="MTP",
        applies=lambda r: r.site == "backbone" and not r.is_slow,
        clause="it is a backbone",
        text="A 100G or 400G backbone takes MTP: high bandwidth at low loss.",
        source=f"{SCENARIO}100G/400G backbone",
    ),
    Rule(
        id="slow_backbone",
        speaks_for="either",
        applies=lambda r: r.site == "backbone" and r.is_slow,
        clause="a backbone speaks for MTP, while {rate} asks little of the connector",
        text=(
            "Our table gives MTP to a 100G or 400G backbone. At {rate} MPO does the work; "
            "take MTP if the backbone is to get faster."
        ),
        source=f"{SCENARIO}100G/400G backbone; {CHOOSE_MPO}",
    ),
    Rule(
        id="cheap_parallel_link",
        speaks_for="MPO",
        applies=_fits_a_cheap_parallel_link,
        clause="{rate} over a short run works with any MPO whose loss fits the optic",
        text=(
            "MPO is good enough here: every 40G to 800G parallel optic uses this plug, and what "
            "decides is the loss budget left after the panels. Check it before you order: up to "
            f"{STANDARD_PAIR_DB:.2f} dB for each standard pair plus the fiber, against the limit "
            f"of your optic, and a run of up to {SHORT_RUN_M} m."
        ),
        source=f"{SCENARIO}budget-limited short run; {GENERAL}",
    ),
    Rule(
        id="fast_at_a_modest_site",
        speaks_for="either",
        applies=lambda r: (
            r.is_fast and not r.is_very_fast and r.is_modest_site and r.budget != "performance"
        ),
        clause="{rate} speaks for MTP, while {site} speaks for MPO",
        text=(
            "{rate} speaks for MTP and {site} speaks for MPO. Both work; add up the loss of your "
            "pairs, and take low loss if standard pairs would not fit."
        ),
        source=f"{CHOOSE_MTP}; {CHOOSE_MPO}; {GENERAL}",
    ),
    Rule(
        id="high_rate",
        speaks_for="MTP",
        applies=lambda r: r.is_fast and not r.is_very_fast,
        clause="{rate} is high bandwidth",
        text="{rate} is high bandwidth: from 40G up, low loss keeps the link within its limits.",
        source=CHOOSE_MTP,
    ),
    Rule(
        id="performance_beyond_need",
        speaks_for="either",
        applies=_performance_is_more_than_needed,
        clause="you put performance first, yet nothing in this link needs more than MPO",
        text=(
            "You put performance first, which speaks for MTP; yet nothing you told me about this "
            "link needs more than a good MPO."
        ),
        source=f"{CHOOSE_MTP}; {CHOOSE_MPO}",
    ),
    Rule(
        id="performance",
        speaks_for="MTP",
        applies=lambda r: r.budget == "performance",
        clause="performance comes first",
        text="Performance over the years matters more to you than the price: that is MTP.",
        source=CHOOSE_MTP,
    ),
    Rule(
        id="tight_budget",
        speaks_for="MPO",
        applies=lambda r: r.is_tight and not r.is_fast,
        clause="cost comes first",
        text="Cost comes first, and generic MPO is the cheaper connector.",
        source=f"{CHOOSE_MPO}; {SCENARIO}budget-limited short run",
    ),
    Rule(
        id="tight_budget_at_speed",
        speaks_for="MPO",
        applies=lambda r: r.is_tight and r.is_fast,
        clause="the budget is tight",
        text="Your budget is tight, and MTP costs more than generic MPO.",
        source=CHOOSE_MPO,
        decides=False,
    ),
    Rule(
        id="modest_site",
        speaks_for="MPO",
        applies=lambda r: r.is_modest_site,
        clause="it is for {site}",
        text="{Site} takes MPO: short links, modest speed, a plug that is simply replaced.",
        source=f"{SCENARIO}small enterprise office; {CHOOSE_MPO}",
    ),
    Rule(
        id="central_office",
        speaks_for="either",
        applies=lambda r: r.site == "central_office",
        clause="a telecom central office takes either",
        text="A telecom central office takes either MPO or MTP.",
        source=f"{SCENARIO}telecom central office",
    ),
    Rule(
        id="low_rate",
        speaks_for="MPO",
        applies=lambda r: r.is_slow,
        clause="{rate} asks little of the connector",
        text="{rate} asks little of the connector, so the cheaper MPO does the work.",
        source=CHOOSE_MPO,
    ),
    Rule(
        id="nothing_special",
        speaks_for="MPO",
        applies=lambda r: r.asks_nothing_special and not r.is_fast,
        clause="neither rework nor loss is a concern",
        text="Neither rework nor loss is a concern, so what MTP adds would stay unused.",
        source=CHOOSE_MPO,
    ),
    Rule(
        id="no_rework",
        speaks_for="MPO",
        applies=lambda r: r.rework is False,
        clause="no rework is planned",
        text="You plan no rework: a bad cord is replaced, so a removable housing is not needed.",
        source=CHOOSE_MPO,
        decides=False,
    ),
    Rule(
        id="loss_tolerant",
        speaks_for="MPO",
        applies=lambda r: r.loss_sensitive is False,
        clause="loss hardly matters",
        text="Loss and reflection hardly matter on your link.",
        source=CHOOSE_MPO,
        decides=False,
    ),
    Rule(
        id="long_run",
        speaks_for="MTP",
        applies=lambda r: r.is_known_long and r.is_fast,
        clause="the run is long",
        text=f"More than {SHORT_RUN_M} m of fiber uses part of the loss that the pairs could have.",
        source=f"{COURSE}; china-tscom.com loss table; {GENERAL}",
        decides=False,
    ),
    Rule(
        id="nothing_decides_yet",
        speaks_for="either",
        applies=lambda _: True,
        clause="they mate with each other and nothing said so far decides",
        text=(
            "MTP is a brand of MPO and the two mate. Judge by the largest loss per pair, the "
            "polish and the test report, not by the name."
        ),
        source=f"{ARTICLE}; tel-conn.com; yingdapc.com; {GENERAL}",
    ),
)
