"""What people say in more than one test."""

from __future__ import annotations

ORDER = (
    "Seluruh OPD dan camat laksanakan kerja bakti massal hari ini, laporkan disertai foto paling lambat jam 17.00"
)
"""An order to every unit, with a due time."""
