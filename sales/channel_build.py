"""Short ways to describe the parts of a channel, with what is usual where nothing was said."""

from __future__ import annotations

from sales.channel_parts import (
    ADAPTER,
    ALIGNED,
    APC,
    CASSETTE,
    CORD,
    CROSSED,
    HARNESS,
    OPPOSED,
    PC,
    REVERSED,
    TRUNK,
    UNKNOWN,
    UNPINNED,
    UPC,
    Channel,
    ChannelError,
    Face,
    Optic,
    Part,
)
from sales.reference.values import fiber_mode


def usual_polish(connector: str, fiber: str) -> str:
    """Single-mode MPO is APC and single-mode LC is UPC; multimode is flat."""
    if fiber_mode(fiber) != "SM":
        return PC
    return APC if connector.startswith("MPO") else UPC


def mpo_cord(
    wiring: str, fiber: str, genders: str = "FF", connector: str = "MPO-12", polish: str = ""
) -> Part:
    """An MPO cord. `genders` has that of the near plug, then that of the far one."""
    faces = _mpo_faces(connector, genders, polish or usual_polish(connector, fiber))
    return Part(CORD, *faces, wiring, fiber)


def trunk(
    wiring: str, fiber: str, genders: str = "MM", connector: str = "MPO-12", polish: str = ""
) -> Part:
    """A trunk, pinned unless said otherwise."""
    faces = _mpo_faces(connector, genders, polish or usual_polish(connector, fiber))
    return Part(TRUNK, *faces, wiring, fiber)


def _mpo_faces(connector: str, genders: str, polish: str) -> tuple[Face, Face]:
    if len(genders) != 2:
        raise ChannelError("Give the gender of both plugs, such as FF or MM.")
    near, far = (UNKNOWN if gender == "?" else gender for gender in genders)
    return Face(connector, near, polish), Face(connector, far, polish)


def lc_cord(fiber: str, wiring: str = CROSSED, polish: str = "", connector: str = "LC-D") -> Part:
    """A duplex cord, A-to-B unless said otherwise."""
    face = Face(connector, polish=polish or usual_polish(connector, fiber))
    return Part(CORD, face, face, wiring, fiber)


def cassette(
    wiring: str, fiber: str, gender: str = UNPINNED, connector: str = "MPO-12", front: str = "LC-D"
) -> Part:
    """A cassette, rear first; `gender` is that of the plug inside its rear port."""
    rear = Face(connector, gender, usual_polish(connector, fiber))
    ports = len(rear.fibers) // 2
    return Part(
        CASSETTE, rear, Face(front, polish=usual_polish(front, fiber), count=ports), wiring, fiber
    )


def harness(
    wiring: str, fiber: str, legs: int = 4, gender: str = UNPINNED, connector: str = "MPO-8"
) -> Part:
    """An MPO that fans out to duplex LC plugs, MPO first."""
    polish = usual_polish("LC-D", fiber)
    near = Face(connector, gender, usual_polish(connector, fiber))
    return Part(HARNESS, near, Face("LC-D", polish=polish, count=legs), wiring, fiber)


def adapter(key: str = ALIGNED, connector: str = "MPO-12") -> Part:
    """An adapter; LC adapters are aligned."""
    return Part(ADAPTER, Face(connector), Face(connector), key)


def usual_key(left: Part, right: Part) -> str:
    """Aligned for flat Type B trunks and for duplex, opposed for Type A, Type C and angled faces.

    Without a trunk at the joint the cables' own types decide.
    """
    faces = (left.far, right.near)
    if not any(face.is_mpo for face in faces):
        return ALIGNED
    if any(face.polish == APC for face in faces):
        return OPPOSED
    trunks = [part for part in (left, right) if part.kind == TRUNK] or [left, right]
    return ALIGNED if all(part.wiring == REVERSED for part in trunks) else OPPOSED


def build_channel(near: Optic, parts: tuple[Part, ...], far: Optic, space: str = "") -> Channel:
    """The channel with parts turned the way they fit, and adapters put in where none was named.

    What was put in is in `assumptions`, a sentence each.
    """
    turned = _turned(near, parts)
    complete: list[Part] = []
    assumed: list[str] = []
    for part in turned:
        if complete and complete[-1].is_cable and part.is_cable:
            key = usual_key(complete[-1], part)
            complete.append(adapter(key, part.near.connector))
            assumed.append(f"{key}-key adapter between {complete[-2].kind} and {part.kind}")
        complete.append(part)
    return Channel(near, tuple(complete), far, space, tuple(assumed))


def _turned(near: Optic, parts: tuple[Part, ...]) -> list[Part]:
    turned: list[Part] = []
    before = near.face
    for part in parts:
        fits, would_fit = part.near.shell == before.shell, part.far.shell == before.shell
        turned.append(part.flipped() if would_fit and not fits else part)
        before = turned[-1].far
    return turned
