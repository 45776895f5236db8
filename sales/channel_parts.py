"""What a channel is made of: an optic at each end; cords, trunks, cassettes and adapters between.

Positions are counted on the face with the key up, from the left. A face may stand for several equal
plugs or ports in a row, as the front of a cassette does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sales.reference.values import Link, fiber_mode

CORD, TRUNK, HARNESS, CONVERSION, CASSETTE, ADAPTER = KINDS = (
    "cord", "trunk", "harness", "conversion", "cassette", "adapter",
)  # fmt: skip
PINNED, UNPINNED, CHANGEABLE, UNKNOWN = "M", "F", "X", ""
PC, UPC, APC = "PC", "UPC", "APC"
STRAIGHT, REVERSED, PAIR_FLIPPED = "A", "B", "C"  # how the fibers of an MPO cable run
CROSSED, UNCROSSED = "A-B", "A-A"  # of duplex cords
OPPOSED, ALIGNED = "opposed", "aligned"  # adapters: key up to key down, key up to key up
WIRINGS = {
    CORD: (STRAIGHT, REVERSED, PAIR_FLIPPED),
    TRUNK: (STRAIGHT, REVERSED, PAIR_FLIPPED),
    HARNESS: (STRAIGHT, REVERSED),  # legs of neighbors, or of the outermost fibers inward
    CONVERSION: (STRAIGHT, REVERSED),
    CASSETTE: ("A", "B", "U1", "U2"),
    ADAPTER: (OPPOSED, ALIGNED),
}
SHELLS = {  # plugs of one shell fit one another's adapters
    "MPO-8": "MPO-12", "MPO-12": "MPO-12", "MPO-16": "MPO-16", "MPO-24": "MPO-24",
    "LC-D": "LC", "LC-U": "LC", "SN-D": "SN", "CS-D": "CS", "MDC-D": "MDC",
}  # fmt: skip
POSITIONS = {"MPO-12": 12, "MPO-16": 16, "MPO-24": 24}  # by shell; every other has two
DARK_IN_MPO_8 = (5, 6, 7, 8)
SPACES = ("", "riser", "plenum")
JACKETS = ("", "OFNP", "OFNR", "LSZH", "OSP", "IND")


class ChannelError(ValueError):
    """The channel cannot be checked; the text says what is missing or wrong."""


@dataclass(frozen=True)
class Face:
    """One end of a part: `count` equal plugs or ports. "" as gender or polish: not known."""

    connector: str
    gender: str = UNKNOWN  # M pinned, F unpinned, X field changeable; "" for duplex plugs
    polish: str = UNKNOWN
    count: int = 1

    def __post_init__(self) -> None:
        if self.connector not in SHELLS:
            known = ", ".join(SHELLS)
            raise ChannelError(f"{self.connector!r} is no connector we check. Use one of {known}.")
        if self.gender not in (PINNED, UNPINNED, CHANGEABLE, UNKNOWN):
            raise ChannelError("A gender is M (pinned), F (unpinned) or X (field changeable).")
        if self.polish not in (PC, UPC, APC, UNKNOWN) or self.count < 1:
            raise ChannelError("A polish is PC, UPC or APC, and an end has at least one plug.")

    @property
    def shell(self) -> str:
        return SHELLS[self.connector]

    @property
    def is_mpo(self) -> bool:
        return self.connector.startswith("MPO")

    @property
    def size(self) -> int:
        """Positions of one plug, dark ones included."""
        return POSITIONS.get(self.shell, 2)

    @property
    def fibers(self) -> tuple[int, ...]:
        """The positions that hold a fiber."""
        dark = DARK_IN_MPO_8 if self.connector == "MPO-8" else ()
        return tuple(position for position in range(1, self.size + 1) if position not in dark)


@dataclass(frozen=True)
class Part:
    """A cable, cassette or adapter with the face toward the near end and the one toward the far.

    `wiring` is the polarity type of a cable or cassette ("A-B" or "A-A" for duplex cords), the key
    of an adapter; "" means not known. An adapter's faces say only which connector it takes.
    """

    kind: str
    near: Face
    far: Face
    wiring: str = UNKNOWN
    fiber: str = ""  # OM3, OM4, OM5, OS2, or MM, SM; "" for adapters
    jacket: str = ""
    name: str = ""  # what the visitor calls it

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.jacket not in JACKETS:
            raise ChannelError(f"Unknown part. Kinds are {', '.join(KINDS)}.")
        known = (CROSSED, UNCROSSED) if self.is_duplex_cable else WIRINGS[self.kind]
        if self.wiring not in (*known, UNKNOWN):
            raise ChannelError(f"A {self.kind} here is one of {', '.join(known)}.")
        if self.fiber and not fiber_mode(self.fiber):
            raise ChannelError(f"{self.fiber!r} is no fiber grade. Use OM3, OM4, OM5 or OS2.")

    @property
    def is_adapter(self) -> bool:
        return self.kind == ADAPTER

    @property
    def is_cable(self) -> bool:
        return self.kind in (CORD, TRUNK, HARNESS, CONVERSION)

    @property
    def is_duplex_cable(self) -> bool:
        return self.kind in (CORD, TRUNK) and not (self.near.is_mpo or self.far.is_mpo)

    def flipped(self) -> Part:
        """The same part, turned round."""
        return replace(self, near=self.far, far=self.near)


@dataclass(frozen=True)
class Optic:
    """The optical port at one end. An MPO port is always pinned."""

    name: str
    connector: str
    fiber_mode: str  # MM or SM
    polish: str
    lanes: int = 1  # transmit fibers; as many receive
    is_multiplexed: bool = False  # several wavelengths on a fiber
    breakout: tuple[str, ...] = ()
    link: Link | None = field(
        default=None, compare=False
    )  # its row of the link table, when the type is known

    @property
    def face(self) -> Face:
        is_mpo = self.connector.startswith("MPO")
        return Face(self.connector, PINNED if is_mpo else UNKNOWN, self.polish)

    @property
    def is_parallel(self) -> bool:
        return self.face.is_mpo

    def role(self, position: int) -> str:
        """ "Tx" at one end of the row, "Rx" at the other, "" for a dark position."""
        if position <= self.lanes:
            return "Tx"
        return "Rx" if position > self.face.size - self.lanes else ""

    def partner(self, position: int) -> int:
        """The receive position of a transmit position's lane, and the reverse."""
        return self.face.size + 1 - position


