"""Supply groups and classes, and NATO shortfall categories; bilingual and versioned."""

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, Id, Moment, utcnow


class TaxonomyVersion(Base):
    """One loading of one taxonomy file, known by the digest of its content."""

    __tablename__ = "taxonomy_versions"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))  # groups, classes, categories
    file_name: Mapped[str] = mapped_column(String(255))
    file_sha256: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[Moment] = mapped_column(default=utcnow)
    entries: Mapped[int]


class Versioned:
    """The version that last stated the entry; a retired one is in no newer file but still cited."""

    version_id: Mapped[int] = mapped_column(ForeignKey("taxonomy_versions.id"))
    retired: Mapped[bool] = mapped_column(default=False)


class Titled:
    """A title in both official languages, equal in rank."""

    title_en: Mapped[str] = mapped_column(String(200))
    title_fr: Mapped[str] = mapped_column(String(200))

    def title_in(self, language: str) -> str:
        return self.title_fr if language == "fr" else self.title_en


class SupplyGroup(Titled, Versioned, Base):
    """A two-digit NATO supply group."""

    __tablename__ = "supply_groups"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)


class SupplyClass(Titled, Versioned, Base):
    """A four-digit NATO supply class, with the words of its trade."""

    __tablename__ = "supply_classes"

    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    group_code: Mapped[str] = mapped_column(ForeignKey("supply_groups.code"), index=True)
    keywords_en: Mapped[list[str]] = mapped_column(JSON)
    keywords_fr: Mapped[list[str]] = mapped_column(JSON)

    group: Mapped[SupplyGroup] = relationship()


class ShortfallCategory(Titled, Versioned, Base):
    """Something the Alliance is publicly short of; never a quantity, target or national gap."""

    __tablename__ = "shortfall_categories"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)  # AMM-01
    domain: Mapped[str] = mapped_column(String(40), index=True)
    description_en: Mapped[str]
    description_fr: Mapped[str]
    synonyms_en: Mapped[list[str]] = mapped_column(JSON)
    synonyms_fr: Mapped[list[str]] = mapped_column(JSON)
    class_codes: Mapped[list[str]] = mapped_column(JSON)
    unit: Mapped[str] = mapped_column(String(20))
    inputs: Mapped[list[str]] = mapped_column(JSON)
    source: Mapped[str]
    status: Mapped[str] = mapped_column(String(20))  # verified: a public source names it

    def description_in(self, language: str) -> str:
        return self.description_fr if language == "fr" else self.description_en
