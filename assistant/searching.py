"""The one Search of the house: what the index finds, checked again against what the database says may be read."""

from dataclasses import dataclass, field
from threading import Lock

import structlog

from assistant.seams import Wanted
from assistant.store import access, material
from assistant.store.database import Database
from assistant.turn import Hit
from knowledge.index.index import PassageIndex, fingerprint

log = structlog.get_logger()


@dataclass
class StoreSearch:
    """Search over the owned index; the index follows the database before each search, by material version."""

    database: Database
    index: PassageIndex
    _versions: dict[str, int] = field(default_factory=dict)
    # guards the refresh: two searches must not project the same change twice
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, wanted: Wanted) -> tuple[Hit, ...]:
        self.refresh(wanted.reader.corp_id)
        found = self.index.search(
            wanted.question,
            store_id=wanted.reader.store_id,
            region_id=wanted.reader.region_id,
            moment=wanted.moment,
            kinds=wanted.kinds,
            skus=wanted.skus,
            limit=wanted.limit,
        )
        with self.database.read() as tx:
            readable = access.access_passages(
                tx, [one.passage_id for one in found.usable], wanted.reader, wanted.moment
            )
        return tuple(
            Hit(passage=readable[one.passage_id], score=one.score, dense=one.dense, lexical=one.lexical)
            for one in found.usable
            if one.passage_id in readable
        )

    def refresh(self, corp_id: str) -> None:
        """Bring the index up to the database when material changed since it was last looked at."""
        with self.database.read() as tx:
            version = material.material_version(tx, corp_id)
        with self._lock:
            if self._versions.get(corp_id) == version:
                return
            with self.database.read() as tx:
                published = material.published_passages(tx, corp_id)
            known = self.index.ids_with_hashes()
            wanted = {passage.id: fingerprint(passage) for passage in published}
            changed = [passage for passage in published if known.get(passage.id) != wanted[passage.id]]
            gone = [passage_id for passage_id in known if passage_id not in wanted]
            if changed or gone:
                self.index.apply(changed, gone)
                log.info("index refreshed", changed=len(changed), removed=len(gone))
            self._versions[corp_id] = version