def optic_of(link: Link, connector: str = "", polish: str = "") -> Optic:
    """The port of a link type; `connector` chooses where modules differ, as `polish` does.

    Raises ChannelError for a connector that is not checked here, such as MPO-32.
    """
    offered = [name for name in ("MPO-16", "MPO-24", "MPO-12") if name in link.connector]
    offered = offered or (["LC-D"] if "LC" in link.connector else [])
    chosen = connector or (offered[0] if offered else "")
    if chosen not in offered:
        raise ChannelError(f"{link.name} has {link.connector}; we check {', '.join(offered)}.")
    ports = 2 if "2x" in link.connector and chosen not in ("MPO-16", "MPO-24") else 1
    return Optic(
        link.name,
        chosen,
        link.fiber_mode,
        polish or _usual_polish(link, chosen),
        link.fibers_used // 2 // ports,
        len(link.wavelengths_nm) > 1,
        link.breakout,
        link,
    )


def _usual_polish(link: Link, connector: str) -> str:
    if connector == "LC-D":
        return PC if link.fiber_mode == "MM" else UPC
    if " or " in link.polish:
        return UNKNOWN  # the module's data sheet says
    return APC if "APC" in link.polish else PC


@dataclass(frozen=True)
class Channel:
    """Everything from one optic to the other. `space` is where the cable runs, for its jacket."""

    near: Optic
    parts: tuple[Part, ...]
    far: Optic
    space: str = ""  # riser or plenum
    assumptions: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not self.parts or self.space not in SPACES:
            raise ChannelError("A channel has a cord at least; its space is riser or plenum.")
        if not (self.parts[0].is_cable and self.parts[-1].is_cable):
            raise ChannelError("A cord goes into each optic.")
        for left, right in zip(self.parts, self.parts[1:], strict=False):
            if left.is_cable and right.is_cable:
                raise ChannelError("Two cables meet in an adapter: say which key it has.")
            if not (left.is_cable or right.is_cable):
                raise ChannelError("Adapters and cassettes are joined by cords or trunks.")

    def reversed(self) -> Channel:
        """The same channel, seen from the other end."""
        parts = tuple(part.flipped() for part in reversed(self.parts))
        return replace(self, near=self.far, parts=parts, far=self.near)

    def with_part(self, index: int, part: Part) -> Channel:
        return replace(self, parts=(*self.parts[:index], part, *self.parts[index + 1 :]))
