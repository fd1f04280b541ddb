"""What every block of the two files is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One block of the file: unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)
