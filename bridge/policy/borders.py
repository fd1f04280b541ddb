"""What a file of borders beside the policy holds, as it is in force."""

from bridge.policy.section import Section
from bridge.policy.types import Polygon


class Borders(Section):
    """The polygons of a file. Compared by its name and hash: nobody reads ten thousand corners."""

    file: str = ""
    sha256: str = ""
    polygons: tuple[Polygon, ...] = ()
