"""What the first page says of the registry."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.capabilities.models import Capability, ProductionLine
from registry.demand.models import Contract
from registry.feeds.models import Source
from registry.firms.models import Firm


@dataclass(frozen=True)
class Figures:
    """Counts of rows, and the sources that they come from."""

    firms: int
    capabilities: int
    lines: int
    contracts: int
    sources: list[Source]


def registry_figures(session: Session) -> Figures:
    """Count what the registry holds, in five queries."""

    def count(model: type) -> int:
        return session.scalar(select(func.count()).select_from(model)) or 0

    return Figures(
        firms=count(Firm),
        capabilities=count(Capability),
        lines=count(ProductionLine),
        contracts=count(Contract),
        sources=list(session.scalars(select(Source).order_by(Source.id))),
    )
