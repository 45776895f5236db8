"""One spelling for each word: plurals, British forms, frequent slips, numbers in words."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """The words of a row in one of our tables."""
    return text.split()


_FORMS = {  # the spelling in the patterns: what people write
    "adapter": "adapters adaptor adaptors adaptors",
    "application": "applications",
    "assembly": "assemblies",
    "attenuator": "attenuators",
    "breakout": "breakouts",
    "buck": "bucks",
    "budget": "budgets bugdet buget budjet",
    "cable": "cables cabel cabels cabling",
    "can't": "cant cannot couldn't couldnt",
    "care": "cares cared",
    "cassette": "cassettes cassete cassetes casette casettes cassets",
    "center": "centre centers centres",
    "cleaner": "cleaners",
    "connector": "connectors conecter conecters conector conectors connecter connecters connctor",
    "cord": "cords",
    "core": "cores",
    "cost": "costs",
    "coupler": "couplers",
    "datacenter": "datacentre datacenters datacentres",
    "decibel": "decibels",
    "dollar": "dollars usd",
    "don't": "dont doesn't doesnt didn't didnt",
    "enclosure": "enclosures",
    "expect": "expects expected expecting",
    "fanout": "fanouts",
    "fiber": "fibers fibre fibres fbier fober",
    "foot": "feet ft",
    "g": "gb gbe ge gig gigs gbps gbit gbits gigabit gigabits gige",
    "gbase": "gbse gbas gbae gabse gbsae gbaes gase bgase gbasr gbsase gbbase gbasse gbaase gbasee",
    "harness": "harnesses harnes harnesss",
    "insensitive": "unsensitive",
    "isn't": "isnt aren't arent wasn't wasnt ain't",
    "jumper": "jumpers",
    "lead": "leads",
    "loopback": "loopbacks",
    "matter": "matters",
    "meter": "meters metre metres mtr mtrs",
    "method": "methods",
    "microscope": "microscopes",
    "mpo": "mpos",
    "mtp": "mtps",
    "module": "modules",
    "multimode": "multimodes mutlimode multimod mulitmode",
    "multi": "mutli mulit multy mulity",
    "need": "needs needed",
    "one": "ones",
    "optic": "optics",
    "outdoor": "outdoors",
    "panel": "panels",
    "piece": "pieces pcs pc's pce",
    "pigtail": "pigtails",
    "kit": "kits",
    "pen": "pens",
    "pin": "pins",
    "probe": "probes",
    "scope": "scopes",
    "tip": "tips",
    "tool": "tools",
    "plan": "plans planned planning",
    "polarity": "polarities polarty",
    "price": "prices pricing",
    "reflection": "reflections reflectance",
    "repair": "repairs repaired repairing repairable repairability",
    "repolish": "repolished repolishing repolishable",
    "rework": "reworks reworked reworking reworkable",
    "replace": "replaces replaced replacing",
    "require": "requires required requirement",
    "reterminate": "reterminated reterminating",
    "singlemode": "singelmode signlemode",
    "single": "singel sinlge signle sigle sngle singl singe",
    "polish": "polished polishing polishes",
    "strand": "strands",
    "swap": "swaps swapped swapping",
    "t": "tb tbe tbps tbit tbits terabit terabits",
    "tech": "techs technician technicians",
    "transceiver": "transceivers tranceiver tranceivers transciever transcievers",
    "trunk": "trunks truncks trunck",
    "type": "types",
    "unit": "units",
    "upgrade": "upgrades upgraded upgrading",
    "won't": "wont wouldn't wouldnt",
    "worry": "worried worries worrying",
}
SPELLINGS = {form: word for word, forms in _FORMS.items() for form in forms.split()}

# Words so much ours that one wrong, missing or swapped letter still means them.
FUZZY_WORDS = frozenset(
    words(
        "attenuator breakout budget cassette cassettes connector connectors enclosure harness "
        "insertion loopback microscope multimode plenum polarity singlemode transceiver "
        "transceivers"
    )
)

NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen fifteen sixteen seventeen eighteen nineteen"
        )
    )
}
NUMBER_WORDS |= {
    word: 10 * tens
    for tens, word in enumerate(words("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
NUMBER_WORDS |= {"fourty": 40, "dozen": 12}
MAGNITUDES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
